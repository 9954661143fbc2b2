//! Decrypt: what Encrypt and GenerateDataKey made.

use crate::App;
use crate::run::Run;
use crate::translate;
use base::Result;
use identity::Call;
use keys::Opened;
use protocol::kms;

impl Run for kms::Decrypt {
    async fn run(
        app: &App,
        call: &Call,
        input: kms::DecryptRequest,
    ) -> Result<kms::DecryptResponse> {
        let opened = Opened {
            blob: translate::required(input.ciphertext_blob, "CiphertextBlob")?.to_vec(),
            key: translate::present(input.key_id),
            context: input.encryption_context,
        };
        let call = &super::rehearsed(call, input.dry_run);
        let (plain, key) = keys::decrypt(&app.keys, call, &opened, &input.grant_tokens).await?;
        Ok(kms::DecryptResponse {
            key_id: Some(key),
            plaintext: Some(super::shown(&plain)),
            encryption_algorithm: Some(super::ALGORITHM.to_owned()),
            ..kms::DecryptResponse::default()
        })
    }
}
