//! ListUserPolicies: the names of the inline policies of a user.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::Operation;
use protocol::iam;

impl Run for iam::ListUserPolicies {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::ListUserPoliciesRequest,
    ) -> Result<iam::ListUserPoliciesResponse> {
        let name = required(input.user_name, "UserName")?;
        let action = Action("iam:ListUserPolicies");
        let found =
            identity::list_inline(&app.identity(), call, action, (Kind::User, &name)).await?;
        let page = shape::Paging::read(call, Self::NAME, input.max_items, input.marker)?;
        let (policy_names, next) = page.cut(found, Clone::clone);
        Ok(iam::ListUserPoliciesResponse {
            policy_names,
            is_truncated: Some(next.is_some()),
            marker: next,
        })
    }
}
