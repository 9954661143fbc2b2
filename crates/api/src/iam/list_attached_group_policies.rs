//! ListAttachedGroupPolicies: the managed policies of a group.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::Operation;
use protocol::iam;

impl Run for iam::ListAttachedGroupPolicies {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::ListAttachedGroupPoliciesRequest,
    ) -> Result<iam::ListAttachedGroupPoliciesResponse> {
        let name = required(input.group_name, "GroupName")?;
        let action = Action("iam:ListAttachedGroupPolicies");
        let which = (Kind::Group, name.as_str());
        let found = identity::attached_policies(&app.identity(), call, action, which).await?;
        let found = shape::under_path(found, input.path_prefix.as_deref());
        let page = shape::Paging::read(call, Self::NAME, input.max_items, input.marker)?;
        let (found, next) = page.cut(found, Clone::clone);
        Ok(iam::ListAttachedGroupPoliciesResponse {
            attached_policies: found.iter().map(|arn| shape::attached(arn)).collect(),
            is_truncated: Some(next.is_some()),
            marker: next,
        })
    }
}
