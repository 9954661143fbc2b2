//! UpdateAccessKey: switches an access key on or off.

use crate::translate::required;
use crate::{App, run::Run};
use base::Error;
use base::Result;
use identity::Call;
use protocol::iam;

impl Run for iam::UpdateAccessKey {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::UpdateAccessKeyRequest,
    ) -> Result<protocol::Unit> {
        let id = required(input.access_key_id, "AccessKeyId")?;
        let is_active = match required(input.status, "Status")?.as_str() {
            "Active" => true,
            "Inactive" => false,
            _ => return Err(Error::invalid("A key's status is Active or Inactive.")),
        };
        let user = input.user_name.as_deref();
        identity::update_access_key(&app.identity(), call, user, (&id, is_active)).await?;
        Ok(protocol::Unit {})
    }
}
