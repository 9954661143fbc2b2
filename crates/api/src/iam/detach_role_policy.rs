//! DetachRolePolicy: takes a managed policy from a role.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::iam;

impl Run for iam::DetachRolePolicy {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::DetachRolePolicyRequest,
    ) -> Result<protocol::Unit> {
        let name = required(input.role_name, "RoleName")?;
        let arn = required(input.policy_arn, "PolicyArn")?;
        let action = Action("iam:DetachRolePolicy");
        let which = (Kind::Role, name.as_str());
        identity::detach_policy(&app.identity(), call, action, which, &arn).await?;
        Ok(protocol::Unit {})
    }
}
