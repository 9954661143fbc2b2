//! UpdateGroup: gives a group another name or path.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Change, Kind};
use protocol::iam;

impl Run for iam::UpdateGroup {
    async fn run(app: &App, call: &Call, input: iam::UpdateGroupRequest) -> Result<protocol::Unit> {
        let name = required(input.group_name, "GroupName")?;
        let change = Change {
            name: input.new_group_name,
            path: input.new_path,
            ..Change::default()
        };
        let which = (Kind::Group, name.as_str());
        let action = Action("iam:UpdateGroup");
        identity::update_entity(&app.identity(), call, action, which, change).await?;
        Ok(protocol::Unit {})
    }
}
