//! AuthorizeSecurityGroupIngress, and permissions that callers send.

use super::describe_security_group_rules::rule;
use crate::{App, run::Run, translate};
use base::Result;
use identity::Call;
use instances::{Asked, DescribedRule, NameOrId, PeerGroup, Permission};
use protocol::ec2;

impl Run for ec2::AuthorizeSecurityGroupIngress {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::AuthorizeSecurityGroupIngressRequest,
    ) -> Result<ec2::AuthorizeSecurityGroupIngressResult> {
        let mut sets = translate::tag_sets(&input.tag_specifications, &["security-group-rule"])?;
        let tags = sets.remove("security-group-rule").unwrap_or_default();
        let which = NameOrId {
            id: translate::present(input.group_id),
            name: translate::present(input.group_name),
        };
        let mut asked = permissions(input.ip_permissions);
        asked.extend(flat(Flat {
            protocol: input.ip_protocol,
            from: input.from_port,
            to: input.to_port,
            range: input.cidr_ip,
            group: input.source_security_group_name,
        }));
        let (group, rules) =
            instances::authorize_ingress(&app.instances, call, &which, (asked, &tags)).await?;
        let described = |made: &instances::Rule| DescribedRule {
            group: group.id.clone(),
            owner: group.owner.clone(),
            egress: false,
            rule: made.clone(),
        };
        let rules = rules
            .iter()
            .map(|made| rule(call, &described(made), &tags))
            .collect();
        Ok(ec2::AuthorizeSecurityGroupIngressResult {
            r#return: Some(true),
            security_group_rules: rules,
        })
    }
}

/// The older form, in which a request holds one permission.
pub(super) struct Flat {
    pub(super) protocol: Option<String>,
    pub(super) from: Option<i32>,
    pub(super) to: Option<i32>,
    pub(super) range: Option<String>,
    pub(super) group: Option<String>,
}

pub(super) fn flat(flat: Flat) -> Option<Asked> {
    let (range, group) = (
        translate::present(flat.range),
        translate::present(flat.group),
    );
    if range.is_none() && group.is_none() && flat.protocol.is_none() {
        return None;
    }
    // A group alone means everything from its members.
    let protocol = flat
        .protocol
        .or_else(|| group.as_ref().map(|_| "-1".to_owned()));
    let permission = Permission {
        protocol,
        from: flat.from.map(i64::from),
        to: flat.to.map(i64::from),
        ranges: range.into_iter().map(|range| (range, None)).collect(),
        ..Permission::default()
    };
    let peer = |name| PeerGroup {
        group: NameOrId {
            id: None,
            name: Some(name),
        },
        ..PeerGroup::default()
    };
    Some(Asked {
        permission,
        peers: group.into_iter().map(peer).collect(),
    })
}

pub(super) fn permissions(given: Vec<ec2::IpPermission>) -> Vec<Asked> {
    given.into_iter().map(permission).collect()
}

fn permission(given: ec2::IpPermission) -> Asked {
    let range = |range: ec2::IpRange| (range.cidr_ip.unwrap_or_default(), range.description);
    let range6 = |range: ec2::Ipv6Range| (range.cidr_ipv6.unwrap_or_default(), range.description);
    let peer = |pair: ec2::UserIdGroupPair| PeerGroup {
        group: NameOrId {
            id: translate::present(pair.group_id),
            name: translate::present(pair.group_name),
        },
        account: translate::present(pair.user_id),
        description: pair.description,
    };
    let permission = Permission {
        protocol: given.ip_protocol,
        from: given.from_port.map(i64::from),
        to: given.to_port.map(i64::from),
        ranges: given.ip_ranges.into_iter().map(range).collect(),
        ranges6: given.ipv6_ranges.into_iter().map(range6).collect(),
        groups: Vec::new(),
    };
    Asked {
        permission,
        peers: given.user_id_group_pairs.into_iter().map(peer).collect(),
    }
}
