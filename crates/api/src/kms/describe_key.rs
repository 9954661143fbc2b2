//! DescribeKey: what a key is, without its material.

use crate::App;
use crate::run::Run;
use base::Result;
use identity::Call;
use protocol::kms;

impl Run for kms::DescribeKey {
    async fn run(
        app: &App,
        call: &Call,
        input: kms::DescribeKeyRequest,
    ) -> Result<kms::DescribeKeyResponse> {
        let given = super::key(input.key_id)?;
        let key = keys::describe_key(&app.keys, call, &given, &input.grant_tokens).await?;
        Ok(kms::DescribeKeyResponse {
            key_metadata: Some(super::metadata(&key)),
        })
    }
}
