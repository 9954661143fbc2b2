//! GetPolicyVersion: a version of a managed policy.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use protocol::iam;

impl Run for iam::GetPolicyVersion {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::GetPolicyVersionRequest,
    ) -> Result<iam::GetPolicyVersionResponse> {
        let arn = required(input.policy_arn, "PolicyArn")?;
        let id = required(input.version_id, "VersionId")?;
        let found = identity::get_version(&app.identity(), call, (&arn, &id)).await?;
        Ok(iam::GetPolicyVersionResponse {
            policy_version: Some(shape::version(&found, Some(&found.document))),
        })
    }
}
