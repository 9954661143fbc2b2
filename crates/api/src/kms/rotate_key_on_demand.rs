//! RotateKeyOnDemand: fresh material now.

use crate::App;
use crate::run::Run;
use base::Result;
use identity::Call;
use protocol::kms;

impl Run for kms::RotateKeyOnDemand {
    async fn run(
        app: &App,
        call: &Call,
        input: kms::RotateKeyOnDemandRequest,
    ) -> Result<kms::RotateKeyOnDemandResponse> {
        let given = super::key(input.key_id)?;
        let key = keys::rotate_now(&app.keys, call, &given).await?;
        Ok(kms::RotateKeyOnDemandResponse { key_id: Some(key) })
    }
}
