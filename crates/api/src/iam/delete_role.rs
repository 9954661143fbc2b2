//! DeleteRole: deletes a role that nothing hangs on any more.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::iam;

impl Run for iam::DeleteRole {
    async fn run(app: &App, call: &Call, input: iam::DeleteRoleRequest) -> Result<protocol::Unit> {
        let name = required(input.role_name, "RoleName")?;
        let which = (Kind::Role, name.as_str());
        identity::delete_entity(&app.identity(), call, Action("iam:DeleteRole"), which).await?;
        Ok(protocol::Unit {})
    }
}
