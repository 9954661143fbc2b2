//! The noun: a volume, its states, and what may happen to it. Pure.
//!
//! ```text
//!   Available ──attach──▶ InUse ──detach──▶ Available ──delete──▶ Deleting ──▶ (gone)
//! ```
//!
//! `Creating` is there for AWS's sake: a volume here is ready in the transaction that makes it, or in
//! the state `Error` if its key cannot be used.

use crate::{Shape, VolumeKind};
use base::{AccountId, Error, InstanceId, Reason, Region, Result, SnapshotId, Subject, Timestamp};
use base::{VolumeId, Zone};
use blocks::Tree;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Bytes of a GiB.
pub const GIB: u64 = 1 << 30;

/// A volume.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    /// Its id.
    pub id: VolumeId,
    /// The account that owns it.
    pub owner: AccountId,
    /// The Region it lies in.
    pub region: Region,
    /// The zone it lies in.
    pub zone: Zone,
    /// Size in GiB.
    pub size_gib: u32,
    /// Its kind.
    pub kind: VolumeKind,
    /// Operations in a second, where the kind has such a number.
    pub iops: Option<u32>,
    /// MiB in a second, for gp3.
    pub throughput: Option<u32>,
    /// Its state.
    pub state: VolumeState,
    /// When it was made.
    pub created: Timestamp,
    /// The snapshot it was made from.
    pub snapshot: Option<SnapshotId>,
    /// Whether it is encrypted.
    pub encrypted: bool,
    /// How what is written to it is sealed. There if it is encrypted.
    #[serde(default)]
    pub sealing: Option<crate::Sealing>,
    /// Sellers' product codes, which follow the bytes into all that is made of them.
    #[serde(default)]
    pub product_codes: BTreeSet<String>,
    /// Where it is attached. There if and only if it is in use.
    pub attachment: Option<Attachment>,
    /// The disk under what was written to it, as far as the catalogue knows. A volume that was
    /// opened once keeps this in its own folder too, and the folder is right if they differ.
    pub base: Tree,
    /// The Region whose store has all of the base while a copy of it is on its way to this one.
    #[serde(default)]
    pub base_from: Option<Region>,
    /// The upload that it was made from while that was on its way. Until it is done, the base is
    /// what the upload lies on.
    #[serde(default)]
    pub upload: Option<Upload>,
}

/// An upload that a volume was made from before all of it was there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// The snapshot that is uploaded.
    pub snapshot: SnapshotId,
    /// Its size in GiB.
    pub size_gib: u32,
    /// What it became, once it is done.
    pub tree: Option<Tree>,
}

impl Upload {
    /// Bytes of the disk that is uploaded.
    pub(crate) fn bytes(&self) -> u64 {
        u64::from(self.size_gib) * GIB
    }
}

/// Where and how a volume is attached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The instance.
    pub instance: InstanceId,
    /// The device name, such as `/dev/sdf`.
    pub device: String,
    /// Whether the volume goes when the instance is terminated.
    pub delete_on_termination: bool,
    /// How far attaching or detaching is.
    pub state: AttachmentState,
    /// When attaching began.
    pub attached_at: Timestamp,
}

/// How far attaching or detaching is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names say it")]
pub enum AttachmentState {
    Attaching,
    Attached,
    Detaching,
}

impl AttachmentState {
    /// AWS's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            AttachmentState::Attaching => "attaching",
            AttachmentState::Attached => "attached",
            AttachmentState::Detaching => "detaching",
        }
    }
}

/// The state of a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the module's drawing says it")]
pub enum VolumeState {
    Creating,
    Available,
    InUse,
    Deleting,
    Error,
}

/// What may happen to a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the module's drawing says it")]
pub enum VolumeEvent {
    Ready,
    Attach,
    Detach,
    Delete,
}

impl VolumeState {
    /// AWS's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            VolumeState::Creating => "creating",
            VolumeState::Available => "available",
            VolumeState::InUse => "in-use",
            VolumeState::Deleting => "deleting",
            VolumeState::Error => "error",
        }
    }

    /// The only way in which a state changes.
    pub fn next(self, event: VolumeEvent) -> Option<VolumeState> {
        match (self, event) {
            (VolumeState::Creating, VolumeEvent::Ready) => Some(VolumeState::Available),
            (VolumeState::Creating, VolumeEvent::Attach | VolumeEvent::Detach) => None,
            (VolumeState::Available, VolumeEvent::Attach) => Some(VolumeState::InUse),
            (VolumeState::Creating | VolumeState::Available, VolumeEvent::Delete) => {
                Some(VolumeState::Deleting)
            }
            (VolumeState::Available, VolumeEvent::Ready | VolumeEvent::Detach) => None,
            (VolumeState::InUse, VolumeEvent::Detach) => Some(VolumeState::Available),
            (
                VolumeState::InUse,
                VolumeEvent::Ready | VolumeEvent::Attach | VolumeEvent::Delete,
            ) => None,
            (VolumeState::Error, VolumeEvent::Delete) => Some(VolumeState::Deleting),
            (VolumeState::Error | VolumeState::Deleting, _) => None,
        }
    }
}

impl Volume {
    /// Its base, and the Region in which it is held.
    pub(crate) fn held_base(&self) -> (&Region, &Tree) {
        let region = self.base_from.as_ref().unwrap_or(&self.region);
        (region, &self.base)
    }

    /// The upload that is still to become its base.
    pub(crate) fn awaited(&self) -> Option<&SnapshotId> {
        let upload = self.upload.as_ref()?;
        upload.tree.is_none().then_some(&upload.snapshot)
    }

    /// Whether its base is still being uploaded, as far as its row says.
    pub(crate) fn is_uploading(&self) -> bool {
        self.awaited().is_some()
    }

    /// This volume on what its upload became.
    pub(crate) fn on(&self, tree: &Tree) -> Volume {
        let upload = self.upload.clone().map(|upload| Upload {
            tree: Some(tree.clone()),
            ..upload
        });
        Volume {
            base: tree.clone(),
            upload,
            ..self.clone()
        }
    }

    /// Bytes of the disk.
    pub fn bytes(&self) -> u64 {
        u64::from(self.size_gib) * GIB
    }

    /// Whether it is encrypted, and how.
    pub(crate) fn sealing(&self) -> (bool, Option<&crate::Sealing>) {
        (self.encrypted, self.sealing.as_ref())
    }

    /// The kind with its numbers.
    pub fn shape(&self) -> Shape {
        Shape {
            kind: self.kind,
            size_gib: self.size_gib,
            iops: self.iops,
            throughput: self.throughput,
        }
    }

    /// This volume attached there. A volume is attached to one instance at a time.
    pub fn attached(&self, attachment: Attachment) -> Result<Volume> {
        let state = self
            .state
            .next(VolumeEvent::Attach)
            .ok_or_else(|| match &self.attachment {
                Some(_) => in_use(format!("{} is already attached to an instance", self.id)),
                None => self.wrong_state("available"),
            })?;
        Ok(Volume {
            state,
            attachment: Some(attachment),
            ..self.clone()
        })
    }

    /// This volume attached nowhere.
    pub fn detached(&self) -> Result<Volume> {
        let state = self
            .state
            .next(VolumeEvent::Detach)
            .ok_or_else(|| self.wrong_state("in-use"))?;
        Ok(Volume {
            state,
            attachment: None,
            ..self.clone()
        })
    }

    /// This volume on its way out.
    pub fn deleted(&self) -> Result<Volume> {
        let state = self
            .state
            .next(VolumeEvent::Delete)
            .ok_or_else(|| match &self.attachment {
                Some(at) => in_use(format!(
                    "Volume {} is currently attached to {}",
                    self.id, at.instance
                )),
                None => Volume::not_found(&self.id),
            })?;
        Ok(Volume {
            state,
            ..self.clone()
        })
    }

    /// Whether its bytes can be taken or served.
    pub(crate) fn check_usable(&self) -> Result<()> {
        match self.state {
            VolumeState::Available | VolumeState::InUse => Ok(()),
            VolumeState::Creating | VolumeState::Error => Err(self.wrong_state("available")),
            VolumeState::Deleting => Err(Volume::not_found(&self.id)),
        }
    }

    /// What a caller reads who cannot see such a volume.
    pub(crate) fn not_found(id: &VolumeId) -> Error {
        Error::not_found(
            Subject::Volume,
            format!("The volume '{id}' does not exist."),
        )
    }

    fn wrong_state(&self, expected: &str) -> Error {
        let message = format!(
            "Volume '{}' is in the '{}' state, not '{expected}'.",
            self.id,
            self.state.as_str()
        );
        Error::new(Reason::WrongState, Subject::Volume, message)
    }
}

fn in_use(message: String) -> Error {
    Error::new(Reason::InUse, Subject::Volume, message)
}

impl identity::Resource for Volume {
    fn arn(&self) -> String {
        format!(
            "arn:aws:ec2:{}:{}:volume/{}",
            self.region, self.owner, self.id
        )
    }

    fn owner(&self) -> &AccountId {
        &self.owner
    }

    fn conditions(&self, context: &mut identity::Context) {
        crate::conditions::of_volume(self, context);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_meets_every_event() {
        use VolumeEvent::{Attach, Delete, Detach, Ready};
        use VolumeState::{Available, Creating, Deleting, InUse};
        let mut table = String::new();
        for state in [Creating, Available, InUse, Deleting] {
            for event in [Ready, Attach, Detach, Delete] {
                let next = state.next(event).map_or("-", VolumeState::as_str);
                table.push_str(&format!("{} {event:?} {next}\n", state.as_str()));
            }
        }
        let expected = "creating Ready available\ncreating Attach -\ncreating Detach -\n\
            creating Delete deleting\navailable Ready -\navailable Attach in-use\n\
            available Detach -\navailable Delete deleting\nin-use Ready -\nin-use Attach -\n\
            in-use Detach available\nin-use Delete -\ndeleting Ready -\ndeleting Attach -\n\
            deleting Detach -\ndeleting Delete -\n";
        assert_eq!(table, expected);
    }
}
