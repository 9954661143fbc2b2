//! GetParametersForImport: what is needed to bring material.

use crate::App;
use crate::run::Run;
use crate::translate;
use base::Result;
use identity::Call;
use keys::WrappingKey;
use protocol::kms;

impl Run for kms::GetParametersForImport {
    async fn run(
        app: &App,
        call: &Call,
        input: kms::GetParametersForImportRequest,
    ) -> Result<kms::GetParametersForImportResponse> {
        let given = super::key(input.key_id)?;
        let algorithm = translate::required(input.wrapping_algorithm, "WrappingAlgorithm")?;
        if algorithm != keys::WRAPPING {
            let shown: String = algorithm.chars().take(64).collect();
            let message = format!(
                "Material is wrapped by {}, not by '{shown}'.",
                keys::WRAPPING
            );
            return Err(base::Error::unsupported(message));
        }
        let size = translate::required(input.wrapping_key_spec, "WrappingKeySpec")?;
        let size = WrappingKey::parse(&size)?;
        let parameters = keys::import_parameters(&app.keys, call, &given, size).await?;
        Ok(kms::GetParametersForImportResponse {
            key_id: Some(parameters.key),
            import_token: Some(parameters.token.into()),
            public_key: Some(parameters.public_key.into()),
            parameters_valid_to: Some(translate::time(parameters.until)),
        })
    }
}
