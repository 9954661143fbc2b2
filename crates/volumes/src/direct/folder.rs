//! The folder of a snapshot that is written block by block: opened, made, frozen and removed, by
//! whoever holds its session's gate alone.

use super::staging::{Session, Staging};
use super::{closed, open_for_writing};
use crate::bases::BaseRef;
use crate::fault::{Attempt, blocking};
use crate::{Direct, Origin, Snapshot, SnapshotState, Volumes, rows};
use base::{Error, Result, SnapshotId};
use std::sync::Arc;
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard};

/// The gate, held shared.
pub(super) type Shared = OwnedRwLockReadGuard<Option<Arc<Staging>>>;
type Alone = OwnedRwLockWriteGuard<Option<Arc<Staging>>>;

/// The session's gate, held shared, with the folder open to take blocks.
pub(super) async fn shared(
    volumes: &Volumes,
    session: &Session,
    snapshot: &Snapshot,
) -> Result<Shared> {
    let gate = session.gate.clone().read_owned().await;
    if gate.is_some() {
        return Ok(gate);
    }
    drop(gate);
    let mut alone = session.alone().await;
    if alone.is_none() {
        // The row may have gone while this waited; a removed folder is not made again.
        let mut tx = volumes.db().read().await?;
        let found = rows::snapshot(&mut tx, &snapshot.id).await?;
        drop(tx);
        let found = found.ok_or_else(|| Snapshot::not_found(&snapshot.id))?;
        open_for_writing(&found).ok_or_else(|| closed(&found))?;
        open(volumes, &mut alone, &found).await?;
    }
    Ok(alone.downgrade())
}

/// Opens the folder of a pending snapshot for those who read it, unless it is pending no more.
pub(super) async fn open_to_read(
    volumes: &Volumes,
    session: &Session,
    id: &SnapshotId,
) -> Attempt<()> {
    let mut alone = session.alone().await;
    let mut tx = volumes.db().read().await?;
    let found = rows::snapshot(&mut tx, id).await?;
    drop(tx);
    if let Some(found) = found.filter(|found| found.state == SnapshotState::Pending) {
        open(volumes, &mut alone, &found).await?;
    }
    Ok(())
}

/// The folder of a pending snapshot, made if there is none.
pub(super) async fn open(
    volumes: &Volumes,
    alone: &mut Alone,
    snapshot: &Snapshot,
) -> Attempt<Arc<Staging>> {
    if let Some(staging) = alone.as_ref() {
        return Ok(staging.clone());
    }
    let staging = match (load(volumes, snapshot).await?, &snapshot.origin) {
        (Some(staging), _) => staging,
        (None, Origin::Direct(direct)) => make(volumes, snapshot, direct).await?,
        (None, _) => return Err(Error::internal("the snapshot takes no blocks").into()),
    };
    Ok(alone.insert(staging).clone())
}

/// The folder, if there is one.
pub(super) async fn load(volumes: &Volumes, snapshot: &Snapshot) -> Attempt<Option<Arc<Staging>>> {
    let unlocked = volumes.unlock(snapshot.sealing()).await?;
    let device = volumes
        .open_folder(&snapshot.region, snapshot.id.as_ref(), &unlocked)
        .await?;
    match device {
        Some(device) => Ok(Some(
            staging_of(volumes, snapshot, device, unlocked.cipher).await?,
        )),
        None => Ok(None),
    }
}

async fn make(volumes: &Volumes, snapshot: &Snapshot, direct: &Direct) -> Attempt<Arc<Staging>> {
    let folder = volumes.folder_of(snapshot.id.as_ref());
    let size = u64::from(snapshot.size_gib) * crate::GIB;
    let unlocked = volumes.unlock(snapshot.sealing()).await?;
    let base = volumes
        .base((&snapshot.region, &folder), (&direct.base, None), &unlocked)
        .await?;
    let base_ref = BaseRef::Tree(direct.base.clone());
    let made = volumes
        .make_folder((folder, size), (base, &base_ref), &unlocked)
        .await?;
    staging_of(volumes, snapshot, made, unlocked.cipher).await
}

async fn staging_of(
    volumes: &Volumes,
    snapshot: &Snapshot,
    device: Arc<device::Volume>,
    cipher: device::Sealed,
) -> Attempt<Arc<Staging>> {
    let folder = volumes.folder_of(snapshot.id.as_ref());
    let staging = blocking(move || Staging::open(device, &folder, cipher)).await?;
    if matches!(&snapshot.origin, Origin::Direct(direct) if direct.sealed) {
        staging.seal();
    }
    Ok(Arc::new(staging))
}

/// What was put for a snapshot whose writing has ended; `None` if that is nothing.
pub(crate) async fn staged(
    volumes: &Volumes,
    snapshot: &Snapshot,
) -> Attempt<Option<device::Frozen>> {
    let session = volumes.direct().get(&snapshot.id);
    let mut alone = session.alone().await;
    if alone.is_none() {
        *alone = load(volumes, snapshot).await?;
    }
    let Some(staging) = alone.clone() else {
        return Ok(None);
    };
    blocking(move || staging.device.freeze()).await.map(Some)
}

/// Removes what was put for a snapshot.
pub(crate) async fn remove(volumes: &Volumes, id: &SnapshotId) -> Result<()> {
    let session = volumes.direct().get(id);
    let mut alone = session.alone().await;
    alone.take();
    let folder = volumes.folder_of(id.as_ref());
    blocking(move || device::Volume::delete(&folder)).await?;
    drop(alone);
    session.changed.notify_waiters();
    volumes.direct().forget(id);
    Ok(())
}
