//! ResetEbsDefaultKmsKeyId: the account's own `aws/ebs` is the key for what names none again.

use crate::App;
use crate::run::Run;
use base::Result;
use identity::Call;
use protocol::ec2;

impl Run for ec2::ResetEbsDefaultKmsKeyId {
    async fn run(
        app: &App,
        call: &Call,
        _input: ec2::ResetEbsDefaultKmsKeyIdRequest,
    ) -> Result<ec2::ResetEbsDefaultKmsKeyIdResult> {
        let key = volumes::set_default_key(&app.volumes, call, None).await?;
        Ok(ec2::ResetEbsDefaultKmsKeyIdResult {
            kms_key_id: Some(key),
        })
    }
}
