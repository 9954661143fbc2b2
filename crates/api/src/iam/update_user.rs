//! UpdateUser: gives a user another name or path.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Change, Kind};
use protocol::iam;

impl Run for iam::UpdateUser {
    async fn run(app: &App, call: &Call, input: iam::UpdateUserRequest) -> Result<protocol::Unit> {
        let name = required(input.user_name, "UserName")?;
        let change = Change {
            name: input.new_user_name,
            path: input.new_path,
            ..Change::default()
        };
        let which = (Kind::User, name.as_str());
        let action = Action("iam:UpdateUser");
        identity::update_entity(&app.identity(), call, action, which, change).await?;
        Ok(protocol::Unit {})
    }
}
