//! ImportKeyMaterial: wire to request, answer to wire, nothing else.

use crate::App;
use crate::run::Run;
use crate::translate;
use base::Result;
use identity::Call;
use keys::Import;
use protocol::Timestamp;
use protocol::kms;

impl Run for kms::ImportKeyMaterial {
    async fn run(
        app: &App,
        call: &Call,
        input: kms::ImportKeyMaterialRequest,
    ) -> Result<kms::ImportKeyMaterialResponse> {
        let model = input.expiration_model.as_deref();
        let import = Import {
            key: super::key(input.key_id)?,
            token: translate::required(input.import_token, "ImportToken")?.to_vec(),
            wrapped: translate::required(input.encrypted_key_material, "EncryptedKeyMaterial")?
                .to_vec(),
            until: until(model, input.valid_to)?,
        };
        let (key, material) = keys::import_material(&app.keys, call, import).await?;
        Ok(kms::ImportKeyMaterialResponse {
            key_id: Some(key.arn()),
            key_material_id: Some(material),
        })
    }
}

/// When the material ends: it does, unless the caller says that it does not.
fn until(model: Option<&str>, valid_to: Option<Timestamp>) -> Result<Option<base::Timestamp>> {
    match (model.unwrap_or("KEY_MATERIAL_EXPIRES"), valid_to) {
        ("KEY_MATERIAL_DOES_NOT_EXPIRE", None) => Ok(None),
        ("KEY_MATERIAL_EXPIRES", Some(end)) => Ok(Some(base::Timestamp::from_millis(end.0))),
        _ => Err(base::Error::invalid(
            "ExpirationModel is KEY_MATERIAL_EXPIRES with ValidTo, or \
             KEY_MATERIAL_DOES_NOT_EXPIRE without it.",
        )),
    }
}
