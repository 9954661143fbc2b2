//! GetSnapshotBlockPublicAccessState: whether snapshots of the account may be public.

use crate::App;
use crate::run::Run;
use base::Result;
use identity::Call;
use protocol::ec2;

impl Run for ec2::GetSnapshotBlockPublicAccessState {
    async fn run(
        app: &App,
        call: &Call,
        _input: ec2::GetSnapshotBlockPublicAccessStateRequest,
    ) -> Result<ec2::GetSnapshotBlockPublicAccessStateResult> {
        let action = "ec2:GetSnapshotBlockPublicAccessState";
        let settings = volumes::settings(&app.volumes, call, action).await?;
        Ok(ec2::GetSnapshotBlockPublicAccessStateResult {
            state: Some(settings.public_access.as_str().into()),
            managed_by: Some("account".into()),
        })
    }
}
