//! PutSnapshotBlock and CompleteSnapshot.

use super::staging::{Session, Staging, sha256};
use super::{Checksum, check_index, closed, open_for_writing};
use crate::fault::{Attempt, blocking};
use crate::jobs::FinishSnapshot;
use crate::{Direct, Origin, Snapshot, SnapshotState, Volumes, readable_snapshot, rows};
use base::{Error, Reason, Result, SnapshotId, Subject, Timestamp};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use blocks::BLOCK;
use identity::{Action, Call, Permit, authorize};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedRwLockReadGuard;

/// How often the row is told that blocks come in.
const NOTED_EVERY: Duration = Duration::from_secs(60);

/// One block.
#[derive(Clone, Debug)]
pub struct PutBlock<D> {
    /// The snapshot.
    pub snapshot: SnapshotId,
    /// Which block.
    pub index: i64,
    /// Its 512 KiB.
    pub data: D,
    /// SHA-256 of the data in base64, as the caller computed it.
    pub checksum: String,
    /// How far the caller says it is, in percent.
    pub progress: Option<i64>,
}

/// The end of the writing.
#[derive(Clone, Debug)]
pub struct CompleteSnapshot {
    /// The snapshot.
    pub snapshot: SnapshotId,
    /// How many blocks were put.
    pub changed_blocks: i64,
    /// SHA-256, in base64, of the blocks' checksums (32 bytes each) in the order of the blocks.
    pub checksum: Option<String>,
}

/// Writes a block. When it returns the block's checksum, the block survives the end of the process.
/// Putting the same contents again changes nothing; other contents replace the block.
pub async fn put_snapshot_block<D>(
    volumes: &Volumes,
    call: &Call,
    put: PutBlock<D>,
) -> Result<String>
where
    D: AsRef<[u8]> + Send + 'static,
{
    check_length(put.data.as_ref().len())?;
    let expected = checksum(&put.checksum)?;
    let action = Action("ebs:PutSnapshotBlock");
    let (snapshot, _) = look(volumes, call, action, &put.snapshot).await?;
    let session = volumes.direct().get(&snapshot.id);
    let gate = shared(volumes, &session, &snapshot).await?;
    // Under the gate: nobody completes the snapshot between this look and the write.
    let (snapshot, permit) = look(volumes, call, action, &put.snapshot).await?;
    let (_, direct) = open_for_writing(&snapshot).ok_or_else(|| closed(&snapshot))?;
    let index = check_index(&snapshot, put.index)?;
    let Some(under_way) = session.begin(index, expected) else {
        let message = "The block is being written with other contents by another request.";
        return Err(Error::new(Reason::InUse, Subject::SnapshotBlock, message));
    };
    let data = put.data;
    let write = move || {
        let (_gate, _under_way) = (&gate, &under_way);
        let staging = gate
            .as_ref()
            .ok_or_else(|| Error::internal("the staging is gone"))?;
        check(data.as_ref(), &expected)?;
        staging.put(index, data.as_ref(), expected)
    };
    blocking(write).await?;
    session.note_write(call.now);
    if call.now.since(direct.last_write) >= NOTED_EVERY {
        note(volumes, &permit, &snapshot.id, (call.now, put.progress)).await?;
    }
    Ok(STANDARD.encode(expected))
}

/// Ends the writing: compares what was put with what the caller says it put, and lets a job upload
/// it. Answers the state then: pending, or completed when it is asked again later.
pub async fn complete_snapshot(
    volumes: &Volumes,
    call: &Call,
    request: CompleteSnapshot,
) -> Result<SnapshotState> {
    let action = Action("ebs:CompleteSnapshot");
    let (snapshot, _) = look(volumes, call, action, &request.snapshot).await?;
    let session = volumes.direct().get(&snapshot.id);
    let mut alone = session.alone().await;
    let (snapshot, permit) = look(volumes, call, action, &request.snapshot).await?;
    let Some((_, direct)) = open_for_writing(&snapshot) else {
        return repeated(&snapshot);
    };
    if alone.is_none() {
        *alone = load(volumes, &snapshot).await?;
    }
    let written = match alone.clone() {
        Some(staging) => blocking(move || staging.flush().map(|()| staging.written())).await?,
        None => BTreeMap::new(),
    };
    compare(&written, &request)?;
    let direct = Direct {
        sealed: true,
        ..direct.clone()
    };
    let mut tx = volumes.db().begin().await?;
    let found = rows::snapshot(&mut tx, &snapshot.id).await?;
    let snapshot = found.ok_or_else(|| Snapshot::not_found(&request.snapshot))?;
    let sealed = Snapshot {
        origin: Origin::Direct(direct),
        ..snapshot
    };
    rows::put_snapshot(&mut tx, &permit, &sealed).await?;
    tx.enqueue(&FinishSnapshot::of(&sealed)).await?;
    tx.commit().await?;
    Ok(sealed.state)
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
    volumes.direct().forget(id);
    Ok(())
}

async fn look(
    volumes: &Volumes,
    call: &Call,
    action: Action,
    id: &SnapshotId,
) -> Result<(Snapshot, Permit)> {
    let mut tx = volumes.db().read().await?;
    let snapshot = readable_snapshot(&mut tx, call.account(), &call.region, id).await?;
    let permit = authorize(&mut tx, call, action, &[&snapshot]).await?;
    if !matches!(snapshot.origin, Origin::Direct(_)) {
        return Err(closed(&snapshot));
    }
    Ok((snapshot, permit))
}

type Shared = OwnedRwLockReadGuard<Option<Arc<Staging>>>;

/// The session's gate, held shared, with the folder open.
async fn shared(volumes: &Volumes, session: &Session, snapshot: &Snapshot) -> Result<Shared> {
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
        let (_, direct) = open_for_writing(&found).ok_or_else(|| closed(&found))?;
        *alone = match load(volumes, snapshot).await? {
            Some(staging) => Some(staging),
            None => Some(make(volumes, snapshot, direct).await?),
        };
    }
    Ok(alone.downgrade())
}

async fn load(volumes: &Volumes, snapshot: &Snapshot) -> Attempt<Option<Arc<Staging>>> {
    let folder = volumes.folder_of(snapshot.id.as_ref());
    let unlocked = volumes.unlock(snapshot.sealing()).await?;
    let cipher = unlocked.cipher.clone();
    let Some(device) = volumes
        .open_folder(&snapshot.region, folder.clone(), &unlocked)
        .await?
    else {
        return Ok(None);
    };
    let staging = blocking(move || Staging::open(device, &folder, cipher)).await?;
    Ok(Some(Arc::new(staging)))
}

async fn make(volumes: &Volumes, snapshot: &Snapshot, direct: &Direct) -> Attempt<Arc<Staging>> {
    let folder = volumes.folder_of(snapshot.id.as_ref());
    let size = u64::from(snapshot.size_gib) * crate::GIB;
    let unlocked = volumes.unlock(snapshot.sealing()).await?;
    let cipher = unlocked.cipher.clone();
    let made = volumes
        .make_folder(
            &snapshot.region,
            (folder.clone(), size),
            (&direct.base, None),
            &unlocked,
        )
        .await?;
    Ok(Arc::new(
        blocking(move || Staging::open(made, &folder, cipher)).await?,
    ))
}

async fn note(
    volumes: &Volumes,
    permit: &Permit,
    id: &SnapshotId,
    (now, progress): (Timestamp, Option<i64>),
) -> Result<()> {
    let mut tx = volumes.db().begin().await?;
    let Some(snapshot) = rows::snapshot(&mut tx, id).await? else {
        return Ok(());
    };
    let Some((_, direct)) = open_for_writing(&snapshot) else {
        return Ok(());
    };
    let direct = Direct {
        last_write: now,
        ..direct.clone()
    };
    let said = progress.and_then(|progress| u8::try_from(progress.clamp(0, 99)).ok());
    let progress = said.unwrap_or(snapshot.progress);
    let noted = Snapshot {
        progress,
        origin: Origin::Direct(direct),
        ..snapshot
    };
    rows::put_snapshot(&mut tx, permit, &noted).await?;
    tx.commit().await
}

fn repeated(snapshot: &Snapshot) -> Result<SnapshotState> {
    match snapshot.state {
        SnapshotState::Pending | SnapshotState::Completed => Ok(snapshot.state),
        SnapshotState::Error => Err(closed(snapshot)),
    }
}

fn compare(written: &BTreeMap<u64, Checksum>, request: &CompleteSnapshot) -> Result<()> {
    let count = i64::try_from(written.len()).map_err(Error::internal)?;
    if count != request.changed_blocks {
        let message = format!(
            "The changed blocks count is {}, but {count} blocks were written.",
            request.changed_blocks
        );
        return Err(Error::invalid(message));
    }
    let Some(text) = &request.checksum else {
        return Ok(());
    };
    let all: Vec<u8> = written.values().flatten().copied().collect();
    if checksum(text)? == sha256(&all) {
        return Ok(());
    }
    Err(Error::invalid(
        "The checksum is not that of the blocks that were written.",
    ))
}

fn check_length(length: usize) -> Result<()> {
    if u64::try_from(length).is_ok_and(|length| length == BLOCK) {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "A block has {BLOCK} bytes of data, not {length}."
    )))
}

fn checksum(text: &str) -> Result<Checksum> {
    let bytes = STANDARD
        .decode(text)
        .ok()
        .and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| Error::invalid("A checksum is a SHA-256 value in base64."))
}

fn check(data: &[u8], expected: &Checksum) -> Result<()> {
    if sha256(data) == *expected {
        return Ok(());
    }
    Err(Error::invalid(
        "The checksum does not match the data of the block.",
    ))
}
