//! What a launch is made from: the image, its disks, the network and the rest, looked up and checked
//! before anything is written.

use crate::groups::{NameOrId, find, own_groups};
use crate::instance::{Known, MetadataOptions};
use crate::instance_type::{self, InstanceType};
use crate::network::{Group, Subnet, default_network};
use crate::run::{MetadataRequest, Run};
use crate::{KeyPair, key_pair, rows};
use base::{Error, Reason, ResourceId, Result, SnapshotId, Subject, SubnetId, Zone};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use identity::{Call, Context, Made};
use images::{Ebs, Image, Mapping, MappingRequest, Target};
use std::collections::{BTreeMap, BTreeSet};
use store::Tx;
use volumes::{NewVolume, ShapeRequest, Snapshot, VolumeKind};

const USER_DATA: usize = 16 * 1024;

/// What a launch is made from, looked up and checked.
pub(crate) struct Plan {
    pub(crate) image: Image,
    pub(crate) kind: InstanceType,
    pub(crate) key: Option<KeyPair>,
    pub(crate) subnet: Subnet,
    pub(crate) groups: Vec<Group>,
    pub(crate) devices: Vec<(String, Ebs)>,
    pub(crate) snapshots: BTreeMap<SnapshotId, Snapshot>,
    pub(crate) metadata: MetadataOptions,
    /// The id and the ARN of the instance profile.
    pub(crate) profile: Option<(String, String)>,
}

impl Plan {
    pub(crate) fn instance_to_make(&self, call: &Call, request: &Run) -> Made {
        let mut context = Context::new();
        Known {
            kind: self.kind.name,
            zone: &self.subnet.zone,
            metadata: self.metadata,
            ebs_optimized: request.ebs_optimized,
            profile: self.profile.as_ref().map(|(_, arn)| arn.as_str()),
        }
        .tell(&mut context);
        Made::ec2(call, "instance", context)
    }

    pub(crate) fn new_volume(&self, request: &Run, ebs: &Ebs) -> Result<NewVolume> {
        let snapshot = match &ebs.snapshot {
            None => None,
            Some(id) => Some(self.snapshots.get(id).cloned().ok_or_else(|| {
                Error::not_found(
                    Subject::Snapshot,
                    format!("The snapshot '{id}' does not exist."),
                )
            })?),
        };
        let image = &self.image;
        let is_of_image = |id| image.snapshots().any(|one| one == id);
        let codes = image.billing.codes.iter().map(|code| code.code.clone());
        let product_codes = match &ebs.snapshot {
            Some(id) if is_of_image(id) => codes.collect(),
            Some(_) | None => BTreeSet::new(),
        };
        Ok(NewVolume {
            zone: self.subnet.zone.clone(),
            shape: shape(ebs)?,
            snapshot,
            product_codes,
            encryption: volumes::Asked {
                encrypted: ebs.encrypted.then_some(true),
                key: ebs.key.clone(),
            },
            tags: request.volume_tags.clone(),
        })
    }
}

pub(crate) async fn decide(tx: &mut Tx, call: &Call, request: &Run) -> Result<Plan> {
    let Some(image) = &request.image else {
        return Err(Error::missing("ImageId"));
    };
    check_user_data(request.user_data.as_deref())?;
    let image = images::launchable(tx, call, image).await?;
    let kind = instance_type::find(request.kind.as_deref().unwrap_or(instance_type::DEFAULT))?;
    kind.check_architecture(&image.architecture)?;
    check_image(&image, kind)?;
    let key = match &request.key {
        None => None,
        Some(name) => Some(
            rows::key_named(tx, call.place(), name)
                .await?
                .ok_or_else(|| key_pair::not_found(name))?,
        ),
    };
    let (subnet, groups) = place(tx, call, request).await?;
    let metadata = metadata(&image, &request.metadata)?;
    let tags = &request.instance_tags;
    if metadata.tags && !tags.keys().all(|key| crate::metadata::is_servable(key)) {
        let message =
            "With InstanceMetadataTags enabled, tag keys have only letters, digits and +-=.,_:@";
        return Err(Error::invalid(message));
    }
    let (devices, snapshots) = devices(tx, call, &image, &request.mappings).await?;
    Ok(Plan {
        image,
        kind,
        key,
        subnet,
        groups,
        devices,
        snapshots,
        metadata,
        profile: match (&request.profile_name, &request.profile_arn) {
            (None, None) => None,
            (name, arn) => {
                let named = (name.as_deref(), arn.as_deref());
                let found = identity::profile_to_pass(tx, call, named).await?;
                Some((found.id.clone(), found.arn()))
            }
        },
    })
}

fn check_user_data(text: Option<&str>) -> Result<()> {
    let Some(text) = text else { return Ok(()) };
    let bad = |message: &str| Error::new(Reason::Malformed, Subject::UserData, message);
    let bytes = STANDARD
        .decode(text)
        .map_err(|_| bad("Invalid BASE64 encoding of user data"))?;
    if bytes.len() > USER_DATA {
        return Err(bad("User data is limited to 16384 bytes"));
    }
    Ok(())
}

fn check_image(image: &Image, kind: InstanceType) -> Result<()> {
    let cannot = |what: String| {
        let message = format!("The instance type '{}' does not support {what}.", kind.name);
        Err(Error::new(
            Reason::Combination,
            Subject::InstanceType,
            message,
        ))
    };
    if image.virtualization != "hvm" {
        return cannot(format!(
            "the virtualization type '{}'",
            image.virtualization
        ));
    }
    match &image.tpm_support {
        Some(tpm) => cannot(format!("TPM {tpm}, which the image requires")),
        None => Ok(()),
    }
}

/// A request's word counts, then the image's, then the usual. (EC2 User Guide, "Configure the
/// Instance Metadata Service options".)
fn metadata(image: &Image, request: &MetadataRequest) -> Result<MetadataOptions> {
    let v2 = image.imds_support.as_deref() == Some("v2.0");
    let usual = MetadataOptions {
        tokens_required: v2,
        hop_limit: if v2 { 2 } else { 1 },
        enabled: true,
        tags: false,
    };
    request.over(usual)
}

async fn place(tx: &mut Tx, call: &Call, request: &Run) -> Result<(Subnet, Vec<Group>)> {
    let network = default_network(call.account(), &call.region);
    let zone = request
        .zone
        .as_deref()
        .map(|zone| Zone::parse(&call.region, zone))
        .transpose()?;
    let subnet = match &request.subnet {
        Some(text) => own_subnet(tx, call, text).await?,
        None => {
            let zone = zone
                .clone()
                .unwrap_or_else(|| call.region.zones()[0].clone());
            let subnet = network
                .subnets
                .into_iter()
                .find(|subnet| subnet.zone == zone);
            subnet.ok_or_else(|| Error::internal("a zone has no default subnet"))?
        }
    };
    if zone.is_some_and(|zone| zone != subnet.zone) {
        let message = format!(
            "The subnet '{}' is not in the named availability zone.",
            subnet.id
        );
        return Err(Error::invalid(message));
    }
    let groups = own_groups(tx, call).await?;
    let groups = chosen_groups(&groups, call, request, &network.group)?;
    Ok((subnet, groups))
}

fn chosen_groups(
    groups: &[Group],
    call: &Call,
    request: &Run,
    default: &Group,
) -> Result<Vec<Group>> {
    if !request.group_names.is_empty() && request.subnet.is_some() {
        let message = "The parameter groupName cannot be used with the parameter subnet";
        return Err(Error::new(Reason::Combination, Subject::Parameter, message));
    }
    let ids = request.group_ids.iter().map(|id| NameOrId {
        id: Some(id.clone()),
        name: None,
    });
    let names = request.group_names.iter().map(|name| NameOrId {
        id: None,
        name: Some(name.clone()),
    });
    let mut chosen: Vec<Group> = Vec::new();
    for which in ids.chain(names) {
        let group = find(groups, call, &which)?;
        if !chosen.iter().any(|known| known.id == group.id) {
            chosen.push(group.clone());
        }
    }
    if chosen.len() > 16 {
        let message = "An instance has at most 16 security groups.";
        return Err(Error::new(Reason::Limit, Subject::Group, message));
    }
    if chosen.is_empty() {
        chosen.push(default.clone());
    }
    Ok(chosen)
}

async fn own_subnet(tx: &mut Tx, call: &Call, text: &str) -> Result<Subnet> {
    let id = SubnetId::parse(text)?;
    let found = match rows::subnet(tx, &id).await? {
        Some(subnet) => Some(subnet),
        None => default_network(call.account(), &call.region)
            .subnets
            .into_iter()
            .find(|s| s.id == id),
    };
    let own =
        |subnet: &Subnet| subnet.owner == *call.account() && *subnet.zone.region() == call.region;
    found.filter(own).ok_or_else(|| {
        Error::not_found(
            Subject::Subnet,
            format!("The subnet ID '{id}' does not exist"),
        )
    })
}

type Devices = (Vec<(String, Ebs)>, BTreeMap<SnapshotId, Snapshot>);

/// The volumes of each instance: the image's, which whoever may launch it may read, and the
/// request's own, which the caller must be able to read.
async fn devices(
    tx: &mut Tx,
    call: &Call,
    image: &Image,
    entries: &[MappingRequest],
) -> Result<Devices> {
    let of_image: Vec<SnapshotId> = image.mappings.iter().filter_map(snapshot_of).collect();
    let mut snapshots = volumes::snapshots_by_id(tx, &of_image).await?;
    for id in entries
        .iter()
        .filter_map(|entry| entry.ebs.as_ref()?.snapshot.as_ref())
    {
        if !snapshots.contains_key(id) {
            let found = volumes::readable_snapshot(tx, call.account(), &call.region, id).await?;
            snapshots.insert(id.clone(), found);
        }
    }
    let merged = images::merge(&image.mappings, entries, |id| {
        Some(snapshots.get(id)?.size_gib)
    })?;
    let mut devices = Vec::new();
    for Mapping { device, target } in merged {
        // Instance store disks are carried along in images and attached nowhere.
        let Target::Ebs(ebs) = target else { continue };
        shape(&ebs)?;
        devices.push((device, ebs));
    }
    if devices.len() > 24 {
        let message = "An instance has at most 24 volumes.";
        return Err(Error::new(Reason::Limit, Subject::Attachment, message));
    }
    if !devices
        .iter()
        .any(|(device, _)| *device == image.root_device)
    {
        let message = format!(
            "The image's root device '{}' cannot be left out.",
            image.root_device
        );
        return Err(Error::new(
            Reason::Invalid,
            Subject::BlockDeviceMapping,
            message,
        ));
    }
    Ok((devices, snapshots))
}

pub(crate) fn snapshot_of(mapping: &Mapping) -> Option<SnapshotId> {
    match &mapping.target {
        Target::Ebs(ebs) => ebs.snapshot.clone(),
        Target::Ephemeral(_) => None,
    }
}

fn shape(ebs: &Ebs) -> Result<volumes::Shape> {
    let kind = VolumeKind::parse(&ebs.kind)?;
    let shape = ShapeRequest {
        kind: Some(kind),
        size_gib: i64::from(ebs.size_gib),
        iops: ebs.iops.map(i64::from),
        throughput: ebs.throughput.map(i64::from),
    };
    shape.check()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_data_is_base64_of_at_most_sixteen_kib() {
        assert!(check_user_data(None).is_ok());
        assert!(check_user_data(Some(&STANDARD.encode(vec![0; 16_384]))).is_ok());
        for bad in [STANDARD.encode(vec![0; 16_385]), "%%%".to_owned()] {
            let error = check_user_data(Some(&bad)).unwrap_err();
            assert_eq!(
                (error.reason, error.subject),
                (Reason::Malformed, Subject::UserData)
            );
        }
    }
}
