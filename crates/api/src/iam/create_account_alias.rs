//! CreateAccountAlias: gives the account another name.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Action;
use identity::Call;
use protocol::iam;

impl Run for iam::CreateAccountAlias {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::CreateAccountAliasRequest,
    ) -> Result<protocol::Unit> {
        let alias = required(input.account_alias, "AccountAlias")?;
        let action = Action("iam:CreateAccountAlias");
        identity::set_alias(&app.identity(), call, action, &alias).await?;
        Ok(protocol::Unit {})
    }
}
