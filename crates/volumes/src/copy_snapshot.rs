//! CopySnapshot: the same disk in this Region, from this or another one.
//!
//! Within a Region a copy is the same tree, and nothing is moved. From another Region its job moves
//! what this Region lacks.

use crate::create_snapshot::{begin, check_description};
use crate::{NO_VOLUME, Origin, Snapshot, SnapshotState, Volumes, readable_snapshot};
use base::{Error, Reason, Region, ResourceId, Result, SnapshotId, Subject, Tags};
use identity::{Action, Call, Permit, authorize};
use store::Tx;

/// The request. It goes to the Region that the copy is to be in.
#[derive(Clone, Debug)]
pub struct CopySnapshot {
    /// Where the source is.
    pub source_region: Region,
    /// The source.
    pub source: SnapshotId,
    /// Description and tags of the copy; AWS's sentence stands for an absent description.
    pub description: Option<String>,
    /// Tags of the copy.
    pub tags: Tags,
}

/// What a copy says about itself.
#[derive(Clone, Debug, Default)]
pub struct CopySpec {
    /// Up to 255 characters.
    pub description: String,
    /// Its tags.
    pub tags: Tags,
}

/// Begins a copy.
pub async fn copy_snapshot(
    volumes: &Volumes,
    call: &Call,
    request: CopySnapshot,
) -> Result<SnapshotId> {
    if !volumes
        .regions()
        .any(|region| *region == request.source_region)
    {
        let message = format!("Invalid region: \"{}\"", request.source_region);
        return Err(Error::new(Reason::Invalid, Subject::Region, message));
    }
    let description = request
        .description
        .unwrap_or_else(|| format!("[Copied {} from {}]", request.source, request.source_region));
    check_description(&description)?;
    let mut tx = volumes.db().begin().await?;
    let source = readable_snapshot(
        &mut tx,
        call.account(),
        &request.source_region,
        &request.source,
    )
    .await?;
    let permit = authorize(&mut tx, call, Action("ec2:CopySnapshot"), &[&source]).await?;
    let spec = CopySpec {
        description,
        tags: request.tags,
    };
    let id = begin_copy(volumes, &mut tx, &permit, &source, spec).await?;
    tx.commit().await?;
    Ok(id)
}

/// Begins a copy into the permit's Region in a transaction of the caller's. Whether the account may
/// read the source was decided by the caller.
pub async fn begin_copy(
    volumes: &Volumes,
    tx: &mut Tx,
    permit: &Permit,
    source: &Snapshot,
    spec: CopySpec,
) -> Result<SnapshotId> {
    let tree = source.completed_tree()?.clone();
    let id = SnapshotId::random(volumes.entropy());
    let snapshot = Snapshot {
        id: id.clone(),
        owner: permit.account().clone(),
        region: permit.region().clone(),
        state: SnapshotState::Pending,
        state_message: None,
        size_gib: source.size_gib,
        description: spec.description,
        volume: NO_VOLUME.to_owned(),
        started: permit.now(),
        completed: None,
        progress: 0,
        tree: None,
        encrypted: source.encrypted,
        sealing: None,
        permission: crate::CreatePermission::default(),
        data_bytes: None,
        origin: Origin::Copy {
            region: source.region.clone(),
            snapshot: source.id.clone(),
            tree,
            data_bytes: source.data_bytes,
        },
    };
    begin(tx, permit, &snapshot, &spec.tags).await?;
    Ok(id)
}
