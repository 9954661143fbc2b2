//! GetSessionToken: temporary credentials of the caller. Needs no permission.

use super::shape::credentials;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use protocol::sts;

impl Run for sts::GetSessionToken {
    async fn run(
        app: &App,
        call: &Call,
        input: sts::GetSessionTokenRequest,
    ) -> Result<sts::GetSessionTokenResponse> {
        let made = identity::session_token(&app.identity(), call, input.duration_seconds).await?;
        Ok(sts::GetSessionTokenResponse {
            credentials: Some(credentials(&made)),
        })
    }
}
