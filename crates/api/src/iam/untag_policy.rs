//! UntagPolicy: removes tags of a managed policy.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::iam;

impl Run for iam::UntagPolicy {
    async fn run(app: &App, call: &Call, input: iam::UntagPolicyRequest) -> Result<protocol::Unit> {
        let name = required(input.policy_arn, "PolicyArn")?;
        let which = (Kind::Policy, name.as_str());
        let action = Action("iam:UntagPolicy");
        identity::untag_entity(&app.identity(), call, action, which, &input.tag_keys).await?;
        Ok(protocol::Unit {})
    }
}
