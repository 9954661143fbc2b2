//! AddUserToGroup: puts a user into a group.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use protocol::iam;

impl Run for iam::AddUserToGroup {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::AddUserToGroupRequest,
    ) -> Result<protocol::Unit> {
        let group = required(input.group_name, "GroupName")?;
        let user = required(input.user_name, "UserName")?;
        identity::add_to_group(&app.identity(), call, &group, &user).await?;
        Ok(protocol::Unit {})
    }
}
