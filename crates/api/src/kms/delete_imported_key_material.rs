//! DeleteImportedKeyMaterial: the key waits for the same material.

use crate::App;
use crate::run::Run;
use base::Result;
use identity::Call;
use protocol::kms;

impl Run for kms::DeleteImportedKeyMaterial {
    async fn run(
        app: &App,
        call: &Call,
        input: kms::DeleteImportedKeyMaterialRequest,
    ) -> Result<kms::DeleteImportedKeyMaterialResponse> {
        let given = super::key(input.key_id)?;
        let key = keys::delete_material(&app.keys, call, &given).await?;
        Ok(kms::DeleteImportedKeyMaterialResponse {
            key_id: Some(key.arn()),
            key_material_id: None,
        })
    }
}
