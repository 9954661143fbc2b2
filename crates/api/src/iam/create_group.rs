//! CreateGroup: makes a group.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use base::Tags;
use identity::Call;
use identity::{Action, Detail, New};
use protocol::iam;

impl Run for iam::CreateGroup {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::CreateGroupRequest,
    ) -> Result<iam::CreateGroupResponse> {
        let new = New {
            name: required(input.group_name, "GroupName")?,
            path: input.path,
            boundary: None,
            detail: Detail::Group,
            tags: Tags::new(),
            document: None,
        };
        let action = Action("iam:CreateGroup");
        let made = identity::create_entity(&app.identity(), call, action, new).await?;
        Ok(iam::CreateGroupResponse {
            group: Some(shape::group(&made)),
        })
    }
}
