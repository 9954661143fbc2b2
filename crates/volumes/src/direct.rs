//! The EBS direct API: snapshots that are written and read block by block.
//!
//! Blocks that are put go to a folder like a volume's, over the disk of the parent, and into a
//! list beside it ([`staging`]). Completing a snapshot compares that list with what the caller says
//! it wrote, and enqueues the job that uploads the folder's changes.
//!
//! A caller who says beforehand which blocks it will put ([`to_come`]) gets a snapshot that machines
//! can be launched from while it is written: they wait for what is not there yet ([`Uploading`]).
//!
//! Any two completed snapshots can be compared, because disks here are compared by what they hold;
//! AWS refuses snapshots of different lineages.

mod folder;
mod read;
mod staging;
mod start;
mod to_come;
mod together;
mod token;
mod uploading;
mod wanted;
mod write;

pub(crate) use folder::{remove, staged};
pub use read::{
    BlockData, BlockPage, ChangedPage, GetBlock, ListBlocks, ListChanged, ListedBlock,
    ListedChange, get_snapshot_block, list_changed_blocks, list_snapshot_blocks,
};
pub(crate) use staging::Sessions;
pub use start::{StartSnapshot, Started, start_snapshot};
pub use to_come::{HEAD, MARK, PER_MAP};
pub(crate) use uploading::Uploading;
pub use write::{CompleteSnapshot, PutBlock, complete_snapshot, put_snapshot_block, wanted_blocks};

use crate::{Direct, Origin, Snapshot, SnapshotState};
use base::{Error, Reason, Subject};
use std::time::Duration;

/// Why a snapshot failed that its owner did not complete.
pub(crate) const EXPIRED: &str = "The snapshot was not completed before its timeout.";

/// Bytes of a block.
pub const BLOCK_BYTES: u64 = blocks::BLOCK;

/// SHA-256 of a block.
type Checksum = [u8; 32];

impl Direct {
    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_secs(u64::from(self.timeout_minutes) * 60)
    }
}

/// The snapshot and how it is written, if blocks may still be put.
pub(crate) fn open_for_writing(snapshot: &Snapshot) -> Option<(&Snapshot, &Direct)> {
    match (&snapshot.origin, snapshot.state) {
        (Origin::Direct(direct), SnapshotState::Pending) if !direct.sealed => {
            Some((snapshot, direct))
        }
        _ => None,
    }
}

fn closed(snapshot: &Snapshot) -> Error {
    if snapshot.state_message.as_deref() == Some(EXPIRED) {
        return Error::new(Reason::Unavailable, Subject::SnapshotBlock, EXPIRED);
    }
    let message = format!(
        "The snapshot '{}' is not a pending snapshot that takes blocks.",
        snapshot.id
    );
    Error::new(Reason::WrongState, Subject::Snapshot, message)
}

fn blocks_of(snapshot: &Snapshot) -> u64 {
    u64::from(snapshot.size_gib) * (crate::GIB / blocks::BLOCK)
}

fn check_index(snapshot: &Snapshot, index: i64) -> base::Result<u64> {
    let index_of = u64::try_from(index)
        .ok()
        .filter(|index| *index < blocks_of(snapshot));
    index_of.ok_or_else(|| {
        let message = format!("Block index {index} is beyond the volume size extent");
        Error::new(Reason::Invalid, Subject::SnapshotBlock, message)
    })
}
