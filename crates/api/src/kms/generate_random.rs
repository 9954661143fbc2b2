//! GenerateRandom: random bytes.

use crate::App;
use crate::run::Run;
use crate::translate;
use base::Result;
use identity::Call;
use protocol::kms;

impl Run for kms::GenerateRandom {
    async fn run(
        app: &App,
        call: &Call,
        input: kms::GenerateRandomRequest,
    ) -> Result<kms::GenerateRandomResponse> {
        let length = translate::required(input.number_of_bytes, "NumberOfBytes")?;
        let plain = keys::random_bytes(&app.keys, call, super::length(length)?).await?;
        Ok(kms::GenerateRandomResponse {
            plaintext: Some(super::shown(&plain)),
            ..kms::GenerateRandomResponse::default()
        })
    }
}
