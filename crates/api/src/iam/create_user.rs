//! CreateUser: makes a user.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Detail, New};
use protocol::iam;

impl Run for iam::CreateUser {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::CreateUserRequest,
    ) -> Result<iam::CreateUserResponse> {
        let tags = shape::tags_from(&input.tags)?;
        let new = New {
            name: required(input.user_name, "UserName")?,
            path: input.path,
            boundary: input.permissions_boundary,
            detail: Detail::User,
            tags: tags.clone(),
            document: None,
        };
        let action = Action("iam:CreateUser");
        let made = identity::create_entity(&app.identity(), call, action, new).await?;
        Ok(iam::CreateUserResponse {
            user: Some(shape::user(&made, Some(&tags))),
        })
    }
}
