//! ListAttachedRolePolicies: the managed policies of a role.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::Operation;
use protocol::iam;

impl Run for iam::ListAttachedRolePolicies {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::ListAttachedRolePoliciesRequest,
    ) -> Result<iam::ListAttachedRolePoliciesResponse> {
        let name = required(input.role_name, "RoleName")?;
        let action = Action("iam:ListAttachedRolePolicies");
        let which = (Kind::Role, name.as_str());
        let found = identity::attached_policies(&app.identity(), call, action, which).await?;
        let found = shape::under_path(found, input.path_prefix.as_deref());
        let page = shape::Paging::read(call, Self::NAME, input.max_items, input.marker)?;
        let (found, next) = page.cut(found, Clone::clone);
        Ok(iam::ListAttachedRolePoliciesResponse {
            attached_policies: found.iter().map(|arn| shape::attached(arn)).collect(),
            is_truncated: Some(next.is_some()),
            marker: next,
        })
    }
}
