//! TagInstanceProfile: sets tags of an instance profile.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::iam;

impl Run for iam::TagInstanceProfile {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::TagInstanceProfileRequest,
    ) -> Result<protocol::Unit> {
        let name = required(input.instance_profile_name, "InstanceProfileName")?;
        let tags = shape::tags_from(&input.tags)?;
        let which = (Kind::Profile, name.as_str());
        identity::tag_entity(
            &app.identity(),
            call,
            Action("iam:TagInstanceProfile"),
            which,
            &tags,
        )
        .await?;
        Ok(protocol::Unit {})
    }
}
