//! ListKeys: the keys of the account in the Region.

use crate::App;
use crate::run::Run;
use base::Result;
use identity::Call;
use protocol::kms;

impl Run for kms::ListKeys {
    async fn run(
        app: &App,
        call: &Call,
        input: kms::ListKeysRequest,
    ) -> Result<kms::ListKeysResponse> {
        let wanted = super::wanted(input.limit, input.marker);
        let (found, next_marker) = keys::list_keys(&app.keys, call, &wanted).await?;
        let entry = |(id, arn)| kms::KeyListEntry {
            key_id: Some(id),
            key_arn: Some(arn),
        };
        Ok(kms::ListKeysResponse {
            keys: found.into_iter().map(entry).collect(),
            truncated: Some(next_marker.is_some()),
            next_marker,
        })
    }
}
