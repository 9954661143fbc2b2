//! UntagInstanceProfile: removes tags of an instance profile.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::iam;

impl Run for iam::UntagInstanceProfile {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::UntagInstanceProfileRequest,
    ) -> Result<protocol::Unit> {
        let name = required(input.instance_profile_name, "InstanceProfileName")?;
        let which = (Kind::Profile, name.as_str());
        let action = Action("iam:UntagInstanceProfile");
        identity::untag_entity(&app.identity(), call, action, which, &input.tag_keys).await?;
        Ok(protocol::Unit {})
    }
}
