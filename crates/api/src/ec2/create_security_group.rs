//! CreateSecurityGroup: wire to request, answer to wire, nothing else.

use crate::{App, run::Run, translate};
use base::Result;
use identity::{Call, Resource};
use instances::CreateGroup;
use protocol::ec2;

impl Run for ec2::CreateSecurityGroup {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::CreateSecurityGroupRequest,
    ) -> Result<ec2::CreateSecurityGroupResult> {
        let mut sets = translate::tag_sets(&input.tag_specifications, &["security-group"])?;
        let tags = sets.remove("security-group").unwrap_or_default();
        let request = CreateGroup {
            name: translate::required(input.group_name, "GroupName")?,
            description: translate::required(input.description, "GroupDescription")?,
            vpc: translate::present(input.vpc_id),
            tags: tags.clone(),
        };
        let group = instances::create_security_group(&app.instances, call, request).await?;
        Ok(ec2::CreateSecurityGroupResult {
            group_id: Some(group.id.to_string()),
            security_group_arn: Some(group.arn()),
            tags: translate::tags(&tags),
        })
    }
}
