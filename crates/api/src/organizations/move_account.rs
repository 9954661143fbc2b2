//! MoveAccount: moves an account from one place to another.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use protocol::organizations;

impl Run for organizations::MoveAccount {
    async fn run(
        app: &App,
        call: &Call,
        input: organizations::MoveAccountRequest,
    ) -> Result<protocol::Unit> {
        let account = required(input.account_id, "AccountId")?;
        let from = required(input.source_parent_id, "SourceParentId")?;
        let to = required(input.destination_parent_id, "DestinationParentId")?;
        identity::move_account(&app.identity(), call, &account, (&from, &to)).await?;
        Ok(protocol::Unit {})
    }
}
