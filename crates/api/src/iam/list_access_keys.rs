//! ListAccessKeys: the access keys of a user, without their secrets.

use super::shape;
use crate::translate;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use protocol::Operation;
use protocol::iam;

impl Run for iam::ListAccessKeys {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::ListAccessKeysRequest,
    ) -> Result<iam::ListAccessKeysResponse> {
        let user = input.user_name.as_deref();
        let (keys, name) = identity::list_access_keys(&app.identity(), call, user).await?;
        let page = shape::Paging::read(call, Self::NAME, input.max_items, input.marker)?;
        let (keys, next) = page.cut(keys, |key| key.id.clone());
        let shown = |key: identity::KeyInfo| iam::AccessKeyMetadata {
            access_key_id: Some(key.id),
            status: Some(if key.is_active { "Active" } else { "Inactive" }.into()),
            user_name: name.clone(),
            create_date: Some(translate::time(key.created)),
        };
        Ok(iam::ListAccessKeysResponse {
            access_key_metadata: keys.into_iter().map(shown).collect(),
            is_truncated: Some(next.is_some()),
            marker: next,
        })
    }
}
