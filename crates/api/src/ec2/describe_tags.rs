//! DescribeTags: every tag that the caller set in the Region.

use crate::run::Run;
use crate::{App, translate};
use base::{Result, pattern};
use identity::Call;
use protocol::ec2;
use store::Page;

const MOST: usize = 1000;

impl Run for ec2::DescribeTags {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::DescribeTagsRequest,
    ) -> Result<ec2::DescribeTagsResult> {
        let filters = translate::filters(input.filters);
        pattern::check(
            &filters,
            &["key", "resource-id", "resource-type", "value", "tag:"],
        )?;
        let list = format!("tags/{}/{}", call.account(), call.region);
        let page = Page::read(&list, input.max_results, input.next_token.as_deref(), MOST)?;
        let mut tx = app.db.read().await?;
        let all = identity::all_tags(&mut tx, call.account(), &call.region).await?;
        let passes = |(resource, kind, key, value): &(String, String, String, String)| {
            filters.iter().all(|filter| match filter.name.as_str() {
                "key" => filter.one(key),
                "resource-id" => filter.one(resource),
                "resource-type" => filter.one(kind),
                "value" => filter.one(value),
                name => name.strip_prefix("tag:") == Some(key.as_str()) && filter.one(value),
            })
        };
        let found: Vec<_> = all.into_iter().filter(passes).collect();
        let (part, next_token) =
            page.cut(&list, found, |(id, _, key, _)| format!("{id}\u{0}{key}"));
        let shown = |(resource, kind, key, value)| ec2::TagDescription {
            resource_id: Some(resource),
            resource_type: Some(kind),
            key: Some(key),
            value: Some(value),
        };
        Ok(ec2::DescribeTagsResult {
            tags: part.into_iter().map(shown).collect(),
            next_token,
        })
    }
}
