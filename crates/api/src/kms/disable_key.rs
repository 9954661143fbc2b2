//! DisableKey: wire to request, nothing else.

use crate::App;
use crate::run::Run;
use base::Result;
use identity::Call;
use protocol::kms;

impl Run for kms::DisableKey {
    async fn run(app: &App, call: &Call, input: kms::DisableKeyRequest) -> Result<protocol::Unit> {
        keys::disable_key(&app.keys, call, &super::key(input.key_id)?).await?;
        Ok(protocol::Unit {})
    }
}
