//! What security groups mean for one guest: which ports of its public address lead to it, and which
//! neighbours it hears. Pure.
//!
//! A port of the public address is a socket of the host, so there cannot be 65,536 of them: a rule
//! that opens more than [`MOST_PORTS`] ports opens those of [`USUAL_PORTS`] that it covers.
//! Neighbours are not limited so: between guests, all ports that a rule names are open.

use crate::Instance;
use crate::network::{Group, Peer, Permits};
use base::GroupId;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use switch::{Cidr, Forward, IngressRule, Protocol};

/// The most ports of a public address, all rules together.
pub const MOST_PORTS: usize = 1024;

/// What a rule for very many ports opens to the outside.
pub const USUAL_PORTS: [u16; 24] = [
    21, 22, 25, 53, 80, 443, 1433, 1521, 2222, 3000, 3306, 3389, 5000, 5432, 5900, 5985, 5986,
    6379, 8000, 8080, 8443, 8888, 9000, 9090,
];

/// What one guest lets in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// From outside.
    pub forwards: Vec<Forward>,
    /// From neighbours.
    pub ingress: Vec<IngressRule>,
}

/// What a guest lets in, given the groups and the other instances of its VPC.
pub fn access(instance: &Instance, groups: &[Group], neighbours: &[Instance]) -> Access {
    let mut access = Access::default();
    let own = groups.iter().filter(|group| instance.is_in(&group.id));
    for rule in own.flat_map(|group| &group.ingress) {
        let sources = sources(&rule.what.peer, neighbours);
        for source in &sources {
            access.ingress.extend(ingress(&rule.what, *source));
        }
        if let (Some(public), Peer::Cidr(_)) = (instance.public_ip, &rule.what.peer) {
            open(&mut access.forwards, &rule.what, public, &sources);
        }
    }
    access
}

fn sources(peer: &Peer, neighbours: &[Instance]) -> Vec<Cidr> {
    match peer {
        Peer::Cidr(text) => text.parse().into_iter().collect(),
        Peer::Cidr6(_) => Vec::new(),
        Peer::Group(id) => members(id, neighbours).map(Cidr::host).collect(),
    }
}

fn members<'a>(group: &'a GroupId, all: &'a [Instance]) -> impl Iterator<Item = Ipv4Addr> + 'a {
    all.iter()
        .filter(|instance| instance.is_in(group))
        .map(|instance| instance.interface.address)
}

fn ingress(what: &Permits, source: Cidr) -> Option<IngressRule> {
    let protocol = match what.protocol.as_str() {
        "-1" => Protocol::All,
        "tcp" => Protocol::Tcp,
        "udp" => Protocol::Udp,
        "icmp" => Protocol::Icmp,
        "icmpv6" => return None,
        number => Protocol::Other(number.parse().ok()?),
    };
    Some(IngressRule {
        protocol,
        ports: ports(what),
        source,
    })
}

fn ports(what: &Permits) -> RangeInclusive<u16> {
    let port =
        |port: Option<i32>, default| port.and_then(|p| u16::try_from(p).ok()).unwrap_or(default);
    match what.protocol.as_str() {
        "tcp" | "udp" => port(what.from, 0)..=port(what.to, u16::MAX),
        _ => 0..=u16::MAX,
    }
}

fn open(forwards: &mut Vec<Forward>, what: &Permits, public: Ipv4Addr, sources: &[Cidr]) {
    if !matches!(what.protocol.as_str(), "tcp" | "-1") {
        return;
    }
    let range = ports(what);
    let wanted: Vec<u16> = if range.len() > MOST_PORTS {
        USUAL_PORTS
            .into_iter()
            .filter(|port| range.contains(port))
            .collect()
    } else {
        range.filter(|port| *port != 0).collect()
    };
    for port in wanted {
        let host = SocketAddr::from((public, port));
        if let Some(forward) = forwards.iter_mut().find(|forward| forward.host == host) {
            forward.sources.extend(sources);
        } else if forwards.len() < MOST_PORTS {
            forwards.push(Forward {
                host,
                guest_port: port,
                sources: sources.to_vec(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Permission, Rule, permits};
    use crate::testing::instance;
    use base::{GroupRuleId, ResourceId};

    fn group(id: &str, permissions: &[Permission]) -> Group {
        let owner = base::AccountId::parse("111122223333").unwrap();
        let region = base::Region::parse("us-east-1").unwrap();
        let mut group = crate::network::default_network(&owner, &region).group;
        group.id = GroupId::parse(id).unwrap();
        group.ingress = permissions
            .iter()
            .flat_map(|permission| permits(permission).unwrap())
            .map(|(what, description)| Rule {
                id: GroupRuleId::parse("sgr-00000001").unwrap(),
                what,
                description,
            })
            .collect();
        group
    }

    fn permission(protocol: &str, from: i64, to: i64, range: &str) -> Permission {
        Permission {
            protocol: Some(protocol.into()),
            from: Some(from),
            to: Some(to),
            ranges: vec![(range.into(), None)],
            ..Permission::default()
        }
    }

    #[test]
    fn an_opened_port_leads_from_the_public_address_to_the_same_port_of_the_guest() {
        let one = group("sg-00000001", &[permission("tcp", 22, 22, "0.0.0.0/0")]);
        let access = access(&instance(), &[one], &[]);
        assert_eq!(access.forwards.len(), 1);
        assert_eq!(access.forwards[0].host, "127.16.0.5:22".parse().unwrap());
        assert_eq!(
            (access.forwards[0].guest_port, &*access.forwards[0].sources),
            (22, &[Cidr::ANY][..])
        );
        assert_eq!(access.ingress.len(), 1);
    }

    #[test]
    fn groups_that_the_instance_is_not_in_open_nothing() {
        let other = group("sg-00000009", &[permission("tcp", 22, 22, "0.0.0.0/0")]);
        assert_eq!(access(&instance(), &[other], &[]), Access::default());
    }

    #[test]
    fn a_group_as_the_source_means_the_addresses_of_its_members_and_no_forward() {
        let mut rule = permission("tcp", 1, 65_535, "0.0.0.0/0");
        rule.ranges.clear();
        rule.groups = vec![(GroupId::parse("sg-00000001").unwrap(), None)];
        let mut neighbour = instance();
        neighbour.interface.address = Ipv4Addr::new(172, 31, 0, 9);
        let access = access(&instance(), &[group("sg-00000001", &[rule])], &[neighbour]);
        assert!(access.forwards.is_empty());
        assert_eq!(
            access.ingress[0].source,
            Cidr::host(Ipv4Addr::new(172, 31, 0, 9))
        );
    }

    #[test]
    fn a_rule_for_everything_opens_the_usual_ports_and_the_number_is_bounded() {
        let all = group("sg-00000001", &[permission("-1", 0, 0, "0.0.0.0/0")]);
        assert_eq!(
            access(&instance(), &[all], &[]).forwards.len(),
            USUAL_PORTS.len()
        );
        let wide = [
            permission("tcp", 10_000, 10_999, "0.0.0.0/0"),
            permission("tcp", 20_000, 20_999, "0.0.0.0/0"),
        ];
        let wide = group("sg-00000001", &wide);
        assert_eq!(access(&instance(), &[wide], &[]).forwards.len(), MOST_PORTS);
        let udp = group("sg-00000001", &[permission("udp", 53, 53, "0.0.0.0/0")]);
        assert!(access(&instance(), &[udp], &[]).forwards.is_empty());
    }
}
