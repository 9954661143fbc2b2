//! DisableKeyRotation: wire to request, nothing else.

use crate::App;
use crate::run::Run;
use base::Result;
use identity::Call;
use protocol::kms;

impl Run for kms::DisableKeyRotation {
    async fn run(
        app: &App,
        call: &Call,
        input: kms::DisableKeyRotationRequest,
    ) -> Result<protocol::Unit> {
        keys::disable_rotation(&app.keys, call, &super::key(input.key_id)?).await?;
        Ok(protocol::Unit {})
    }
}
