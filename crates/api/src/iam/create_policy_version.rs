//! CreatePolicyVersion: makes another version of a managed policy.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use protocol::iam;

impl Run for iam::CreatePolicyVersion {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::CreatePolicyVersionRequest,
    ) -> Result<iam::CreatePolicyVersionResponse> {
        let arn = required(input.policy_arn, "PolicyArn")?;
        let document = required(input.policy_document, "PolicyDocument")?;
        let is_default = input.set_as_default.unwrap_or(false);
        let what = (arn.as_str(), document.as_str());
        let made = identity::create_version(&app.identity(), call, what, is_default).await?;
        Ok(iam::CreatePolicyVersionResponse {
            policy_version: Some(shape::version(&made, None)),
        })
    }
}
