//! GetUser: a user; without a name, the one who calls.

use super::shape;
use crate::translate;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::iam;

impl Run for iam::GetUser {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::GetUserRequest,
    ) -> Result<iam::GetUserResponse> {
        let identity = app.identity();
        if input.user_name.is_none() && call.caller.is_root() {
            let user = iam::User {
                arn: Some(call.caller.arn.clone()),
                user_id: Some(call.caller.user_id.clone()),
                user_name: Some("root".into()),
                path: Some("/".into()),
                create_date: Some(translate::time(call.now)),
                ..iam::User::default()
            };
            return Ok(iam::GetUserResponse { user: Some(user) });
        }
        let name = input
            .user_name
            .map_or_else(|| identity::own_name(call), Ok)?;
        let which = (Kind::User, name.as_str());
        let (user, tags) =
            identity::get_entity(&identity, call, Action("iam:GetUser"), which).await?;
        Ok(iam::GetUserResponse {
            user: Some(shape::user(&user, Some(&tags))),
        })
    }
}
