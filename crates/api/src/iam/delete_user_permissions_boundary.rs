//! DeleteUserPermissionsBoundary: removes what limits a user.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::iam;

impl Run for iam::DeleteUserPermissionsBoundary {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::DeleteUserPermissionsBoundaryRequest,
    ) -> Result<protocol::Unit> {
        let name = required(input.user_name, "UserName")?;
        let action = Action("iam:DeleteUserPermissionsBoundary");
        let which = (Kind::User, name.as_str());
        identity::set_boundary(&app.identity(), call, action, which, None).await?;
        Ok(protocol::Unit {})
    }
}
