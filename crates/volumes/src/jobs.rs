//! What this crate finishes later. Every handler may be killed anywhere and run again: what was
//! done is found done, and what decides is written in one transaction that also ends the job.

mod finish;
mod rebase;

use crate::fault::blocking;
use crate::{Snapshot, SnapshotState, Volumes, rows};
use base::{AccountId, Region, Result, SnapshotId, Timestamp, VolumeId};
use identity::{Permit, forget_tags, resume};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use store::{Job, Lease};

/// When a job that has to wait for another looks again.
const WAIT: Duration = Duration::from_secs(1);

/// A job in whose owner's name is written.
trait Owned {
    fn owner(&self) -> (&AccountId, &Region);

    fn permit(&self, volumes: &Volumes, lease: &Lease) -> Permit {
        let (account, region) = self.owner();
        resume(lease, account, region, volumes.clock().now())
    }
}

macro_rules! jobs {
    ($($(#[$doc:meta])* $name:ident($key:ident: $id:ty) = $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Serialize, Deserialize)]
        pub(crate) struct $name {
            /// In whose name.
            pub(crate) account: AccountId,
            /// Where.
            pub(crate) region: Region,
            /// What it is about.
            pub(crate) $key: $id,
        }

        impl Job for $name {
            const KIND: &'static str = $kind;
            fn key(&self) -> String {
                self.$key.to_string()
            }
        }

        impl Owned for $name {
            fn owner(&self) -> (&AccountId, &Region) {
                (&self.account, &self.region)
            }
        }
    )*};
}

jobs! {
    /// Gives a pending snapshot its disk.
    FinishSnapshot(snapshot: SnapshotId) = "volumes.finish-snapshot";
    /// Puts the volume of a completed snapshot on what is stored now, and drops what was uploaded.
    Rebase(snapshot: SnapshotId) = "volumes.rebase";
    /// Removes a volume's folder, then its row.
    RemoveVolume(volume: VolumeId) = "volumes.remove-volume";
    /// Removes what was put for a snapshot through the direct API.
    RemoveStaging(snapshot: SnapshotId) = "volumes.remove-staging";
    /// Gives a snapshot up that is not written to any more.
    ExpireDirect(snapshot: SnapshotId) = "volumes.expire-direct";
}

macro_rules! of_snapshot {
    ($($name:ident)*) => {$(
        impl $name {
            pub(crate) fn of(snapshot: &Snapshot) -> $name {
                $name {
                    account: snapshot.owner.clone(),
                    region: snapshot.region.clone(),
                    snapshot: snapshot.id.clone(),
                }
            }
        }
    )*};
}

of_snapshot!(FinishSnapshot Rebase RemoveStaging ExpireDirect);

/// Runs a job of this crate; `None` if it belongs to another.
pub async fn run_job(volumes: &Volumes, lease: &Lease) -> Option<Result<()>> {
    Some(match lease.kind() {
        FinishSnapshot::KIND => finish::finish_snapshot(volumes, lease).await,
        Rebase::KIND => rebase::rebase(volumes, lease).await,
        RemoveVolume::KIND => remove_volume(volumes, lease).await,
        RemoveStaging::KIND => remove_staging(volumes, lease).await,
        ExpireDirect::KIND => expire_direct(volumes, lease).await,
        _ => return None,
    })
}

async fn done(volumes: &Volumes, lease: &Lease) -> Result<()> {
    let mut tx = volumes.db().begin().await?;
    tx.finish(lease).await?;
    tx.commit().await
}

/// Ends the job and puts it there again for later, without counting an attempt.
async fn later<J: Job>(volumes: &Volumes, lease: &Lease, job: &J, at: Timestamp) -> Result<()> {
    let mut tx = volumes.db().begin().await?;
    tx.finish(lease).await?;
    tx.enqueue_at(job, at).await?;
    tx.commit().await
}

async fn remove_volume(volumes: &Volumes, lease: &Lease) -> Result<()> {
    let job: RemoveVolume = lease.job()?;
    let mut place = volumes.place(&job.volume).await;
    let pin = place.oldest_pin();
    let mut tx = volumes.db().read().await?;
    let needed = rows::oldest_needed(&mut tx, &job.volume).await?;
    drop(tx);
    if pin.or(needed).is_some() {
        // A snapshot still needs what is in the folder.
        return later(volumes, lease, &job, volumes.clock().now().plus(WAIT)).await;
    }
    volumes.stop_serving(&mut place, &job.volume).await?;
    let folder = volumes.folder_of(job.volume.as_ref());
    blocking(move || device::Volume::delete(&folder)).await?;
    let permit = job.permit(volumes, lease);
    let mut tx = volumes.db().begin().await?;
    rows::delete_volume(&mut tx, &permit, &job.volume).await?;
    rows::delete_held_keys(&mut tx, job.volume.as_ref()).await?;
    forget_tags(&mut tx, &permit, job.volume.as_ref()).await?;
    crate::seal::release(&mut tx, &permit, job.volume.as_ref()).await?;
    tx.finish(lease).await?;
    tx.commit().await?;
    drop(place);
    volumes.forget_place(&job.volume);
    Ok(())
}

async fn remove_staging(volumes: &Volumes, lease: &Lease) -> Result<()> {
    let job: RemoveStaging = lease.job()?;
    crate::direct::remove(volumes, &job.snapshot).await?;
    done(volumes, lease).await
}

async fn expire_direct(volumes: &Volumes, lease: &Lease) -> Result<()> {
    let job: ExpireDirect = lease.job()?;
    // Holds off new blocks while it is decided.
    let session = volumes.direct().get(&job.snapshot);
    let _alone = session.alone().await;
    let now = volumes.clock().now();
    let permit = job.permit(volumes, lease);
    let mut tx = volumes.db().begin().await?;
    tx.finish(lease).await?;
    let found = rows::snapshot(&mut tx, &job.snapshot).await?;
    if let Some((snapshot, direct)) = found.as_ref().and_then(crate::direct::open_for_writing) {
        let due = session.last_write(direct).plus(direct.timeout());
        if now < due {
            tx.enqueue_at(&job, due).await?;
        } else if let Some(failed) = snapshot.fail(crate::direct::EXPIRED.to_owned()) {
            rows::put_snapshot(&mut tx, &permit, &failed).await?;
            tx.enqueue(&RemoveStaging::of(snapshot)).await?;
        }
    } else if found.is_none_or(|found| found.state != SnapshotState::Pending) {
        volumes.direct().forget(&job.snapshot);
    }
    tx.commit().await
}
