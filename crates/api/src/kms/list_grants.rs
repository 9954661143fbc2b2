//! ListGrants: the grants on a key.

use crate::App;
use crate::run::Run;
use crate::translate;
use base::Result;
use identity::Call;
use keys::Which;
use protocol::kms;

impl Run for kms::ListGrants {
    async fn run(
        app: &App,
        call: &Call,
        input: kms::ListGrantsRequest,
    ) -> Result<kms::ListGrantsResponse> {
        let wanted = super::wanted(input.limit, input.marker);
        let which = Which {
            id: translate::present(input.grant_id),
            grantee: translate::present(input.grantee_principal),
        };
        let key = super::key(input.key_id)?;
        let found = keys::list_grants(&app.keys, call, &key, (&which, &wanted)).await?;
        Ok(super::grants(found))
    }
}
