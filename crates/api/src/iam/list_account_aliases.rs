//! ListAccountAliases: the other name of the account.

use super::shape;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use protocol::Operation;
use protocol::iam;

impl Run for iam::ListAccountAliases {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::ListAccountAliasesRequest,
    ) -> Result<iam::ListAccountAliasesResponse> {
        let alias = identity::alias(&app.identity(), call).await?;
        let page = shape::Paging::read(call, Self::NAME, input.max_items, input.marker)?;
        let (account_aliases, next) = page.cut(alias.into_iter().collect(), Clone::clone);
        Ok(iam::ListAccountAliasesResponse {
            account_aliases,
            is_truncated: Some(next.is_some()),
            marker: next,
        })
    }
}
