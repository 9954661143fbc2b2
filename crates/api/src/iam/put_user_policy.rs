//! PutUserPolicy: sets an inline policy of a user.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::iam;

impl Run for iam::PutUserPolicy {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::PutUserPolicyRequest,
    ) -> Result<protocol::Unit> {
        let name = required(input.user_name, "UserName")?;
        let policy = required(input.policy_name, "PolicyName")?;
        let document = required(input.policy_document, "PolicyDocument")?;
        let action = Action("iam:PutUserPolicy");
        let which = (Kind::User, name.as_str());
        identity::put_inline(&app.identity(), call, action, which, (&policy, &document)).await?;
        Ok(protocol::Unit {})
    }
}
