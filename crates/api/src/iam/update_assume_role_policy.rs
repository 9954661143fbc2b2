//! UpdateAssumeRolePolicy: sets who may assume a role.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Change, Kind};
use protocol::iam;

impl Run for iam::UpdateAssumeRolePolicy {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::UpdateAssumeRolePolicyRequest,
    ) -> Result<protocol::Unit> {
        let name = required(input.role_name, "RoleName")?;
        let change = Change {
            trust: Some(required(input.policy_document, "PolicyDocument")?),
            ..Change::default()
        };
        let which = (Kind::Role, name.as_str());
        let action = Action("iam:UpdateAssumeRolePolicy");
        identity::update_entity(&app.identity(), call, action, which, change).await?;
        Ok(protocol::Unit {})
    }
}
