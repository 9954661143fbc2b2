//! GetPolicy: a managed policy.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::iam;

impl Run for iam::GetPolicy {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::GetPolicyRequest,
    ) -> Result<iam::GetPolicyResponse> {
        let arn = required(input.policy_arn, "PolicyArn")?;
        let identity = app.identity();
        let action = Action("iam:GetPolicy");
        if let Some(managed) = identity::managed_policy(&arn) {
            identity::versions(&identity, call, action, &arn).await?;
            let counts = identity::counts(&identity, call).await?;
            let count = counts.get(&arn).copied().unwrap_or_default();
            return Ok(iam::GetPolicyResponse {
                policy: Some(shape::managed(managed, count)),
            });
        }
        let which = (Kind::Policy, arn.as_str());
        let (found, tags) = identity::get_entity(&identity, call, action, which).await?;
        let counts = identity::counts(&identity, call).await?;
        let count = counts.get(&found.arn()).copied().unwrap_or_default();
        Ok(iam::GetPolicyResponse {
            policy: Some(shape::policy(&found, Some(&tags), count)),
        })
    }
}
