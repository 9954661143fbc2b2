//! DisableEbsEncryptionByDefault: new volumes and copies of snapshots are not encrypted without being asked.

use crate::App;
use crate::run::Run;
use base::Result;
use identity::Call;
use protocol::ec2;

impl Run for ec2::DisableEbsEncryptionByDefault {
    async fn run(
        app: &App,
        call: &Call,
        _input: ec2::DisableEbsEncryptionByDefaultRequest,
    ) -> Result<ec2::DisableEbsEncryptionByDefaultResult> {
        let settings = volumes::encrypt_by_default(&app.volumes, call, false).await?;
        Ok(ec2::DisableEbsEncryptionByDefaultResult {
            ebs_encryption_by_default: Some(settings.encrypt),
        })
    }
}
