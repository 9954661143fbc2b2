//! DisableSnapshotBlockPublicAccess: snapshots of the account may be public.

use crate::App;
use crate::run::Run;
use base::Result;
use identity::Call;
use protocol::ec2;

impl Run for ec2::DisableSnapshotBlockPublicAccess {
    async fn run(
        app: &App,
        call: &Call,
        _input: ec2::DisableSnapshotBlockPublicAccessRequest,
    ) -> Result<ec2::DisableSnapshotBlockPublicAccessResult> {
        let state = volumes::PublicAccess::Unblocked;
        volumes::block_public_access(&app.volumes, call, state).await?;
        Ok(ec2::DisableSnapshotBlockPublicAccessResult {
            state: Some(state.as_str().into()),
        })
    }
}
