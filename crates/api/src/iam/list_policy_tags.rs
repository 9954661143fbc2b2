//! ListPolicyTags: the tags of a managed policy.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::Operation;
use protocol::iam;

impl Run for iam::ListPolicyTags {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::ListPolicyTagsRequest,
    ) -> Result<iam::ListPolicyTagsResponse> {
        let name = required(input.policy_arn, "PolicyArn")?;
        let action = Action("iam:ListPolicyTags");
        let which = (Kind::Policy, name.as_str());
        let (_, tags) = identity::get_entity(&app.identity(), call, action, which).await?;
        let page = shape::Paging::read(call, Self::NAME, input.max_items, input.marker)?;
        let (tags, next) = page.cut(shape::tags(&tags), |tag| {
            tag.key.clone().unwrap_or_default()
        });
        Ok(iam::ListPolicyTagsResponse {
            tags,
            is_truncated: Some(next.is_some()),
            marker: next,
        })
    }
}
