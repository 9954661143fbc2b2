//! AttachGroupPolicy: hangs a managed policy on a group.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::iam;

impl Run for iam::AttachGroupPolicy {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::AttachGroupPolicyRequest,
    ) -> Result<protocol::Unit> {
        let name = required(input.group_name, "GroupName")?;
        let arn = required(input.policy_arn, "PolicyArn")?;
        let action = Action("iam:AttachGroupPolicy");
        let which = (Kind::Group, name.as_str());
        identity::attach_policy(&app.identity(), call, action, which, &arn).await?;
        Ok(protocol::Unit {})
    }
}
