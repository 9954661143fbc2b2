//! TagRole: sets tags of a role.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use identity::{Action, Kind};
use protocol::iam;

impl Run for iam::TagRole {
    async fn run(app: &App, call: &Call, input: iam::TagRoleRequest) -> Result<protocol::Unit> {
        let name = required(input.role_name, "RoleName")?;
        let tags = shape::tags_from(&input.tags)?;
        let which = (Kind::Role, name.as_str());
        identity::tag_entity(&app.identity(), call, Action("iam:TagRole"), which, &tags).await?;
        Ok(protocol::Unit {})
    }
}
