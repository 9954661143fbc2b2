//! A volume is put on what its snapshot has stored.

use super::finish::base_under;
use super::{Owned, Rebase, WAIT, done, later};
use crate::bases::BaseRef;
use crate::collect::hold_trees;
use crate::fault::{Attempt, Fault, blocking};
use crate::{Origin, Snapshot, Volume, Volumes, rows};
use base::{Region, Result, VolumeId};
use blocks::Tree;
use device::FrozenId;
use identity::Permit;
use store::Lease;

pub(super) async fn rebase(volumes: &Volumes, lease: &Lease) -> Result<()> {
    let job: Rebase = lease.job()?;
    let mut tx = volumes.db().read().await?;
    let origin = rows::snapshot(&mut tx, &job.snapshot)
        .await?
        .map(|snapshot| snapshot.origin);
    drop(tx);
    let Some(Origin::Frozen { volume, .. }) = origin else {
        return done(volumes, lease).await;
    };
    match rebase_volume(volumes, lease, &job, &volume).await {
        Ok(Rebased::Done) => done(volumes, lease).await,
        Ok(Rebased::Pinned) => later(volumes, lease, &job, volumes.clock().now().plus(WAIT)).await,
        Err(Fault::Passing(error)) => Err(error),
        Err(Fault::Lasting(error)) => {
            // The volume reads the same without it; it only goes on keeping what was uploaded.
            tracing::warn!(%volume, error = %error.chain(), "a volume could not be rebased");
            done(volumes, lease).await
        }
    }
}

enum Rebased {
    Done,
    /// A request is between its freeze and its commit.
    Pinned,
}

async fn rebase_volume(
    volumes: &Volumes,
    lease: &Lease,
    job: &Rebase,
    id: &VolumeId,
) -> Attempt<Rebased> {
    let mut place = volumes.place(id).await;
    // Pins before rows: a request whose pin is gone has its row there.
    let pin = place.oldest_pin();
    let mut tx = volumes.db().read().await?;
    let needed = rows::oldest_needed(&mut tx, id).await?;
    let oldest = [pin, needed].into_iter().flatten().min();
    let target = rows::newest_completed(&mut tx, id, oldest).await?;
    drop(tx);
    let waits = pin.is_some_and(|pin| needed.is_none_or(|needed| pin < needed));
    let state = target.as_ref().and_then(Snapshot::frozen);
    let sealing = target
        .as_ref()
        .map(|target| (target.encrypted, target.sealing.clone()));
    let (encrypted, sealing) = sealing.unwrap_or_default();
    let sealing = (encrypted, sealing.as_ref());
    let tree = target.and_then(|snapshot| snapshot.tree);
    let (Some(state), Some(tree)) = (state, tree) else {
        return Ok(if waits {
            Rebased::Pinned
        } else {
            Rebased::Done
        });
    };
    let at = (&job.region, id);
    let Some(device) = volumes.device(&mut place, at, sealing).await? else {
        return Ok(Rebased::Done);
    };
    let unlocked = volumes.unlock_place(&place, sealing).await?;
    let folder = volumes.folder_of(id.as_ref());
    let base = volumes
        .base((&job.region, &folder), (&tree, None), &unlocked)
        .await?;
    let base_ref = BaseRef::Tree(tree.clone()).write()?;
    hold_next_base(volumes, &job.region, id, &tree).await?;
    let work = {
        let device = device.clone();
        move || match device.rebase(FrozenId(state), base, &base_ref) {
            // Merged already, by an earlier attempt or with a later snapshot.
            Err(device::Error::Stale(_)) => Ok(()),
            other => other,
        }
    };
    blocking(work).await?;
    let base = base_under(volumes, id, &device.base_ref()).await?;
    note_base(volumes, &job.permit(volumes, lease), id, &base).await?;
    Ok(if waits {
        Rebased::Pinned
    } else {
        Rebased::Done
    })
}

/// From before the folder has a new base until the row says so too.
async fn hold_next_base(
    volumes: &Volumes,
    region: &Region,
    id: &VolumeId,
    tree: &Tree,
) -> Result<()> {
    let mut tx = volumes.db().begin().await?;
    hold_trees(&mut tx, &rows::next_base(id), &[(region, tree)]).await?;
    tx.commit().await
}

async fn note_base(volumes: &Volumes, permit: &Permit, id: &VolumeId, base: &Tree) -> Result<()> {
    let mut tx = volumes.db().begin().await?;
    if let Some(volume) = rows::volume(&mut tx, id).await? {
        let volume = Volume {
            base: base.clone(),
            ..volume
        };
        rows::put_volume(&mut tx, permit, &volume).await?;
        hold_trees(&mut tx, &rows::next_base(id), &[]).await?;
    }
    tx.commit().await
}
