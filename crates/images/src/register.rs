//! RegisterImage: snapshots that stand become an image at once, and so do snapshots that are being
//! uploaded by somebody who said what is to come. If the rest of those does not come, the image fails.

use crate::image::{SeenBy, image_to_make};
use crate::jobs::FinishImage;
use crate::mapping::{Ebs, bad, check, too_small};
use crate::name::{check_description, check_name, taken};
use crate::{
    Billing, Image, Images, LaunchPermission, Mapping, MappingRequest, State, Target, rows,
};
use base::{Error, ImageId, Reason, ResourceId, Result, SnapshotId, Subject, Tags};
use identity::{Action, Call, Permit};
use std::collections::BTreeMap;
use store::Tx;
use volumes::{Snapshot, SnapshotState};

/// What RegisterImage asks for.
#[derive(Clone, Debug, Default)]
pub struct Register {
    /// The name.
    pub name: String,
    /// The description.
    pub description: String,
    /// Default `i386`, as AWS has it.
    pub architecture: Option<String>,
    /// Default `paravirtual`, as AWS has it.
    pub virtualization: Option<String>,
    /// How it boots.
    pub boot_mode: Option<String>,
    /// Enhanced networking.
    pub ena: bool,
    /// `simple`.
    pub sriov: Option<String>,
    /// `v2.0`.
    pub imds_support: Option<String>,
    /// `v2.0`.
    pub tpm_support: Option<String>,
    /// The device to boot from.
    pub root_device: Option<String>,
    /// The disks.
    pub mappings: Vec<MappingRequest>,
    /// Tags of the image.
    pub tags: Tags,
    /// EC2 billing products, for accounts that may name them.
    pub billing_products: Vec<String>,
}

/// Registers an image, and answers its id. It is available when this returns.
pub async fn register(images: &Images, call: &Call, request: Register) -> Result<ImageId> {
    check_name(&request.name)?;
    check_description(&request.description)?;
    check_settings(&request)?;
    check(&request.mappings)?;
    images
        .rules
        .check_register(call.account(), &request.billing_products)?;
    let mut tx = images.db.begin().await?;
    let snapshots = readable(&mut tx, call, &request.mappings).await?;
    let image = image_of(
        &request,
        call,
        &snapshots,
        ImageId::random(&*images.entropy),
    )?;
    let action = Action("ec2:RegisterImage");
    let made = image_to_make(call);
    let permit = identity::authorize(&mut tx, call, action, &[&made]).await?;
    insert_new(&mut tx, &permit, &image, &request.tags).await?;
    if !snapshots.values().all(is_completed) {
        tx.enqueue(&FinishImage::of(&image)).await?;
    }
    tx.commit().await?;
    Ok(image.id)
}

/// Writes a new image with its name, tags and hold on its snapshots.
pub(crate) async fn insert_new(
    tx: &mut Tx,
    permit: &Permit,
    image: &Image,
    tags: &Tags,
) -> Result<()> {
    if let Some(other) = rows::named(tx, permit, &image.name).await? {
        return Err(taken(&image.name, other.as_ref()));
    }
    rows::insert(tx, permit, image).await?;
    for snapshot in image.snapshots() {
        volumes::hold(tx, permit, snapshot, &image.id).await?;
    }
    identity::put_tags(tx, permit, image.id.as_ref(), "image", tags).await
}

impl Image {
    /// The snapshots beneath it.
    pub fn snapshots(&self) -> impl Iterator<Item = &SnapshotId> {
        self.mappings
            .iter()
            .filter_map(|mapping| match &mapping.target {
                Target::Ebs(ebs) => ebs.snapshot.as_ref(),
                Target::Ephemeral(_) => None,
            })
    }
}

async fn readable(
    tx: &mut Tx,
    call: &Call,
    mappings: &[MappingRequest],
) -> Result<BTreeMap<SnapshotId, Snapshot>> {
    let mut found = BTreeMap::new();
    for id in mappings
        .iter()
        .filter_map(|m| m.ebs.as_ref()?.snapshot.as_ref())
    {
        let snapshot = volumes::readable_snapshot(tx, call.account(), &call.region, id).await?;
        if !is_completed(&snapshot) && !snapshot.is_uploading() {
            let message = format!("Snapshot '{id}' is not 'completed'.");
            return Err(Error::new(Reason::WrongState, Subject::Snapshot, message));
        }
        found.insert(id.clone(), snapshot);
    }
    Ok(found)
}

fn is_completed(snapshot: &Snapshot) -> bool {
    snapshot.state == SnapshotState::Completed
}

fn check_settings(request: &Register) -> Result<()> {
    let one_of = |parameter: &str, value: &Option<String>, allowed: &[&str]| match value {
        Some(value) if !allowed.contains(&value.as_str()) => {
            let shown: String = value.chars().take(64).collect();
            let allowed = allowed.join(", ");
            Err(Error::invalid(format!(
                "Value ({shown}) for parameter {parameter} is invalid. Possible values: {allowed}."
            )))
        }
        _ => Ok(()),
    };
    one_of(
        "architecture",
        &request.architecture,
        &["i386", "x86_64", "arm64"],
    )?;
    one_of(
        "virtualizationType",
        &request.virtualization,
        &["hvm", "paravirtual"],
    )?;
    one_of(
        "bootMode",
        &request.boot_mode,
        &["legacy-bios", "uefi", "uefi-preferred"],
    )?;
    one_of("sriovNetSupport", &request.sriov, &["simple"])?;
    one_of("imdsSupport", &request.imds_support, &["v2.0"])?;
    one_of("tpmSupport", &request.tpm_support, &["v2.0"])?;
    if request.tpm_support.is_some() && request.boot_mode.as_deref() != Some("uefi") {
        let message = "TpmSupport v2.0 requires the boot mode uefi.";
        return Err(Error::new(Reason::Combination, Subject::Parameter, message));
    }
    Ok(())
}

fn image_of(
    request: &Register,
    call: &Call,
    snapshots: &BTreeMap<SnapshotId, Snapshot>,
    id: ImageId,
) -> Result<Image> {
    let Some(root) = request.root_device.clone() else {
        return Err(Error::missing("RootDeviceName"));
    };
    let mappings: Result<Vec<Mapping>> = request
        .mappings
        .iter()
        .filter(|entry| !entry.no_device)
        .map(|entry| mapping_of(entry, &root, snapshots))
        .collect();
    let mappings = mappings?;
    check_root(&root, &mappings)?;
    Ok(Image {
        id,
        owner: call.account().clone(),
        region: call.region.clone(),
        name: request.name.clone(),
        description: request.description.clone(),
        state: State::Available,
        state_reason: None,
        architecture: request
            .architecture
            .clone()
            .unwrap_or_else(|| "i386".into()),
        virtualization: request
            .virtualization
            .clone()
            .unwrap_or_else(|| "paravirtual".into()),
        boot_mode: request.boot_mode.clone(),
        ena: request.ena,
        sriov: request.sriov.clone(),
        imds_support: request.imds_support.clone(),
        tpm_support: request.tpm_support.clone(),
        root_device: root,
        mappings,
        created: call.now,
        source_image: None,
        source_region: None,
        source_instance: None,
        launch: LaunchPermission::default(),
        last_launched: None,
        billing: billing(request, snapshots),
        seen_by: SeenBy::default(),
    })
}

/// Sellers' product codes come along with the snapshots.
fn billing(request: &Register, snapshots: &BTreeMap<SnapshotId, Snapshot>) -> Billing {
    let mut billing = Billing {
        products: request.billing_products.clone(),
        codes: Vec::new(),
    };
    billing.add_codes(
        snapshots
            .values()
            .flat_map(|snapshot| &snapshot.product_codes),
    );
    billing
}

fn mapping_of(
    entry: &MappingRequest,
    root: &str,
    snapshots: &BTreeMap<SnapshotId, Snapshot>,
) -> Result<Mapping> {
    let device = entry.device.clone();
    if let Some(name) = &entry.virtual_name {
        return Ok(Mapping {
            device,
            target: Target::Ephemeral(name.clone()),
        });
    }
    let mut request = entry.ebs.clone().unwrap_or_default();
    if request.snapshot.is_some() && request.encrypted.is_some() {
        return Err(bad(
            "Parameter encrypted is invalid. You cannot specify the encrypted flag if specifying \
             a snapshot id in a block device mapping.",
        ));
    }
    if request.key.is_some() {
        let message = "The parameter KmsKeyId cannot be used when an image is registered.";
        return Err(Error::new(Reason::Combination, Subject::Parameter, message));
    }
    request.delete_on_termination = request.delete_on_termination.or(Some(device == root));
    let snapshot = request.snapshot.as_ref().and_then(|id| snapshots.get(id));
    let mut ebs = Ebs::from_request(&device, &request, None, snapshot.map(|s| s.size_gib))?;
    if let Some(snapshot) = snapshot {
        ebs.encrypted = snapshot.encrypted;
        if ebs.size_gib < snapshot.size_gib {
            return Err(too_small(ebs.size_gib, &snapshot.id, snapshot.size_gib));
        }
    }
    ebs.check()?;
    Ok(Mapping {
        device,
        target: Target::Ebs(ebs),
    })
}

fn check_root(root: &str, mappings: &[Mapping]) -> Result<()> {
    let found = mappings.iter().find(|mapping| mapping.device == root);
    let has_snapshot =
        |mapping: &Mapping| matches!(&mapping.target, Target::Ebs(ebs) if ebs.snapshot.is_some());
    match found {
        Some(mapping) if has_snapshot(mapping) => Ok(()),
        Some(_) => Err(bad(format!("The root device {root} must have a snapshot."))),
        None => Err(bad(format!(
            "The block device mapping has no entry for the root device {root}."
        ))),
    }
}
