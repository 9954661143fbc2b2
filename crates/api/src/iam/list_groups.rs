//! ListGroups: the groups under a path.

use super::shape;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::Operation;
use protocol::iam;

impl Run for iam::ListGroups {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::ListGroupsRequest,
    ) -> Result<iam::ListGroupsResponse> {
        let which = (Kind::Group, input.path_prefix.as_deref());
        let action = Action("iam:ListGroups");
        let found = identity::list_entities(&app.identity(), call, action, which).await?;
        let page = shape::Paging::read(call, Self::NAME, input.max_items, input.marker)?;
        let (found, next) = page.cut(found, |entity| entity.name.to_lowercase());
        Ok(iam::ListGroupsResponse {
            groups: found.iter().map(shape::group).collect(),
            is_truncated: Some(next.is_some()),
            marker: next,
        })
    }
}
