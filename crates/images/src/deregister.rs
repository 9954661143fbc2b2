//! DeregisterImage: the image goes, and with it, if asked for, the snapshots that nothing else uses.

use crate::image::Event;
use crate::{Images, rows};
use base::{ImageId, Result, SnapshotId};
use identity::{Action, Call, Permit};
use store::Tx;

/// What DeregisterImage asks for.
#[derive(Clone, Debug)]
pub struct Deregister {
    /// The image.
    pub image: ImageId,
    /// Whether its snapshots go too.
    pub delete_snapshots: bool,
}

/// What became of one snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deregistered {
    /// The snapshot.
    pub snapshot: SnapshotId,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a snapshot of a deregistered image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is deleted.
    Deleted,
    /// Another image uses it.
    Skipped,
    /// It is somebody else's.
    NotOwned,
}

impl Outcome {
    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Deleted => "success",
            Outcome::Skipped => "skipped",
            Outcome::NotOwned => "missing-permissions",
        }
    }
}

/// Deregisters an image. The image goes in any case; what became of each snapshot is answered if
/// they were asked to go.
pub async fn deregister(
    images: &Images,
    call: &Call,
    request: Deregister,
) -> Result<Vec<Deregistered>> {
    let mut tx = images.db.begin().await?;
    let image = rows::visible(&mut tx, call.account(), &call.region, &request.image).await?;
    let action = Action("ec2:DeregisterImage");
    let permit = identity::authorize(&mut tx, call, action, &[&image]).await?;
    let mut gone = image.after(Event::Deregistered)?;
    gone.launch = crate::LaunchPermission::default();
    rows::update(&mut tx, &permit, &gone).await?;
    identity::forget_tags(&mut tx, &permit, gone.id.as_ref()).await?;
    let snapshots = volumes::release(&mut tx, &permit, &gone.id).await?;
    let mut results = Vec::new();
    if request.delete_snapshots {
        for snapshot in snapshots {
            let outcome = delete(&mut tx, &permit, &snapshot).await?;
            results.push(Deregistered { snapshot, outcome });
        }
    }
    tx.commit().await?;
    Ok(results)
}

async fn delete(tx: &mut Tx, permit: &Permit, id: &SnapshotId) -> Result<Outcome> {
    let found = volumes::readable_snapshot(tx, permit.account(), permit.region(), id).await;
    let snapshot = match found {
        Ok(snapshot) if snapshot.owner == *permit.account() => snapshot,
        Ok(_) => return Ok(Outcome::NotOwned),
        Err(error) if error.is_not_found() => return Ok(Outcome::NotOwned),
        Err(error) => return Err(error),
    };
    if !volumes::holders(tx, id).await?.is_empty() {
        return Ok(Outcome::Skipped);
    }
    volumes::delete_snapshot_in(tx, permit, &snapshot).await?;
    Ok(Outcome::Deleted)
}
