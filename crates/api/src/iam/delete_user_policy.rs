//! DeleteUserPolicy: removes an inline policy of a user.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::iam;

impl Run for iam::DeleteUserPolicy {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::DeleteUserPolicyRequest,
    ) -> Result<protocol::Unit> {
        let name = required(input.user_name, "UserName")?;
        let policy = required(input.policy_name, "PolicyName")?;
        let action = Action("iam:DeleteUserPolicy");
        let which = (Kind::User, name.as_str());
        identity::delete_inline(&app.identity(), call, action, which, &policy).await?;
        Ok(protocol::Unit {})
    }
}
