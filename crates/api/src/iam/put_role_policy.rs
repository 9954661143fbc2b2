//! PutRolePolicy: sets an inline policy of a role.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::iam;

impl Run for iam::PutRolePolicy {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::PutRolePolicyRequest,
    ) -> Result<protocol::Unit> {
        let name = required(input.role_name, "RoleName")?;
        let policy = required(input.policy_name, "PolicyName")?;
        let document = required(input.policy_document, "PolicyDocument")?;
        let action = Action("iam:PutRolePolicy");
        let which = (Kind::Role, name.as_str());
        identity::put_inline(&app.identity(), call, action, which, (&policy, &document)).await?;
        Ok(protocol::Unit {})
    }
}
