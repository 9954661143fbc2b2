//! CreateInstanceProfile: makes an instance profile.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Detail, New};
use protocol::iam;

impl Run for iam::CreateInstanceProfile {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::CreateInstanceProfileRequest,
    ) -> Result<iam::CreateInstanceProfileResponse> {
        let tags = shape::tags_from(&input.tags)?;
        let new = New {
            name: required(input.instance_profile_name, "InstanceProfileName")?,
            path: input.path,
            boundary: None,
            detail: Detail::Profile { role: None },
            tags: tags.clone(),
            document: None,
        };
        let action = Action("iam:CreateInstanceProfile");
        let made = identity::create_entity(&app.identity(), call, action, new).await?;
        Ok(iam::CreateInstanceProfileResponse {
            instance_profile: Some(shape::profile(app, &made, Some(&tags)).await?),
        })
    }
}
