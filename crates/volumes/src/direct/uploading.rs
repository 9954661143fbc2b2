//! A base whose blocks are still being put: reads of what is to come wait for it, for as long as the
//! upload may go on, and are given up only when their volume is closed or the server ends.
//!
//! Reads go to the folder of the upload until that is removed, then to what it became. The row of
//! the volume says what that is, since the snapshot may be deleted as soon as it is completed. An
//! upload that was given up leaves nothing to read: every read is an error from then on.

use super::folder::{Shared, open_to_read};
use super::staging::Session;
use super::wanted::Wish;
use crate::boot_order::Recorder;
use crate::disks::Stored;
use crate::fault::{Attempt, Fault};
use crate::seal::Unlocked;
use crate::volumes::WeakVolumes;
use crate::waits::Waiter;
use crate::{SnapshotState, Upload, Volumes, rows};
use base::VolumeId;
use blocks::BLOCK;
use device::{Base, Extent, Kind};
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// How long those who wait sleep at most, if nobody tells them.
const LOOK: Duration = Duration::from_secs(1);

/// See the module.
pub(crate) struct Uploading {
    pub(crate) volumes: WeakVolumes,
    /// The volume whose base this is, and the upload that it names.
    pub(crate) volume: VolumeId,
    pub(crate) upload: Upload,
    pub(crate) unlocked: Unlocked,
    pub(crate) session: Arc<Session>,
    pub(crate) waiter: Waiter,
    pub(crate) recorder: Option<Arc<Recorder>>,
    /// What the upload became.
    pub(crate) became: OnceLock<Arc<Stored>>,
}

/// From where a stretch is to be read.
enum Place {
    Folder(Shared),
    Stored(Arc<Stored>),
    Nowhere,
}

impl Base for Uploading {
    fn size(&self) -> u64 {
        self.upload.bytes()
    }

    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        if let Some(stored) = self.became.get() {
            return stored.read_at(buf, offset);
        }
        if let Some(recorder) = &self.recorder {
            recorder.hear(offset, buf.len());
        }
        let end = offset.saturating_add(u64::try_from(buf.len()).unwrap_or(u64::MAX));
        match self.place(offset / BLOCK..end.div_ceil(BLOCK))? {
            Place::Folder(gate) => match gate.as_ref() {
                Some(staging) => staging.device.read_at(buf, offset),
                None => Err(io::ErrorKind::ConnectionAborted.into()),
            },
            Place::Stored(stored) => stored.read_at(buf, offset),
            Place::Nowhere => {
                let id = &self.upload.snapshot;
                Err(io::Error::other(format!("the upload of {id} was given up")))
            }
        }
    }

    fn extents(&self, offset: u64, length: u64) -> io::Result<Vec<Extent>> {
        match self.became.get() {
            Some(stored) => stored.extents(offset, length),
            None => Ok(vec![Extent {
                offset,
                length,
                kind: Kind::Data,
            }]),
        }
    }

    fn try_read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<bool> {
        match self.became.get() {
            Some(stored) => stored.try_read_at(buf, offset),
            None => Ok(false),
        }
    }

    fn is_near(&self) -> bool {
        self.became.get().is_some_and(|stored| stored.is_near())
    }
}

impl Uploading {
    /// Waits until what the blocks hold is settled. Blocks.
    fn place(&self, wanted: std::ops::Range<u64>) -> io::Result<Place> {
        let mut wish = None;
        self.waiter.until(async {
            loop {
                let changed = self.session.changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                let gate = self.session.gate.clone().read_owned().await;
                match gate.as_ref() {
                    Some(staging) if wanted.clone().all(|index| staging.is_settled(index)) => {
                        return Ok(Place::Folder(gate));
                    }
                    Some(staging) => {
                        let missing = || {
                            let missing =
                                wanted.clone().filter(|index| !staging.is_settled(*index));
                            Wish::of(&self.session, missing.collect())
                        };
                        wish.get_or_insert_with(missing);
                        drop(gate);
                    }
                    None => {
                        drop(gate);
                        let Some(volumes) = self.volumes.upgrade() else {
                            return Err(io::ErrorKind::ConnectionAborted.into());
                        };
                        match self.look(&volumes).await {
                            Ok(Some(place)) => return Ok(place),
                            Ok(None) => continue,
                            Err(fault) => self.bear(fault)?,
                        }
                    }
                }
                tokio::select! {
                    () = changed => {}
                    () = tokio::time::sleep(LOOK) => {}
                }
            }
        })
    }

    /// Where everything is while the folder is not open; `None` if it is open now.
    async fn look(&self, volumes: &Volumes) -> Attempt<Option<Place>> {
        let id = &self.upload.snapshot;
        let mut tx = volumes.db().read().await?;
        let volume = rows::volume(&mut tx, &self.volume).await?;
        let snapshot = rows::snapshot(&mut tx, id).await?;
        drop(tx);
        let Some(volume) = volume else {
            return Ok(Some(Place::Nowhere));
        };
        if let Some(tree) = volume
            .upload
            .as_ref()
            .and_then(|upload| upload.tree.as_ref())
        {
            let domain = self.unlocked.domain_of(tree);
            let disk = volumes.store(&volume.region)?.disk(tree, &domain).await?;
            let stored = Stored {
                ahead: disk.read_ahead(),
                disk,
                recorder: self.recorder.clone(),
                distant: None,
            };
            let stored = self.became.get_or_init(|| Arc::new(stored));
            return Ok(Some(Place::Stored(stored.clone())));
        }
        match snapshot.map(|snapshot| snapshot.state) {
            Some(SnapshotState::Pending) => {
                open_to_read(volumes, &self.session, id).await?;
                Ok(None)
            }
            Some(SnapshotState::Completed | SnapshotState::Error) | None => {
                Ok(Some(Place::Nowhere))
            }
        }
    }

    /// A failure that may pass is waited for.
    fn bear(&self, fault: Fault) -> io::Result<()> {
        match fault {
            Fault::Lasting(error) if !crate::is_key_failure(&error) => {
                Err(io::Error::new(io::ErrorKind::InvalidData, error))
            }
            Fault::Lasting(error) | Fault::Passing(error) => {
                let error = error.chain();
                tracing::warn!(volume = %self.volume, %error, "a guest waits for what is being uploaded");
                Ok(())
            }
        }
    }
}
