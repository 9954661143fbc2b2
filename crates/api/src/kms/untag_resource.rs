//! UntagResource: wire to request, nothing else.

use crate::App;
use crate::run::Run;
use base::Result;
use identity::Call;
use protocol::kms;

impl Run for kms::UntagResource {
    async fn run(
        app: &App,
        call: &Call,
        input: kms::UntagResourceRequest,
    ) -> Result<protocol::Unit> {
        let key = super::key(input.key_id)?;
        keys::untag_key(&app.keys, call, &key, &input.tag_keys).await?;
        Ok(protocol::Unit {})
    }
}
