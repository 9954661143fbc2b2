//! Encrypt: up to 4096 bytes.

use crate::App;
use crate::run::Run;
use crate::translate;
use base::Result;
use identity::Call;
use keys::Plain;
use protocol::kms;

impl Run for kms::Encrypt {
    async fn run(
        app: &App,
        call: &Call,
        input: kms::EncryptRequest,
    ) -> Result<kms::EncryptResponse> {
        let plain = translate::required(input.plaintext, "Plaintext")?;
        let plain = Plain::new(plain.to_vec());
        let with = super::with(input.key_id, input.encryption_context, input.grant_tokens)?;
        let call = &super::rehearsed(call, input.dry_run);
        let sealed = keys::encrypt(&app.keys, call, &with, &plain).await?;
        Ok(kms::EncryptResponse {
            ciphertext_blob: Some(sealed.blob.into()),
            key_id: Some(sealed.key),
            encryption_algorithm: Some(super::ALGORITHM.to_owned()),
        })
    }
}
