//! CreateKey: wire to request, answer to wire, nothing else.

use crate::App;
use crate::run::Run;
use crate::translate;
use base::Result;
use identity::Call;
use keys::{CreateKey, Origin};
use protocol::kms;

impl Run for kms::CreateKey {
    async fn run(
        app: &App,
        call: &Call,
        input: kms::CreateKeyRequest,
    ) -> Result<kms::CreateKeyResponse> {
        let origin = input.origin.as_deref().unwrap_or("AWS_KMS");
        let request = CreateKey {
            policy: translate::present(input.policy),
            description: input.description.unwrap_or_default(),
            origin: Origin::parse(origin)?,
            tags: super::tags(input.tags)?,
            lockout: super::lockout(input.bypass_policy_lockout_safety_check),
        };
        let key = keys::create_key(&app.keys, call, request).await?;
        Ok(kms::CreateKeyResponse {
            key_metadata: Some(super::metadata(&key)),
        })
    }
}
