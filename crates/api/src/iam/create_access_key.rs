//! CreateAccessKey: makes an access key; the secret is answered once.

use crate::translate;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use protocol::iam;

impl Run for iam::CreateAccessKey {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::CreateAccessKeyRequest,
    ) -> Result<iam::CreateAccessKeyResponse> {
        let user = input.user_name.as_deref();
        let (key, name) = identity::create_access_key(&app.identity(), call, user).await?;
        let access_key = iam::AccessKey {
            access_key_id: Some(key.id),
            secret_access_key: Some(key.secret.expose().to_owned()),
            status: Some("Active".into()),
            user_name: Some(name.unwrap_or_default()),
            create_date: Some(translate::time(call.now)),
        };
        Ok(iam::CreateAccessKeyResponse {
            access_key: Some(access_key),
        })
    }
}
