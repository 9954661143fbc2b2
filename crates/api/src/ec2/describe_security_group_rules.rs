//! DescribeSecurityGroupRules, and a rule on the wire.

use crate::{App, run::Run, translate};
use base::{AccountId, Result, Tags};
use identity::Call;
use instances::{DescribedRule, List, Peer};
use protocol::ec2;

impl Run for ec2::DescribeSecurityGroupRules {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::DescribeSecurityGroupRulesRequest,
    ) -> Result<ec2::DescribeSecurityGroupRulesResult> {
        let list = List {
            ids: input.security_group_rule_ids,
            filters: translate::filters(input.filters),
            max_results: input.max_results,
            next_token: input.next_token,
        };
        let (found, next_token) =
            instances::describe_security_group_rules(&app.instances, call, &list).await?;
        let security_group_rules = found
            .iter()
            .map(|(found, tags)| rule(call, found, tags))
            .collect();
        Ok(ec2::DescribeSecurityGroupRulesResult {
            security_group_rules,
            next_token,
        })
    }
}

/// A rule on the wire.
pub(super) fn rule(call: &Call, described: &DescribedRule, tags: &Tags) -> ec2::SecurityGroupRule {
    let (rule, what) = (&described.rule, &described.rule.what);
    let mut answer = ec2::SecurityGroupRule {
        security_group_rule_id: Some(rule.id.to_string()),
        security_group_rule_arn: Some(format!(
            "arn:aws:ec2:{}:{}:security-group-rule/{}",
            call.region, described.owner, rule.id
        )),
        group_id: Some(described.group.to_string()),
        group_owner_id: Some(described.owner.to_string()),
        is_egress: Some(described.egress),
        ip_protocol: Some(what.protocol.clone()),
        from_port: Some(what.from.unwrap_or(-1)),
        to_port: Some(what.to.unwrap_or(-1)),
        description: rule.description.clone(),
        tags: translate::tags(tags),
        ..ec2::SecurityGroupRule::default()
    };
    match &what.peer {
        Peer::Cidr(range) => answer.cidr_ipv4 = Some(range.clone()),
        Peer::Cidr6(range) => answer.cidr_ipv6 = Some(range.clone()),
        Peer::Group(id) => {
            answer.referenced_group_info = Some(referenced(id.to_string(), &described.owner));
        }
    }
    answer
}

fn referenced(group: String, owner: &AccountId) -> ec2::ReferencedSecurityGroup {
    ec2::ReferencedSecurityGroup {
        group_id: Some(group),
        user_id: Some(owner.to_string()),
        ..ec2::ReferencedSecurityGroup::default()
    }
}
