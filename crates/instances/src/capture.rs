//! CreateImage: an instance becomes an image.
//!
//! The image is recorded as pending and its id is answered at once. The job then brings the guest
//! down (unless NoReboot asks not to), freezes its volumes, and starts it again. Without a reboot
//! the guest's agent is asked to quiesce its file systems; where no agent answers, the image is
//! what a power cut would have left.

use crate::describe::product_codes;
use crate::instance::{Capturing, State};
use crate::jobs::Settle;
use crate::look::look;
use crate::{Instance, Instances, rows};
use base::{Error, ImageId, Reason, Result, Subject};
use identity::{Action, Call, Made, Permit, Resource, authorize};
use images::{Create, Ebs, Facts, Mapping, Taken, Target};
use std::time::Duration;
use volumes::{AttachmentState, Volume};

/// How long a guest's agent may take to freeze file systems.
const FREEZE: Duration = Duration::from_secs(10);
const TRIES: i64 = 5;

/// Whether the guest may be brought down for the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reboot {
    /// It is shut down, its volumes are frozen, and it is started again.
    Yes,
    /// It runs on.
    No,
}

/// CreateImage. Answers the id of a pending image.
pub async fn create_image(
    instances: &Instances,
    call: &Call,
    instance: &str,
    (request, reboot): (&Create, Reboot),
) -> Result<ImageId> {
    request.check()?;
    let mut tx = instances.db().begin().await?;
    let mut instance = look(&mut tx, call, instance).await?;
    let attached = volumes::attached_to(&mut tx, &instance.id).await?;
    let image = images::image_to_make(call);
    let snapshots: Vec<Made> = attached
        .iter()
        .map(|volume| volumes::snapshot_to_make(call, volume))
        .collect();
    let mut about: Vec<&dyn Resource> = vec![&instance, &image];
    about.extend(snapshots.iter().map(|made| made as &dyn Resource));
    let permit = authorize(&mut tx, call, Action("ec2:CreateImage"), &about).await?;
    if !matches!(instance.state, State::Running | State::Stopped) {
        let message = "Instance is not in state 'running' or 'stopped'.";
        return Err(Error::new(Reason::Invalid, Subject::Instance, message));
    }
    let devices: Vec<Mapping> = attached.iter().filter_map(device).collect();
    let facts = facts(&instance, &attached);
    let id = images::begin_create(
        instances.images(),
        &mut tx,
        &permit,
        request,
        (&facts, &devices),
    )
    .await?;
    let snapshot_tags = request.snapshot_tags.clone();
    instance.captures.push(Capturing {
        image: id.clone(),
        snapshot_tags,
    });
    if instance.state == State::Running && reboot == Reboot::Yes {
        instance.cycle = Some(permit.now().plus(instances.settings().patience));
    }
    rows::put_instance(&mut tx, &permit, &instance).await?;
    tx.enqueue(&Settle::of(&instance)).await?;
    tx.commit().await?;
    Ok(id)
}

fn facts(instance: &Instance, attached: &[Volume]) -> Facts {
    let from = instance.from_image.clone();
    Facts {
        instance: instance.id.clone(),
        source_image: Some(instance.image.clone()),
        architecture: from.architecture,
        virtualization: from.virtualization,
        boot_mode: from.boot_mode,
        ena: from.ena,
        sriov: from.sriov,
        imds_support: from.imds_support,
        tpm_support: from.tpm_support,
        root_device: from.root_device,
        billing: from.billing.sold_as(&product_codes(attached)),
    }
}

/// An attached volume as a device of the image that is to be.
fn device(volume: &Volume) -> Option<Mapping> {
    let attachment = volume.attachment.as_ref()?;
    let ebs = Ebs {
        snapshot: None,
        size_gib: volume.size_gib,
        kind: volume.kind.as_str().into(),
        iops: volume
            .iops
            .filter(|_| volume.kind != volumes::VolumeKind::Gp2),
        throughput: volume.throughput,
        delete_on_termination: attachment.delete_on_termination,
        encrypted: volume.encrypted,
        key: None,
    };
    Some(Mapping {
        device: attachment.device.clone(),
        target: Target::Ebs(ebs),
    })
}

/// Freezes the volumes for the first image that waits. Answers how long to wait before going on,
/// if it is to be a while.
pub(crate) async fn take(
    instances: &Instances,
    permit: &Permit,
    instance: &Instance,
    attempt: i64,
) -> Result<Option<Duration>> {
    let Some(capturing) = instance.captures.first() else {
        return Ok(None);
    };
    match freeze_and_record(instances, permit, instance, capturing).await {
        Ok(()) => Ok(None),
        Err(error) if error.is_conflict() || attempt < TRIES => Err(error),
        Err(error) => {
            tracing::error!(image = %capturing.image, error = %error.chain(), "it cannot be captured");
            let mut tx = instances.db().begin().await?;
            let why = "The volumes of the instance could not be frozen";
            images::fail(&mut tx, permit, &capturing.image, why).await?;
            done(&mut tx, permit, instance, &capturing.image).await?;
            tx.commit().await?;
            Ok(None)
        }
    }
}

async fn freeze_and_record(
    instances: &Instances,
    permit: &Permit,
    instance: &Instance,
    capturing: &Capturing,
) -> Result<()> {
    let mut tx = instances.db().read().await?;
    let mut attached = volumes::attached_to(&mut tx, &instance.id).await?;
    drop(tx);
    let settled = |volume: &Volume| {
        volume
            .attachment
            .as_ref()
            .is_some_and(|at| at.state != AttachmentState::Attaching)
    };
    attached.retain(settled);
    let ids: Vec<_> = attached.iter().map(|volume| volume.id.clone()).collect();
    let quiet = quiesce(instances, instance).await;
    let frozen = volumes::freeze(instances.volumes(), &ids).await;
    if let Some(quiet) = quiet
        && let Err(error) = quiet.thaw().await
    {
        tracing::error!(id = %instance.id, %error, "the guest's file systems stay frozen");
    }
    let taken: Vec<Taken> = attached
        .into_iter()
        .zip(frozen?)
        .filter_map(taken)
        .collect();
    let mut tx = instances.db().begin().await?;
    let what = (&capturing.snapshot_tags, &*taken);
    images::capture(instances.images(), &mut tx, permit, &capturing.image, what).await?;
    done(&mut tx, permit, instance, &capturing.image).await?;
    tx.commit().await
}

fn taken((volume, frozen): (Volume, volumes::Frozen)) -> Option<Taken> {
    let attachment = volume.attachment.clone()?;
    Some(Taken {
        device: attachment.device,
        volume,
        frozen,
        delete_on_termination: attachment.delete_on_termination,
    })
}

async fn quiesce(instances: &Instances, instance: &Instance) -> Option<machine::Frozen> {
    let handle = instances
        .handle(&instance.id)
        .filter(|handle| handle.exit().is_none())?;
    match handle.freeze(FREEZE).await {
        Ok(frozen) => Some(frozen),
        Err(error) => {
            tracing::info!(id = %instance.id, %error, "its image will be crash-consistent");
            None
        }
    }
}

async fn done(
    tx: &mut store::Tx,
    permit: &Permit,
    instance: &Instance,
    image: &ImageId,
) -> Result<()> {
    let Some(mut now) = rows::instance(tx, &instance.id).await? else {
        return Ok(());
    };
    now.captures.retain(|capturing| capturing.image != *image);
    rows::put_instance(tx, permit, &now).await
}
