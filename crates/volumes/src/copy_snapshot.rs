//! CopySnapshot: the same disk in this Region, from this or another one.
//!
//! Within a Region a copy is the same tree, and nothing is moved. From another Region its job moves
//! what this Region lacks. An encrypted disk is the same tree under another key too: its data keys
//! are wrapped again. Only the chunks of a plain one that is to be encrypted are stored again, sealed.

use crate::create_snapshot::{begin, check_description};
use crate::encryption::{self, Asked, Outcome};
use crate::seal::{Want, seal};
use crate::{
    NO_VOLUME, Origin, Snapshot, SnapshotState, Volumes, limits, readable_snapshot, rows, settings,
    snapshot_copy_to_make,
};
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
    /// Whether and how the copy is to be encrypted.
    pub encryption: Asked,
    /// Tags of the copy.
    pub tags: Tags,
}

/// What a copy says about itself.
#[derive(Clone, Debug)]
pub struct CopySpec {
    /// What becomes of encryption, as one of the tables has it.
    pub outcome: Outcome,
    /// What the request said about it.
    pub encryption: Asked,
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
    let by_default = settings::of(&mut tx, call.account(), &call.region)
        .await?
        .encrypt;
    let kind = source.as_source(call.account(), &call.region);
    let outcome = encryption::of_snapshot_copy(kind, &request.encryption, by_default)?;
    let made = snapshot_copy_to_make(call, &source, outcome);
    let action = Action("ec2:CopySnapshot");
    let permit = authorize(&mut tx, call, action, &[&source, &made]).await?;
    limits::check_snapshot_copies(volumes, &mut tx, &permit).await?;
    let spec = CopySpec {
        outcome,
        encryption: request.encryption,
        description,
        tags: request.tags,
    };
    let id = begin_copy(volumes, &mut tx, (call, &permit), &source, spec).await?;
    tx.commit().await?;
    Ok(id)
}

/// Begins a copy into the permit's Region in a transaction of the caller's. Whether the account may
/// read the source was decided by the caller.
pub async fn begin_copy(
    volumes: &Volumes,
    tx: &mut Tx,
    (call, permit): (&Call, &Permit),
    source: &Snapshot,
    spec: CopySpec,
) -> Result<SnapshotId> {
    // A copy of a copy that is on its way comes from where that one comes from.
    let (tree, from) = source.launchable_tree()?;
    let id = SnapshotId::random(volumes.entropy());
    let want = Want {
        outcome: spec.outcome,
        asked: &spec.encryption,
        source: source
            .sealing
            .as_ref()
            .map(|sealing| (sealing, &source.region)),
        resource: id.as_ref(),
    };
    let (encrypted, sealing) = seal(volumes, tx, (call, permit), want).await?.parts();
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
        streams: false,
        tree: None,
        encrypted,
        sealing,
        permission: crate::CreatePermission::default(),
        data_bytes: None,
        product_codes: source.product_codes.clone(),
        origin: Origin::Copy {
            region: from.clone(),
            snapshot: source.id.clone(),
            tree: tree.clone(),
            data_bytes: source.data_bytes,
            payer: Some(source.payer_to(permit.region())),
        },
    };
    begin(tx, permit, &snapshot, &spec.tags).await?;
    rows::copy_boot_order(tx, &source.id, &id).await?;
    Ok(id)
}
