//! ListRolePolicies: the names of the inline policies of a role.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::Operation;
use protocol::iam;

impl Run for iam::ListRolePolicies {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::ListRolePoliciesRequest,
    ) -> Result<iam::ListRolePoliciesResponse> {
        let name = required(input.role_name, "RoleName")?;
        let action = Action("iam:ListRolePolicies");
        let found =
            identity::list_inline(&app.identity(), call, action, (Kind::Role, &name)).await?;
        let page = shape::Paging::read(call, Self::NAME, input.max_items, input.marker)?;
        let (policy_names, next) = page.cut(found, Clone::clone);
        Ok(iam::ListRolePoliciesResponse {
            policy_names,
            is_truncated: Some(next.is_some()),
            marker: next,
        })
    }
}
