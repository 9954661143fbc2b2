//! PutGroupPolicy: sets an inline policy of a group.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::iam;

impl Run for iam::PutGroupPolicy {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::PutGroupPolicyRequest,
    ) -> Result<protocol::Unit> {
        let name = required(input.group_name, "GroupName")?;
        let policy = required(input.policy_name, "PolicyName")?;
        let document = required(input.policy_document, "PolicyDocument")?;
        let action = Action("iam:PutGroupPolicy");
        let which = (Kind::Group, name.as_str());
        identity::put_inline(&app.identity(), call, action, which, (&policy, &document)).await?;
        Ok(protocol::Unit {})
    }
}
