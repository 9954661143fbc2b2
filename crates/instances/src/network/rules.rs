//! What security groups permit: rules as callers send them, and as they are kept. Pure.

use super::Group;
use base::{Error, GroupId, GroupRuleId, Reason, Result, Subject};
use serde::{Deserialize, Serialize};
use std::net::Ipv6Addr;
use switch::Cidr;

/// One rule of a security group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its id.
    pub id: GroupRuleId,
    /// What it permits.
    #[serde(flatten)]
    pub what: Permits,
    /// What it is for.
    pub description: Option<String>,
}

/// What a rule permits: two rules that permit the same are duplicates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permits {
    /// `tcp`, `udp`, `icmp`, `icmpv6`, `-1` for all, or a protocol's number.
    pub protocol: String,
    /// First port, or ICMP type; absent for all and for other protocols.
    pub from: Option<i32>,
    /// Last port, or ICMP code.
    pub to: Option<i32>,
    /// From whom.
    pub peer: Peer,
}

/// From whom.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Peer {
    /// An IPv4 range.
    Cidr(String),
    /// An IPv6 range: kept and shown; guests have no IPv6.
    Cidr6(String),
    /// The members of a security group of the same VPC.
    Group(GroupId),
}

impl Permits {
    /// All protocols and ports.
    pub fn everything(peer: Peer) -> Permits {
        Permits {
            protocol: "-1".into(),
            from: None,
            to: None,
            peer,
        }
    }

    /// As AWS words a rule in its errors.
    fn worded(&self) -> String {
        let peer = match &self.peer {
            Peer::Cidr(text) | Peer::Cidr6(text) => text.clone(),
            Peer::Group(id) => id.to_string(),
        };
        let protocol = match self.protocol.as_str() {
            "-1" => "ALL".to_owned(),
            other => other.to_uppercase(),
        };
        let port = |what: &str, port: Option<i32>| {
            port.map_or(String::new(), |port| format!(", {what} port: {port}"))
        };
        format!(
            "peer: {peer}, {protocol}{}{}, ALLOW",
            port("from", self.from),
            port("to", self.to)
        )
    }
}

/// A rule as a caller sends it: one protocol and range of ports, any number of peers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permission {
    /// Name or number; `-1` for all.
    pub protocol: Option<String>,
    /// First port.
    pub from: Option<i64>,
    /// Last port.
    pub to: Option<i64>,
    /// IPv4 ranges with descriptions.
    pub ranges: Vec<(String, Option<String>)>,
    /// IPv6 ranges with descriptions.
    pub ranges6: Vec<(String, Option<String>)>,
    /// Groups, by id, with descriptions.
    pub groups: Vec<(GroupId, Option<String>)>,
}

/// What a caller's permission permits, one for each peer, with its description.
pub fn permits(permission: &Permission) -> Result<Vec<(Permits, Option<String>)>> {
    let protocol = protocol(permission.protocol.as_deref())?;
    let (from, to) = ports(&protocol, permission.from, permission.to)?;
    let mut peers = Vec::new();
    for (range, description) in &permission.ranges {
        let cidr: Cidr = range.parse().map_err(|_| malformed_range(range))?;
        peers.push((Peer::Cidr(cidr.to_string()), description));
    }
    for (range, description) in &permission.ranges6 {
        peers.push((Peer::Cidr6(range6(range)?), description));
    }
    for (group, description) in &permission.groups {
        peers.push((Peer::Group(group.clone()), description));
    }
    if peers.is_empty() {
        return Err(Error::missing("CidrIp"));
    }
    let permit = |(peer, description): (Peer, &Option<String>)| {
        let what = Permits {
            protocol: protocol.clone(),
            from,
            to,
            peer,
        };
        Ok((what, checked_description(description)?))
    };
    peers.into_iter().map(permit).collect()
}

fn protocol(text: Option<&str>) -> Result<String> {
    let Some(text) = text else {
        return Err(Error::missing("IpProtocol"));
    };
    Ok(match text.to_ascii_lowercase().as_str() {
        "-1" | "all" => "-1".into(),
        "tcp" | "6" => "tcp".into(),
        "udp" | "17" => "udp".into(),
        "icmp" | "1" => "icmp".into(),
        "icmpv6" | "58" => "icmpv6".into(),
        other => match other.parse::<u8>() {
            Ok(number) => number.to_string(),
            Err(_) => {
                let shown: String = other.chars().take(32).collect();
                return Err(Error::invalid(format!(
                    "Invalid value '{shown}' for IP protocol. Unknown protocol."
                )));
            }
        },
    })
}

fn ports(protocol: &str, from: Option<i64>, to: Option<i64>) -> Result<(Option<i32>, Option<i32>)> {
    let (least, most) = match protocol {
        "tcp" | "udp" => (0, 65_535),
        "icmp" | "icmpv6" => (-1, 255),
        _ => return Ok((None, None)),
    };
    let (Some(from), Some(to)) = (from, to) else {
        if least == -1 {
            return Ok((Some(-1), Some(-1)));
        }
        let message = format!(
            "Invalid value 'Must specify both from and to ports with {protocol}.' for portRange."
        );
        return Err(Error::invalid(message));
    };
    let (from, to) = if least == 0 && from == -1 && to == -1 {
        (0, most)
    } else {
        (from, to)
    };
    let inside = |port: i64| (least..=most).contains(&port);
    if !inside(from) || !inside(to) || (least == 0 && from > to) {
        let message = format!("Invalid TCP/UDP port range ({from}:{to})");
        return Err(Error::invalid(message));
    }
    let small = |port: i64| i32::try_from(port).map_err(Error::internal);
    Ok((Some(small(from)?), Some(small(to)?)))
}

fn range6(text: &str) -> Result<String> {
    let parsed = text.split_once('/').and_then(|(address, prefix)| {
        let address: Ipv6Addr = address.parse().ok()?;
        let prefix: u32 = prefix.parse().ok().filter(|prefix| *prefix <= 128)?;
        let mask = if prefix == 0 {
            0
        } else {
            u128::MAX << (128 - prefix)
        };
        Some(format!(
            "{}/{prefix}",
            Ipv6Addr::from(u128::from(address) & mask)
        ))
    });
    parsed.ok_or_else(|| malformed_range(text))
}

fn malformed_range(text: &str) -> Error {
    let shown: String = text.chars().take(64).collect();
    Error::invalid(format!("CIDR block {shown} is malformed"))
}

fn checked_description(text: &Option<String>) -> Result<Option<String>> {
    match text.as_deref() {
        None | Some("") => Ok(None),
        Some(text) if text.chars().count() <= 255 => Ok(Some(text.to_owned())),
        Some(_) => Err(Error::invalid(
            "Invalid rule description. It has at most 255 characters.",
        )),
    }
}

/// The most rules of a group.
const RULES: usize = 60;

impl Group {
    /// The group with new rules. A rule that is there already is refused.
    pub fn with(mut self, rules: Vec<Rule>) -> Result<Group> {
        for rule in rules {
            if self.ingress.iter().any(|other| other.what == rule.what) {
                let message = format!(
                    "the specified rule \"{}\" already exists",
                    rule.what.worded()
                );
                return Err(Error::new(Reason::Duplicate, Subject::GroupRule, message));
            }
            self.ingress.push(rule);
        }
        if self.ingress.len() > RULES {
            let message = format!("The maximum number of rules per security group is {RULES}.");
            return Err(Error::new(Reason::Limit, Subject::GroupRule, message));
        }
        Ok(self)
    }

    /// The group without rules that permit this. One that is not there is refused.
    pub fn without(mut self, gone: &[Permits]) -> Result<Group> {
        for what in gone {
            let at = self.ingress.iter().position(|rule| rule.what == *what);
            self.ingress.remove(at.ok_or_else(no_such_rule)?);
        }
        Ok(self)
    }

    /// The group without these rules. One that is not there is refused.
    pub fn without_ids(mut self, gone: &[GroupRuleId]) -> Result<Group> {
        for id in gone {
            let at = self
                .ingress
                .iter()
                .position(|rule| rule.id == *id)
                .ok_or_else(|| {
                    let message = format!("The security group rule ID '{id}' does not exist");
                    Error::not_found(Subject::GroupRule, message)
                })?;
            self.ingress.remove(at);
        }
        Ok(self)
    }

    /// Whether a rule names that group.
    pub fn names(&self, group: &GroupId) -> bool {
        self.id != *group
            && self
                .ingress
                .iter()
                .any(|rule| rule.what.peer == Peer::Group(group.clone()))
    }
}

fn no_such_rule() -> Error {
    let message = "The specified rule does not exist in this security group.";
    Error::not_found(Subject::GroupRule, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::default_network;
    use base::{AccountId, Region};

    fn group() -> Group {
        let owner = AccountId::parse("111122223333").unwrap();
        default_network(&owner, &Region::parse("us-east-1").unwrap()).group
    }

    fn tcp(from: i64, to: i64, range: &str) -> Permission {
        Permission {
            protocol: Some("tcp".into()),
            from: Some(from),
            to: Some(to),
            ranges: vec![(range.into(), None)],
            ..Permission::default()
        }
    }

    #[test]
    fn the_default_group_lets_in_its_own_members_and_nobody_else() {
        let group = group();
        assert_eq!(group.ingress.len(), 1);
        assert_eq!(group.ingress[0].what.peer, Peer::Group(group.id.clone()));
    }

    #[test]
    fn a_rule_is_added_once_and_taken_away_once() {
        let group = group();
        let (what, description) = permits(&tcp(22, 22, "10.1.2.3/8")).unwrap().remove(0);
        assert_eq!(what.peer, Peer::Cidr("10.0.0.0/8".into()));
        let rule = Rule {
            id: group.ingress[0].id.clone(),
            what: what.clone(),
            description,
        };
        let group = group.with(vec![rule.clone()]).unwrap();
        let error = group.clone().with(vec![rule]).unwrap_err();
        assert_eq!(
            (error.reason, error.subject),
            (Reason::Duplicate, Subject::GroupRule)
        );
        assert_eq!(
            error.message,
            "the specified rule \"peer: 10.0.0.0/8, TCP, from port: 22, to port: 22, ALLOW\" already exists"
        );
        let group = group.without(std::slice::from_ref(&what)).unwrap();
        assert!(group.without(&[what]).unwrap_err().is_not_found());
    }

    #[test]
    fn rules_that_cannot_be_are_refused() {
        for bad in [
            tcp(22, 21, "0.0.0.0/0"),
            tcp(-1, 22, "0.0.0.0/0"),
            tcp(0, 65_536, "0.0.0.0/0"),
            tcp(22, 22, "0.0.0.0/33"),
            tcp(22, 22, "nonsense"),
            Permission {
                protocol: Some("xyz".into()),
                ..tcp(22, 22, "0.0.0.0/0")
            },
            Permission {
                protocol: None,
                ..tcp(22, 22, "0.0.0.0/0")
            },
            Permission {
                from: None,
                ..tcp(22, 22, "0.0.0.0/0")
            },
            Permission {
                ranges: vec![],
                ..tcp(22, 22, "0.0.0.0/0")
            },
        ] {
            assert!(permits(&bad).is_err(), "{bad:?}");
        }
        let all = Permission {
            protocol: Some("-1".into()),
            ..tcp(22, 22, "0.0.0.0/0")
        };
        assert_eq!(permits(&all).unwrap()[0].0.from, None);
    }
}
