//! GetUserPolicy: an inline policy of a user.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::iam;

impl Run for iam::GetUserPolicy {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::GetUserPolicyRequest,
    ) -> Result<iam::GetUserPolicyResponse> {
        let name = required(input.user_name, "UserName")?;
        let policy = required(input.policy_name, "PolicyName")?;
        let action = Action("iam:GetUserPolicy");
        let which = (Kind::User, name.as_str());
        let document = identity::get_inline(&app.identity(), call, action, which, &policy).await?;
        Ok(iam::GetUserPolicyResponse {
            user_name: Some(name),
            policy_name: Some(policy),
            policy_document: Some(shape::encoded(&document)),
        })
    }
}
