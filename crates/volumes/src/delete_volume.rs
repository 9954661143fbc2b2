//! DeleteVolume: the row says so at once, and a job removes the folder.

use crate::jobs::RemoveVolume;
use crate::visible::look_for_volume;
use crate::{Volume, Volumes, rows};
use base::{Result, VolumeId};
use identity::{Action, Call, Permit, authorize};
use store::Tx;

/// Deletes a volume that is attached nowhere. Snapshots of it that are still being uploaded are
/// finished first, out of sight.
pub async fn delete_volume(volumes: &Volumes, call: &Call, id: &VolumeId) -> Result<()> {
    let mut tx = volumes.db().begin().await?;
    let volume = look_for_volume(&mut tx, call.account(), &call.region, id).await?;
    let permit = authorize(&mut tx, call, Action("ec2:DeleteVolume"), &[&volume]).await?;
    delete_volume_in(&mut tx, &permit, &volume).await?;
    tx.commit().await
}

/// [`delete_volume`] in a transaction of the caller's.
pub async fn delete_volume_in(tx: &mut Tx, permit: &Permit, volume: &Volume) -> Result<()> {
    let deleted = volume.deleted()?;
    rows::put_volume(tx, permit, &deleted).await?;
    let job = RemoveVolume {
        account: volume.owner.clone(),
        region: volume.region.clone(),
        volume: volume.id.clone(),
    };
    tx.enqueue(&job).await
}
