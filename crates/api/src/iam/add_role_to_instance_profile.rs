//! AddRoleToInstanceProfile: puts a role into an instance profile.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use protocol::iam;

impl Run for iam::AddRoleToInstanceProfile {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::AddRoleToInstanceProfileRequest,
    ) -> Result<protocol::Unit> {
        let profile = required(input.instance_profile_name, "InstanceProfileName")?;
        let role = required(input.role_name, "RoleName")?;
        identity::add_role_to_profile(&app.identity(), call, &profile, &role).await?;
        Ok(protocol::Unit {})
    }
}
