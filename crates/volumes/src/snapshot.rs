//! The noun: a snapshot, its states, and where its bytes come from. Pure.
//!
//! ```text
//!   Pending ──complete──▶ Completed ──delete──▶ (gone)
//!      │  └───fail──────▶ Error ─────delete──▶ (gone)
//!      └──delete──▶ (gone)
//! ```
//!
//! A completed snapshot has a tree, and that tree never changes.

use crate::{CreatePermission, Sealing};
use base::{AccountId, Error, Reason, Region, Result, SnapshotId, Subject, Timestamp, VolumeId};
use blocks::Tree;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The volume that a snapshot names which was not made from a volume of this account and Region.
pub const NO_VOLUME: &str = "vol-ffffffff";

/// What a snapshot is shared for; everything else is its owner's.
const SHARED: &[&str] = &[
    "ebs:GetSnapshotBlock",
    "ebs:ListChangedBlocks",
    "ebs:ListSnapshotBlocks",
    "ebs:StartSnapshot",
    "ec2:CopyImage",
    "ec2:CopySnapshot",
    "ec2:CreateVolume",
    "ec2:RegisterImage",
    "ec2:RunInstances",
];

/// A snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Its id.
    pub id: SnapshotId,
    /// The account that owns it.
    pub owner: AccountId,
    /// The Region it lies in.
    pub region: Region,
    /// Its state.
    pub state: SnapshotState,
    /// Why it is in that state, if it failed.
    pub state_message: Option<String>,
    /// Size of the disk in GiB.
    pub size_gib: u32,
    /// What its owner says about it.
    pub description: String,
    /// The volume that it was made from, or [`NO_VOLUME`].
    pub volume: String,
    /// When it was begun.
    pub started: Timestamp,
    /// When it was completed.
    pub completed: Option<Timestamp>,
    /// Percent.
    pub progress: u8,
    /// Whether its disk can be read by machines while it is pending: a copy from another Region
    /// whose source was found to answer (what is not here yet is read from there), or an upload
    /// whose owner said which blocks are to come (those that are not here yet are waited for).
    #[serde(default)]
    pub streams: bool,
    /// The disk. There if and only if it is completed.
    pub tree: Option<Tree>,
    /// Whether it is encrypted.
    pub encrypted: bool,
    /// How it is sealed. There if it is encrypted, unless no key could be had for it.
    #[serde(default)]
    pub sealing: Option<Sealing>,
    /// Who may make volumes from it besides its owner.
    #[serde(default)]
    pub permission: CreatePermission,
    /// Bytes of the blocks that hold data (AWS's full snapshot size), once it is completed.
    pub data_bytes: Option<u64>,
    /// Sellers' product codes, which follow the bytes into all that is made of them.
    #[serde(default)]
    pub product_codes: BTreeSet<String>,
    /// Where its bytes come from.
    pub origin: Origin,
}

/// Where a snapshot's bytes come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// A frozen state of a volume, by its number in the volume's folder.
    Frozen {
        /// The volume.
        volume: VolumeId,
        /// The state.
        frozen: u64,
    },
    /// A disk that is stored already, perhaps smaller than the snapshot: a volume that nobody
    /// ever opened.
    Stored(Tree),
    /// Another snapshot.
    Copy {
        /// Where it lies.
        region: Region,
        /// Which.
        snapshot: SnapshotId,
        /// Its disk.
        tree: Tree,
        /// Its data, as its row says.
        data_bytes: Option<u64>,
        /// Who is charged for what is moved: the source's owner.
        #[serde(default)]
        payer: Option<AccountId>,
    },
    /// Blocks that its owner puts, one by one.
    Direct(Direct),
}

/// A snapshot that is written block by block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Direct {
    /// What its blocks lie on, if not on zeros.
    pub parent: Option<SnapshotId>,
    /// The disk of the parent, or of zeros.
    pub base: Tree,
    /// After how many minutes without a new block it fails.
    pub timeout_minutes: u32,
    /// When a block was last put, to the minute.
    pub last_write: Timestamp,
    /// Whether its owner said that all blocks are there.
    pub sealed: bool,
}

/// The state of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the module's drawing says it")]
pub enum SnapshotState {
    Pending,
    Completed,
    Error,
}

/// What may happen to a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the module's drawing says it")]
pub enum SnapshotEvent {
    Complete,
    Fail,
}

impl SnapshotState {
    /// AWS's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            SnapshotState::Pending => "pending",
            SnapshotState::Completed => "completed",
            SnapshotState::Error => "error",
        }
    }

    /// The only way in which a state changes.
    pub fn next(self, event: SnapshotEvent) -> Option<SnapshotState> {
        match (self, event) {
            (SnapshotState::Pending, SnapshotEvent::Complete) => Some(SnapshotState::Completed),
            (SnapshotState::Pending, SnapshotEvent::Fail) => Some(SnapshotState::Error),
            (SnapshotState::Completed | SnapshotState::Error, _) => None,
        }
    }
}

impl Snapshot {
    /// The disk of a completed snapshot; otherwise the error that a caller reads.
    pub fn completed_tree(&self) -> Result<&Tree> {
        self.tree.as_ref().ok_or_else(|| {
            let message = format!(
                "The snapshot '{}' is in the '{}' state, not 'completed'.",
                self.id,
                self.state.as_str()
            );
            Error::new(Reason::WrongState, Subject::Snapshot, message)
        })
    }

    /// The disk that machines can be launched from and copies be made of, and the Region that holds
    /// all of it: this one, or the source of a copy that is on its way. Otherwise the error that a
    /// caller reads.
    pub fn launchable_tree(&self) -> Result<(&Tree, &Region)> {
        match (&self.origin, self.state) {
            (Origin::Copy { region, tree, .. }, SnapshotState::Pending) if self.streams => {
                Ok((tree, region))
            }
            _ => Ok((self.completed_tree()?, &self.region)),
        }
    }

    /// How it is written, if machines can be launched from it meanwhile: its owner said which blocks
    /// are to come.
    pub(crate) fn uploading(&self) -> Option<&Direct> {
        match (&self.origin, self.state) {
            (Origin::Direct(direct), SnapshotState::Pending) if self.streams => Some(direct),
            _ => None,
        }
    }

    /// Whether it is uploaded by somebody who said which blocks are to come.
    pub fn is_uploading(&self) -> bool {
        self.uploading().is_some()
    }

    /// Whether machines can be launched from it, now or while the rest of it arrives.
    pub fn is_launchable(&self) -> bool {
        self.is_uploading() || self.launchable_tree().is_ok()
    }

    /// The Region that a copy comes from whose disk stays as it is, and the disk.
    pub(crate) fn comes_from(&self) -> Option<(&Region, &Tree)> {
        match &self.origin {
            Origin::Copy { region, tree, .. }
                if *region != self.region && self.encrypted == tree.is_sealed() =>
            {
                Some((region, tree))
            }
            Origin::Copy { .. } | Origin::Frozen { .. } | Origin::Stored(_) | Origin::Direct(_) => {
                None
            }
        }
    }

    /// Who is charged for what a copy of it moves to a Region: its owner; or, if it is itself on its
    /// way to that Region, whoever is charged for that already.
    pub(crate) fn payer_to(&self, to: &Region) -> AccountId {
        match (&self.origin, self.state) {
            (Origin::Copy { payer, .. }, SnapshotState::Pending) if self.region == *to => payer,
            _ => &None,
        }
        .clone()
        .unwrap_or_else(|| self.owner.clone())
    }

    /// Whether it is encrypted, and how.
    pub(crate) fn sealing(&self) -> (bool, Option<&Sealing>) {
        (self.encrypted, self.sealing.as_ref())
    }

    /// What it is to what is made of it, in a Region and for an account.
    pub fn as_source(&self, account: &AccountId, region: &Region) -> crate::Source {
        if self.encrypted {
            crate::Source::Sealed {
                owned: self.owner == *account,
                here: self.region == *region,
            }
        } else {
            crate::Source::Plain
        }
    }

    /// The digest of its disk, in hexadecimal digits, once it is completed.
    pub fn digest(&self) -> Option<String> {
        self.tree.as_ref().map(|tree| tree.digest().to_string())
    }

    /// This snapshot with its disk. `None` if it was decided otherwise already.
    pub(crate) fn complete(&self, tree: Tree, data_bytes: u64, now: Timestamp) -> Option<Snapshot> {
        let state = self.state.next(SnapshotEvent::Complete)?;
        Some(Snapshot {
            state,
            streams: false,
            tree: Some(tree),
            data_bytes: Some(data_bytes),
            progress: 100,
            completed: Some(now),
            ..self.clone()
        })
    }

    /// This snapshot given up. `None` if it was decided otherwise already.
    pub(crate) fn fail(&self, message: String) -> Option<Snapshot> {
        let state = self.state.next(SnapshotEvent::Fail)?;
        Some(Snapshot {
            state,
            streams: false,
            state_message: Some(message),
            ..self.clone()
        })
    }

    /// What a caller reads who cannot see such a snapshot.
    pub(crate) fn not_found(id: &SnapshotId) -> Error {
        Error::not_found(
            Subject::Snapshot,
            format!("The snapshot '{id}' does not exist."),
        )
    }

    /// The stored disks that it needs, and where: its own, or those that its own is made of.
    pub(crate) fn trees(&self) -> Vec<(&Region, &Tree)> {
        if let Some(tree) = &self.tree {
            return vec![(&self.region, tree)];
        }
        match (&self.origin, self.state) {
            (_, SnapshotState::Completed | SnapshotState::Error) | (Origin::Frozen { .. }, _) => {
                Vec::new()
            }
            (Origin::Stored(tree), SnapshotState::Pending) => vec![(&self.region, tree)],
            (Origin::Copy { region, tree, .. }, SnapshotState::Pending) => vec![(region, tree)],
            (Origin::Direct(direct), SnapshotState::Pending) => vec![(&self.region, &direct.base)],
        }
    }

    /// The frozen state of a volume that it needs or was made from.
    pub(crate) fn frozen(&self) -> Option<u64> {
        match &self.origin {
            Origin::Frozen { frozen, .. } => Some(*frozen),
            Origin::Stored(_) | Origin::Copy { .. } | Origin::Direct(_) => None,
        }
    }
}

impl identity::Resource for Snapshot {
    fn arn(&self) -> String {
        format!("arn:aws:ec2:{}::snapshot/{}", self.region, self.id)
    }

    fn owner(&self) -> &AccountId {
        &self.owner
    }

    fn conditions(&self, context: &mut identity::Context) {
        crate::conditions::of_snapshot(self, context);
    }

    fn is_shared_for(&self, action: identity::Action, account: &AccountId) -> bool {
        SHARED.contains(&action.0) && self.permission.includes(account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_pending_snapshot_is_decided_and_only_once() {
        use SnapshotEvent::{Complete, Fail};
        use SnapshotState::{Completed, Error, Pending};
        assert_eq!(Pending.next(Complete), Some(Completed));
        assert_eq!(Pending.next(Fail), Some(Error));
        for state in [Completed, Error] {
            for event in [Complete, Fail] {
                assert_eq!(state.next(event), None);
            }
        }
    }
}
