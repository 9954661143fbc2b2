//! ListRoleTags: the tags of a role.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::Operation;
use protocol::iam;

impl Run for iam::ListRoleTags {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::ListRoleTagsRequest,
    ) -> Result<iam::ListRoleTagsResponse> {
        let name = required(input.role_name, "RoleName")?;
        let action = Action("iam:ListRoleTags");
        let which = (Kind::Role, name.as_str());
        let (_, tags) = identity::get_entity(&app.identity(), call, action, which).await?;
        let page = shape::Paging::read(call, Self::NAME, input.max_items, input.marker)?;
        let (tags, next) = page.cut(shape::tags(&tags), |tag| {
            tag.key.clone().unwrap_or_default()
        });
        Ok(iam::ListRoleTagsResponse {
            tags,
            is_truncated: Some(next.is_some()),
            marker: next,
        })
    }
}
