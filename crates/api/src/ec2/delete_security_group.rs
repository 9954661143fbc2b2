//! DeleteSecurityGroup: wire to request, answer to wire, nothing else.

use crate::{App, run::Run, translate};
use base::Result;
use identity::Call;
use instances::NameOrId;
use protocol::ec2;

impl Run for ec2::DeleteSecurityGroup {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::DeleteSecurityGroupRequest,
    ) -> Result<ec2::DeleteSecurityGroupResult> {
        let which = NameOrId {
            id: translate::present(input.group_id),
            name: translate::present(input.group_name),
        };
        let id = instances::delete_security_group(&app.instances, call, &which).await?;
        Ok(ec2::DeleteSecurityGroupResult {
            r#return: Some(true),
            group_id: Some(id.to_string()),
        })
    }
}
