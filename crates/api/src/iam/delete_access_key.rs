//! DeleteAccessKey: deletes an access key.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use protocol::iam;

impl Run for iam::DeleteAccessKey {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::DeleteAccessKeyRequest,
    ) -> Result<protocol::Unit> {
        let id = required(input.access_key_id, "AccessKeyId")?;
        let user = input.user_name.as_deref();
        identity::delete_access_key(&app.identity(), call, user, &id).await?;
        Ok(protocol::Unit {})
    }
}
