//! DescribeInstances and DescribeInstanceStatus.

use crate::describe_network::List;
use crate::instance::{Instance, State};
use crate::look::look_all;
use crate::network::Group;
use crate::{Instances, Reservation, rows};
use base::pattern::{Filter, check};
use base::{Error, InstanceId, Reason, Result, Subject, Tags};
use identity::{Action, Call, authorize_new, tags_of, tags_of_many};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use store::Tx;
use volumes::Volume;

/// An instance with what belongs to its description.
#[derive(Clone, Debug)]
pub struct Described {
    /// The instance.
    pub instance: Instance,
    /// Its volumes, by device.
    pub volumes: Vec<Volume>,
    /// Its security groups.
    pub groups: Vec<Group>,
    /// The caller's tags on it.
    pub tags: Tags,
    /// The caller's tags on its network interface.
    pub interface_tags: Tags,
}

impl Described {
    /// The products that the instance runs: those on its volumes.
    pub fn product_codes(&self) -> BTreeSet<String> {
        product_codes(&self.volumes)
    }
}

/// The products that are on any of these volumes. An instance has no product codes of its own: they
/// come with a volume that is attached, and go with it.
pub(crate) fn product_codes(volumes: &[Volume]) -> BTreeSet<String> {
    let codes = volumes.iter().flat_map(|volume| &volume.product_codes);
    codes.cloned().collect()
}

/// Everything about one instance, for its owner.
pub(crate) async fn of(tx: &mut Tx, instance: Instance) -> Result<Described> {
    let owner = instance.owner.clone();
    let tags = tags_of(tx, &owner, instance.id.as_ref()).await?;
    let interface_tags = tags_of(tx, &owner, instance.interface.id.as_ref()).await?;
    with_tags(tx, instance, tags, interface_tags).await
}

async fn with_tags(
    tx: &mut Tx,
    instance: Instance,
    tags: Tags,
    interface_tags: Tags,
) -> Result<Described> {
    let mut groups = rows::groups_in(tx, &instance.interface.vpc).await?;
    groups.retain(|group| instance.is_in(&group.id));
    let mut volumes = volumes::attached_to(tx, &instance.id).await?;
    volumes.sort_by_key(|volume| volume.attachment.as_ref().map(|at| at.device.clone()));
    Ok(Described {
        instance,
        volumes,
        groups,
        tags,
        interface_tags,
    })
}

/// DescribeInstances: reservations with the instances of them that match, and the token of the
/// next page. Pages are counted in instances, and a reservation may go on on the next page.
pub async fn describe(
    instances: &Instances,
    call: &Call,
    list: &List,
) -> Result<(Vec<Reservation>, Option<String>)> {
    check(&list.filters, FILTERS)?;
    if !list.ids.is_empty() && list.max_results.is_some() {
        let message = "The parameter instancesSet cannot be used with the parameter maxResults";
        return Err(Error::new(Reason::Combination, Subject::Parameter, message));
    }
    let (page, name) = list.page(call, "instances", 5, 1000)?;
    let mut tx = instances.db().read().await?;
    let mut found = if list.ids.is_empty() {
        rows::instances(&mut tx, call.place()).await?
    } else {
        look_all(&mut tx, call, &list.ids).await?
    };
    authorize_new(&mut tx, call, Action("ec2:DescribeInstances")).await?;
    found.sort_by_key(key);
    let tags = tags_of_many(&mut tx, call.account(), &call.region, "instance").await?;
    let card_tags =
        tags_of_many(&mut tx, call.account(), &call.region, "network-interface").await?;
    let mut matching = Vec::new();
    for instance in found {
        if page
            .after()
            .is_some_and(|after| key(&instance).as_str() <= after)
        {
            continue;
        }
        let of = |map: &BTreeMap<String, Tags>, id: &str| map.get(id).cloned().unwrap_or_default();
        let (own, cards) = (
            of(&tags, instance.id.as_ref()),
            of(&card_tags, instance.interface.id.as_ref()),
        );
        let described = with_tags(&mut tx, instance, own, cards).await?;
        if list.filters.iter().all(|filter| meets(&described, filter)) {
            matching.push(described);
        }
        if page.limit().is_some_and(|limit| matching.len() > limit) {
            break;
        }
    }
    let (matching, token) = page.cut(&name, matching, |described| key(&described.instance));
    Ok((reservations(matching), token))
}

fn key(instance: &Instance) -> String {
    format!(
        "{} {:06} {}",
        instance.reservation, instance.launch_index, instance.id
    )
}

fn reservations(described: Vec<Described>) -> Vec<Reservation> {
    let mut reservations: Vec<Reservation> = Vec::new();
    for described in described {
        match reservations.last_mut() {
            Some(last) if last.id == described.instance.reservation => {
                last.instances.push(described)
            }
            _ => reservations.push(Reservation {
                id: described.instance.reservation.clone(),
                instances: vec![described],
            }),
        }
    }
    reservations
}

const FILTERS: &[&str] = &[
    "affinity",
    "architecture",
    "availability-zone",
    "availability-zone-id",
    "block-device-mapping.attach-time",
    "block-device-mapping.delete-on-termination",
    "block-device-mapping.device-name",
    "block-device-mapping.status",
    "block-device-mapping.volume-id",
    "boot-mode",
    "client-token",
    "current-instance-boot-mode",
    "dns-name",
    "ebs-optimized",
    "ena-support",
    "group-id",
    "group-name",
    "hypervisor",
    "iam-instance-profile.arn",
    "iam-instance-profile.id",
    "iam-instance-profile.name",
    "image-id",
    "instance-id",
    "instance-lifecycle",
    "instance-state-code",
    "instance-state-name",
    "instance-type",
    "instance.group-id",
    "instance.group-name",
    "ip-address",
    "key-name",
    "launch-index",
    "launch-time",
    "metadata-options.http-endpoint",
    "metadata-options.http-put-response-hop-limit",
    "metadata-options.http-tokens",
    "metadata-options.instance-metadata-tags",
    "monitoring-state",
    "network-interface.addresses.association.public-ip",
    "network-interface.addresses.primary",
    "network-interface.addresses.private-ip-address",
    "network-interface.association.public-ip",
    "network-interface.attachment.attachment-id",
    "network-interface.attachment.device-index",
    "network-interface.attachment.instance-id",
    "network-interface.attachment.status",
    "network-interface.availability-zone",
    "network-interface.group-id",
    "network-interface.group-name",
    "network-interface.mac-address",
    "network-interface.network-interface-id",
    "network-interface.owner-id",
    "network-interface.private-dns-name",
    "network-interface.source-dest-check",
    "network-interface.status",
    "network-interface.subnet-id",
    "network-interface.vpc-id",
    "owner-id",
    "platform",
    "platform-details",
    "private-dns-name",
    "private-ip-address",
    "product-code",
    "product-code.type",
    "reason",
    "reservation-id",
    "root-device-name",
    "root-device-type",
    "source-dest-check",
    "state-reason-code",
    "state-reason-message",
    "subnet-id",
    "tag:",
    "tag-key",
    "tenancy",
    "virtualization-type",
    "vpc-id",
];

fn meets(described: &Described, filter: &Filter) -> bool {
    let instance = &described.instance;
    let name = filter.name.as_str();
    if let Some(rest) = name.strip_prefix("network-interface.") {
        return meets_card(described, rest, filter);
    }
    if let Some(rest) = name.strip_prefix("block-device-mapping.") {
        return meets_device(described, rest, filter);
    }
    let metadata = &instance.metadata;
    let reason = instance.state_reason.as_ref();
    let profile = instance.profile.as_ref();
    match name {
        "architecture" => filter.one(&instance.from_image.architecture),
        "availability-zone" => filter.one(&instance.zone.to_string()),
        "availability-zone-id" => filter.one(&instance.zone.id()),
        "boot-mode" => filter.maybe(instance.from_image.boot_mode.as_deref()),
        "client-token" => filter.maybe(instance.client_token.as_deref()),
        "current-instance-boot-mode" => filter.one(instance.current_boot_mode()),
        "dns-name" => filter.one(""),
        "ebs-optimized" => filter.yes(instance.ebs_optimized),
        "ena-support" => filter.yes(instance.from_image.ena),
        "group-id" | "instance.group-id" => {
            filter.any(instance.interface.groups.iter().map(AsRef::as_ref))
        }
        "group-name" | "instance.group-name" => {
            filter.any(described.groups.iter().map(|group| group.name.as_str()))
        }
        "hypervisor" => filter.one("xen"),
        "image-id" => filter.one(instance.image.as_ref()),
        "instance-id" => filter.one(instance.id.as_ref()),
        "instance-state-code" => filter.one(&instance.state.code().to_string()),
        "instance-state-name" => filter.one(instance.state.as_str()),
        "instance-type" => filter.one(&instance.kind),
        "ip-address" => filter.maybe(instance.public_ip.map(|ip| ip.to_string()).as_deref()),
        "iam-instance-profile.arn" => filter.maybe(profile.map(|one| one.arn.as_str())),
        "iam-instance-profile.id" => filter.maybe(profile.map(|one| one.id.as_str())),
        "iam-instance-profile.name" => {
            filter.maybe(profile.and_then(|one| one.arn.rsplit('/').next()))
        }
        "key-name" => filter.maybe(instance.key.as_ref().map(|key| key.name.as_str())),
        "launch-index" => filter.one(&instance.launch_index.to_string()),
        "launch-time" => filter.one(&instance.launched.to_string()),
        "metadata-options.http-endpoint" => filter.one(on(metadata.enabled)),
        "metadata-options.http-put-response-hop-limit" => {
            filter.one(&metadata.hop_limit.to_string())
        }
        "metadata-options.http-tokens" => filter.one(if metadata.tokens_required {
            "required"
        } else {
            "optional"
        }),
        "metadata-options.instance-metadata-tags" => filter.one(on(metadata.tags)),
        "monitoring-state" => filter.one(on(instance.monitoring)),
        "owner-id" => filter.one(instance.owner.as_str()),
        "platform" => instance.from_image.billing.is_windows() && filter.one("windows"),
        "platform-details" => filter.one(instance.from_image.billing.platform().0),
        "private-dns-name" => filter.one(&instance.private_name()),
        "private-ip-address" => filter.one(&instance.interface.address.to_string()),
        "reason" => filter.one(&instance.transition),
        "reservation-id" => filter.one(instance.reservation.as_ref()),
        "root-device-name" => filter.one(&instance.from_image.root_device),
        "root-device-type" => filter.one("ebs"),
        "source-dest-check" => filter.yes(instance.interface.source_dest_check),
        "state-reason-code" => filter.maybe(reason.map(|reason| reason.code.as_str())),
        "state-reason-message" => filter.maybe(reason.map(|reason| reason.message.as_str())),
        "subnet-id" => filter.one(instance.interface.subnet.as_ref()),
        "tenancy" => filter.one("default"),
        "virtualization-type" => filter.one(&instance.from_image.virtualization),
        "vpc-id" => filter.one(instance.interface.vpc.as_ref()),
        "product-code" => filter.any(described.product_codes().iter().map(String::as_str)),
        "product-code.type" => !described.product_codes().is_empty() && filter.one("marketplace"),
        // Placement and Spot do not exist here, so nothing has such a value.
        "affinity" | "instance-lifecycle" => false,
        _ => filter.tags(&described.tags),
    }
}

fn on(yes: bool) -> &'static str {
    if yes { "enabled" } else { "disabled" }
}

fn meets_card(described: &Described, name: &str, filter: &Filter) -> bool {
    let instance = &described.instance;
    let card = &instance.interface;
    match name {
        "addresses.association.public-ip" | "association.public-ip" => {
            filter.maybe(instance.public_ip.map(|ip| ip.to_string()).as_deref())
        }
        "addresses.primary" => filter.yes(true),
        "addresses.private-ip-address" => filter.one(&card.address.to_string()),
        "attachment.attachment-id" => filter.one(card.attachment.as_ref()),
        "attachment.device-index" => filter.one("0"),
        "attachment.instance-id" => filter.one(instance.id.as_ref()),
        "attachment.status" => filter.one("attached"),
        "availability-zone" => filter.one(&instance.zone.to_string()),
        "group-id" => filter.any(card.groups.iter().map(AsRef::as_ref)),
        "group-name" => filter.any(described.groups.iter().map(|group| group.name.as_str())),
        "mac-address" => filter.one(&card.mac),
        "network-interface-id" => filter.one(card.id.as_ref()),
        "owner-id" => filter.one(instance.owner.as_str()),
        "private-dns-name" => filter.one(&instance.private_name()),
        "source-dest-check" => filter.yes(card.source_dest_check),
        "status" => filter.one("in-use"),
        "subnet-id" => filter.one(card.subnet.as_ref()),
        "vpc-id" => filter.one(card.vpc.as_ref()),
        _ => false,
    }
}

fn meets_device(described: &Described, name: &str, filter: &Filter) -> bool {
    described.volumes.iter().any(|volume| {
        let Some(attachment) = &volume.attachment else {
            return false;
        };
        match name {
            "attach-time" => filter.one(&attachment.attached_at.to_string()),
            "delete-on-termination" => filter.yes(attachment.delete_on_termination),
            "device-name" => filter.one(&attachment.device),
            "status" => filter.one(attachment.state.as_str()),
            "volume-id" => filter.one(volume.id.as_ref()),
            _ => false,
        }
    })
}

/// How an instance fares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The instance.
    pub instance: Instance,
    /// `ok`, `initializing` or `not-applicable`, for the instance and for the system.
    pub summary: &'static str,
    /// `passed`, `initializing`, or nothing where it does not apply.
    pub reachability: Option<&'static str>,
}

/// Whether instances that do not run are described too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those that run.
    Running,
    /// All.
    All,
}

/// A guest that runs for so long has booted, whether it was heard since the service's own restart
/// or not.
const BOOTED: Duration = Duration::from_secs(300);

const STATUS_FILTERS: &[&str] = &[
    "availability-zone",
    "availability-zone-id",
    "instance-state-code",
    "instance-state-name",
    "instance-status.reachability",
    "instance-status.status",
    "system-status.reachability",
    "system-status.status",
    "tag:",
    "tag-key",
];

/// DescribeInstanceStatus. What is checked is that the guest is alive and on the network: an
/// instance that runs is `ok` as soon as its guest has sent something, `initializing` before.
pub async fn describe_status(
    instances: &Instances,
    call: &Call,
    list: &List,
    which: Which,
) -> Result<(Vec<Status>, Option<String>)> {
    check(&list.filters, STATUS_FILTERS)?;
    if list.ids.len() > 100 {
        return Err(Error::invalid(
            "At most 100 instances can be named in a request.",
        ));
    }
    let (page, name) = list.page(call, "instance-status", 5, 1000)?;
    let mut tx = instances.db().read().await?;
    let mut found = if list.ids.is_empty() {
        rows::instances(&mut tx, call.place()).await?
    } else {
        look_all(&mut tx, call, &list.ids).await?
    };
    authorize_new(&mut tx, call, Action("ec2:DescribeInstanceStatus")).await?;
    let tags = tags_of_many(&mut tx, call.account(), &call.region, "instance").await?;
    drop(tx);
    found.retain(|instance| which == Which::All || instance.state == State::Running);
    found.sort_by(|a, b| a.id.cmp(&b.id));
    let none = Tags::new();
    let statuses = found
        .into_iter()
        .map(|instance| status(instances, instance))
        .filter(|status| {
            let tags = tags.get(status.instance.id.as_ref()).unwrap_or(&none);
            list.filters
                .iter()
                .all(|filter| meets_status(status, tags, filter))
        });
    Ok(page.cut(&name, statuses.collect(), |status| {
        status.instance.id.to_string()
    }))
}

fn status(instances: &Instances, instance: Instance) -> Status {
    let spoke = |id: &InstanceId| {
        instances
            .switch()
            .stats(id.as_ref())
            .is_some_and(|stats| stats.frames_out > 0)
    };
    let age = instances.clock().now().since(instance.launched);
    let (summary, reachability) = match instance.state {
        State::Running if age > BOOTED || spoke(&instance.id) => ("ok", Some("passed")),
        State::Running | State::Pending => ("initializing", Some("initializing")),
        State::Stopping | State::Stopped | State::ShuttingDown | State::Terminated => {
            ("not-applicable", None)
        }
    };
    Status {
        instance,
        summary,
        reachability,
    }
}

fn meets_status(status: &Status, tags: &Tags, filter: &Filter) -> bool {
    let instance = &status.instance;
    match filter.name.as_str() {
        "availability-zone" => filter.one(&instance.zone.to_string()),
        "availability-zone-id" => filter.one(&instance.zone.id()),
        "instance-state-code" => filter.one(&instance.state.code().to_string()),
        "instance-state-name" => filter.one(instance.state.as_str()),
        "instance-status.reachability" | "system-status.reachability" => {
            filter.maybe(status.reachability)
        }
        "instance-status.status" | "system-status.status" => filter.one(status.summary),
        _ => filter.tags(tags),
    }
}
