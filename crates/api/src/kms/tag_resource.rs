//! TagResource: wire to request, nothing else.

use crate::App;
use crate::run::Run;
use base::Result;
use identity::Call;
use protocol::kms;

impl Run for kms::TagResource {
    async fn run(app: &App, call: &Call, input: kms::TagResourceRequest) -> Result<protocol::Unit> {
        let (key, tags) = (super::key(input.key_id)?, super::tags(input.tags)?);
        keys::tag_key(&app.keys, call, &key, &tags).await?;
        Ok(protocol::Unit {})
    }
}
