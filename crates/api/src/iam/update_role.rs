//! UpdateRole: changes the description or longest session of a role.

use crate::translate::{self, required};
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Change, Kind};
use protocol::iam;

impl Run for iam::UpdateRole {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::UpdateRoleRequest,
    ) -> Result<iam::UpdateRoleResponse> {
        let name = required(input.role_name, "RoleName")?;
        let change = Change {
            description: input.description,
            max_session_s: translate::unsigned(input.max_session_duration, "MaxSessionDuration")?,
            ..Change::default()
        };
        let which = (Kind::Role, name.as_str());
        let action = Action("iam:UpdateRole");
        identity::update_entity(&app.identity(), call, action, which, change).await?;
        Ok(iam::UpdateRoleResponse {})
    }
}
