//! ListEntitiesForPolicy: whom a managed policy hangs on, or limits.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Error;
use base::Result;
use identity::Call;
use identity::{Action, Entity, Kind};
use protocol::Operation;
use protocol::iam;

impl Run for iam::ListEntitiesForPolicy {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::ListEntitiesForPolicyRequest,
    ) -> Result<iam::ListEntitiesForPolicyResponse> {
        let arn = required(input.policy_arn, "PolicyArn")?;
        let action = Action("iam:ListEntitiesForPolicy");
        let (attached, limited) = identity::holders_of(&app.identity(), call, action, &arn).await?;
        let mut found = match input.policy_usage_filter.as_deref() {
            None => [attached, limited].concat(),
            Some("PermissionsPolicy") => attached,
            Some("PermissionsBoundary") => limited,
            Some(_) => {
                let message = "A usage is PermissionsPolicy or PermissionsBoundary.";
                return Err(Error::invalid(message));
            }
        };
        let kind = match input.entity_filter.as_deref() {
            None => None,
            Some("User") => Some(Kind::User),
            Some("Group") => Some(Kind::Group),
            Some("Role") => Some(Kind::Role),
            // Policies hang on nothing else that could be asked for.
            Some("LocalManagedPolicy" | "AWSManagedPolicy") => Some(Kind::Policy),
            Some(_) => return Err(Error::invalid("There is no such kind of entity.")),
        };
        found.retain(|one| kind.is_none_or(|kind| one.kind() == kind));
        let path = input.path_prefix.unwrap_or_else(|| "/".into());
        found.retain(|one| one.path.starts_with(&path));
        found.sort_by(|one, other| one.id.cmp(&other.id));
        found.dedup();
        let page = shape::Paging::read(call, Self::NAME, input.max_items, input.marker)?;
        let (found, next) = page.cut(found, |one| one.id.clone());
        let of = |kind| found.iter().filter(move |one| one.kind() == kind);
        let user = |one: &Entity| iam::PolicyUser {
            user_id: Some(one.id.clone()),
            user_name: Some(one.name.clone()),
        };
        let group = |one: &Entity| iam::PolicyGroup {
            group_id: Some(one.id.clone()),
            group_name: Some(one.name.clone()),
        };
        let role = |one: &Entity| iam::PolicyRole {
            role_id: Some(one.id.clone()),
            role_name: Some(one.name.clone()),
        };
        Ok(iam::ListEntitiesForPolicyResponse {
            policy_users: of(Kind::User).map(user).collect(),
            policy_groups: of(Kind::Group).map(group).collect(),
            policy_roles: of(Kind::Role).map(role).collect(),
            is_truncated: Some(next.is_some()),
            marker: next,
        })
    }
}
