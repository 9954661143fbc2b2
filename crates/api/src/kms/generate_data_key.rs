//! GenerateDataKey: random bytes, and the same encrypted.

use crate::App;
use crate::run::Run;
use base::Result;
use identity::Call;
use protocol::kms;

impl Run for kms::GenerateDataKey {
    async fn run(
        app: &App,
        call: &Call,
        input: kms::GenerateDataKeyRequest,
    ) -> Result<kms::GenerateDataKeyResponse> {
        let length = super::data_key_length(input.key_spec.as_deref(), input.number_of_bytes)?;
        let with = super::with(input.key_id, input.encryption_context, input.grant_tokens)?;
        let call = &super::rehearsed(call, input.dry_run);
        let (plain, sealed) = keys::data_key(&app.keys, call, &with, length).await?;
        Ok(kms::GenerateDataKeyResponse {
            ciphertext_blob: Some(sealed.blob.into()),
            plaintext: Some(super::shown(&plain)),
            key_id: Some(sealed.key),
            ..kms::GenerateDataKeyResponse::default()
        })
    }
}
