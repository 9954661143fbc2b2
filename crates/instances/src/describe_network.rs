//! DescribeVpcs, DescribeSubnets, DescribeSecurityGroups, DescribeSecurityGroupRules and
//! DescribeNetworkInterfaces.
//!
//! The default network is described whether anybody has needed it yet or not: its values follow
//! from the account and the Region.

use crate::groups::own_groups;
use crate::network::{Group, Peer, Rule, Subnet, Vpc, default_network, no_interface};
use crate::{Instance, Instances, State, rows};
use base::pattern::{Filter, check};
use base::{
    Error, GroupId, GroupRuleId, InterfaceId, Reason, ResourceId, Result, Subject, SubnetId,
};
use base::{Tags, VpcId};
use identity::{Action, Call, authorize_new, tags_of_many};
use std::collections::BTreeMap;
use store::{Page, Tx};

/// Which part of a list, and which things of it.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// These; all if empty.
    pub ids: Vec<String>,
    /// All of these must match.
    pub filters: Vec<Filter>,
    /// MaxResults.
    pub max_results: Option<i32>,
    /// NextToken.
    pub next_token: Option<String>,
}

/// A page of things with the caller's tags on them, and the token of the next page.
pub type Listed<T> = (Vec<(T, Tags)>, Option<String>);

impl List {
    /// The page of a list, of which MaxResults and ids exclude each other as in EC2.
    pub(crate) fn page(
        &self,
        call: &Call,
        name: &str,
        least: i32,
        most: usize,
    ) -> Result<(Page, String)> {
        if let Some(number) = self.max_results
            && number < least
        {
            let message = format!(
                "Value ( {number} ) for parameter maxResults is invalid. Expecting a value greater than or equal to {least}."
            );
            return Err(Error::new(Reason::Invalid, Subject::MaxResults, message));
        }
        let list = format!("{name} {} {}", call.account(), call.region);
        // EC2 clamps what is too large.
        let clamped = self
            .max_results
            .map(|n| n.min(i32::try_from(most).unwrap_or(i32::MAX)));
        Ok((
            Page::read(&list, clamped, self.next_token.as_deref(), most)?,
            list,
        ))
    }

    /// The ids as ids, if each of them is among those that are there.
    pub(crate) fn checked<I: ResourceId + PartialEq>(
        &self,
        there: impl Fn(&I) -> bool,
        word: &str,
    ) -> Result<Vec<I>> {
        let ids: Vec<I> = self
            .ids
            .iter()
            .map(|id| I::parse(id))
            .collect::<Result<_>>()?;
        match ids.iter().find(|id| !there(id)) {
            None => Ok(ids),
            Some(id) => {
                let message = format!("The {word} ID '{id}' does not exist");
                Err(Error::not_found(I::SUBJECT, message))
            }
        }
    }
}

type TagsOf = BTreeMap<String, Tags>;

async fn begin(
    instances: &Instances,
    call: &Call,
    action: &'static str,
    kind: &str,
) -> Result<(Tx, TagsOf)> {
    let mut tx = instances.db().read().await?;
    let tags = tags_of_many(&mut tx, call.account(), &call.region, kind).await?;
    authorize_new(&mut tx, call, Action(action)).await?;
    Ok((tx, tags))
}

fn finish<T>(
    (page, list): (Page, String),
    things: Vec<(T, Tags)>,
    id: impl Fn(&T) -> String,
) -> Listed<T> {
    page.cut(&list, things, |(thing, _)| id(thing))
}

fn tagged<T>(mut tags: TagsOf, things: Vec<T>, id: impl Fn(&T) -> String) -> Vec<(T, Tags)> {
    things
        .into_iter()
        .map(|thing| (tags.remove(&id(&thing)).unwrap_or_default(), thing))
        .map(|(t, x)| (x, t))
        .collect()
}

/// DescribeVpcs.
pub async fn describe_vpcs(instances: &Instances, call: &Call, list: &List) -> Result<Listed<Vpc>> {
    check(
        &list.filters,
        &[
            "vpc-id",
            "cidr",
            "cidr-block-association.cidr-block",
            "is-default",
            "isDefault",
            "state",
            "owner-id",
            "tag:",
            "tag-key",
        ],
    )?;
    let page = list.page(call, "vpcs", 5, 1000)?;
    let (mut tx, tags) = begin(instances, call, "ec2:DescribeVpcs", "vpc").await?;
    let mut vpcs = rows::vpcs(&mut tx, call.place()).await?;
    if vpcs.is_empty() {
        vpcs.push(default_network(call.account(), &call.region).vpc);
    }
    let ids: Vec<VpcId> = list.checked(|id| vpcs.iter().any(|vpc| vpc.id == *id), "vpc")?;
    let meets = |(vpc, tags): &(Vpc, Tags)| {
        (ids.is_empty() || ids.contains(&vpc.id))
            && list
                .filters
                .iter()
                .all(|filter| match filter.name.as_str() {
                    "vpc-id" => filter.one(vpc.id.as_ref()),
                    "cidr" | "cidr-block-association.cidr-block" => filter.one(&vpc.cidr),
                    "is-default" | "isDefault" => filter.yes(vpc.is_default),
                    "state" => filter.one("available"),
                    "owner-id" => filter.one(vpc.owner.as_str()),
                    _ => filter.tags(tags),
                })
    };
    let vpcs = tagged(tags, vpcs, |vpc| vpc.id.to_string())
        .into_iter()
        .filter(meets)
        .collect();
    Ok(finish(page, vpcs, |vpc| vpc.id.to_string()))
}

/// A subnet and how many of its addresses are free.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribedSubnet {
    /// The subnet.
    pub subnet: Subnet,
    /// Free addresses.
    pub free: u32,
}

/// DescribeSubnets.
pub async fn describe_subnets(
    instances: &Instances,
    call: &Call,
    list: &List,
) -> Result<Listed<DescribedSubnet>> {
    check(&list.filters, SUBNET_FILTERS)?;
    let page = list.page(call, "subnets", 5, 1000)?;
    let (mut tx, tags) = begin(instances, call, "ec2:DescribeSubnets", "subnet").await?;
    let mut subnets = rows::subnets(&mut tx, call.place()).await?;
    if subnets.is_empty() {
        subnets = default_network(call.account(), &call.region).subnets;
        subnets.sort_by(|a, b| a.id.cmp(&b.id));
    }
    let mut described = Vec::new();
    for subnet in subnets {
        let taken = rows::private_addresses(&mut tx, &subnet.id).await?.len();
        let free = subnet
            .capacity()
            .saturating_sub(u32::try_from(taken).unwrap_or(u32::MAX));
        described.push(DescribedSubnet { subnet, free });
    }
    let ids: Vec<SubnetId> =
        list.checked(|id| described.iter().any(|d| d.subnet.id == *id), "subnet")?;
    let meets = |(described, tags): &(DescribedSubnet, Tags)| {
        (ids.is_empty() || ids.contains(&described.subnet.id))
            && list
                .filters
                .iter()
                .all(|filter| meets_subnet(described, tags, filter))
    };
    let described = tagged(tags, described, |d| d.subnet.id.to_string());
    let described = described.into_iter().filter(meets).collect();
    Ok(finish(page, described, |d| d.subnet.id.to_string()))
}

const SUBNET_FILTERS: &[&str] = &[
    "subnet-id",
    "vpc-id",
    "availability-zone",
    "availabilityZone",
    "availability-zone-id",
    "cidr",
    "cidr-block",
    "cidrBlock",
    "default-for-az",
    "defaultForAz",
    "map-public-ip-on-launch",
    "available-ip-address-count",
    "state",
    "owner-id",
    "tag:",
    "tag-key",
];

fn meets_subnet(described: &DescribedSubnet, tags: &Tags, filter: &Filter) -> bool {
    let subnet = &described.subnet;
    match filter.name.as_str() {
        "subnet-id" => filter.one(subnet.id.as_ref()),
        "vpc-id" => filter.one(subnet.vpc.as_ref()),
        "availability-zone" | "availabilityZone" => filter.one(&subnet.zone.to_string()),
        "availability-zone-id" => filter.one(&subnet.zone.id()),
        "cidr" | "cidr-block" | "cidrBlock" => filter.one(&subnet.cidr),
        "default-for-az" | "defaultForAz" => filter.yes(subnet.is_default),
        "map-public-ip-on-launch" => filter.yes(subnet.public_by_default),
        "available-ip-address-count" => filter.one(&described.free.to_string()),
        "state" => filter.one("available"),
        "owner-id" => filter.one(subnet.owner.as_str()),
        _ => filter.tags(tags),
    }
}

const GROUP_FILTERS: &[&str] = &[
    "group-id",
    "group-name",
    "vpc-id",
    "description",
    "owner-id",
    "ip-permission.cidr",
    "ip-permission.ipv6-cidr",
    "ip-permission.from-port",
    "ip-permission.to-port",
    "ip-permission.protocol",
    "ip-permission.group-id",
    "egress.ip-permission.cidr",
    "egress.ip-permission.protocol",
    "tag:",
    "tag-key",
];

/// DescribeSecurityGroups, by id or by name.
pub async fn describe_security_groups(
    instances: &Instances,
    call: &Call,
    list: &List,
    names: &[String],
) -> Result<Listed<Group>> {
    check(&list.filters, GROUP_FILTERS)?;
    let page = list.page(call, "security-groups", 5, 1000)?;
    let (mut tx, tags) = begin(
        instances,
        call,
        "ec2:DescribeSecurityGroups",
        "security-group",
    )
    .await?;
    let groups = own_groups(&mut tx, call).await?;
    let parse = |id: &String| GroupId::parse(id);
    let ids: Vec<GroupId> = list.ids.iter().map(parse).collect::<Result<_>>()?;
    if let Some(id) = ids
        .iter()
        .find(|id| groups.iter().all(|group| group.id != **id))
    {
        let message = format!("The security group '{id}' does not exist");
        return Err(Error::not_found(Subject::Group, message));
    }
    for name in names {
        let which = crate::NameOrId {
            id: None,
            name: Some(name.clone()),
        };
        crate::groups::find(&groups, call, &which)?;
    }
    let meets = |(group, tags): &(Group, Tags)| {
        let asked = (ids.is_empty() && names.is_empty())
            || ids.contains(&group.id)
            || names.contains(&group.name);
        asked
            && list
                .filters
                .iter()
                .all(|filter| meets_group(group, tags, filter))
    };
    let groups = tagged(tags, groups, |group| group.id.to_string());
    let groups = groups.into_iter().filter(meets).collect();
    Ok(finish(page, groups, |group| group.id.to_string()))
}

fn meets_group(group: &Group, tags: &Tags, filter: &Filter) -> bool {
    let (rules, name) = match filter.name.strip_prefix("egress.") {
        Some(rest) => (&group.egress, rest),
        None => (&group.ingress, filter.name.as_str()),
    };
    let any = |value: &dyn Fn(&Rule) -> Option<String>| {
        rules
            .iter()
            .filter_map(value)
            .any(|value| filter.one(&value))
    };
    match name {
        "group-id" => filter.one(group.id.as_ref()),
        "group-name" => filter.one(&group.name),
        "vpc-id" => filter.one(group.vpc.as_ref()),
        "description" => filter.one(&group.description),
        "owner-id" => filter.one(group.owner.as_str()),
        "ip-permission.cidr" => any(&|rule| match &rule.what.peer {
            Peer::Cidr(text) => Some(text.clone()),
            Peer::Cidr6(_) | Peer::Group(_) => None,
        }),
        "ip-permission.ipv6-cidr" => any(&|rule| match &rule.what.peer {
            Peer::Cidr6(text) => Some(text.clone()),
            Peer::Cidr(_) | Peer::Group(_) => None,
        }),
        "ip-permission.group-id" => any(&|rule| match &rule.what.peer {
            Peer::Group(id) => Some(id.to_string()),
            Peer::Cidr(_) | Peer::Cidr6(_) => None,
        }),
        "ip-permission.from-port" => any(&|rule| rule.what.from.map(|port| port.to_string())),
        "ip-permission.to-port" => any(&|rule| rule.what.to.map(|port| port.to_string())),
        "ip-permission.protocol" => any(&|rule| Some(rule.what.protocol.clone())),
        _ => filter.tags(tags),
    }
}

/// A rule with the group that it is part of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribedRule {
    /// The group.
    pub group: GroupId,
    /// Who owns it.
    pub owner: base::AccountId,
    /// Whether it is about what goes out.
    pub egress: bool,
    /// The rule.
    pub rule: Rule,
}

/// DescribeSecurityGroupRules.
pub async fn describe_security_group_rules(
    instances: &Instances,
    call: &Call,
    list: &List,
) -> Result<Listed<DescribedRule>> {
    check(
        &list.filters,
        &["group-id", "security-group-rule-id", "tag:", "tag-key"],
    )?;
    let page = list.page(call, "security-group-rules", 5, 1000)?;
    let kind = "security-group-rule";
    let (mut tx, tags) = begin(instances, call, "ec2:DescribeSecurityGroupRules", kind).await?;
    let mut rules = Vec::new();
    for group in own_groups(&mut tx, call).await? {
        for (egress, of) in [(false, &group.ingress), (true, &group.egress)] {
            rules.extend(of.iter().map(|rule| DescribedRule {
                group: group.id.clone(),
                owner: group.owner.clone(),
                egress,
                rule: rule.clone(),
            }));
        }
    }
    rules.sort_by(|a, b| a.rule.id.cmp(&b.rule.id));
    let there = |id: &GroupRuleId| rules.iter().any(|described| described.rule.id == *id);
    let ids: Vec<GroupRuleId> = list.checked(there, "security group rule")?;
    let meets = |(described, tags): &(DescribedRule, Tags)| {
        (ids.is_empty() || ids.contains(&described.rule.id))
            && list
                .filters
                .iter()
                .all(|filter| match filter.name.as_str() {
                    "group-id" => filter.one(described.group.as_ref()),
                    "security-group-rule-id" => filter.one(described.rule.id.as_ref()),
                    _ => filter.tags(tags),
                })
    };
    let rules = tagged(tags, rules, |described| described.rule.id.to_string());
    let rules = rules.into_iter().filter(meets).collect();
    Ok(finish(page, rules, |described| {
        described.rule.id.to_string()
    }))
}

const INTERFACE_FILTERS: &[&str] = &[
    "network-interface-id",
    "attachment.instance-id",
    "attachment.attachment-id",
    "attachment.status",
    "attachment.device-index",
    "attachment.instance-owner-id",
    "addresses.private-ip-address",
    "private-ip-address",
    "private-dns-name",
    "association.public-ip",
    "availability-zone",
    "group-id",
    "mac-address",
    "owner-id",
    "requester-managed",
    "source-dest-check",
    "status",
    "subnet-id",
    "vpc-id",
    "interface-type",
    "tag:",
    "tag-key",
];

/// DescribeNetworkInterfaces. An interface is described by the instance that it belongs to.
pub async fn describe_network_interfaces(
    instances: &Instances,
    call: &Call,
    list: &List,
) -> Result<Listed<Instance>> {
    check(&list.filters, INTERFACE_FILTERS)?;
    let page = list.page(call, "network-interfaces", 5, 1000)?;
    let kind = "network-interface";
    let (mut tx, tags) = begin(instances, call, "ec2:DescribeNetworkInterfaces", kind).await?;
    let mut all = rows::instances(&mut tx, call.place()).await?;
    all.retain(|instance| instance.state != State::Terminated);
    all.sort_by(|a, b| a.interface.id.cmp(&b.interface.id));
    let parse = |id: &String| InterfaceId::parse(id);
    let ids: Vec<InterfaceId> = list.ids.iter().map(parse).collect::<Result<_>>()?;
    if let Some(id) = ids
        .iter()
        .find(|id| all.iter().all(|i| i.interface.id != **id))
    {
        return Err(no_interface(id.as_ref()));
    }
    let meets = |(instance, tags): &(Instance, Tags)| {
        (ids.is_empty() || ids.contains(&instance.interface.id))
            && list
                .filters
                .iter()
                .all(|filter| meets_interface(instance, tags, filter))
    };
    let all = tagged(tags, all, |instance| instance.interface.id.to_string());
    let all = all.into_iter().filter(meets).collect();
    Ok(finish(page, all, |instance| {
        instance.interface.id.to_string()
    }))
}

fn meets_interface(instance: &Instance, tags: &Tags, filter: &Filter) -> bool {
    let card = &instance.interface;
    match filter.name.as_str() {
        "network-interface-id" => filter.one(card.id.as_ref()),
        "attachment.instance-id" => filter.one(instance.id.as_ref()),
        "attachment.attachment-id" => filter.one(card.attachment.as_ref()),
        "attachment.status" => filter.one("attached"),
        "attachment.device-index" => filter.one("0"),
        "attachment.instance-owner-id" | "owner-id" => filter.one(instance.owner.as_str()),
        "addresses.private-ip-address" | "private-ip-address" => {
            filter.one(&card.address.to_string())
        }
        "private-dns-name" => filter.one(&instance.private_name()),
        "association.public-ip" => {
            filter.maybe(instance.public_ip.map(|ip| ip.to_string()).as_deref())
        }
        "availability-zone" => filter.one(&instance.zone.to_string()),
        "group-id" => filter.any(card.groups.iter().map(AsRef::as_ref)),
        "mac-address" => filter.one(&card.mac),
        "requester-managed" => filter.yes(false),
        "source-dest-check" => filter.yes(card.source_dest_check),
        "status" => filter.one("in-use"),
        "subnet-id" => filter.one(card.subnet.as_ref()),
        "vpc-id" => filter.one(card.vpc.as_ref()),
        "interface-type" => filter.one("interface"),
        _ => filter.tags(tags),
    }
}
