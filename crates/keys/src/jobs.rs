//! What this crate finishes later: rotations, deletions, and imported material that ends.
//!
//! Each job names the moment that it was meant for. If the key says another one by then, the job
//! has nothing to do: somebody cancelled it, or did it before.

use crate::allow::Right;
use crate::change_key::DAY;
use crate::key::{Event, Key, State};
use crate::rows::{self, Cause};
use crate::{Keys, create_key, import_material};
use base::{Result, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Job, Lease, Tx};

/// Gives a key fresh material.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RotateKey {
    pub(crate) key: String,
    pub(crate) due: Timestamp,
}

impl Job for RotateKey {
    const KIND: &'static str = "keys.rotate";

    fn key(&self) -> String {
        format!("{}/{}", self.key, self.due.millis())
    }
}

/// Deletes a key with all its material.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct DeleteKey {
    pub(crate) key: String,
    pub(crate) due: Timestamp,
}

impl Job for DeleteKey {
    const KIND: &'static str = "keys.delete";

    fn key(&self) -> String {
        format!("{}/{}", self.key, self.due.millis())
    }
}

/// Deletes imported material whose time has come.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ForgetMaterial {
    pub(crate) key: String,
    pub(crate) due: Timestamp,
}

impl Job for ForgetMaterial {
    const KIND: &'static str = "keys.forget";

    fn key(&self) -> String {
        format!("{}/{}", self.key, self.due.millis())
    }
}

/// Runs a job if it is one of this crate's.
pub async fn run_job(keys: &Keys, lease: &Lease) -> Option<Result<()>> {
    match lease.kind() {
        RotateKey::KIND => Some(rotate(keys, lease).await),
        DeleteKey::KIND => Some(delete(keys, lease).await),
        ForgetMaterial::KIND => Some(forget(keys, lease).await),
        _ => None,
    }
}

async fn rotate(keys: &Keys, lease: &Lease) -> Result<()> {
    let job: RotateKey = lease.job()?;
    let mut tx = keys.db.begin().await?;
    if let Some((mut key, _)) = rows::key(&mut tx, &job.key).await? {
        // A key that is not enabled is rotated when it is enabled again.
        if key.rotation.next == Some(job.due) && key.state == State::Enabled {
            let now = keys.clock.now();
            turn(
                keys,
                &mut tx,
                &Right::of_job(lease),
                &mut key,
                (Cause::Automatic, now),
            )
            .await?;
        }
    }
    tx.finish(lease).await?;
    tx.commit().await
}

/// Gives a key fresh material, and the next moment to do it again if it has a period.
pub(crate) async fn turn(
    keys: &Keys,
    tx: &mut Tx,
    right: &Right,
    key: &mut Key,
    (cause, now): (Cause, Timestamp),
) -> Result<()> {
    key.material = key.material.saturating_add(1);
    if cause == Cause::Automatic {
        plan_rotation(tx, key, now).await?;
    }
    create_key::add_material(keys, tx, right, key, (Some(cause), now)).await?;
    rows::put_key(tx, right, key).await
}

/// Sets when a key is rotated next, by its period.
pub(crate) async fn plan_rotation(tx: &mut Tx, key: &mut Key, from: Timestamp) -> Result<()> {
    key.rotation.next = key
        .rotation
        .every_days
        .map(|days| from.plus(DAY.saturating_mul(days)));
    if let Some(due) = key.rotation.next {
        let job = RotateKey {
            key: key.id.clone(),
            due,
        };
        tx.enqueue_at(&job, due).await?;
    }
    Ok(())
}

async fn delete(keys: &Keys, lease: &Lease) -> Result<()> {
    let job: DeleteKey = lease.job()?;
    let mut tx = keys.db.begin().await?;
    if let Some((key, _)) = rows::key(&mut tx, &job.key).await?
        && key.state == State::PendingDeletion
        && key.deletion == Some(job.due)
    {
        rows::delete_key(&mut tx, &Right::of_job(lease), &key.id).await?;
    }
    tx.finish(lease).await?;
    tx.commit().await
}

async fn forget(keys: &Keys, lease: &Lease) -> Result<()> {
    let job: ForgetMaterial = lease.job()?;
    let mut tx = keys.db.begin().await?;
    if let Some((mut key, _)) = rows::key(&mut tx, &job.key).await?
        && key.expires == Some(job.due)
    {
        let right = Right::of_job(lease);
        key.apply(Event::Forget)?;
        import_material::wipe(&mut tx, &right, &mut key).await?;
    }
    tx.finish(lease).await?;
    tx.commit().await
}
