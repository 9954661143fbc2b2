//! What this crate finishes later. Every handler may be killed anywhere and run again.

use crate::{Snapshot, Volumes};
use base::{AccountId, Region, Result, SnapshotId, VolumeId};
use serde::{Deserialize, Serialize};
use store::{Job, Lease};

/// Gives a pending snapshot its disk.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FinishSnapshot {
    pub(crate) account: AccountId,
    pub(crate) region: Region,
    pub(crate) snapshot: SnapshotId,
}

impl FinishSnapshot {
    pub(crate) fn of(snapshot: &Snapshot) -> FinishSnapshot {
        FinishSnapshot {
            account: snapshot.owner.clone(),
            region: snapshot.region.clone(),
            snapshot: snapshot.id.clone(),
        }
    }
}

impl Job for FinishSnapshot {
    const KIND: &'static str = "volumes.finish-snapshot";
    fn key(&self) -> String {
        self.snapshot.to_string()
    }
}

/// Removes a volume's folder, then its row.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RemoveVolume {
    pub(crate) account: AccountId,
    pub(crate) region: Region,
    pub(crate) volume: VolumeId,
}

impl Job for RemoveVolume {
    const KIND: &'static str = "volumes.remove-volume";
    fn key(&self) -> String {
        self.volume.to_string()
    }
}

/// Removes what was put for a snapshot through the direct API.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RemoveStaging {
    pub(crate) snapshot: SnapshotId,
}

impl Job for RemoveStaging {
    const KIND: &'static str = "volumes.remove-staging";
    fn key(&self) -> String {
        self.snapshot.to_string()
    }
}

/// Runs a job of this crate; `None` if it belongs to another.
pub async fn run_job(_volumes: &Volumes, _lease: &Lease) -> Option<Result<()>> {
    None
}
