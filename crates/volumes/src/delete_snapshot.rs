//! DeleteSnapshot: the row goes, and with it what held its tree. What nobody else needs is collected
//! later (docs/format/collection.md).

use crate::jobs::RemoveStaging;
use crate::visible::held;
use crate::{Origin, Snapshot, Volumes, readable_snapshot, rows, usage};
use base::{Result, SnapshotId};
use identity::{Action, Call, Permit, authorize, forget_tags};
use store::Tx;

/// Deletes a snapshot that no image is made of. A pending one stops.
pub async fn delete_snapshot(volumes: &Volumes, call: &Call, id: &SnapshotId) -> Result<()> {
    let mut tx = volumes.db().begin().await?;
    let snapshot = readable_snapshot(&mut tx, call.account(), &call.region, id).await?;
    let permit = authorize(&mut tx, call, Action("ec2:DeleteSnapshot"), &[&snapshot]).await?;
    delete_snapshot_in(&mut tx, &permit, &snapshot).await?;
    tx.commit().await
}

/// [`delete_snapshot`] in a transaction of the caller's.
pub async fn delete_snapshot_in(tx: &mut Tx, permit: &Permit, snapshot: &Snapshot) -> Result<()> {
    if let Some(image) = rows::holders(tx, &snapshot.id).await?.first() {
        return Err(held(&snapshot.id, image));
    }
    usage::freed(tx, permit, snapshot).await?;
    rows::delete_snapshot(tx, permit, &snapshot.id).await?;
    forget_tags(tx, permit, snapshot.id.as_ref()).await?;
    crate::seal::release(tx, permit, snapshot.id.as_ref()).await?;
    if matches!(snapshot.origin, Origin::Direct(_)) {
        tx.enqueue(&RemoveStaging::of(snapshot)).await?;
    }
    Ok(())
}
