//! TagUser: sets tags of a user.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::iam;

impl Run for iam::TagUser {
    async fn run(app: &App, call: &Call, input: iam::TagUserRequest) -> Result<protocol::Unit> {
        let name = required(input.user_name, "UserName")?;
        let tags = shape::tags_from(&input.tags)?;
        let which = (Kind::User, name.as_str());
        identity::tag_entity(&app.identity(), call, Action("iam:TagUser"), which, &tags).await?;
        Ok(protocol::Unit {})
    }
}
