//! CancelKeyDeletion: the key stays, disabled.

use crate::App;
use crate::run::Run;
use base::Result;
use identity::Call;
use protocol::kms;

impl Run for kms::CancelKeyDeletion {
    async fn run(
        app: &App,
        call: &Call,
        input: kms::CancelKeyDeletionRequest,
    ) -> Result<kms::CancelKeyDeletionResponse> {
        let given = super::key(input.key_id)?;
        let key = keys::cancel_deletion(&app.keys, call, &given).await?;
        Ok(kms::CancelKeyDeletionResponse {
            key_id: Some(key.arn()),
        })
    }
}
