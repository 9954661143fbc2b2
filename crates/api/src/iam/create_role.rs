//! CreateRole: makes a role.

use super::shape;
use crate::translate::{self, required};
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Detail, New};
use protocol::iam;

impl Run for iam::CreateRole {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::CreateRoleRequest,
    ) -> Result<iam::CreateRoleResponse> {
        let tags = shape::tags_from(&input.tags)?;
        let seconds = translate::unsigned(input.max_session_duration, "MaxSessionDuration")?;
        let new = New {
            name: required(input.role_name, "RoleName")?,
            path: input.path,
            boundary: input.permissions_boundary,
            detail: Detail::Role {
                trust: required(
                    input.assume_role_policy_document,
                    "AssumeRolePolicyDocument",
                )?,
                description: input.description,
                max_session_s: seconds.unwrap_or(3600),
            },
            tags: tags.clone(),
            document: None,
        };
        let action = Action("iam:CreateRole");
        let made = identity::create_entity(&app.identity(), call, action, new).await?;
        Ok(iam::CreateRoleResponse {
            role: Some(shape::role(&made, Some(&tags))),
        })
    }
}
