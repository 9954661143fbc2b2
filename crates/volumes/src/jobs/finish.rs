//! A pending snapshot gets its disk: copied, uploaded from a volume, or from what was put.

use super::{FinishSnapshot, Owned, Rebase, RemoveStaging, WAIT, done, later};
use crate::bases::BaseRef;
use crate::collect::hold_trees;
use crate::disks::Written;
use crate::fault::{Attempt, Fault, blocking};
use crate::seal::Unlocked;
use crate::usage::Charge;
use crate::{Direct, GIB, Origin, Snapshot, SnapshotState, Volume, Volumes, rows, usage};
use base::{Error, Region, Result, VolumeId};
use blocks::{BLOCK, Domain, Meter, Store, Tree, Unchanged, Write};
use device::FrozenId;
use identity::Permit;
use std::sync::Arc;
use std::time::Duration;
use store::{Lease, Tx};

/// How often a failure that may pass is tried again before the snapshot is given up.
const ATTEMPTS: i64 = 20;
/// How often progress is written, and the lease renewed.
const TICK: Duration = Duration::from_secs(2);

pub(super) async fn finish_snapshot(volumes: &Volumes, lease: &Lease) -> Result<()> {
    let job: FinishSnapshot = lease.job()?;
    let mut tx = volumes.db().read().await?;
    let found = rows::snapshot(&mut tx, &job.snapshot).await?;
    drop(tx);
    let Some(snapshot) = found.filter(|found| found.state == SnapshotState::Pending) else {
        return done(volumes, lease).await;
    };
    let made = match awaits(volumes, &snapshot).await {
        Ok(true) => return later(volumes, lease, &job, volumes.clock().now().plus(WAIT)).await,
        Ok(false) => make_watched(volumes, lease, &job, &snapshot).await,
        Err(fault) => Err(fault),
    };
    match made {
        Ok((tree, data_bytes)) => {
            let now = volumes.clock().now();
            let complete = |found: &Snapshot| found.complete(tree, data_bytes, now);
            decide(volumes, lease, &job, complete).await
        }
        Err(Fault::Passing(error)) if lease.attempt() < ATTEMPTS => Err(error),
        Err(fault) => {
            let error = fault.error();
            let (why, for_its_key) = (error.chain(), crate::is_key_failure(&error));
            // One that was deleted has lost its grant, too, and nobody is to be told.
            let fail = |found: &Snapshot| {
                let id = &found.id;
                if for_its_key {
                    // Its owner's doing, and no trouble of the installation's.
                    tracing::info!(snapshot = %id, error = why, "a snapshot failed for its key");
                    return found.fail(crate::NOT_ACCESSIBLE.to_owned());
                }
                tracing::error!(snapshot = %id, error = why, "a snapshot failed");
                found.fail("The data of the snapshot could not be stored or read.".to_owned())
            };
            decide(volumes, lease, &job, fail).await
        }
    }
}

/// Whether a snapshot has to wait until the disk that its volume lies on was uploaded.
async fn awaits(volumes: &Volumes, snapshot: &Snapshot) -> Attempt<bool> {
    let Origin::Frozen { volume, .. } = &snapshot.origin else {
        return Ok(false);
    };
    let mut tx = volumes.db().read().await?;
    let volume = rows::volume(&mut tx, volume).await?;
    let Some(upload) = volume.as_ref().and_then(Volume::awaited) else {
        return Ok(false);
    };
    let upload = rows::snapshot(&mut tx, upload).await?;
    if upload.is_some_and(|upload| upload.state == SnapshotState::Pending) {
        return Ok(true);
    }
    Err(Fault::lasting("the upload beneath the volume was given up"))
}

/// Writes how a pending snapshot ended, unless it was deleted meanwhile.
async fn decide(
    volumes: &Volumes,
    lease: &Lease,
    job: &FinishSnapshot,
    how: impl FnOnce(&Snapshot) -> Option<Snapshot>,
) -> Result<()> {
    let permit = job.permit(volumes, lease);
    let mut tx = volumes.db().begin().await?;
    tx.finish(lease).await?;
    let found = rows::snapshot(&mut tx, &job.snapshot).await?;
    if let Some(decided) = found.as_ref().and_then(how) {
        rows::put_snapshot(&mut tx, &permit, &decided).await?;
        usage::stored(&mut tx, &permit, &decided).await?;
        if let (SnapshotState::Completed, Some((from, tree))) =
            (decided.state, decided.comes_from())
        {
            arrived(&mut tx, &permit, (&decided.region, from, tree)).await?;
        }
        match &decided.origin {
            Origin::Frozen { .. } => tx.enqueue(&Rebase::of(&decided)).await?,
            Origin::Direct(_) => {
                uploaded(&mut tx, &permit, &decided).await?;
                tx.enqueue(&RemoveStaging::of(&decided)).await?;
            }
            Origin::Stored(_) | Origin::Copy { .. } => {}
        }
    }
    tx.commit().await
}

/// Volumes that were launched while their disk was on its way need nothing of its source any more.
async fn arrived(
    tx: &mut Tx,
    permit: &Permit,
    (here, from, tree): (&Region, &Region, &Tree),
) -> Result<()> {
    for volume in rows::volumes_on(tx, from, tree).await? {
        if volume.region == *here && volume.base_from.as_ref() == Some(from) && volume.base == *tree
        {
            let volume = Volume {
                base_from: None,
                ..volume
            };
            rows::put_volume(tx, permit, &volume).await?;
        }
    }
    Ok(())
}

/// Volumes that were launched while their disk was uploaded lie on what that became.
async fn uploaded(tx: &mut Tx, permit: &Permit, snapshot: &Snapshot) -> Result<()> {
    let Some(tree) = &snapshot.tree else {
        return Ok(());
    };
    for volume in rows::volumes_awaiting(tx, &snapshot.id).await? {
        rows::put_volume(tx, permit, &volume.on(tree)).await?;
    }
    Ok(())
}

/// Makes the snapshot's disk, and meanwhile keeps the lease and shows how far it is.
async fn make_watched(
    volumes: &Volumes,
    lease: &Lease,
    job: &FinishSnapshot,
    snapshot: &Snapshot,
) -> Attempt<(Tree, u64)> {
    let meter = Meter::new();
    let permit = job.permit(volumes, lease);
    let work = make(volumes, &permit, snapshot, meter.clone());
    tokio::pin!(work);
    let mut shown = snapshot.progress;
    loop {
        tokio::select! {
            made = &mut work => return made,
            () = tokio::time::sleep(TICK) => {}
        }
        volumes.db().renew(lease, volumes.clock().now()).await?;
        let (done, total) = meter.progress();
        let percent = (u128::from(done) * 100)
            .checked_div(u128::from(total))
            .unwrap_or(0);
        let percent = u8::try_from(percent.min(99)).unwrap_or(99);
        if percent > shown && show_progress(volumes, lease, job, percent).await.is_ok() {
            shown = percent;
        }
    }
}

async fn show_progress(
    volumes: &Volumes,
    lease: &Lease,
    job: &FinishSnapshot,
    percent: u8,
) -> Result<()> {
    let permit = job.permit(volumes, lease);
    let mut tx = volumes.db().begin().await?;
    let found = rows::snapshot(&mut tx, &job.snapshot).await?;
    if let Some(snapshot) = found.filter(|found| found.state == SnapshotState::Pending) {
        let snapshot = Snapshot {
            progress: percent,
            ..snapshot
        };
        rows::put_snapshot(&mut tx, &permit, &snapshot).await?;
    }
    tx.commit().await
}

async fn make(
    volumes: &Volumes,
    permit: &Permit,
    snapshot: &Snapshot,
    meter: Arc<Meter>,
) -> Attempt<(Tree, u64)> {
    let store = volumes.store(&snapshot.region)?;
    let unlocked = volumes.unlock(snapshot.sealing()).await?;
    let tree = match &snapshot.origin {
        Origin::Frozen { volume, frozen } => {
            fill_base(volumes, permit, volume, &unlocked).await?;
            upload_frozen(volumes, snapshot, volume, FrozenId(*frozen), meter).await?
        }
        Origin::Stored(tree) => write(volumes, snapshot, tree, None, meter).await?,
        Origin::Direct(direct) => upload_direct(volumes, snapshot, direct, meter).await?,
        Origin::Copy { region, tree, .. } if snapshot.encrypted && !tree.is_sealed() => {
            let (source, new) = (volumes.store(region)?, unlocked.domain().clone());
            let charged = charged(permit, (snapshot, store))?;
            blocks::reseal(tree, &Domain::Plain, source, &charged, new, meter).await?
        }
        Origin::Copy { region, tree, .. } => {
            if *region != snapshot.region {
                let domain = unlocked.domain_of(tree);
                // The source answers: machines may be launched on what is to come.
                drop(volumes.store(region)?.disk(tree, &domain).await?);
                note_streams(volumes, permit, snapshot).await?;
                let charged = charged(permit, (snapshot, store))?;
                fill(volumes, (region, &charged), (tree, &domain), meter).await?;
            }
            tree.clone()
        }
    };
    let bytes = match &snapshot.origin {
        Origin::Copy {
            data_bytes: Some(bytes),
            ..
        } => *bytes,
        Origin::Frozen { .. } | Origin::Stored(_) | Origin::Direct(_) | Origin::Copy { .. } => {
            data_bytes(volumes, (&snapshot.region, &tree), &unlocked).await?
        }
    };
    Ok((tree, bytes))
}

/// The store that a copy goes to: what comes from another Region is charged.
fn charged(permit: &Permit, (copy, store): (&Snapshot, &Store)) -> Result<Store> {
    match Charge::of_copy(permit, copy) {
        Some(charge) => charge.on(store),
        None => Ok(store.clone()),
    }
}

/// Moves a tree to another Region, unless it is there.
async fn fill(
    volumes: &Volumes,
    (from, target): (&Region, &Store),
    (tree, domain): (&Tree, &Domain),
    meter: Arc<Meter>,
) -> Attempt<()> {
    let _alone = volumes.filling(target.region(), tree).await;
    let source = volumes.store(from)?;
    Ok(blocks::copy(tree, domain, source, target, meter).await?)
}

/// Records that machines may be launched on a copy that is on its way.
async fn note_streams(volumes: &Volumes, permit: &Permit, snapshot: &Snapshot) -> Result<()> {
    let mut tx = volumes.db().begin().await?;
    let found = rows::snapshot(&mut tx, &snapshot.id).await?;
    if let Some(found) = found.filter(|found| found.state == SnapshotState::Pending) {
        let streams = Snapshot {
            streams: found.comes_from().is_some(),
            ..found
        };
        rows::put_snapshot(&mut tx, permit, &streams).await?;
    }
    tx.commit().await
}

/// Has all of a volume's base moved to the volume's Region: what is stored there may refer only to
/// what is there.
async fn fill_base(
    volumes: &Volumes,
    permit: &Permit,
    id: &VolumeId,
    unlocked: &Unlocked,
) -> Attempt<()> {
    let mut tx = volumes.db().read().await?;
    let volume = rows::volume(&mut tx, id).await?;
    let Some(volume) = volume else { return Ok(()) };
    let Some(from) = &volume.base_from else {
        return Ok(());
    };
    let copy = match &volume.snapshot {
        Some(copy) => rows::snapshot(&mut tx, copy).await?,
        None => None,
    };
    drop(tx);
    let charge = Charge::of_base(permit, (&volume, from), copy.as_ref());
    let store = charge.on(volumes.store(&volume.region)?)?;
    let domain = unlocked.domain_of(&volume.base);
    fill(
        volumes,
        (from, &store),
        (&volume.base, &domain),
        Meter::new(),
    )
    .await?;
    let mut tx = volumes.db().begin().await?;
    arrived(&mut tx, permit, (&volume.region, from, &volume.base)).await?;
    Ok(tx.commit().await?)
}

async fn upload_frozen(
    volumes: &Volumes,
    snapshot: &Snapshot,
    volume: &VolumeId,
    frozen: FrozenId,
    meter: Arc<Meter>,
) -> Attempt<Tree> {
    let mut place = volumes.place(volume).await;
    let at = (&snapshot.region, volume);
    let device = volumes.device(&mut place, at, snapshot.sealing()).await?;
    let device = device.ok_or_else(|| Fault::lasting("the volume's folder is gone"))?;
    let frozen = device.frozen(frozen)?;
    let base = base_under(volumes, volume, frozen.base_ref()).await?;
    hold_upload_base(volumes, snapshot, &base).await?;
    // The frozen state stays readable whatever happens to the volume from here on.
    drop(place);
    let tree = upload(volumes, snapshot, (&base, frozen), meter).await;
    drop(device);
    tree
}

/// The stored disk that a volume's folder names.
pub(super) async fn base_under(volumes: &Volumes, id: &VolumeId, named: &str) -> Attempt<Tree> {
    let mut tx = volumes.db().read().await?;
    let volume = rows::volume(&mut tx, id).await?;
    let named = BaseRef::read(named)?;
    let tree = named.tree(volume.as_ref()).cloned();
    tree.ok_or_else(|| Error::internal("the volume's disk is still being uploaded").into())
}

/// Other snapshots of the volume may finish first and put it on another base; the one that this
/// upload is relative to stays. To be called while nobody can change the volume's base.
async fn hold_upload_base(volumes: &Volumes, snapshot: &Snapshot, base: &Tree) -> Result<()> {
    let mut tx = volumes.db().begin().await?;
    let found = rows::snapshot(&mut tx, &snapshot.id).await?;
    if found.is_some_and(|found| found.state == SnapshotState::Pending) {
        let holder = rows::upload_base(&snapshot.id);
        hold_trees(&mut tx, &holder, &[(&snapshot.region, base)]).await?;
    }
    tx.commit().await
}

async fn upload_direct(
    volumes: &Volumes,
    snapshot: &Snapshot,
    direct: &Direct,
    meter: Arc<Meter>,
) -> Attempt<Tree> {
    match crate::direct::staged(volumes, snapshot).await? {
        Some(frozen) => upload(volumes, snapshot, (&direct.base, frozen), meter).await,
        None => write(volumes, snapshot, &direct.base, None, meter).await,
    }
}

async fn upload(
    volumes: &Volumes,
    snapshot: &Snapshot,
    (base, frozen): (&Tree, device::Frozen),
    meter: Arc<Meter>,
) -> Attempt<Tree> {
    let written = blocking(move || {
        frozen.sync()?;
        Written::of(frozen)
    });
    let written = written.await?;
    write(volumes, snapshot, base, Some(written), meter).await
}

async fn write(
    volumes: &Volumes,
    snapshot: &Snapshot,
    base: &Tree,
    written: Option<Written>,
    meter: Arc<Meter>,
) -> Attempt<Tree> {
    let size = u64::from(snapshot.size_gib) * GIB;
    let source: Arc<dyn blocks::Changes> = match written.filter(|written| !written.is_empty()) {
        Some(written) => Arc::new(written),
        None if base.size() == size && base.is_sealed() == snapshot.encrypted => {
            return Ok(base.clone());
        }
        None => Arc::new(Unchanged),
    };
    let unlocked = volumes.unlock(snapshot.sealing()).await?;
    let domain = unlocked.domain().clone();
    let write = Write {
        base: Some(base.clone()),
        size,
        domain,
        source,
        meter,
    };
    Ok(volumes.store(&snapshot.region)?.write(write).await?)
}

/// Bytes of the blocks that hold data.
async fn data_bytes(
    volumes: &Volumes,
    (region, tree): (&Region, &Tree),
    unlocked: &Unlocked,
) -> Attempt<u64> {
    let domain = unlocked.domain_of(tree);
    let disk = volumes.store(region)?.disk(tree, &domain).await;
    let disk = disk.map_err(of_unheld)?;
    let (mut count, mut from) = (0u64, Some(0));
    while let Some(at) = from {
        let list = disk.blocks(at, 10_000).await.map_err(of_unheld)?;
        count += u64::try_from(list.blocks.len()).unwrap_or(u64::MAX);
        from = list.next;
    }
    Ok(count.saturating_mul(BLOCK))
}

/// Nobody holds the tree before its snapshot is completed. What is missing of it was collected
/// because that took longer than garbage is kept, and making it again helps.
fn of_unheld(error: blocks::Error) -> Fault {
    match error {
        blocks::Error::NotFound(_) => Fault::Passing(base::Error::internal(error)),
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_of_a_tree_that_nobody_holds_is_tried_again() {
        let missing = || blocks::Error::NotFound("a page".into());
        assert!(matches!(of_unheld(missing()), Fault::Passing(_)));
        assert!(matches!(Fault::from(missing()), Fault::Lasting(_)));
    }
}
