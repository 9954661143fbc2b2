//! ListInstanceProfileTags: the tags of an instance profile.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::Operation;
use protocol::iam;

impl Run for iam::ListInstanceProfileTags {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::ListInstanceProfileTagsRequest,
    ) -> Result<iam::ListInstanceProfileTagsResponse> {
        let name = required(input.instance_profile_name, "InstanceProfileName")?;
        let action = Action("iam:ListInstanceProfileTags");
        let which = (Kind::Profile, name.as_str());
        let (_, tags) = identity::get_entity(&app.identity(), call, action, which).await?;
        let page = shape::Paging::read(call, Self::NAME, input.max_items, input.marker)?;
        let (tags, next) = page.cut(shape::tags(&tags), |tag| {
            tag.key.clone().unwrap_or_default()
        });
        Ok(iam::ListInstanceProfileTagsResponse {
            tags,
            is_truncated: Some(next.is_some()),
            marker: next,
        })
    }
}
