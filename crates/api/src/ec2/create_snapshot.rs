//! CreateSnapshot: wire to request, answer to wire, nothing else.

use super::describe_snapshots::snapshot;
use crate::{App, run::Run, translate};
use base::{Result, VolumeId};
use identity::Call;
use protocol::ec2;
use volumes::SnapshotSpec;

impl Run for ec2::CreateSnapshot {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::CreateSnapshotRequest,
    ) -> Result<ec2::Snapshot> {
        let mut tags = translate::tag_sets(&input.tag_specifications, &["snapshot"])?;
        let tags = tags.remove("snapshot").unwrap_or_default();
        let description = input.description.unwrap_or_default();
        let request = volumes::CreateSnapshot {
            volume: translate::id::<VolumeId>(input.volume_id, "VolumeId")?,
            spec: SnapshotSpec {
                description,
                tags: tags.clone(),
            },
        };
        let begun = volumes::create_snapshot(&app.volumes, call, request).await?;
        Ok(snapshot(&begun, &tags))
    }
}
