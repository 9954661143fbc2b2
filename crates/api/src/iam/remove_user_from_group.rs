//! RemoveUserFromGroup: takes a user out of a group.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use protocol::iam;

impl Run for iam::RemoveUserFromGroup {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::RemoveUserFromGroupRequest,
    ) -> Result<protocol::Unit> {
        let group = required(input.group_name, "GroupName")?;
        let user = required(input.user_name, "UserName")?;
        identity::remove_from_group(&app.identity(), call, &group, &user).await?;
        Ok(protocol::Unit {})
    }
}
