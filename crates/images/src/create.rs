//! CreateImage, the catalogue's half: an instance's facts and frozen disks become an image.
//!
//! `instances` orchestrates the reboot and the freezing; here the image is recorded as pending at
//! once ([`begin_create`]), gets its snapshots when the disks are frozen ([`capture`]), or fails
//! with a reason ([`fail`]).

use crate::image::{Event, SeenBy, StateReason};
use crate::jobs::FinishImage;
use crate::mapping::{Ebs, bad, check};
use crate::name::{check_description, check_name};
use crate::register::insert_new;
use crate::{
    Billing, Image, Images, LaunchPermission, Mapping, MappingRequest, State, Target, rows,
};
use base::{ImageId, InstanceId, ResourceId, Result, Tags};
use identity::Permit;
use serde::{Deserialize, Serialize};
use store::Tx;
use volumes::{Frozen, SnapshotSpec, Volume};

/// What CreateImage asks for, besides the instance.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Create {
    /// The name.
    pub name: String,
    /// The description.
    pub description: String,
    /// Changes to the instance's own mapping.
    pub mappings: Vec<MappingRequest>,
    /// Tags of the image.
    pub image_tags: Tags,
    /// Tags of its snapshots.
    pub snapshot_tags: Tags,
}

impl Create {
    /// Checks what can be checked without looking anything up.
    pub fn check(&self) -> Result<()> {
        check_name(&self.name)?;
        check_description(&self.description)?;
        check(&self.mappings)
    }
}

/// What the image takes over from its instance.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Facts {
    /// The instance.
    pub instance: InstanceId,
    /// The image it was launched from, as it stood.
    pub source_image: Option<ImageId>,
    /// Its architecture.
    pub architecture: String,
    /// Its virtualization.
    pub virtualization: String,
    /// Its boot mode, as the image it came from asked for it.
    pub boot_mode: Option<String>,
    /// Enhanced networking.
    pub ena: bool,
    /// `simple`.
    pub sriov: Option<String>,
    /// `v2.0`.
    pub imds_support: Option<String>,
    /// `v2.0`.
    pub tpm_support: Option<String>,
    /// The device it boots from.
    pub root_device: String,
    /// What it is billed as.
    #[serde(default)]
    pub billing: Billing,
}

/// One disk of the instance, frozen at one moment.
pub struct Taken {
    /// Where it is attached.
    pub device: String,
    /// The volume.
    pub volume: Volume,
    /// The frozen moment.
    pub frozen: Frozen,
    /// As the attachment has it.
    pub delete_on_termination: bool,
}

/// Records the image as pending. `devices` are the instance's attached devices with their sizes
/// and settings; the request's mapping is applied to them. Answers the id.
pub async fn begin_create(
    images: &Images,
    tx: &mut Tx,
    permit: &Permit,
    request: &Create,
    (facts, devices): (&Facts, &[Mapping]),
) -> Result<ImageId> {
    request.check()?;
    let image = Image {
        id: ImageId::random(&*images.entropy),
        owner: permit.account().clone(),
        region: permit.region().clone(),
        name: request.name.clone(),
        description: request.description.clone(),
        state: State::Pending,
        state_reason: None,
        architecture: facts.architecture.clone(),
        virtualization: facts.virtualization.clone(),
        boot_mode: facts.boot_mode.clone(),
        ena: facts.ena,
        sriov: facts.sriov.clone(),
        imds_support: facts.imds_support.clone(),
        tpm_support: facts.tpm_support.clone(),
        root_device: facts.root_device.clone(),
        mappings: captured_mapping(devices, &request.mappings, &facts.root_device)?,
        created: permit.now(),
        source_image: facts.source_image.clone(),
        source_region: facts.source_image.as_ref().map(|_| permit.region().clone()),
        source_instance: Some(facts.instance.clone()),
        launch: LaunchPermission::default(),
        last_launched: None,
        billing: facts.billing.clone(),
        seen_by: SeenBy::default(),
    };
    insert_new(tx, permit, &image, &request.image_tags).await?;
    Ok(image.id)
}

/// The devices that the image will have. Of an attached volume only DeleteOnTermination may
/// change; other names add empty volumes or instance store disks; `NoDevice` leaves one out.
fn captured_mapping(
    devices: &[Mapping],
    entries: &[MappingRequest],
    root: &str,
) -> Result<Vec<Mapping>> {
    let mut mappings = devices.to_vec();
    for entry in entries {
        let at = mappings
            .iter()
            .position(|mapping| mapping.device == entry.device);
        match (at, entry.no_device) {
            (Some(_), true) if entry.device == root => {
                return Err(bad("The root device cannot be left out of an image."));
            }
            (Some(at), true) => drop(mappings.remove(at)),
            (None, true) => {}
            (Some(at), false) => keep_or_change(&mut mappings[at], entry)?,
            (None, false) => mappings.push(added(entry)?),
        }
    }
    Ok(mappings)
}

fn keep_or_change(mapping: &mut Mapping, entry: &MappingRequest) -> Result<()> {
    let device = &entry.device;
    let (Target::Ebs(ebs), Some(request)) = (&mut mapping.target, &entry.ebs) else {
        return Err(bad(format!(
            "The device {device} is an attached volume and must stay one."
        )));
    };
    let resized = request.size_gib.is_some_and(|size| size != ebs.size_gib);
    let retyped = request.kind.as_ref().is_some_and(|kind| *kind != ebs.kind);
    let encrypted = request.encrypted == Some(true) && !ebs.encrypted;
    if resized || retyped || encrypted || request.snapshot.is_some() || request.iops.is_some() {
        let message = "only DeleteOnTermination of an attached volume can be changed";
        return Err(bad(format!(
            "For the device {device} {message} when an image is created."
        )));
    }
    ebs.delete_on_termination = request
        .delete_on_termination
        .unwrap_or(ebs.delete_on_termination);
    Ok(())
}

fn added(entry: &MappingRequest) -> Result<Mapping> {
    let device = entry.device.clone();
    if let Some(name) = &entry.virtual_name {
        return Ok(Mapping {
            device,
            target: Target::Ephemeral(name.clone()),
        });
    }
    let request = entry.ebs.clone().unwrap_or_default();
    if request.snapshot.is_some() {
        let message = "A volume from a snapshot cannot be added while an image is created (yet).";
        return Err(base::Error::unsupported(message));
    }
    let ebs = Ebs::from_request(&device, &request, None, None)?;
    ebs.check()?;
    Ok(Mapping {
        device,
        target: Target::Ebs(ebs),
    })
}

/// The devices of a pending image whose volumes are still to be frozen.
pub(crate) fn is_open(mapping: &Mapping) -> bool {
    matches!(&mapping.target, Target::Ebs(ebs) if ebs.snapshot.is_none())
}

/// Begins the snapshots of a pending image from its frozen disks. Devices that the image leaves
/// out are passed over. Running it again changes nothing.
pub async fn capture(
    images: &Images,
    tx: &mut Tx,
    permit: &Permit,
    id: &ImageId,
    (tags, disks): (&Tags, &[Taken]),
) -> Result<()> {
    let Some(mut image) = rows::by_id(tx, id).await? else {
        return Ok(());
    };
    let Some(instance) = image.source_instance.clone() else {
        return Ok(());
    };
    if image.state != State::Pending || image.snapshots().next().is_some() {
        return Ok(());
    }
    let description = format!("Created by CreateImage({instance}) for {id}");
    for disk in disks {
        let Some(mapping) = image.mappings.iter_mut().find(|m| m.device == disk.device) else {
            continue;
        };
        if !is_open(mapping) {
            continue;
        }
        let Target::Ebs(ebs) = &mut mapping.target else {
            continue;
        };
        let spec = SnapshotSpec {
            description: description.clone(),
            tags: tags.clone(),
        };
        let (volume, frozen) = (&disk.volume, &disk.frozen);
        let snapshot =
            volumes::begin_snapshot(&images.volumes, tx, permit, volume, frozen, spec).await?;
        volumes::hold(tx, permit, &snapshot, id).await?;
        ebs.snapshot = Some(snapshot);
    }
    rows::update(tx, permit, &image).await?;
    tx.enqueue(&FinishImage::of(&image)).await
}

/// Ends a pending image that cannot be made.
pub async fn fail(tx: &mut Tx, permit: &Permit, id: &ImageId, why: &str) -> Result<()> {
    let Some(image) = rows::by_id(tx, id).await? else {
        return Ok(());
    };
    if image.state != State::Pending {
        return Ok(());
    }
    let mut failed = image.after(Event::Failed)?;
    failed.state_reason = Some(StateReason {
        code: "Server.InternalError".into(),
        message: why.to_owned(),
    });
    rows::update(tx, permit, &failed).await
}
