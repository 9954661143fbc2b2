//! ListResourceTags: the tags of a key.

use crate::App;
use crate::run::Run;
use base::Result;
use identity::Call;
use protocol::kms;

impl Run for kms::ListResourceTags {
    async fn run(
        app: &App,
        call: &Call,
        input: kms::ListResourceTagsRequest,
    ) -> Result<kms::ListResourceTagsResponse> {
        let wanted = super::wanted(input.limit, input.marker);
        let given = super::key(input.key_id)?;
        let (found, next_marker) = keys::list_tags(&app.keys, call, &given, &wanted).await?;
        let tag = |(key, value)| kms::Tag {
            tag_key: Some(key),
            tag_value: Some(value),
        };
        Ok(kms::ListResourceTagsResponse {
            tags: found.into_iter().map(tag).collect(),
            truncated: Some(next_marker.is_some()),
            next_marker,
        })
    }
}
