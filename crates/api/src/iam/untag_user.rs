//! UntagUser: removes tags of a user.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::iam;

impl Run for iam::UntagUser {
    async fn run(app: &App, call: &Call, input: iam::UntagUserRequest) -> Result<protocol::Unit> {
        let name = required(input.user_name, "UserName")?;
        let which = (Kind::User, name.as_str());
        let action = Action("iam:UntagUser");
        identity::untag_entity(&app.identity(), call, action, which, &input.tag_keys).await?;
        Ok(protocol::Unit {})
    }
}
