//! ListPolicies: managed policies: the account's own, AWS's, or both.

use super::shape;
use crate::{App, run::Run};
use base::Error;
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::Operation;
use protocol::iam;

impl Run for iam::ListPolicies {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::ListPoliciesRequest,
    ) -> Result<iam::ListPoliciesResponse> {
        let identity = app.identity();
        let action = Action("iam:ListPolicies");
        let path = input.path_prefix.as_deref();
        let own = identity::list_entities(&identity, call, action, (Kind::Policy, path)).await?;
        let counts = identity::counts(&identity, call).await?;
        let count = |arn: &str| counts.get(arn).copied().unwrap_or_default();
        let (with_own, with_aws) = match input.scope.as_deref() {
            None | Some("All") => (true, true),
            Some("Local") => (true, false),
            Some("AWS") => (false, true),
            Some(_) => return Err(Error::invalid("Scope is All, AWS or Local.")),
        };
        let mut found = Vec::new();
        if with_own {
            found.extend(
                own.iter()
                    .map(|one| shape::policy(one, None, count(&one.arn()))),
            );
        }
        if with_aws && path.is_none_or(|path| path == "/") {
            let all = identity::managed_policies().iter();
            found.extend(all.map(|one| shape::managed(one, count(&one.arn()))));
        }
        if input.only_attached == Some(true) {
            found.retain(|one| one.attachment_count.unwrap_or(0) > 0);
        }
        let key = |one: &iam::Policy| one.arn.clone().unwrap_or_default();
        found.sort_by_key(key);
        let page = shape::Paging::read(call, Self::NAME, input.max_items, input.marker)?;
        let (policies, next) = page.cut(found, key);
        Ok(iam::ListPoliciesResponse {
            policies,
            is_truncated: Some(next.is_some()),
            marker: next,
        })
    }
}
