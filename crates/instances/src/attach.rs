//! AttachVolume and DetachVolume: the rows at once, the guest in a job.

use crate::instance::State;
use crate::jobs::Settle;
use crate::look::{look, look_alive};
use crate::{Instance, Instances, boot};
use base::{Error, Reason, ResourceId, Result, Subject, VolumeId};
use identity::{Action, Call, Permit, authorize};
use std::time::Duration;
use volumes::{Attachment, AttachmentState, Volume};

/// How long a guest may take to let go of a disk before it is asked again.
const LET_GO: Duration = Duration::from_secs(10);
const ASK_AGAIN: Duration = Duration::from_secs(2);
/// The most volumes of an instance.
const MOST: usize = 24;

/// AttachVolume.
pub async fn attach_volume(
    instances: &Instances,
    call: &Call,
    volume: &str,
    (instance, device): (&str, &str),
) -> Result<Volume> {
    let volume = VolumeId::parse(volume)?;
    check_device(device)?;
    let mut tx = instances.db().begin().await?;
    let volume = volumes::volume_for(&mut tx, call.account(), &volume).await?;
    if volume.region != call.region {
        let message = format!("The volume '{}' does not exist.", volume.id);
        return Err(Error::not_found(Subject::Volume, message));
    }
    let instance = look_alive(&mut tx, call, instance).await?;
    let action = Action("ec2:AttachVolume");
    let permit = authorize(&mut tx, call, action, &[&volume, &instance]).await?;
    let others = volumes::attached_to(&mut tx, &instance.id).await?;
    check_attach(&instance, &volume, device, &others)?;
    let running = instance.state == State::Running;
    let attachment = Attachment {
        instance: instance.id.clone(),
        device: device.to_owned(),
        delete_on_termination: false,
        state: if running {
            AttachmentState::Attaching
        } else {
            AttachmentState::Attached
        },
        attached_at: permit.now(),
    };
    let attached = volumes::attach_in(&mut tx, &permit, &volume, attachment).await?;
    if running {
        tx.enqueue(&Settle::of(&instance)).await?;
    }
    tx.commit().await?;
    Ok(attached)
}

fn check_attach(
    instance: &Instance,
    volume: &Volume,
    device: &str,
    others: &[Volume],
) -> Result<()> {
    if !matches!(instance.state, State::Running | State::Stopped) {
        let message = format!(
            "Instance '{}' is not 'running' or 'stopped'; it is '{}'.",
            instance.id,
            instance.state.as_str()
        );
        return Err(Error::new(Reason::WrongState, Subject::Instance, message));
    }
    if instance.state != State::Stopped && !volume.product_codes.is_empty() {
        let message = format!(
            "The volume '{}' has a product code: it can be attached only to a stopped instance.",
            volume.id
        );
        return Err(Error::new(Reason::WrongState, Subject::Instance, message));
    }
    if volume.zone != instance.zone {
        let message = format!(
            "The volume '{}' is not in the same availability zone as instance '{}'",
            volume.id, instance.id
        );
        return Err(Error::new(Reason::Combination, Subject::Zone, message));
    }
    let used = |other: &Volume| {
        other
            .attachment
            .as_ref()
            .is_some_and(|at| at.device == device)
    };
    if others.iter().any(used) {
        let message = format!(
            "Invalid value '{device}' for unixDevice. Attachment point {device} is already in use"
        );
        return Err(Error::invalid(message));
    }
    if others.len() >= MOST {
        let message = format!("An instance has at most {MOST} volumes.");
        return Err(Error::new(Reason::Limit, Subject::Attachment, message));
    }
    Ok(())
}

/// `/dev/sdf`, `/dev/sda1`, `/dev/xvdf`, `xvdf`: what EC2 takes, and nothing that could be a path
/// elsewhere.
fn check_device(device: &str) -> Result<()> {
    let name = device.strip_prefix("/dev/").unwrap_or(device);
    let letters = name
        .strip_prefix("sd")
        .or_else(|| name.strip_prefix("xvd"))
        .map(|rest| rest.trim_end_matches(|c: char| c.is_ascii_digit()));
    let good = letters.is_some_and(|letters| {
        matches!(letters.len(), 1 | 2) && letters.bytes().all(|b| b.is_ascii_lowercase())
    });
    if good && name.len() <= 8 {
        return Ok(());
    }
    let shown: String = device.chars().take(64).collect();
    let message = format!(
        "Value ({shown}) for parameter device is invalid. {shown} is not a valid EBS device name."
    );
    Err(Error::invalid(message))
}

/// DetachVolume. The instance and device, where they are given, must be the volume's own.
pub async fn detach_volume(
    instances: &Instances,
    call: &Call,
    volume: &str,
    (instance, device): (Option<&str>, Option<&str>),
) -> Result<Volume> {
    let id = VolumeId::parse(volume)?;
    let mut tx = instances.db().begin().await?;
    let volume = volumes::volume_for(&mut tx, call.account(), &id).await?;
    let Some(attachment) = volume
        .attachment
        .clone()
        .filter(|_| volume.region == call.region)
    else {
        let message = format!("Volume '{id}' is in the 'available' state.");
        return Err(Error::new(Reason::WrongState, Subject::Volume, message));
    };
    let own = |given: Option<&str>, own: &str| given.is_none_or(|given| given == own);
    if !own(instance, attachment.instance.as_ref()) || !own(device, &attachment.device) {
        let message = format!("The volume '{id}' is not attached to that instance as that device.");
        return Err(Error::not_found(Subject::Attachment, message));
    }
    let instance = look(&mut tx, call, attachment.instance.as_ref()).await?;
    let action = Action("ec2:DetachVolume");
    let permit = authorize(&mut tx, call, action, &[&volume, &instance]).await?;
    let detached = match instance.state {
        State::Stopped => {
            let free = volumes::detach_in(&mut tx, &permit, &volume).await?;
            drop(free);
            with_state(&volume, AttachmentState::Detaching)
        }
        State::Running if attachment.device == instance.from_image.root_device => {
            let message = format!(
                "Unable to detach root volume '{id}' from instance '{}'",
                instance.id
            );
            return Err(Error::new(Reason::NotPermitted, Subject::Volume, message));
        }
        State::Running => {
            let state = AttachmentState::Detaching;
            tx.enqueue(&Settle::of(&instance)).await?;
            volumes::set_attachment_state_in(&mut tx, &permit, &volume, state).await?
        }
        State::Pending | State::Stopping | State::ShuttingDown | State::Terminated => {
            let message = format!(
                "Instance '{}' is in the state '{}'",
                instance.id,
                instance.state.as_str()
            );
            return Err(Error::new(Reason::WrongState, Subject::Instance, message));
        }
    };
    tx.commit().await?;
    Ok(detached)
}

fn with_state(volume: &Volume, state: AttachmentState) -> Volume {
    let mut volume = volume.clone();
    if let Some(attachment) = &mut volume.attachment {
        attachment.state = state;
    }
    volume
}

/// Plugs in what is being attached and unplugs what is being detached. Answers how long to wait if
/// a guest does not let go.
pub(crate) async fn move_volumes(
    instances: &Instances,
    permit: &Permit,
    instance: &Instance,
) -> Result<Option<Duration>> {
    let mut tx = instances.db().read().await?;
    let attached = volumes::attached_to(&mut tx, &instance.id).await?;
    drop(tx);
    let handle = instances
        .handle(&instance.id)
        .filter(|handle| handle.exit().is_none());
    for volume in attached {
        match volume.attachment.as_ref().map(|at| at.state) {
            Some(AttachmentState::Attaching) => {
                plug(instances, permit, &volume, handle.as_ref()).await?
            }
            Some(AttachmentState::Detaching) => {
                if !unplug(instances, permit, &volume, handle.as_ref()).await? {
                    return Ok(Some(ASK_AGAIN));
                }
            }
            Some(AttachmentState::Attached) | None => {}
        }
    }
    Ok(None)
}

async fn plug(
    instances: &Instances,
    permit: &Permit,
    volume: &Volume,
    handle: Option<&machine::Handle>,
) -> Result<()> {
    let mut plugged = Ok(());
    if let Some(handle) = handle {
        let export = volumes::open(instances.volumes(), &volume.id).await?;
        let there = handle.disks().await.map_err(Error::internal)?;
        if !there.contains(&volume.id.to_string()) {
            plugged = handle.plug(&boot::disk(volume, export, None)).await;
        }
    }
    match plugged {
        Ok(()) => {}
        Err(error) if error.is_gone() => return Ok(()),
        Err(error) => {
            // There is no room for it, or QEMU refuses it: it is not attached.
            tracing::error!(volume = %volume.id, %error, "it cannot be plugged in");
            return detached(instances, permit, volume).await;
        }
    }
    let mut tx = instances.db().begin().await?;
    let now = volumes::volume_for(&mut tx, &volume.owner, &volume.id).await?;
    if now.attachment == volume.attachment {
        volumes::set_attachment_state_in(&mut tx, permit, &now, AttachmentState::Attached).await?;
    }
    tx.commit().await
}

async fn unplug(
    instances: &Instances,
    permit: &Permit,
    volume: &Volume,
    handle: Option<&machine::Handle>,
) -> Result<bool> {
    if let Some(handle) = handle {
        match handle.unplug(volume.id.as_ref(), LET_GO).await {
            Ok(()) => {}
            Err(machine::Error::Timeout { .. }) => {
                tracing::info!(volume = %volume.id, "the guest does not let go of it yet");
                return Ok(false);
            }
            Err(error) if error.is_gone() => {}
            Err(error) => return Err(Error::internal(error)),
        }
    }
    detached(instances, permit, volume).await.map(|()| true)
}

async fn detached(instances: &Instances, permit: &Permit, volume: &Volume) -> Result<()> {
    volumes::close(instances.volumes(), &volume.id).await?;
    let mut tx = instances.db().begin().await?;
    let now = volumes::volume_for(&mut tx, &volume.owner, &volume.id).await?;
    if now.attachment == volume.attachment {
        volumes::detach_in(&mut tx, permit, &now).await?;
    }
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_device_names_that_ec2_knows_are_taken() {
        for good in [
            "/dev/sdf",
            "/dev/sda1",
            "/dev/xvdf",
            "xvdba",
            "sdh",
            "/dev/sdb15",
        ] {
            assert!(check_device(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "/dev/",
            "/dev/nvme1n1",
            "/dev/sd",
            "/dev/sd1",
            "/dev/sdF",
            "../sda",
            "/dev/sdabc",
            "sd f",
        ] {
            assert!(check_device(bad).is_err(), "{bad}");
        }
    }
}
