//! ListAccounts: every account.

use super::shape;
use crate::{App, run::Run};
use base::Result;
use identity::Action;
use identity::Call;
use protocol::Operation;
use protocol::organizations;

impl Run for organizations::ListAccounts {
    async fn run(
        app: &App,
        call: &Call,
        input: organizations::ListAccountsRequest,
    ) -> Result<organizations::ListAccountsResponse> {
        let action = Action("organizations:ListAccounts");
        let tree = identity::look(&app.identity(), call, action).await?;
        let all = tree.accounts.iter().map(|(account, _)| account.clone());
        let page = shape::page(
            call,
            Self::NAME,
            input.max_results,
            input.next_token.as_deref(),
        )?;
        let (found, next_token) = shape::cut(&page, call, Self::NAME, all.collect());
        Ok(organizations::ListAccountsResponse {
            accounts: found.iter().map(|one| shape::account(&tree, one)).collect(),
            next_token,
        })
    }
}
