//! RevokeGrant: wire to request, nothing else.

use crate::App;
use crate::run::Run;
use crate::translate;
use base::Result;
use identity::Call;
use protocol::kms;

impl Run for kms::RevokeGrant {
    async fn run(app: &App, call: &Call, input: kms::RevokeGrantRequest) -> Result<protocol::Unit> {
        let key = super::key(input.key_id)?;
        let id = translate::required(input.grant_id, "GrantId")?;
        let call = &super::rehearsed(call, input.dry_run);
        keys::revoke_grant(&app.keys, call, &key, &id).await?;
        Ok(protocol::Unit {})
    }
}
