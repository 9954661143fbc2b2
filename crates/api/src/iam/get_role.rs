//! GetRole: a role.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::iam;

impl Run for iam::GetRole {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::GetRoleRequest,
    ) -> Result<iam::GetRoleResponse> {
        let name = required(input.role_name, "RoleName")?;
        let which = (Kind::Role, name.as_str());
        let action = Action("iam:GetRole");
        let (role, tags) = identity::get_entity(&app.identity(), call, action, which).await?;
        Ok(iam::GetRoleResponse {
            role: Some(shape::role(&role, Some(&tags))),
        })
    }
}
