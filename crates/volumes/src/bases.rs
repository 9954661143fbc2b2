//! What a volume lies on: a stored disk, perhaps on its way from another Region, or a disk that is
//! being uploaded.
//!
//! A volume's folder names its base by a [`BaseRef`]. One that names an upload goes on doing so when
//! that is done: the volume's row says what the upload became, and both stay until the volume is
//! put on another base.

use crate::boot_order::Recorder;
use crate::direct::Uploading;
use crate::disks::Stored;
use crate::distant::Distant;
use crate::fault::{Attempt, Fault};
use crate::seal::Unlocked;
use crate::{Upload, Volume, Volumes, rows};
use base::{Error, Region, SnapshotId, VolumeId};
use blocks::{Disk, Tree};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// How a folder names what it lies on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum BaseRef {
    /// What a snapshot's upload became, or is becoming.
    Upload {
        /// The snapshot.
        upload: SnapshotId,
    },
    /// A stored disk.
    Tree(Tree),
}

impl BaseRef {
    /// What a volume that was never opened is to lie on.
    pub(crate) fn of(volume: &Volume) -> BaseRef {
        match &volume.upload {
            Some(Upload {
                snapshot,
                tree: None,
                ..
            }) => BaseRef::Upload {
                upload: snapshot.clone(),
            },
            _ => BaseRef::Tree(volume.base.clone()),
        }
    }

    pub(crate) fn read(text: &str) -> Attempt<BaseRef> {
        serde_json::from_str(text).map_err(|error| Fault::Lasting(Error::internal(error)))
    }

    pub(crate) fn write(&self) -> Attempt<String> {
        serde_json::to_string(self).map_err(|error| Fault::Lasting(Error::internal(error)))
    }

    /// The stored disk, given the volume; `None` while it is uploaded.
    pub(crate) fn tree<'a>(&'a self, volume: Option<&'a Volume>) -> Option<&'a Tree> {
        match self {
            BaseRef::Tree(tree) => Some(tree),
            BaseRef::Upload { .. } => volume?.upload.as_ref()?.tree.as_ref(),
        }
    }
}

impl Volumes {
    /// What an upload became, or is becoming, under a volume whose folder names it.
    pub(crate) async fn uploaded(
        &self,
        id: &VolumeId,
        unlocked: &Unlocked,
    ) -> Attempt<Arc<dyn device::Base>> {
        let mut tx = self.db().read().await?;
        let volume = rows::volume(&mut tx, id).await?;
        drop(tx);
        let volume = volume.ok_or_else(|| Volume::not_found(id))?;
        let Some(upload) = &volume.upload else {
            return Err(Fault::lasting(
                "the folder names an upload that its row does not",
            ));
        };
        match &upload.tree {
            Some(tree) => {
                let at = (&volume.region, self.folder_of(id.as_ref()));
                Ok(self.base((at.0, &at.1), (tree, None), unlocked).await?)
            }
            None => Ok(self.uploading((&volume, upload), None, unlocked)),
        }
    }

    /// An upload under a volume.
    pub(crate) fn uploading(
        &self,
        (volume, upload): (&Volume, &Upload),
        recorder: Option<Arc<Recorder>>,
        unlocked: &Unlocked,
    ) -> Arc<dyn device::Base> {
        Arc::new(Uploading {
            volumes: self.downgrade(),
            volume: volume.id.clone(),
            upload: upload.clone(),
            unlocked: unlocked.clone(),
            session: self.direct().get(&upload.snapshot),
            waiter: self.waits().waiter(&self.folder_of(volume.id.as_ref())),
            recorder,
            became: OnceLock::new(),
        })
    }

    /// A stored disk as a base.
    pub(crate) async fn base(
        &self,
        (region, folder): (&Region, &Path),
        (tree, recorder): (&Tree, Option<Arc<Recorder>>),
        unlocked: &Unlocked,
    ) -> Attempt<Arc<Stored>> {
        let (store, domain) = (self.store(region)?, unlocked.domain_of(tree));
        let stored = match self.source_of(region, tree).await? {
            None => {
                let disk = store.disk(tree, &domain).await?;
                Stored {
                    ahead: disk.read_ahead(),
                    disk,
                    recorder,
                    distant: None,
                }
            }
            Some(source) => {
                let through = store.disk_through(tree, &domain, self.store(&source)?)?;
                let ahead = through.read_ahead();
                let distant = Distant::new(through, store.clone(), self.waits(), folder);
                Stored {
                    disk: store.unread_disk(tree, &domain)?,
                    recorder,
                    ahead,
                    distant: Some(distant),
                }
            }
        };
        Ok(Arc::new(stored))
    }

    /// A stored disk to read ahead from, wherever it lies.
    pub(crate) async fn disk(
        &self,
        region: &Region,
        tree: &Tree,
        unlocked: &Unlocked,
    ) -> Attempt<Disk> {
        let (store, domain) = (self.store(region)?, unlocked.domain_of(tree));
        Ok(match self.source_of(region, tree).await? {
            None => store.disk(tree, &domain).await?,
            Some(source) => store.disk_through(tree, &domain, self.store(&source)?)?,
        })
    }

    /// The Region that a tree is read from while this one does not have it: one in which it is
    /// held. `None` if it is here, or nowhere.
    async fn source_of(&self, region: &Region, tree: &Tree) -> Attempt<Option<Region>> {
        if self.store(region)?.has(tree).await? {
            return Ok(None);
        }
        let mut tx = self.db().read().await?;
        for other in self.regions() {
            if rows::is_held(&mut tx, other, tree).await? {
                return Ok(Some(other.clone()));
            }
        }
        Ok(None)
    }
}
