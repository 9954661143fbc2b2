//! PutKeyPolicy: wire to request, nothing else.

use crate::App;
use crate::run::Run;
use crate::translate;
use base::Result;
use identity::Call;
use protocol::kms;

impl Run for kms::PutKeyPolicy {
    async fn run(
        app: &App,
        call: &Call,
        input: kms::PutKeyPolicyRequest,
    ) -> Result<protocol::Unit> {
        let key = super::key(input.key_id)?;
        let name = translate::present(input.policy_name);
        let policy = translate::required(input.policy, "Policy")?;
        let lockout = super::lockout(input.bypass_policy_lockout_safety_check);
        let which = (key.as_str(), name.as_deref());
        keys::put_policy(&app.keys, call, which, &policy, lockout).await?;
        Ok(protocol::Unit {})
    }
}
