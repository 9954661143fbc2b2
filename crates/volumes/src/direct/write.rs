//! PutSnapshotBlock and CompleteSnapshot.
//!
//! A block whose index lies beyond the disk, and which says so in its first bytes, is a map of what
//! is to come ([`super::to_come`]).

use super::folder::{load, open, shared};
use super::staging::sha256;
use super::to_come::{self, Map};
use super::{Checksum, check_index, closed, open_for_writing};
use crate::fault::blocking;
use crate::jobs::FinishSnapshot;
use crate::{Direct, Origin, Snapshot, SnapshotState, Volumes, readable_snapshot, rows};
use base::{Error, Reason, Result, SnapshotId, Subject, Timestamp};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use blocks::BLOCK;
use identity::{Action, Call, Permit, authorize};
use std::collections::BTreeMap;
use std::time::Duration;

/// How often the row is told that blocks come in.
const NOTED_EVERY: Duration = Duration::from_secs(60);

const PUT: Action = Action("ebs:PutSnapshotBlock");

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
    let (snapshot, _) = look(volumes, call, PUT, &put.snapshot).await?;
    if let Some(map) = Map::read(&snapshot, put.index, put.data.as_ref()) {
        check(put.data.as_ref(), &expected)?;
        announce(volumes, call, &snapshot.id, map).await?;
        return Ok(STANDARD.encode(expected));
    }
    let session = volumes.direct().get(&snapshot.id);
    let gate = shared(volumes, &session, &snapshot).await?;
    // Under the gate: nobody completes the snapshot between this look and the write.
    let (snapshot, permit) = look(volumes, call, PUT, &put.snapshot).await?;
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
    session.changed.notify_waiters();
    session.note_write(call.now);
    if call.now.since(direct.last_write) >= NOTED_EVERY {
        note(volumes, &permit, &snapshot.id, (call.now, put.progress)).await?;
    }
    Ok(STANDARD.encode(expected))
}

/// Blocks that machines wait for: whoever may put them may know.
pub fn wanted_blocks(volumes: &Volumes, snapshot: &SnapshotId) -> Vec<u64> {
    volumes.direct().get(snapshot).wanted.list()
}

/// Takes a map of what is to come. From when all of them are there, machines may be launched.
async fn announce(volumes: &Volumes, call: &Call, id: &SnapshotId, map: Map) -> Result<()> {
    let session = volumes.direct().get(id);
    // Alone: nobody puts or reads a block between what the old map said and what the new one says.
    let mut alone = session.alone().await;
    let (snapshot, permit) = look(volumes, call, PUT, id).await?;
    open_for_writing(&snapshot).ok_or_else(|| closed(&snapshot))?;
    let staging = open(volumes, &mut alone, &snapshot).await?;
    let announced = blocking(move || staging.announce(&map)).await?;
    session.changed.notify_waiters();
    session.note_write(call.now);
    if snapshot.streams || announced < to_come::maps(&snapshot) {
        return Ok(());
    }
    let mut tx = volumes.db().begin().await?;
    let found = rows::snapshot(&mut tx, id).await?;
    if let Some((snapshot, _)) = found.as_ref().and_then(open_for_writing) {
        let streams = Snapshot {
            streams: true,
            ..snapshot.clone()
        };
        rows::put_snapshot(&mut tx, &permit, &streams).await?;
    }
    tx.commit().await
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
    let staging = alone.clone();
    let written = match staging.clone() {
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
    if let Some(staging) = staging {
        staging.seal();
        session.changed.notify_waiters();
    }
    Ok(sealed.state)
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
