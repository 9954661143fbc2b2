//! DeleteGroup: deletes a group that nothing hangs on any more.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::iam;

impl Run for iam::DeleteGroup {
    async fn run(app: &App, call: &Call, input: iam::DeleteGroupRequest) -> Result<protocol::Unit> {
        let name = required(input.group_name, "GroupName")?;
        let which = (Kind::Group, name.as_str());
        identity::delete_entity(&app.identity(), call, Action("iam:DeleteGroup"), which).await?;
        Ok(protocol::Unit {})
    }
}
