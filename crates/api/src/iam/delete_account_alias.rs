//! DeleteAccountAlias: takes the account's other name.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Action;
use identity::Call;
use protocol::iam;

impl Run for iam::DeleteAccountAlias {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::DeleteAccountAliasRequest,
    ) -> Result<protocol::Unit> {
        let alias = required(input.account_alias, "AccountAlias")?;
        let action = Action("iam:DeleteAccountAlias");
        identity::remove_alias(&app.identity(), call, action, &alias).await?;
        Ok(protocol::Unit {})
    }
}
