//! The nouns of the network: VPC, subnet, security group and its rules, network interface; and the
//! network that every account has in every Region without asking. Pure.
//!
//! The default network's ids follow from the account and the Region, so that two requests that
//! need it first at the same time make the same one.

mod rules;

pub use rules::{Peer, Permission, Permits, Rule, permits};

use aws_lc_rs::digest;
use base::{AccountId, AttachmentId, Error, GroupId, InstanceId, InterfaceId, Reason};
use base::{Region, ResourceId, Result, Subject, SubnetId, Timestamp, VpcId, Zone};
use identity::Context;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr};
use switch::Cidr;

/// A virtual private cloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vpc {
    /// Its id.
    pub id: VpcId,
    /// Who owns it.
    pub owner: AccountId,
    /// Where it lies.
    pub region: Region,
    /// Its addresses, such as `172.31.0.0/16`.
    pub cidr: String,
    /// Whether it is the one that launches use which name none.
    pub is_default: bool,
}

/// A subnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subnet {
    /// Its id.
    pub id: SubnetId,
    /// Who owns it.
    pub owner: AccountId,
    /// The VPC that it is part of.
    pub vpc: VpcId,
    /// Where it lies.
    pub zone: Zone,
    /// Its addresses.
    pub cidr: String,
    /// Whether it is the zone's default.
    pub is_default: bool,
    /// Whether instances get a public address without asking.
    pub public_by_default: bool,
}

/// A security group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Who owns it.
    pub owner: AccountId,
    /// Where it lies.
    pub region: Region,
    /// The VPC that it is part of.
    pub vpc: VpcId,
    /// Its name: used once in a VPC.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What may come in.
    pub ingress: Vec<Rule>,
    /// What may go out: everything, always.
    pub egress: Vec<Rule>,
}

/// An instance's network card. It is made and goes with its instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interface {
    /// Its id.
    pub id: InterfaceId,
    /// How it is attached.
    pub attachment: AttachmentId,
    /// Its VPC.
    pub vpc: VpcId,
    /// Its subnet.
    pub subnet: SubnetId,
    /// Lower case with colons.
    pub mac: String,
    /// Its address in the subnet, for life.
    pub address: Ipv4Addr,
    /// Its security groups.
    pub groups: Vec<GroupId>,
    /// Whether packets of other addresses are dropped. They always are.
    pub source_dest_check: bool,
    /// What it is for.
    pub description: String,
    /// When it was made.
    pub attached: Timestamp,
}

/// The network that an account has in a Region without asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefaultNetwork {
    /// The VPC.
    pub vpc: Vpc,
    /// A subnet for each zone.
    pub subnets: Vec<Subnet>,
    /// The group named `default`.
    pub group: Group,
}

/// Its values, which follow from account and Region.
pub fn default_network(owner: &AccountId, region: &Region) -> DefaultNetwork {
    let vpc = Vpc {
        id: derived(owner, region, "vpc"),
        owner: owner.clone(),
        region: region.clone(),
        cidr: "172.31.0.0/16".into(),
        is_default: true,
    };
    let subnet = |zone: Zone| Subnet {
        id: derived(owner, region, &format!("subnet {}", zone.index())),
        owner: owner.clone(),
        vpc: vpc.id.clone(),
        cidr: format!("172.31.{}.0/20", u32::from(zone.index()) * 16),
        zone,
        is_default: true,
        public_by_default: true,
    };
    let id: GroupId = derived(owner, region, "group");
    let group = Group {
        owner: owner.clone(),
        region: region.clone(),
        vpc: vpc.id.clone(),
        name: "default".into(),
        description: "default VPC security group".into(),
        ingress: vec![Rule {
            id: derived(owner, region, "group ingress"),
            what: Permits::everything(Peer::Group(id.clone())),
            description: None,
        }],
        egress: vec![Rule {
            id: derived(owner, region, "group egress"),
            what: Permits::everything(Peer::Cidr("0.0.0.0/0".into())),
            description: None,
        }],
        id,
    };
    DefaultNetwork {
        subnets: region.zones().map(subnet).into(),
        vpc,
        group,
    }
}

/// An id that is the same for everybody who derives it.
fn derived<I: ResourceId>(owner: &AccountId, region: &Region, what: &str) -> I {
    let text = format!("amiable default network\n{owner}\n{region}\n{what}");
    let hash = hex::encode(digest::digest(&digest::SHA256, text.as_bytes()));
    I::parse(&format!("{}-{}", I::PREFIX, &hash[..17])).expect("17 hexadecimal digits make an id")
}

impl Subnet {
    /// Its addresses.
    pub fn range(&self) -> Result<Cidr> {
        self.cidr.parse().map_err(Error::internal)
    }

    /// How many addresses instances may have: the first four and the last are taken.
    pub fn capacity(&self) -> u32 {
        self.range().map_or(0, |range| {
            (1u32 << (32 - u32::from(range.prefix()))).saturating_sub(5)
        })
    }

    /// A free address, found from a place that chance names.
    pub fn free_address(&self, taken: &[Ipv4Addr], chance: u32) -> Result<Ipv4Addr> {
        let (range, capacity) = (self.range()?, self.capacity());
        let candidate = |step: u32| range.nth(4 + chance.wrapping_add(step) % capacity.max(1));
        let within = capacity.min(
            u32::try_from(taken.len())
                .unwrap_or(u32::MAX)
                .saturating_add(1),
        );
        (0..within)
            .map(candidate)
            .find(|address| !taken.contains(address))
            .ok_or_else(|| {
                let message = format!(
                    "There are not enough free addresses in subnet '{}'.",
                    self.id
                );
                Error::new(Reason::Capacity, Subject::Subnet, message)
            })
    }

    /// Whether an instance may ask for this address.
    pub fn check_address(&self, address: Ipv4Addr, taken: &[Ipv4Addr]) -> Result<()> {
        let range = self.range()?;
        let offset = u32::from(address).wrapping_sub(u32::from(range.base()));
        if !range.contains(address) {
            return Err(Error::invalid(
                "Address does not fall within the subnet's address range",
            ));
        }
        if offset < 4 || offset >= 4 + self.capacity() {
            return Err(Error::invalid(format!(
                "Address {address} is in subnet's reserved address range"
            )));
        }
        if taken.contains(&address) {
            let message = format!("Address {address} is in use.");
            return Err(Error::new(Reason::InUse, Subject::Interface, message));
        }
        Ok(())
    }
}

impl Interface {
    /// Where a caller reads it in a list: the instance owns it.
    pub fn arn(&self, region: &Region, owner: &AccountId) -> String {
        format!("arn:aws:ec2:{region}:{owner}:network-interface/{}", self.id)
    }
}

/// `ip-172-31-0-5.ec2.internal`, or with the Region's name outside of us-east-1.
pub fn private_name(region: &Region, address: Ipv4Addr) -> String {
    format!("{}.{}", host_name(address), private_domain(region))
}

/// `ip-172-31-0-5`.
pub fn host_name(address: Ipv4Addr) -> String {
    format!("ip-{}", IpAddr::from(address).to_string().replace('.', "-"))
}

/// The domain of private names.
pub fn private_domain(region: &Region) -> String {
    match region.as_str() {
        "us-east-1" => "ec2.internal".into(),
        other => format!("{other}.compute.internal"),
    }
}

/// The error for an instance's interface that nobody has.
pub(crate) fn no_interface(id: &str) -> Error {
    let shown: String = id.chars().take(64).collect();
    Error::not_found(
        Subject::Interface,
        format!("The networkInterface ID '{shown}' does not exist"),
    )
}

/// A MAC address of our own making, as EC2's are: locally administered, one for each interface.
pub(crate) fn mac_of(interface: &InterfaceId, instance: &InstanceId) -> String {
    let hash = digest::digest(&digest::SHA256, format!("{interface}{instance}").as_bytes());
    let b = hash.as_ref();
    format!(
        "02:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}",
        b[0], b[1], b[2], b[3], b[4]
    )
}

fn vpc_arn(region: &Region, owner: &AccountId, vpc: &VpcId) -> String {
    format!("arn:aws:ec2:{region}:{owner}:vpc/{vpc}")
}

/// What policies may ask about a network card that is to be made in a subnet.
pub(crate) fn of_interface(subnet: &Subnet, public: bool) -> Context {
    let region = subnet.zone.region();
    let mut context = Context::new();
    context.set("ec2:AssociatePublicIpAddress", public.to_string());
    context.set("ec2:AvailabilityZone", subnet.zone.to_string());
    context.set("ec2:Subnet", identity::Resource::arn(subnet));
    context.set("ec2:Vpc", vpc_arn(region, &subnet.owner, &subnet.vpc));
    context
}

macro_rules! resources {
    ($($noun:ident $word:literal $region:expr, $conditions:expr;)*) => {$(
        impl identity::Resource for $noun {
            fn arn(&self) -> String {
                let region: fn(&$noun) -> &Region = $region;
                format!("arn:aws:ec2:{}:{}:{}/{}", region(self), self.owner, $word, self.id)
            }

            fn owner(&self) -> &AccountId {
                &self.owner
            }

            fn conditions(&self, context: &mut Context) {
                let tell: fn(&$noun, &mut Context) = $conditions;
                tell(self, context);
            }
        }
    )*};
}

resources! {
    Vpc "vpc" |vpc| &vpc.region, |vpc, context| {
        context.set("ec2:VpcID", vpc.id.to_string());
    };
    Subnet "subnet" |subnet| subnet.zone.region(), |subnet, context| {
        context.set("ec2:AvailabilityZone", subnet.zone.to_string());
        context.set("ec2:SubnetID", subnet.id.to_string());
        context.set("ec2:Vpc", vpc_arn(subnet.zone.region(), &subnet.owner, &subnet.vpc));
    };
    Group "security-group" |group| &group.region, |group, context| {
        context.set("ec2:SecurityGroupID", group.id.to_string());
        context.set("ec2:Vpc", vpc_arn(&group.region, &group.owner, &group.vpc));
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network() -> DefaultNetwork {
        let owner = AccountId::parse("111122223333").unwrap();
        default_network(&owner, &Region::parse("us-east-1").unwrap())
    }

    #[test]
    fn policies_may_ask_about_subnets_groups_and_new_interfaces() {
        use identity::Resource;
        let network = network();
        let subnet = &network.subnets[0];
        let vpc = network.vpc.arn();
        let told = |resource: &dyn Resource, key: &str| {
            let mut context = Context::new();
            resource.conditions(&mut context);
            context.get(key).map(|values| values.join(" "))
        };
        assert_eq!(told(subnet, "ec2:Vpc"), Some(vpc.clone()));
        assert_eq!(told(subnet, "ec2:SubnetID"), Some(subnet.id.to_string()));
        assert_eq!(
            told(subnet, "ec2:AvailabilityZone"),
            Some("us-east-1a".into())
        );
        assert_eq!(told(&network.group, "ec2:Vpc"), Some(vpc.clone()));
        let id = network.group.id.to_string();
        assert_eq!(told(&network.group, "ec2:SecurityGroupID"), Some(id));
        let card = of_interface(subnet, true);
        assert_eq!(card.get("ec2:Subnet").unwrap(), [subnet.arn()]);
        assert_eq!(card.get("ec2:Vpc").unwrap(), [vpc]);
        assert_eq!(card.get("ec2:AssociatePublicIpAddress").unwrap(), ["true"]);
    }

    #[test]
    fn everybody_derives_the_same_default_network_and_accounts_differ() {
        assert_eq!(network(), network());
        let other = AccountId::parse("999922223333").unwrap();
        let other = default_network(&other, &Region::parse("us-east-1").unwrap());
        assert_ne!(other.vpc.id, network().vpc.id);
        let cidrs: Vec<_> = network().subnets.into_iter().map(|s| s.cidr).collect();
        assert_eq!(cidrs, ["172.31.0.0/20", "172.31.16.0/20", "172.31.32.0/20"]);
    }

    #[test]
    fn a_subnet_gives_each_address_once_and_never_the_reserved_ones() {
        let mut subnet = network().subnets.remove(0);
        subnet.cidr = "10.0.0.0/28".into();
        let mut taken = Vec::new();
        for _ in 0..subnet.capacity() {
            taken.push(subnet.free_address(&taken, 7).unwrap());
        }
        taken.sort();
        assert_eq!(
            (taken[0], taken[10]),
            (Ipv4Addr::new(10, 0, 0, 4), Ipv4Addr::new(10, 0, 0, 14))
        );
        assert_eq!(
            subnet.free_address(&taken, 7).unwrap_err().reason,
            Reason::Capacity
        );
        assert!(
            subnet
                .check_address(Ipv4Addr::new(10, 0, 0, 3), &[])
                .is_err()
        );
        assert!(
            subnet
                .check_address(Ipv4Addr::new(10, 0, 0, 15), &[])
                .is_err()
        );
        assert!(
            subnet
                .check_address(Ipv4Addr::new(10, 0, 0, 14), &[])
                .is_ok()
        );
    }
}
