//! SetDefaultPolicyVersion: makes a version of a policy the one that counts.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use protocol::iam;

impl Run for iam::SetDefaultPolicyVersion {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::SetDefaultPolicyVersionRequest,
    ) -> Result<protocol::Unit> {
        let arn = required(input.policy_arn, "PolicyArn")?;
        let id = required(input.version_id, "VersionId")?;
        identity::set_default_version(&app.identity(), call, (&arn, &id)).await?;
        Ok(protocol::Unit {})
    }
}
