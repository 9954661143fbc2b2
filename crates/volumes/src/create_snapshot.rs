//! CreateSnapshot: the volume as it is at the moment of the call.
//!
//! The volume is frozen before the transaction begins, because nothing but the database is awaited
//! in one; a freeze whose transaction then fails leaves one more layer in the volume's folder and
//! nothing else. The job uploads what changed since the base.

use crate::jobs::FinishSnapshot;
use crate::visible::look_for_volume;
use crate::volumes::Frozen;
use crate::{Snapshot, SnapshotState, Volume, Volumes, freeze, rows, snapshot_to_make};
use base::{Error, ResourceId, Result, SnapshotId, Tags, VolumeId};
use identity::{Action, Call, Permit, authorize, put_tags};
use store::Tx;

/// The request.
#[derive(Clone, Debug)]
pub struct CreateSnapshot {
    /// The volume.
    pub volume: VolumeId,
    /// Description and tags.
    pub spec: SnapshotSpec,
}

/// What a new snapshot says about itself.
#[derive(Clone, Debug, Default)]
pub struct SnapshotSpec {
    /// Up to 255 characters.
    pub description: String,
    /// Its tags.
    pub tags: Tags,
}

const ACTION: Action = Action("ec2:CreateSnapshot");

/// Begins a snapshot of a volume.
pub async fn create_snapshot(
    volumes: &Volumes,
    call: &Call,
    request: CreateSnapshot,
) -> Result<Snapshot> {
    check_description(&request.spec.description)?;
    let mut tx = volumes.db().read().await?;
    let volume = look_for_volume(&mut tx, call.account(), &call.region, &request.volume).await?;
    let made = snapshot_to_make(call, &volume);
    authorize(&mut tx, call, ACTION, &[&volume, &made]).await?;
    volume.check_usable()?;
    drop(tx);
    let frozen = freeze(volumes, std::slice::from_ref(&request.volume)).await?;
    let frozen = frozen
        .first()
        .ok_or_else(|| Error::internal("nothing was frozen"))?;
    let mut tx = volumes.db().begin().await?;
    let volume = look_for_volume(&mut tx, call.account(), &call.region, &request.volume).await?;
    let made = snapshot_to_make(call, &volume);
    let permit = authorize(&mut tx, call, ACTION, &[&volume, &made]).await?;
    let id = begin_snapshot(volumes, &mut tx, &permit, &volume, frozen, request.spec).await?;
    let snapshot = rows::snapshot(&mut tx, &id).await?;
    tx.commit().await?;
    snapshot.ok_or_else(|| Error::internal("the snapshot that was just begun is not there"))
}

/// Begins a snapshot of a frozen state in a transaction of the caller's. The caller keeps `frozen`
/// until the transaction has committed: until then it is what protects the state.
pub async fn begin_snapshot(
    volumes: &Volumes,
    tx: &mut Tx,
    permit: &Permit,
    volume: &Volume,
    frozen: &Frozen,
    spec: SnapshotSpec,
) -> Result<SnapshotId> {
    if *frozen.volume() != volume.id {
        return Err(Error::internal("a state of another volume was given"));
    }
    let id = SnapshotId::random(volumes.entropy());
    let snapshot = Snapshot {
        id: id.clone(),
        owner: permit.account().clone(),
        region: volume.region.clone(),
        state: SnapshotState::Pending,
        state_message: None,
        size_gib: volume.size_gib,
        description: spec.description,
        volume: volume.id.to_string(),
        started: permit.now(),
        completed: None,
        progress: 0,
        streams: false,
        tree: None,
        encrypted: volume.encrypted,
        sealing: volume.sealing.clone(),
        permission: crate::CreatePermission::default(),
        data_bytes: None,
        product_codes: volume.product_codes.clone(),
        origin: frozen.origin(),
    };
    if let Some(sealing) = &snapshot.sealing {
        rows::hold_grant(tx, permit, id.as_ref(), &sealing.holder).await?;
    }
    begin(tx, permit, &snapshot, &spec.tags).await?;
    Ok(id)
}

/// Writes a pending snapshot, its tags, and the job that finishes it.
pub(crate) async fn begin(
    tx: &mut Tx,
    permit: &Permit,
    snapshot: &Snapshot,
    tags: &Tags,
) -> Result<()> {
    rows::put_snapshot(tx, permit, snapshot).await?;
    put_tags(tx, permit, snapshot.id.as_ref(), "snapshot", tags).await?;
    tx.enqueue(&FinishSnapshot::of(snapshot)).await
}

/// A description has at most 255 characters.
pub(crate) fn check_description(text: &str) -> Result<()> {
    if text.chars().count() <= 255 {
        return Ok(());
    }
    Err(Error::invalid(
        "Character limit exceeded: a description has at most 255 characters.",
    ))
}
