//! DeletePolicyVersion: deletes a version of a policy that does not count.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use protocol::iam;

impl Run for iam::DeletePolicyVersion {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::DeletePolicyVersionRequest,
    ) -> Result<protocol::Unit> {
        let arn = required(input.policy_arn, "PolicyArn")?;
        let id = required(input.version_id, "VersionId")?;
        identity::delete_version(&app.identity(), call, (&arn, &id)).await?;
        Ok(protocol::Unit {})
    }
}
