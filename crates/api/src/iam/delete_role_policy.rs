//! DeleteRolePolicy: removes an inline policy of a role.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::iam;

impl Run for iam::DeleteRolePolicy {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::DeleteRolePolicyRequest,
    ) -> Result<protocol::Unit> {
        let name = required(input.role_name, "RoleName")?;
        let policy = required(input.policy_name, "PolicyName")?;
        let action = Action("iam:DeleteRolePolicy");
        let which = (Kind::Role, name.as_str());
        identity::delete_inline(&app.identity(), call, action, which, &policy).await?;
        Ok(protocol::Unit {})
    }
}
