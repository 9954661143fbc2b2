//! ListPolicyVersions: the versions of a managed policy, the newest first.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Action;
use identity::Call;
use protocol::Operation;
use protocol::iam;

impl Run for iam::ListPolicyVersions {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::ListPolicyVersionsRequest,
    ) -> Result<iam::ListPolicyVersionsResponse> {
        let arn = required(input.policy_arn, "PolicyArn")?;
        let action = Action("iam:ListPolicyVersions");
        let found = identity::versions(&app.identity(), call, action, &arn).await?;
        let page = shape::Paging::read(call, Self::NAME, input.max_items, input.marker)?;
        let (found, next) = page.cut(found, |one| format!("{:010}", u32::MAX - one.number));
        Ok(iam::ListPolicyVersionsResponse {
            versions: found.iter().map(|one| shape::version(one, None)).collect(),
            is_truncated: Some(next.is_some()),
            marker: next,
        })
    }
}
