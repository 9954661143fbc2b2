//! EnableKeyRotation: wire to request, nothing else.

use crate::App;
use crate::run::Run;
use crate::translate;
use base::Result;
use identity::Call;
use protocol::kms;

impl Run for kms::EnableKeyRotation {
    async fn run(
        app: &App,
        call: &Call,
        input: kms::EnableKeyRotationRequest,
    ) -> Result<protocol::Unit> {
        let days = translate::unsigned(input.rotation_period_in_days, "RotationPeriodInDays")?;
        let key = super::key(input.key_id)?;
        keys::enable_rotation(&app.keys, call, &key, days).await?;
        Ok(protocol::Unit {})
    }
}
