//! StartInstances, StopInstances, RebootInstances, TerminateInstances: the row says at once what is
//! wanted, and a job does it.

use crate::capacity::check_capacity;
use crate::instance::{Event, Halt, Instance, State, user_initiated};
use crate::jobs::Settle;
use crate::look::look_all;
use crate::{Instances, rows};
use base::{Error, Reason, Result, Subject, Timestamp};
use identity::{Action, Call, Permit, Resource, authorize};
use std::collections::BTreeSet;
use std::time::Duration;
use store::Tx;

/// An instance before and after a request.
#[derive(Clone, Debug)]
pub struct Changed {
    /// The state before.
    pub before: State,
    /// The instance now.
    pub now: Instance,
}

/// How an instance is brought down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// The guest is asked, and has as long as the settings say.
    Kindly,
    /// The guest is asked, and has a few seconds.
    Hastily,
    /// The plug is pulled.
    AtOnce,
}

const HASTE: Duration = Duration::from_secs(10);
/// A guest that is terminated has no longer than this, whatever the settings say.
const TERMINATION: Duration = Duration::from_secs(30);

impl Manner {
    fn halt(self, now: Timestamp, patience: Duration) -> Halt {
        let time = match self {
            Manner::Kindly => patience,
            Manner::Hastily => HASTE.min(patience),
            Manner::AtOnce => Duration::ZERO,
        };
        Halt {
            kindly_until: now.plus(time),
        }
    }
}

async fn begin(
    tx: &mut Tx,
    call: &Call,
    ids: &[String],
    action: &'static str,
) -> Result<(Vec<Instance>, Permit)> {
    if ids.is_empty() {
        return Err(Error::missing("InstanceId"));
    }
    if ids.len() > 1000 {
        return Err(Error::invalid(
            "At most 1000 instances can be named in a request.",
        ));
    }
    let found = look_all(tx, call, ids).await?;
    let resources: Vec<&dyn Resource> = found.iter().map(|found| found as &dyn Resource).collect();
    let permit = authorize(tx, call, Action(action), &resources).await?;
    Ok((found, permit))
}

async fn write(tx: &mut Tx, permit: &Permit, before: &Instance, now: Instance) -> Result<Changed> {
    if now != *before {
        rows::put_instance(tx, permit, &now).await?;
        tx.enqueue(&Settle::of(&now)).await?;
    }
    Ok(Changed {
        before: before.state,
        now,
    })
}

/// StartInstances.
pub async fn start(instances: &Instances, call: &Call, ids: &[String]) -> Result<Vec<Changed>> {
    let mut tx = instances.db().begin().await?;
    let (found, permit) = begin(&mut tx, call, ids, "ec2:StartInstances").await?;
    let mut changed = Vec::new();
    for instance in found {
        let next = match instance.state {
            State::Pending | State::Running => instance.clone(),
            State::Stopping | State::Stopped | State::ShuttingDown | State::Terminated => {
                let mut next = instance.after_because(Event::Start, "", ("", ""))?;
                check_capacity(instances, &mut tx, &[&next.kind], 1).await?;
                next.launched = permit.now();
                next.halt = None;
                next
            }
        };
        changed.push(write(&mut tx, &permit, &instance, next).await?);
    }
    tx.commit().await?;
    Ok(changed)
}

/// StopInstances.
pub async fn stop(
    instances: &Instances,
    call: &Call,
    ids: &[String],
    manner: Manner,
) -> Result<Vec<Changed>> {
    let mut tx = instances.db().begin().await?;
    let (found, permit) = begin(&mut tx, call, ids, "ec2:StopInstances").await?;
    if let Some(instance) = found.iter().find(|instance| instance.disable_stop) {
        let message = format!(
            "The instance '{}' may not be stopped. Modify its 'disableApiStop' instance attribute and try again.",
            instance.id
        );
        return Err(Error::new(Reason::NotPermitted, Subject::Instance, message));
    }
    let why = user_initiated(permit.now());
    let mut changed = Vec::new();
    for instance in found {
        let next = match instance.state {
            State::Stopped => instance.clone(),
            State::Pending
            | State::Running
            | State::Stopping
            | State::ShuttingDown
            | State::Terminated => {
                let code = "Client.UserInitiatedShutdown";
                let mut next =
                    instance.after_because(Event::Stop, &why, (code, "User initiated shutdown"))?;
                next.halt = sooner(
                    instance.halt,
                    manner.halt(permit.now(), instances.settings().patience),
                );
                next.cycle = None;
                next
            }
        };
        changed.push(write(&mut tx, &permit, &instance, next).await?);
    }
    tx.commit().await?;
    Ok(changed)
}

/// A second request may shorten the guest's time, never lengthen it.
fn sooner(before: Option<Halt>, now: Halt) -> Option<Halt> {
    let until = before.map_or(now.kindly_until, |halt| {
        halt.kindly_until.min(now.kindly_until)
    });
    Some(Halt {
        kindly_until: until,
    })
}

/// RebootInstances. The guest shuts itself down, or the plug is pulled in time, and it is started
/// again; its state stays `running`. Instances that do not run are left alone.
pub async fn reboot(instances: &Instances, call: &Call, ids: &[String]) -> Result<()> {
    let mut tx = instances.db().begin().await?;
    let (found, permit) = begin(&mut tx, call, ids, "ec2:RebootInstances").await?;
    for instance in found {
        let mut next = instance.clone();
        match instance.state {
            State::Running => {
                next.cycle = Some(permit.now().plus(instances.settings().patience));
            }
            State::Pending | State::Terminated => {}
            State::Stopping | State::Stopped | State::ShuttingDown => {
                let message = format!(
                    "The instance '{}' is not in a state from which it can be rebooted.",
                    instance.id
                );
                return Err(Error::new(Reason::WrongState, Subject::Instance, message));
            }
        }
        write(&mut tx, &permit, &instance, next).await?;
    }
    tx.commit().await
}

/// TerminateInstances. With termination protection on some, the zones that hold none of them are
/// terminated all the same, and the call answers an error. (EC2 API reference.)
pub async fn terminate(
    instances: &Instances,
    call: &Call,
    ids: &[String],
    manner: Manner,
) -> Result<Vec<Changed>> {
    let mut tx = instances.db().begin().await?;
    let (found, permit) = begin(&mut tx, call, ids, "ec2:TerminateInstances").await?;
    let protected =
        |instance: &&Instance| instance.disable_termination && instance.state != State::Terminated;
    let kept: BTreeSet<String> = found
        .iter()
        .filter(protected)
        .map(|instance| instance.zone.to_string())
        .collect();
    let first = found
        .iter()
        .find(protected)
        .map(|instance| instance.id.clone());
    let patience = instances.settings().patience.min(TERMINATION);
    let why = user_initiated(permit.now());
    let mut changed = Vec::new();
    for instance in found
        .iter()
        .filter(|instance| !kept.contains(&instance.zone.to_string()))
    {
        let next = match instance.state {
            State::Terminated | State::ShuttingDown => {
                let mut next = instance.clone();
                if instance.state == State::ShuttingDown {
                    next.halt = sooner(instance.halt, manner.halt(permit.now(), patience));
                }
                next
            }
            State::Pending | State::Running | State::Stopping | State::Stopped => {
                let code = "Client.UserInitiatedShutdown";
                let mut next = instance.after_because(
                    Event::Terminate,
                    &why,
                    (code, "User initiated shutdown"),
                )?;
                next.halt = sooner(instance.halt, manner.halt(permit.now(), patience));
                next.cycle = None;
                next
            }
        };
        changed.push(write(&mut tx, &permit, instance, next).await?);
    }
    tx.commit().await?;
    match first {
        None => Ok(changed),
        Some(id) => {
            let message = format!(
                "The instance '{id}' may not be terminated. Modify its 'disableApiTermination' \
                 instance attribute and try again."
            );
            Err(Error::new(Reason::NotPermitted, Subject::Instance, message))
        }
    }
}
