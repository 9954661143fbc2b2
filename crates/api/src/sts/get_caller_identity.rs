//! GetCallerIdentity: who the caller is. Needs no permission.

use crate::App;
use crate::run::Run;
use base::Result;
use identity::Call;
use protocol::sts;

impl Run for sts::GetCallerIdentity {
    async fn run(
        _app: &App,
        call: &Call,
        _input: sts::GetCallerIdentityRequest,
    ) -> Result<sts::GetCallerIdentityResponse> {
        Ok(sts::GetCallerIdentityResponse {
            user_id: Some(call.caller.user_id.clone()),
            account: Some(call.account().to_string()),
            arn: Some(call.caller.arn.clone()),
        })
    }
}
