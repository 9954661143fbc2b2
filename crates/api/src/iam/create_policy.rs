//! CreatePolicy: makes a managed policy.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Detail, New};
use protocol::iam;

impl Run for iam::CreatePolicy {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::CreatePolicyRequest,
    ) -> Result<iam::CreatePolicyResponse> {
        let tags = shape::tags_from(&input.tags)?;
        let new = New {
            name: required(input.policy_name, "PolicyName")?,
            path: input.path,
            boundary: None,
            detail: Detail::Policy {
                description: input.description,
                default: 1,
                last: 1,
                updated: call.now,
            },
            tags: tags.clone(),
            document: Some(required(input.policy_document, "PolicyDocument")?),
        };
        let action = Action("iam:CreatePolicy");
        let made = identity::create_entity(&app.identity(), call, action, new).await?;
        Ok(iam::CreatePolicyResponse {
            policy: Some(shape::policy(&made, Some(&tags), (0, 0))),
        })
    }
}
