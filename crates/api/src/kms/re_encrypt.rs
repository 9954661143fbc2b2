//! ReEncrypt: the same bytes under another key or context.

use crate::App;
use crate::run::Run;
use crate::translate;
use base::Result;
use identity::Call;
use keys::Opened;
use protocol::kms;

impl Run for kms::ReEncrypt {
    async fn run(
        app: &App,
        call: &Call,
        input: kms::ReEncryptRequest,
    ) -> Result<kms::ReEncryptResponse> {
        let opened = Opened {
            blob: translate::required(input.ciphertext_blob, "CiphertextBlob")?.to_vec(),
            key: translate::present(input.source_key_id),
            context: input.source_encryption_context,
        };
        let context = input.destination_encryption_context;
        let with = super::with(input.destination_key_id, context, input.grant_tokens)?;
        let call = &super::rehearsed(call, input.dry_run);
        let moved = keys::re_encrypt(&app.keys, call, &opened, &with).await?;
        Ok(kms::ReEncryptResponse {
            ciphertext_blob: Some(moved.sealed.blob.into()),
            source_key_id: Some(moved.source),
            key_id: Some(moved.sealed.key),
            source_encryption_algorithm: Some(super::ALGORITHM.to_owned()),
            destination_encryption_algorithm: Some(super::ALGORITHM.to_owned()),
            ..kms::ReEncryptResponse::default()
        })
    }
}
