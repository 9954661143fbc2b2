//! DeletePolicy: deletes a managed policy that hangs nowhere.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::iam;

impl Run for iam::DeletePolicy {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::DeletePolicyRequest,
    ) -> Result<protocol::Unit> {
        let arn = required(input.policy_arn, "PolicyArn")?;
        let which = (Kind::Policy, arn.as_str());
        identity::delete_entity(&app.identity(), call, Action("iam:DeletePolicy"), which).await?;
        Ok(protocol::Unit {})
    }
}
