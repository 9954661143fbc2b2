//! DeleteAlias: wire to request, nothing else.

use crate::App;
use crate::run::Run;
use crate::translate;
use base::Result;
use identity::Call;
use protocol::kms;

impl Run for kms::DeleteAlias {
    async fn run(app: &App, call: &Call, input: kms::DeleteAliasRequest) -> Result<protocol::Unit> {
        let alias = translate::required(input.alias_name, "AliasName")?;
        keys::delete_alias(&app.keys, call, &alias).await?;
        Ok(protocol::Unit {})
    }
}
