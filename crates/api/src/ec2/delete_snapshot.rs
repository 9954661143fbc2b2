//! DeleteSnapshot: wire to request, answer to wire, nothing else.

use crate::{App, run::Run, translate};
use base::{Result, SnapshotId};
use identity::Call;
use protocol::{Unit, ec2};

impl Run for ec2::DeleteSnapshot {
    async fn run(app: &App, call: &Call, input: ec2::DeleteSnapshotRequest) -> Result<Unit> {
        let id = translate::id::<SnapshotId>(input.snapshot_id, "SnapshotId")?;
        volumes::delete_snapshot(&app.volumes, call, &id).await?;
        Ok(Unit {})
    }
}
