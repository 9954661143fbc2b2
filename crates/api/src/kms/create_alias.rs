//! CreateAlias: wire to request, nothing else.

use crate::App;
use crate::run::Run;
use crate::translate;
use base::Result;
use identity::Call;
use protocol::kms;

impl Run for kms::CreateAlias {
    async fn run(app: &App, call: &Call, input: kms::CreateAliasRequest) -> Result<protocol::Unit> {
        let alias = translate::required(input.alias_name, "AliasName")?;
        let key = translate::required(input.target_key_id, "TargetKeyId")?;
        keys::create_alias(&app.keys, call, &alias, &key).await?;
        Ok(protocol::Unit {})
    }
}
