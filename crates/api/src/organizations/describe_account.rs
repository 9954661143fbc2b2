//! DescribeAccount: an account.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Action;
use identity::Call;
use protocol::organizations;

impl Run for organizations::DescribeAccount {
    async fn run(
        app: &App,
        call: &Call,
        input: organizations::DescribeAccountRequest,
    ) -> Result<organizations::DescribeAccountResponse> {
        let id = required(input.account_id, "AccountId")?;
        let action = Action("organizations:DescribeAccount");
        let tree = identity::look(&app.identity(), call, action).await?;
        Ok(organizations::DescribeAccountResponse {
            account: Some(shape::account(&tree, &tree.account(&id)?)),
        })
    }
}
