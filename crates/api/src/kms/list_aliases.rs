//! ListAliases: the names of the account for its keys.

use crate::App;
use crate::run::Run;
use crate::translate;
use base::Result;
use identity::Call;
use keys::ListedAlias;
use protocol::kms;

impl Run for kms::ListAliases {
    async fn run(
        app: &App,
        call: &Call,
        input: kms::ListAliasesRequest,
    ) -> Result<kms::ListAliasesResponse> {
        let wanted = super::wanted(input.limit, input.marker);
        let key = translate::present(input.key_id);
        let found = keys::list_aliases(&app.keys, call, key.as_deref(), &wanted).await?;
        let (found, next_marker) = found;
        Ok(kms::ListAliasesResponse {
            aliases: found.into_iter().map(entry).collect(),
            truncated: Some(next_marker.is_some()),
            next_marker,
        })
    }
}

fn entry(listed: ListedAlias) -> kms::AliasListEntry {
    let alias = listed.alias.as_ref();
    kms::AliasListEntry {
        alias_name: Some(listed.name.clone()),
        alias_arn: Some(listed.arn.clone()),
        target_key_id: alias.map(|alias| alias.key.clone()),
        creation_date: alias.map(|alias| translate::time(alias.created)),
        last_updated_date: alias.map(|alias| translate::time(alias.updated)),
    }
}
