//! EnableEbsEncryptionByDefault: new volumes and copies of snapshots are encrypted without being asked.

use crate::App;
use crate::run::Run;
use base::Result;
use identity::Call;
use protocol::ec2;

impl Run for ec2::EnableEbsEncryptionByDefault {
    async fn run(
        app: &App,
        call: &Call,
        _input: ec2::EnableEbsEncryptionByDefaultRequest,
    ) -> Result<ec2::EnableEbsEncryptionByDefaultResult> {
        let settings = volumes::encrypt_by_default(&app.volumes, call, true).await?;
        Ok(ec2::EnableEbsEncryptionByDefaultResult {
            ebs_encryption_by_default: Some(settings.encrypt),
        })
    }
}
