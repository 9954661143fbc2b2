//! What this crate finishes later. Every handler may be killed anywhere and run again.
//!
//! [`Settle`] is the one that does the work: look, take one step ([`crate::plan`]), look again.

use crate::instance::{Event, Exit, Instance, State, StateReason};
use crate::plan::{Seen, Step, plan};
use crate::supervisor::exit_of;
use crate::{Instances, boot, capture, move_volumes, rows};
use base::{AccountId, InstanceId, Region, Result};
use identity::Permit;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use store::{Job, Lease, Tx};
use volumes::AttachmentState;

/// Brings an instance's machine to where its row wants it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Settle {
    account: AccountId,
    region: Region,
    instance: InstanceId,
}

impl Settle {
    pub(crate) fn of(instance: &Instance) -> Settle {
        Settle {
            account: instance.owner.clone(),
            region: instance.region.clone(),
            instance: instance.id.clone(),
        }
    }
}

impl Job for Settle {
    const KIND: &'static str = "instances.settle";
    fn key(&self) -> String {
        self.instance.to_string()
    }
}

/// A machine ended: its row is to know how.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Ended {
    account: AccountId,
    region: Region,
    instance: InstanceId,
    boots: u32,
    pub(crate) exit: Exit,
}

impl Ended {
    pub(crate) fn of(instance: &Instance) -> Ended {
        Ended {
            account: instance.owner.clone(),
            region: instance.region.clone(),
            instance: instance.id.clone(),
            boots: instance.boots,
            exit: Exit::Cut,
        }
    }
}

impl Job for Ended {
    const KIND: &'static str = "instances.ended";
    fn key(&self) -> String {
        format!("{}/{}", self.instance, self.boots)
    }
}

/// Removes what is left of a terminated instance.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Forget {
    account: AccountId,
    region: Region,
    instance: InstanceId,
}

impl Job for Forget {
    const KIND: &'static str = "instances.forget";
    fn key(&self) -> String {
        self.instance.to_string()
    }
}

/// How long a terminated instance can still be seen.
const VISIBLE: Duration = Duration::from_secs(3600);
/// How long to wait before looking again at a guest that shuts itself down.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// Runs a job of this crate; `None` if it belongs to another.
pub async fn run_job(instances: &Instances, lease: &Lease) -> Option<Result<()>> {
    match lease.kind() {
        Settle::KIND => Some(settle(instances, lease).await),
        Ended::KIND => Some(ended(instances, lease).await),
        Forget::KIND => Some(forget(instances, lease).await),
        _ => None,
    }
}

async fn ended(instances: &Instances, lease: &Lease) -> Result<()> {
    let job: Ended = lease.job()?;
    let permit = identity::resume(lease, &job.account, &job.region, instances.clock().now());
    let mut tx = instances.db().begin().await?;
    if let Some(mut instance) = rows::instance(&mut tx, &job.instance).await?
        && instance.boots == job.boots
    {
        instance.exit.get_or_insert(job.exit);
        rows::put_instance(&mut tx, &permit, &instance).await?;
        tx.enqueue(&Settle::of(&instance)).await?;
    }
    tx.finish(lease).await?;
    tx.commit().await
}

async fn forget(instances: &Instances, lease: &Lease) -> Result<()> {
    let job: Forget = lease.job()?;
    let permit = identity::resume(lease, &job.account, &job.region, instances.clock().now());
    match std::fs::remove_dir_all(instances.folder(&job.instance)) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => tracing::warn!(id = %job.instance, %error, "its folder stays behind"),
    }
    let mut tx = instances.db().begin().await?;
    if let Some(instance) = rows::instance(&mut tx, &job.instance).await? {
        identity::forget_tags(&mut tx, &permit, instance.interface.id.as_ref()).await?;
    }
    identity::forget_tags(&mut tx, &permit, job.instance.as_ref()).await?;
    rows::delete_instance(&mut tx, &permit, &job.instance).await?;
    tx.finish(lease).await?;
    tx.commit().await
}

async fn settle(instances: &Instances, lease: &Lease) -> Result<()> {
    let job: Settle = lease.job()?;
    loop {
        let permit = identity::resume(lease, &job.account, &job.region, instances.clock().now());
        find_stray(instances, &job.instance).await?;
        let mut tx = instances.db().begin().await?;
        let Some(instance) = rows::instance(&mut tx, &job.instance).await? else {
            tx.finish(lease).await?;
            return tx.commit().await;
        };
        let seen = look(instances, &mut tx, &instance).await?;
        let step = plan(&instance, &seen);
        if step == Step::Rest {
            tx.finish(lease).await?;
            return tx.commit().await;
        }
        drop(tx);
        tracing::debug!(id = %instance.id, ?step, "settling");
        if let Some(wait) = take(instances, &permit, (&instance, &seen), step, lease).await? {
            let at = instances.clock().now().plus(wait);
            return instances.db().put_back(lease, at).await;
        }
    }
}

/// Takes up a machine that runs and that nobody watches: one whose start was cut short.
async fn find_stray(instances: &Instances, id: &InstanceId) -> Result<()> {
    if instances.handle(id).is_some() {
        return Ok(());
    }
    let found = machine::attach(id.as_ref(), &instances.paths(id)).await;
    let Some(handle) = found.map_err(base::Error::internal)? else {
        return Ok(());
    };
    let mut tx = instances.db().read().await?;
    let instance = rows::instance(&mut tx, id).await?;
    drop(tx);
    match instance {
        Some(instance) => instances.adopt(&instance, handle).await,
        None => handle.kill().await.map(drop).map_err(base::Error::internal),
    }
}

async fn look(instances: &Instances, tx: &mut Tx, instance: &Instance) -> Result<Seen> {
    let handle = instances.handle(&instance.id);
    let exit = handle.as_ref().and_then(machine::Handle::exit);
    let alive = handle.is_some() && exit.is_none();
    let moving = |volume: &volumes::Volume| {
        volume
            .attachment
            .as_ref()
            .is_some_and(|at| at.state != AttachmentState::Attached)
    };
    Ok(Seen {
        alive,
        exit: instance.exit.clone().or(exit.map(exit_of)),
        volumes_move: volumes::attached_to(tx, &instance.id)
            .await?
            .iter()
            .any(moving),
        now: instances.clock().now(),
    })
}

/// Takes one step. Answers how long to wait before looking again, if it is to be a while.
async fn take(
    instances: &Instances,
    permit: &Permit,
    (instance, seen): (&Instance, &Seen),
    step: Step,
    lease: &Lease,
) -> Result<Option<Duration>> {
    match step {
        Step::Boot => boot::boot(instances, permit, instance, lease.attempt()).await?,
        Step::NoteRunning => boot::note_running(instances, permit, &instance.id).await?,
        Step::PressPower => {
            press(instances, instance).await;
            return Ok(Some(LOOK_AGAIN));
        }
        Step::Cut => cut(instances, instance).await?,
        Step::Capture => {
            return capture::take(instances, permit, instance, lease.attempt()).await;
        }
        Step::MoveVolumes => return move_volumes(instances, permit, instance).await,
        Step::NoteHalted => note_halted(instances, permit, instance, seen.exit.as_ref()).await?,
        Step::NoteTerminating => note_terminating(instances, permit, instance).await?,
        Step::Release => release(instances, permit, instance).await?,
        Step::Rest => {}
    }
    Ok(None)
}

async fn press(instances: &Instances, instance: &Instance) {
    let Some(handle) = instances.handle(&instance.id) else {
        return;
    };
    if instances.presses(&instance.id)
        && let Err(error) = handle.power_button().await
    {
        // It ends, or its time does.
        tracing::debug!(id = %instance.id, %error, "the power button was not pressed");
    }
}

async fn cut(instances: &Instances, instance: &Instance) -> Result<()> {
    let Some(handle) = instances.handle(&instance.id) else {
        return Ok(());
    };
    handle.quit().await.map(drop).map_err(base::Error::internal)
}

/// Writes a changed instance, if it still is as it was when the step was chosen.
async fn change(
    instances: &Instances,
    permit: &Permit,
    before: &Instance,
    next: impl FnOnce(&mut Tx, &Instance) -> Result<Instance>,
) -> Result<()> {
    let mut tx = instances.db().begin().await?;
    let Some(now) = rows::instance(&mut tx, &before.id).await? else {
        return Ok(());
    };
    if now.state != before.state || now.boots != before.boots || now.cycle != before.cycle {
        return Ok(());
    }
    let next = next(&mut tx, &now)?;
    rows::put_instance(&mut tx, permit, &next).await?;
    if next.public_ip.is_none() {
        rows::free_public_address(&mut tx, permit, &next.id).await?;
    }
    tx.commit().await
}

async fn note_halted(
    instances: &Instances,
    permit: &Permit,
    instance: &Instance,
    exit: Option<&Exit>,
) -> Result<()> {
    close_volumes(instances, instance).await?;
    change(instances, permit, instance, |_, now| {
        let mut halted = now.after(Event::Halted)?;
        if now.state == State::Running {
            let (reason, transition) = unasked(exit);
            halted.state_reason = Some(reason);
            halted.transition = transition;
        }
        halted.public_ip = None;
        halted.halt = None;
        Ok(halted)
    })
    .await?;
    instances.forget(&instance.id);
    instances.apply_network(&instance.interface.vpc).await
}

/// Why an instance stopped that nobody had told to.
fn unasked(exit: Option<&Exit>) -> (StateReason, String) {
    let (code, message) = match exit {
        Some(Exit::Guest) => (
            "Client.InstanceInitiatedShutdown",
            "Instance initiated shutdown".to_owned(),
        ),
        Some(Exit::Cut) => ("Server.InternalError", "Its machine was ended".to_owned()),
        Some(Exit::Broken(why)) => {
            tracing::warn!(%why, "a machine broke");
            ("Server.InternalError", "Its machine broke down".to_owned())
        }
        None => (
            "Server.InternalError",
            "Its machine was gone after a restart of the host".to_owned(),
        ),
    };
    (
        StateReason {
            code: code.into(),
            message: format!("{code}: {message}"),
        },
        code.to_owned(),
    )
}

async fn note_terminating(
    instances: &Instances,
    permit: &Permit,
    instance: &Instance,
) -> Result<()> {
    let code = "Client.InstanceInitiatedShutdown";
    change(instances, permit, instance, |_, now| {
        now.after_because(
            Event::Terminate,
            code,
            (code, "Instance initiated shutdown"),
        )
    })
    .await
}

async fn close_volumes(instances: &Instances, instance: &Instance) -> Result<()> {
    let mut tx = instances.db().read().await?;
    let attached = volumes::attached_to(&mut tx, &instance.id).await?;
    drop(tx);
    for volume in attached {
        volumes::close(instances.volumes(), &volume.id).await?;
    }
    Ok(())
}

async fn release(instances: &Instances, permit: &Permit, instance: &Instance) -> Result<()> {
    close_volumes(instances, instance).await?;
    instances.forget(&instance.id);
    let mut tx = instances.db().begin().await?;
    let Some(now) = rows::instance(&mut tx, &instance.id).await? else {
        return Ok(());
    };
    let mut gone = now.after(Event::Gone)?;
    for capturing in std::mem::take(&mut gone.captures) {
        let why = "The instance was terminated before its volumes were frozen";
        images::fail(&mut tx, permit, &capturing.image, why).await?;
    }
    for volume in volumes::attached_to(&mut tx, &instance.id).await? {
        let goes = volume
            .attachment
            .as_ref()
            .is_some_and(|at| at.delete_on_termination);
        let free = volumes::detach_in(&mut tx, permit, &volume).await?;
        if goes {
            volumes::delete_volume_in(&mut tx, permit, &free).await?;
        }
    }
    gone.public_ip = None;
    gone.halt = None;
    gone.cycle = None;
    rows::put_instance(&mut tx, permit, &gone).await?;
    rows::free_public_address(&mut tx, permit, &gone.id).await?;
    rows::free_private_address(&mut tx, permit, &gone.id).await?;
    let forget = Forget {
        account: gone.owner.clone(),
        region: gone.region.clone(),
        instance: gone.id.clone(),
    };
    tx.enqueue_at(&forget, permit.now().plus(VISIBLE)).await?;
    tx.commit().await?;
    instances.apply_network(&instance.interface.vpc).await
}
