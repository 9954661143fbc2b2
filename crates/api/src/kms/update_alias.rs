//! UpdateAlias: wire to request, nothing else.

use crate::App;
use crate::run::Run;
use crate::translate;
use base::Result;
use identity::Call;
use protocol::kms;

impl Run for kms::UpdateAlias {
    async fn run(app: &App, call: &Call, input: kms::UpdateAliasRequest) -> Result<protocol::Unit> {
        let alias = translate::required(input.alias_name, "AliasName")?;
        let key = translate::required(input.target_key_id, "TargetKeyId")?;
        keys::update_alias(&app.keys, call, &alias, &key).await?;
        Ok(protocol::Unit {})
    }
}
