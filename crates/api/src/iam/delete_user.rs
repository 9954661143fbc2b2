//! DeleteUser: deletes a user that nothing hangs on any more.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::iam;

impl Run for iam::DeleteUser {
    async fn run(app: &App, call: &Call, input: iam::DeleteUserRequest) -> Result<protocol::Unit> {
        let name = required(input.user_name, "UserName")?;
        let which = (Kind::User, name.as_str());
        identity::delete_entity(&app.identity(), call, Action("iam:DeleteUser"), which).await?;
        Ok(protocol::Unit {})
    }
}
