//! TagPolicy: sets tags of a managed policy.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::iam;

impl Run for iam::TagPolicy {
    async fn run(app: &App, call: &Call, input: iam::TagPolicyRequest) -> Result<protocol::Unit> {
        let name = required(input.policy_arn, "PolicyArn")?;
        let tags = shape::tags_from(&input.tags)?;
        let which = (Kind::Policy, name.as_str());
        identity::tag_entity(&app.identity(), call, Action("iam:TagPolicy"), which, &tags).await?;
        Ok(protocol::Unit {})
    }
}
