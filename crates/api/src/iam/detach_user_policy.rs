//! DetachUserPolicy: takes a managed policy from a user.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::iam;

impl Run for iam::DetachUserPolicy {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::DetachUserPolicyRequest,
    ) -> Result<protocol::Unit> {
        let name = required(input.user_name, "UserName")?;
        let arn = required(input.policy_arn, "PolicyArn")?;
        let action = Action("iam:DetachUserPolicy");
        let which = (Kind::User, name.as_str());
        identity::detach_policy(&app.identity(), call, action, which, &arn).await?;
        Ok(protocol::Unit {})
    }
}
