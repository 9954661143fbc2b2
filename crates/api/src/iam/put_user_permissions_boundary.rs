//! PutUserPermissionsBoundary: sets what limits a user.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::iam;

impl Run for iam::PutUserPermissionsBoundary {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::PutUserPermissionsBoundaryRequest,
    ) -> Result<protocol::Unit> {
        let name = required(input.user_name, "UserName")?;
        let arn = required(input.permissions_boundary, "PermissionsBoundary")?;
        let action = Action("iam:PutUserPermissionsBoundary");
        let which = (Kind::User, name.as_str());
        identity::set_boundary(&app.identity(), call, action, which, Some(&arn)).await?;
        Ok(protocol::Unit {})
    }
}
