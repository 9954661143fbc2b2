//! DeleteInstanceProfile: deletes an instance profile that nothing hangs on any more.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::iam;

impl Run for iam::DeleteInstanceProfile {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::DeleteInstanceProfileRequest,
    ) -> Result<protocol::Unit> {
        let name = required(input.instance_profile_name, "InstanceProfileName")?;
        let which = (Kind::Profile, name.as_str());
        identity::delete_entity(
            &app.identity(),
            call,
            Action("iam:DeleteInstanceProfile"),
            which,
        )
        .await?;
        Ok(protocol::Unit {})
    }
}
