//! EnableKey: wire to request, nothing else.

use crate::App;
use crate::run::Run;
use base::Result;
use identity::Call;
use protocol::kms;

impl Run for kms::EnableKey {
    async fn run(app: &App, call: &Call, input: kms::EnableKeyRequest) -> Result<protocol::Unit> {
        keys::enable_key(&app.keys, call, &super::key(input.key_id)?).await?;
        Ok(protocol::Unit {})
    }
}
