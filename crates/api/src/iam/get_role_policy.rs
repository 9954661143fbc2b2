//! GetRolePolicy: an inline policy of a role.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::iam;

impl Run for iam::GetRolePolicy {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::GetRolePolicyRequest,
    ) -> Result<iam::GetRolePolicyResponse> {
        let name = required(input.role_name, "RoleName")?;
        let policy = required(input.policy_name, "PolicyName")?;
        let action = Action("iam:GetRolePolicy");
        let which = (Kind::Role, name.as_str());
        let document = identity::get_inline(&app.identity(), call, action, which, &policy).await?;
        Ok(iam::GetRolePolicyResponse {
            role_name: Some(name),
            policy_name: Some(policy),
            policy_document: Some(shape::encoded(&document)),
        })
    }
}
