//! ModifyEbsDefaultKmsKeyId: the key for encrypted volumes that name none.

use crate::App;
use crate::run::Run;
use crate::translate;
use base::Result;
use identity::Call;
use protocol::ec2;

impl Run for ec2::ModifyEbsDefaultKmsKeyId {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::ModifyEbsDefaultKmsKeyIdRequest,
    ) -> Result<ec2::ModifyEbsDefaultKmsKeyIdResult> {
        let given = translate::present(input.kms_key_id);
        let key = translate::required(given, "KmsKeyId")?;
        let key = volumes::set_default_key(&app.volumes, call, Some(key)).await?;
        Ok(ec2::ModifyEbsDefaultKmsKeyIdResult {
            kms_key_id: Some(key),
        })
    }
}
