//! GetGroupPolicy: an inline policy of a group.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::iam;

impl Run for iam::GetGroupPolicy {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::GetGroupPolicyRequest,
    ) -> Result<iam::GetGroupPolicyResponse> {
        let name = required(input.group_name, "GroupName")?;
        let policy = required(input.policy_name, "PolicyName")?;
        let action = Action("iam:GetGroupPolicy");
        let which = (Kind::Group, name.as_str());
        let document = identity::get_inline(&app.identity(), call, action, which, &policy).await?;
        Ok(iam::GetGroupPolicyResponse {
            group_name: Some(name),
            policy_name: Some(policy),
            policy_document: Some(shape::encoded(&document)),
        })
    }
}
