//! GetEbsDefaultKmsKeyId: the key for encrypted volumes that name none.

use crate::App;
use crate::run::Run;
use base::Result;
use identity::Call;
use protocol::ec2;

impl Run for ec2::GetEbsDefaultKmsKeyId {
    async fn run(
        app: &App,
        call: &Call,
        _input: ec2::GetEbsDefaultKmsKeyIdRequest,
    ) -> Result<ec2::GetEbsDefaultKmsKeyIdResult> {
        let key = volumes::default_key(&app.volumes, call).await?;
        Ok(ec2::GetEbsDefaultKmsKeyIdResult {
            kms_key_id: Some(key),
        })
    }
}
