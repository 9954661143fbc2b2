//! The operations of the EBS direct API: one short file each, and what they translate alike.

mod complete_snapshot;
mod get_snapshot_block;
mod list_changed_blocks;
mod list_snapshot_blocks;
mod put_snapshot_block;
mod start_snapshot;

use base::{Error, Reason, Result, SnapshotId, Subject};

/// The one checksum algorithm.
const SHA256: &str = "SHA256";

/// A snapshot's id; one that is no id at all is invalid here, not merely unknown.
fn snapshot_id(given: Option<String>) -> Result<SnapshotId> {
    crate::translate::id(given, "SnapshotId")
}

/// The size of a block, as answers show it.
fn block_size() -> Option<i32> {
    i32::try_from(volumes::direct::BLOCK_BYTES).ok()
}

/// A block's index, as answers show it.
fn block_index(index: u64) -> Option<i32> {
    i32::try_from(index).ok()
}

/// Checks a parameter that has one possible value. Absent is for the operation to judge.
fn check_word(given: Option<&str>, wanted: &str, name: &str) -> Result<()> {
    match given {
        Some(word) if word != wanted => {
            let shown: String = word.chars().take(64).collect();
            let message = format!("The {name} '{shown}' is not known: it is {wanted}.");
            Err(Error::new(Reason::Invalid, Subject::Parameter, message))
        }
        _ => Ok(()),
    }
}
