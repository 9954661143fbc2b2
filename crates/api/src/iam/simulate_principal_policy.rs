//! SimulatePrincipalPolicy: what the evaluator that decides for real would say.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::Simulation;
use protocol::Operation;
use protocol::iam;

impl Run for iam::SimulatePrincipalPolicy {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::SimulatePrincipalPolicyRequest,
    ) -> Result<iam::SimulatePolicyResponse> {
        let source = Some(required(input.policy_source_arn, "PolicySourceArn")?);
        let simulation = Simulation {
            source,
            policies: input.policy_input_list,
            boundary: input.permissions_boundary_policy_input_list,
            actions: input.action_names,
            resources: input.resource_arns,
            resource_policy: input.resource_policy,
            resource_owner: input.resource_owner,
            caller: input.caller_arn,
            context: shape::context(&input.context_entries)?,
        };
        let found = identity::simulate(&app.identity(), call, simulation).await?;
        let page = shape::Paging::read(call, Self::NAME, input.max_items, input.marker)?;
        shape::simulated(page, &found)
    }
}
