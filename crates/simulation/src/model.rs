//! What must be there: a plain picture of the installation, made of the answers alone.

use crate::ask::{Answer, Ask, Place, What};
use crate::disk::Disk;
use base::{ImageId, SnapshotId, VolumeId};
use std::collections::{BTreeMap, BTreeSet};

/// A volume.
#[derive(Clone, Debug)]
pub struct Volume {
    /// Whose, and where.
    pub place: Place,
    /// What it holds.
    pub disk: Disk,
    /// Whether what is written to it must never lie in the clear.
    pub secret: bool,
    /// Whether its key may have been disabled while it was made.
    pub exposed: bool,
    /// Whether it was seen to have failed for that.
    pub failed: bool,
}

/// How far a snapshot is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Blocks are being put: which, with their sums; and which of them are unsure.
    Open(BTreeMap<u64, Vec<u8>>, BTreeSet<u64>),
    /// The server is at it.
    Pending,
    /// It was seen completed.
    Completed,
    /// Its key was disabled while it was made, and it was seen to have failed.
    Failed,
}

/// A snapshot.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Whose, and where.
    pub place: Place,
    /// What it holds.
    pub disk: Disk,
    /// Whether it must be encrypted.
    pub encrypted: bool,
    /// Whether what is put into it must never lie in the clear.
    pub secret: bool,
    /// Whether the other account may read it.
    pub shared: bool,
    /// How far it is.
    pub stage: Stage,
    /// Whether a key that it needs may have been disabled while it was made.
    pub exposed: bool,
}

/// An image.
#[derive(Clone, Debug)]
pub struct Image {
    /// Whose, and where.
    pub place: Place,
    /// What it is made of.
    pub snapshot: SnapshotId,
    /// Whether it was seen available.
    pub available: bool,
    /// Whether it was seen to have failed, as its snapshot did.
    pub failed: bool,
    /// Whether the other account may launch it.
    pub shared: bool,
}

/// The installation.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// Volumes.
    pub volumes: BTreeMap<VolumeId, Volume>,
    /// Snapshots.
    pub snapshots: BTreeMap<SnapshotId, Snapshot>,
    /// Images.
    pub images: BTreeMap<ImageId, Image>,
    /// The account and Region whose key is disabled.
    pub disabled: Option<Place>,
    /// Whether a key was disabled at any time during what is applied now.
    pub keyless: bool,
}

impl Model {
    /// Whether an image is made of this snapshot.
    pub fn is_held(&self, id: &SnapshotId) -> bool {
        self.images.values().any(|image| image.snapshot == *id)
    }

    /// From now on, everything encrypted that is on its way may fail for want of a key.
    pub fn expose(&mut self) {
        for snapshot in self.snapshots.values_mut() {
            let on_its_way = matches!(snapshot.stage, Stage::Open(..) | Stage::Pending);
            snapshot.exposed |= snapshot.encrypted && on_its_way;
        }
    }

    fn exposes(&self, encrypted: bool) -> bool {
        encrypted && (self.keyless || self.disabled.is_some())
    }

    /// What a request does that succeeded.
    pub fn apply(&mut self, ask: &Ask, answer: Answer) {
        let place = ask.place;
        match (&ask.what, answer) {
            (What::CreateVolume { disk, secret, .. }, Answer::Volume(id)) => {
                let volume = Volume {
                    place,
                    disk: disk.clone(),
                    secret: *secret,
                    exposed: self.exposes(*secret),
                    failed: false,
                };
                self.volumes.insert(id, volume);
            }
            (What::DeleteVolume(id), _) => drop(self.volumes.remove(id)),
            (What::StartSnapshot { disk, secret, .. }, Answer::Snapshot(id)) => {
                let stage = Stage::Open(BTreeMap::new(), BTreeSet::new());
                self.add(place, id, disk, (*secret, *secret), stage);
            }
            (What::CreateSnapshot { disk, secret, .. }, Answer::Snapshot(id)) => {
                self.add(place, id, disk, (*secret, *secret), Stage::Pending);
            }
            (
                What::CopySnapshot {
                    disk, secret, key, ..
                },
                Answer::Snapshot(id),
            ) => {
                let encrypted = *secret || key.is_some();
                self.add(place, id, disk, (encrypted, *secret), Stage::Pending);
            }
            (What::Register { .. }, Answer::Image(id, snapshot)) => {
                let image = Image {
                    place,
                    snapshot,
                    available: true,
                    failed: false,
                    shared: false,
                };
                self.images.insert(id, image);
            }
            (
                What::CopyImage {
                    disk, secret, key, ..
                },
                Answer::Image(id, snapshot),
            ) => {
                let encrypted = *secret || key.is_some();
                let of = snapshot.clone();
                self.add(place, of, disk, (encrypted, *secret), Stage::Pending);
                let image = Image {
                    place,
                    snapshot,
                    available: false,
                    failed: false,
                    shared: false,
                };
                self.images.insert(id, image);
            }
            (
                What::PutBlock {
                    snapshot,
                    block,
                    content,
                    bytes,
                },
                _,
            ) => self.put(snapshot, (*block, *content), bytes),
            (What::Complete { snapshot, .. }, _) => {
                if let Some(found) = self.snapshots.get_mut(snapshot) {
                    found.stage = Stage::Pending;
                }
            }
            (What::Share { snapshot, add }, _) => {
                if let Some(found) = self.snapshots.get_mut(snapshot) {
                    found.shared = *add;
                }
            }
            (What::ShareImage { image, add }, _) => {
                if let Some(found) = self.images.get_mut(image) {
                    found.shared = *add;
                }
            }
            (What::DeleteSnapshot(id), _) => drop(self.snapshots.remove(id)),
            (
                What::Deregister {
                    image, snapshot, ..
                },
                Answer::Deregistered(with_snapshot),
            ) => {
                self.images.remove(image);
                if with_snapshot {
                    self.snapshots.remove(snapshot);
                }
            }
            _ => {}
        }
    }

    fn add(
        &mut self,
        place: Place,
        id: SnapshotId,
        disk: &Disk,
        (encrypted, secret): (bool, bool),
        stage: Stage,
    ) {
        let snapshot = Snapshot {
            place,
            disk: disk.clone(),
            encrypted,
            secret,
            shared: false,
            stage,
            exposed: self.exposes(encrypted),
        };
        self.snapshots.insert(id, snapshot);
    }

    fn put(&mut self, id: &SnapshotId, (block, content): (u64, u64), bytes: &[u8]) {
        let Some(found) = self.snapshots.get_mut(id) else {
            return;
        };
        let grains = crate::disk::BLOCK_GRAINS;
        let range = block * grains..(block + 1) * grains;
        found.disk.write(range, content, found.secret);
        if let Stage::Open(sums, unsure) = &mut found.stage {
            sums.insert(block, crate::ask::sum(bytes));
            unsure.remove(&block);
        }
    }

    /// What a request leaves behind of which nobody knows whether it happened: a block must be put
    /// again before the snapshot is completed.
    pub fn doubt(&mut self, ask: &Ask) {
        if let What::PutBlock {
            snapshot, block, ..
        } = &ask.what
            && let Some(found) = self.snapshots.get_mut(snapshot)
            && let Stage::Open(_, unsure) = &mut found.stage
        {
            unsure.insert(*block);
        }
    }
}
