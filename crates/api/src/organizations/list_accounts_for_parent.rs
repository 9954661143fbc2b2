//! ListAccountsForParent: the accounts right beneath a root or unit.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Action;
use identity::Call;
use protocol::Operation;
use protocol::organizations;

impl Run for organizations::ListAccountsForParent {
    async fn run(
        app: &App,
        call: &Call,
        input: organizations::ListAccountsForParentRequest,
    ) -> Result<organizations::ListAccountsForParentResponse> {
        let parent = required(input.parent_id, "ParentId")?;
        let action = Action("organizations:ListAccountsForParent");
        let tree = identity::look(&app.identity(), call, action).await?;
        let page = shape::page(
            call,
            Self::NAME,
            input.max_results,
            input.next_token.as_deref(),
        )?;
        let inside = tree.accounts_in(&parent)?;
        let (found, next_token) = shape::cut(&page, call, Self::NAME, inside);
        Ok(organizations::ListAccountsForParentResponse {
            accounts: found.iter().map(|one| shape::account(&tree, one)).collect(),
            next_token,
        })
    }
}
