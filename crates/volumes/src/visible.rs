//! Who may see what, and which image holds which snapshot: what other crates ask in their own
//! transactions.

use crate::{Snapshot, Volume, VolumeState, rows};
use base::VolumeId;
use base::{AccountId, Error, ImageId, InstanceId, Reason, Region, Result, SnapshotId, Subject};
use identity::Permit;
use std::collections::BTreeMap;
use store::Tx;

impl Snapshot {
    /// Whether the account may make volumes, images and copies from it.
    pub fn is_readable_by(&self, account: &AccountId) -> bool {
        self.owner == *account || self.permission.includes(account)
    }
}

/// A snapshot that the account may make volumes, images and copies from; otherwise NotFound.
pub async fn readable_snapshot(
    tx: &mut Tx,
    account: &AccountId,
    region: &Region,
    id: &SnapshotId,
) -> Result<Snapshot> {
    let found = rows::snapshot(tx, id).await?;
    found
        .filter(|snapshot| snapshot.region == *region && snapshot.is_readable_by(account))
        .ok_or_else(|| Snapshot::not_found(id))
}

/// Snapshots by id, whoever may see them: for holders of an image that is made of them.
pub async fn snapshots_by_id(
    tx: &mut Tx,
    ids: &[SnapshotId],
) -> Result<BTreeMap<SnapshotId, Snapshot>> {
    rows::snapshots(tx, ids).await
}

/// Records that an image is made of a snapshot, which cannot be deleted from now on.
pub async fn hold(
    tx: &mut Tx,
    permit: &Permit,
    snapshot: &SnapshotId,
    image: &ImageId,
) -> Result<()> {
    rows::hold(tx, permit, snapshot, image).await
}

/// Records that an image is gone, and answers the snapshots that it held.
pub async fn release(tx: &mut Tx, permit: &Permit, image: &ImageId) -> Result<Vec<SnapshotId>> {
    rows::release(tx, permit, image).await
}

/// The images that are made of a snapshot.
pub async fn holders(tx: &mut Tx, snapshot: &SnapshotId) -> Result<Vec<ImageId>> {
    rows::holders(tx, snapshot).await
}

/// A volume that the account may see; otherwise NotFound.
pub async fn volume_for(tx: &mut Tx, account: &AccountId, id: &VolumeId) -> Result<Volume> {
    let found = rows::volume(tx, id).await?;
    found
        .filter(|volume| volume.owner == *account)
        .ok_or_else(|| Volume::not_found(id))
}

/// The volumes that are attached to an instance, by id.
pub async fn attached_to(tx: &mut Tx, instance: &InstanceId) -> Result<Vec<Volume>> {
    rows::volumes_at(tx, instance).await
}

/// A volume of the account in this Region by what the caller sent as its id.
pub(crate) async fn look_for_volume(
    tx: &mut Tx,
    account: &AccountId,
    region: &Region,
    id: &VolumeId,
) -> Result<Volume> {
    let volume = volume_for(tx, account, id).await?;
    if volume.region != *region || volume.state == VolumeState::Deleting {
        return Err(Volume::not_found(id));
    }
    Ok(volume)
}

/// What a caller reads who deletes a snapshot that an image is made of.
pub(crate) fn held(snapshot: &SnapshotId, image: &ImageId) -> Error {
    let message = format!("The snapshot {snapshot} is currently in use by {image}");
    Error::new(Reason::InUse, Subject::Snapshot, message)
}
