//! GetEbsEncryptionByDefault: whether new volumes are encrypted without being asked.

use crate::App;
use crate::run::Run;
use base::Result;
use identity::Call;
use protocol::ec2;

impl Run for ec2::GetEbsEncryptionByDefault {
    async fn run(
        app: &App,
        call: &Call,
        _input: ec2::GetEbsEncryptionByDefaultRequest,
    ) -> Result<ec2::GetEbsEncryptionByDefaultResult> {
        let action = "ec2:GetEbsEncryptionByDefault";
        let settings = volumes::settings(&app.volumes, call, action).await?;
        let kind = if settings.encrypt { "sse-kms" } else { "none" };
        Ok(ec2::GetEbsEncryptionByDefaultResult {
            ebs_encryption_by_default: Some(settings.encrypt),
            sse_type: Some(kind.into()),
        })
    }
}
