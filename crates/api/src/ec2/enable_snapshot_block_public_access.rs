//! EnableSnapshotBlockPublicAccess: no snapshot of the account can become public, or is.

use crate::App;
use crate::run::Run;
use crate::translate;
use base::Result;
use identity::Call;
use protocol::ec2;
use volumes::PublicAccess;

impl Run for ec2::EnableSnapshotBlockPublicAccess {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::EnableSnapshotBlockPublicAccessRequest,
    ) -> Result<ec2::EnableSnapshotBlockPublicAccessResult> {
        let state = PublicAccess::parse(&translate::required(input.state, "State")?)?;
        volumes::block_public_access(&app.volumes, call, state).await?;
        Ok(ec2::EnableSnapshotBlockPublicAccessResult {
            state: Some(state.as_str().into()),
        })
    }
}
