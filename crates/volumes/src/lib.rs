//! Volumes and snapshots: made, attached, frozen, uploaded, copied, deleted, and written block by
//! block through the EBS direct API.
//!
//! A [`Volume`] is a base (a [`blocks::Tree`]) and a folder with what was written on it; the folder
//! is made when the volume is first opened, so that making a volume costs the same whatever its
//! size. A [`Snapshot`] is a tree, once its job has uploaded what changed.
//!
//! Promises
//! * A snapshot holds what was answered to the guest before the request, whatever the guest writes
//!   and whatever crashes while it is uploaded; snapshots of one volume may finish in any order.
//! * A completed snapshot never changes, and deleting one never harms another.
//! * Who may not see a thing reads that it does not exist.
//! * Nothing of an encrypted volume or snapshot is in a file in the clear; its data keys are opened
//!   by the caller, or by the grant that the caller gave when it was made.
//!
//! * What moves between Regions and what snapshots begin and cease to hold is on record for whoever
//!   is charged for it, written with the rows that cause it (`usage.rs`).
//!
//! Not yet: growing and retyping of volumes, the recycle bin, archive tiers and locks.
//!
//! Start at `volume.rs` and `snapshot.rs` for the nouns, [`Volumes`] for the running part, and
//! `jobs.rs` for what is finished later.

mod attach;
mod bases;
mod boot_order;
mod collect;
mod collect_fsck;
mod collect_index;
mod conditions;
mod copy_snapshot;
mod create_snapshot;
mod create_volume;
mod delete_snapshot;
mod delete_volume;
mod describe_snapshots;
mod describe_volumes;
pub mod direct;
mod disks;
mod distant;
mod encryption;
mod fault;
mod held_keys;
mod index;
mod jobs;
mod kind;
mod limits;
mod lists;
mod rows;
mod seal;
mod sealing;
mod settings;
mod share;
mod snapshot;
mod usage;
mod visible;
mod volume;
mod volumes;
mod waits;

pub use attach::{attach_in, detach_in, set_attachment_state_in, set_delete_on_termination_in};
pub use boot_order::prefetched;
pub use collect_fsck::{Checked, fsck, named_by_holders};
pub use conditions::{snapshot_copy_to_make, snapshot_to_make, volume_to_make};
pub use copy_snapshot::{CopySnapshot, CopySpec, begin_copy, copy_snapshot};
pub use create_snapshot::{CreateSnapshot, SnapshotSpec, begin_snapshot, create_snapshot};
pub use create_volume::{CreateVolume, NewVolume, create_volume, create_volume_in};
pub use delete_snapshot::{delete_snapshot, delete_snapshot_in};
pub use delete_volume::{delete_volume, delete_volume_in};
pub use describe_snapshots::{DescribeSnapshots, describe_snapshots};
pub use describe_volumes::{DescribeVolumes, describe_volumes, volume_attributes};
pub use encryption::{
    Asked, Outcome, Source, of_direct, of_image_copy, of_snapshot_copy, of_volume,
};
pub use held_keys::reseal;
pub use index::{collection, index};
pub use jobs::run_job;
pub use kind::{Shape, ShapeRequest, VolumeKind};
pub use limits::{Limits, check_image_copies};
pub use rows::SCHEMA;
pub use seal::{NOT_ACCESSIBLE, is_key_failure};
pub use sealing::Sealing;
pub use settings::{
    PublicAccess, Settings, block_public_access, default_key, encrypt_by_default,
    encrypts_by_default, set_default_key, settings,
};
pub use share::{
    CreatePermission, ShareSnapshot, Sharee, add_product_codes, reset_sharing, share_snapshot,
    sharing,
};
pub use snapshot::{Direct, NO_VOLUME, Origin, Snapshot, SnapshotEvent, SnapshotState};
pub use usage::{Held, Usage, UsageSearch, held, usage};
pub use visible::{
    attached_to, hold, holders, readable_snapshot, release, snapshots_by_id, volume_for,
};
pub use volume::{Attachment, AttachmentState, GIB, Upload, Volume, VolumeEvent, VolumeState};
pub use volumes::{Config, Export, Frozen, Volumes, close, freeze, open, open_to_boot};
