//! GetAccessKeyInfo: the account of an access key.

use crate::translate::required;
use crate::{App, run::Run};
use base::Error;
use base::Result;
use identity::Call;
use identity::{Action, admit};
use protocol::sts;

impl Run for sts::GetAccessKeyInfo {
    async fn run(
        app: &App,
        call: &Call,
        input: sts::GetAccessKeyInfoRequest,
    ) -> Result<sts::GetAccessKeyInfoResponse> {
        let id = required(input.access_key_id, "AccessKeyId")?;
        let mut tx = app.db.read().await?;
        admit(&mut tx, call, Action("sts:GetAccessKeyInfo")).await?;
        drop(tx);
        let account = identity::account_of_key(&app.identity(), &id).await?;
        let unknown = || Error::invalid("There is no such access key.");
        Ok(sts::GetAccessKeyInfoResponse {
            account: Some(account.ok_or_else(unknown)?.to_string()),
        })
    }
}
