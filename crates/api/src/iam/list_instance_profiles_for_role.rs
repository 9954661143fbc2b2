//! ListInstanceProfilesForRole: the instance profiles that a role is in.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use protocol::Operation;
use protocol::iam;

impl Run for iam::ListInstanceProfilesForRole {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::ListInstanceProfilesForRoleRequest,
    ) -> Result<iam::ListInstanceProfilesForRoleResponse> {
        let name = required(input.role_name, "RoleName")?;
        let found = identity::profiles_of_role(&app.identity(), call, &name).await?;
        let page = shape::Paging::read(call, Self::NAME, input.max_items, input.marker)?;
        let (found, next) = page.cut(found, |entity| entity.name.to_lowercase());
        Ok(iam::ListInstanceProfilesForRoleResponse {
            instance_profiles: shape::profiles(app, &found).await?,
            is_truncated: Some(next.is_some()),
            marker: next,
        })
    }
}
