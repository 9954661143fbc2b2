//! PutRolePermissionsBoundary: sets what limits a role.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::iam;

impl Run for iam::PutRolePermissionsBoundary {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::PutRolePermissionsBoundaryRequest,
    ) -> Result<protocol::Unit> {
        let name = required(input.role_name, "RoleName")?;
        let arn = required(input.permissions_boundary, "PermissionsBoundary")?;
        let action = Action("iam:PutRolePermissionsBoundary");
        let which = (Kind::Role, name.as_str());
        identity::set_boundary(&app.identity(), call, action, which, Some(&arn)).await?;
        Ok(protocol::Unit {})
    }
}
