//! GetKeyPolicy: the policy of a key.

use crate::App;
use crate::run::Run;
use crate::translate;
use base::Result;
use identity::Call;
use protocol::kms;

impl Run for kms::GetKeyPolicy {
    async fn run(
        app: &App,
        call: &Call,
        input: kms::GetKeyPolicyRequest,
    ) -> Result<kms::GetKeyPolicyResponse> {
        let key = super::key(input.key_id)?;
        let name = translate::present(input.policy_name);
        let policy = keys::get_policy(&app.keys, call, &key, name.as_deref()).await?;
        Ok(kms::GetKeyPolicyResponse {
            policy: Some(policy),
            policy_name: Some(keys::POLICY_NAME.to_owned()),
        })
    }
}
