//! RetireGrant: by its token, or by its id and its key.

use crate::App;
use crate::run::Run;
use base::Result;
use identity::Call;
use keys::Retired;
use protocol::kms;

impl Run for kms::RetireGrant {
    async fn run(app: &App, call: &Call, input: kms::RetireGrantRequest) -> Result<protocol::Unit> {
        let named = (input.grant_token, input.key_id, input.grant_id);
        let retired = match named {
            (Some(token), None, None) => Retired::Token(token),
            (None, Some(key), Some(id)) => Retired::Named { key, id },
            _ => {
                let message = "A grant is named by its token, or by its id and its key's ARN.";
                return Err(base::Error::invalid(message));
            }
        };
        let call = &super::rehearsed(call, input.dry_run);
        keys::retire_grant(&app.keys, call, retired).await?;
        Ok(protocol::Unit {})
    }
}
