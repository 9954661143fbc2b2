//! ListGroupPolicies: the names of the inline policies of a group.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::Operation;
use protocol::iam;

impl Run for iam::ListGroupPolicies {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::ListGroupPoliciesRequest,
    ) -> Result<iam::ListGroupPoliciesResponse> {
        let name = required(input.group_name, "GroupName")?;
        let action = Action("iam:ListGroupPolicies");
        let found =
            identity::list_inline(&app.identity(), call, action, (Kind::Group, &name)).await?;
        let page = shape::Paging::read(call, Self::NAME, input.max_items, input.marker)?;
        let (policy_names, next) = page.cut(found, Clone::clone);
        Ok(iam::ListGroupPoliciesResponse {
            policy_names,
            is_truncated: Some(next.is_some()),
            marker: next,
        })
    }
}
