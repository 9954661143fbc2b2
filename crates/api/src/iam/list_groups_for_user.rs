//! ListGroupsForUser: the groups that a user is in.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use protocol::Operation;
use protocol::iam;

impl Run for iam::ListGroupsForUser {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::ListGroupsForUserRequest,
    ) -> Result<iam::ListGroupsForUserResponse> {
        let name = required(input.user_name, "UserName")?;
        let found = identity::groups_of_user(&app.identity(), call, &name).await?;
        let page = shape::Paging::read(call, Self::NAME, input.max_items, input.marker)?;
        let (found, next) = page.cut(found, |entity| entity.name.to_lowercase());
        Ok(iam::ListGroupsForUserResponse {
            groups: found.iter().map(shape::group).collect(),
            is_truncated: Some(next.is_some()),
            marker: next,
        })
    }
}
