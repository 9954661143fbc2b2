//! UntagRole: removes tags of a role.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::iam;

impl Run for iam::UntagRole {
    async fn run(app: &App, call: &Call, input: iam::UntagRoleRequest) -> Result<protocol::Unit> {
        let name = required(input.role_name, "RoleName")?;
        let which = (Kind::Role, name.as_str());
        let action = Action("iam:UntagRole");
        identity::untag_entity(&app.identity(), call, action, which, &input.tag_keys).await?;
        Ok(protocol::Unit {})
    }
}
