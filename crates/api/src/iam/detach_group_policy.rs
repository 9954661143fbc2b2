//! DetachGroupPolicy: takes a managed policy from a group.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::iam;

impl Run for iam::DetachGroupPolicy {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::DetachGroupPolicyRequest,
    ) -> Result<protocol::Unit> {
        let name = required(input.group_name, "GroupName")?;
        let arn = required(input.policy_arn, "PolicyArn")?;
        let action = Action("iam:DetachGroupPolicy");
        let which = (Kind::Group, name.as_str());
        identity::detach_policy(&app.identity(), call, action, which, &arn).await?;
        Ok(protocol::Unit {})
    }
}
