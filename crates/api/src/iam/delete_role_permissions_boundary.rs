//! DeleteRolePermissionsBoundary: removes what limits a role.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::iam;

impl Run for iam::DeleteRolePermissionsBoundary {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::DeleteRolePermissionsBoundaryRequest,
    ) -> Result<protocol::Unit> {
        let name = required(input.role_name, "RoleName")?;
        let action = Action("iam:DeleteRolePermissionsBoundary");
        let which = (Kind::Role, name.as_str());
        identity::set_boundary(&app.identity(), call, action, which, None).await?;
        Ok(protocol::Unit {})
    }
}
