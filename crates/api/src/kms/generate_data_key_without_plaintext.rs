//! GenerateDataKeyWithoutPlaintext: random bytes, encrypted and shown to nobody.

use crate::App;
use crate::run::Run;
use base::Result;
use identity::Call;
use protocol::kms;

impl Run for kms::GenerateDataKeyWithoutPlaintext {
    async fn run(
        app: &App,
        call: &Call,
        input: kms::GenerateDataKeyWithoutPlaintextRequest,
    ) -> Result<kms::GenerateDataKeyWithoutPlaintextResponse> {
        let length = super::data_key_length(input.key_spec.as_deref(), input.number_of_bytes)?;
        let with = super::with(input.key_id, input.encryption_context, input.grant_tokens)?;
        let call = &super::rehearsed(call, input.dry_run);
        let sealed = keys::data_key_sealed(&app.keys, call, &with, length).await?;
        Ok(kms::GenerateDataKeyWithoutPlaintextResponse {
            ciphertext_blob: Some(sealed.blob.into()),
            key_id: Some(sealed.key),
            ..kms::GenerateDataKeyWithoutPlaintextResponse::default()
        })
    }
}
