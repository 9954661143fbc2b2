//! GetGroup: a group and the users in it.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use protocol::Operation;
use protocol::iam;

impl Run for iam::GetGroup {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::GetGroupRequest,
    ) -> Result<iam::GetGroupResponse> {
        let name = required(input.group_name, "GroupName")?;
        let (group, users) = identity::group_with_users(&app.identity(), call, &name).await?;
        let page = shape::Paging::read(call, Self::NAME, input.max_items, input.marker)?;
        let (users, next) = page.cut(users, |entity| entity.name.to_lowercase());
        Ok(iam::GetGroupResponse {
            group: Some(shape::group(&group)),
            users: users
                .iter()
                .map(|entity| shape::user(entity, None))
                .collect(),
            is_truncated: Some(next.is_some()),
            marker: next,
        })
    }
}
