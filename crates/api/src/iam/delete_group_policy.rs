//! DeleteGroupPolicy: removes an inline policy of a group.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::iam;

impl Run for iam::DeleteGroupPolicy {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::DeleteGroupPolicyRequest,
    ) -> Result<protocol::Unit> {
        let name = required(input.group_name, "GroupName")?;
        let policy = required(input.policy_name, "PolicyName")?;
        let action = Action("iam:DeleteGroupPolicy");
        let which = (Kind::Group, name.as_str());
        identity::delete_inline(&app.identity(), call, action, which, &policy).await?;
        Ok(protocol::Unit {})
    }
}
