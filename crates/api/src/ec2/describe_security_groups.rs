//! DescribeSecurityGroups, and groups and their permissions on the wire.

use crate::{App, run::Run, translate};
use base::{Result, Tags};
use identity::{Call, Resource};
use instances::{Group, List, Peer, Rule};
use protocol::ec2;

impl Run for ec2::DescribeSecurityGroups {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::DescribeSecurityGroupsRequest,
    ) -> Result<ec2::DescribeSecurityGroupsResult> {
        let list = List {
            ids: input.group_ids,
            filters: translate::filters(input.filters),
            max_results: input.max_results,
            next_token: input.next_token,
        };
        let names = input.group_names;
        let (found, next_token) =
            instances::describe_security_groups(&app.instances, call, &list, &names).await?;
        let security_groups = found
            .iter()
            .map(|(found, tags)| group(found, tags))
            .collect();
        Ok(ec2::DescribeSecurityGroupsResult {
            security_groups,
            next_token,
        })
    }
}

fn group(group: &Group, tags: &Tags) -> ec2::SecurityGroup {
    ec2::SecurityGroup {
        group_id: Some(group.id.to_string()),
        group_name: Some(group.name.clone()),
        description: Some(group.description.clone()),
        owner_id: Some(group.owner.to_string()),
        vpc_id: Some(group.vpc.to_string()),
        security_group_arn: Some(group.arn()),
        ip_permissions: permissions(group, &group.ingress),
        ip_permissions_egress: permissions(group, &group.egress),
        tags: translate::tags(tags),
    }
}

/// Rules of the same protocol and ports are one permission on the wire.
fn permissions(group: &Group, rules: &[Rule]) -> Vec<ec2::IpPermission> {
    let mut permissions: Vec<ec2::IpPermission> = Vec::new();
    for rule in rules {
        let what = &rule.what;
        let same = |permission: &&mut ec2::IpPermission| {
            permission.ip_protocol.as_ref() == Some(&what.protocol)
                && permission.from_port == what.from
                && permission.to_port == what.to
        };
        match permissions.iter_mut().find(same) {
            Some(permission) => add(permission, group, rule),
            None => {
                let mut permission = ec2::IpPermission {
                    ip_protocol: Some(what.protocol.clone()),
                    from_port: what.from,
                    to_port: what.to,
                    ..ec2::IpPermission::default()
                };
                add(&mut permission, group, rule);
                permissions.push(permission);
            }
        }
    }
    permissions
}

fn add(permission: &mut ec2::IpPermission, group: &Group, rule: &Rule) {
    let description = rule.description.clone();
    match &rule.what.peer {
        Peer::Cidr(range) => {
            permission.ip_ranges.push(ec2::IpRange {
                cidr_ip: Some(range.clone()),
                description,
            });
        }
        Peer::Cidr6(range) => permission.ipv6_ranges.push(ec2::Ipv6Range {
            cidr_ipv6: Some(range.clone()),
            description,
        }),
        Peer::Group(id) => permission.user_id_group_pairs.push(ec2::UserIdGroupPair {
            group_id: Some(id.to_string()),
            user_id: Some(group.owner.to_string()),
            description,
            ..ec2::UserIdGroupPair::default()
        }),
    }
}
