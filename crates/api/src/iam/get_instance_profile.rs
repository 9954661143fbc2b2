//! GetInstanceProfile: an instance profile and the role in it.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::iam;

impl Run for iam::GetInstanceProfile {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::GetInstanceProfileRequest,
    ) -> Result<iam::GetInstanceProfileResponse> {
        let name = required(input.instance_profile_name, "InstanceProfileName")?;
        let which = (Kind::Profile, name.as_str());
        let action = Action("iam:GetInstanceProfile");
        let (profile, tags) = identity::get_entity(&app.identity(), call, action, which).await?;
        Ok(iam::GetInstanceProfileResponse {
            instance_profile: Some(shape::profile(app, &profile, Some(&tags)).await?),
        })
    }
}
