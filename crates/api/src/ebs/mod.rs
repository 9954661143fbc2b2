//! The operations of the EBS direct API: one short file each.

mod complete_snapshot;
mod get_snapshot_block;
mod list_changed_blocks;
mod list_snapshot_blocks;
mod put_snapshot_block;
mod start_snapshot;
