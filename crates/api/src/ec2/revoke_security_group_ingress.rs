//! RevokeSecurityGroupIngress: wire to request, answer to wire, nothing else.

use super::authorize_security_group_ingress::{Flat, flat, permissions};
use crate::{App, run::Run, translate};
use base::Result;
use identity::Call;
use instances::{Group, NameOrId, Peer, Revoke, Rule};
use protocol::ec2;

impl Run for ec2::RevokeSecurityGroupIngress {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::RevokeSecurityGroupIngressRequest,
    ) -> Result<ec2::RevokeSecurityGroupIngressResult> {
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
        let revoke = if input.security_group_rule_ids.is_empty() {
            Revoke::Permissions(asked)
        } else {
            Revoke::Rules(input.security_group_rule_ids)
        };
        let (group, gone) = instances::revoke_ingress(&app.instances, call, &which, revoke).await?;
        Ok(ec2::RevokeSecurityGroupIngressResult {
            r#return: Some(true),
            revoked_security_group_rules: gone.iter().map(|rule| revoked(&group, rule)).collect(),
            unknown_ip_permissions: vec![],
        })
    }
}

fn revoked(group: &Group, rule: &Rule) -> ec2::RevokedSecurityGroupRule {
    let mut answer = ec2::RevokedSecurityGroupRule {
        security_group_rule_id: Some(rule.id.to_string()),
        group_id: Some(group.id.to_string()),
        is_egress: Some(false),
        ip_protocol: Some(rule.what.protocol.clone()),
        from_port: Some(rule.what.from.unwrap_or(-1)),
        to_port: Some(rule.what.to.unwrap_or(-1)),
        description: rule.description.clone(),
        ..ec2::RevokedSecurityGroupRule::default()
    };
    match &rule.what.peer {
        Peer::Cidr(range) => answer.cidr_ipv4 = Some(range.clone()),
        Peer::Cidr6(range) => answer.cidr_ipv6 = Some(range.clone()),
        Peer::Group(id) => answer.referenced_group_id = Some(id.to_string()),
    }
    answer
}
