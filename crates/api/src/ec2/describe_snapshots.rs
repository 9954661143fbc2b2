//! DescribeSnapshots: wire to request, answer to wire, nothing else.

use crate::{App, run::Run, translate};
use base::{Result, SnapshotId, Tags};
use identity::Call;
use protocol::ec2;
use volumes::Snapshot;

impl Run for ec2::DescribeSnapshots {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::DescribeSnapshotsRequest,
    ) -> Result<ec2::DescribeSnapshotsResult> {
        let id = |text| translate::id::<SnapshotId>(Some(text), "SnapshotId");
        let request = volumes::DescribeSnapshots {
            ids: input
                .snapshot_ids
                .into_iter()
                .map(id)
                .collect::<Result<_>>()?,
            owners: input.owner_ids,
            restorable_by: input.restorable_by_user_ids,
            filters: translate::filters(input.filters),
            max_results: input.max_results,
            next_token: input.next_token,
        };
        let (found, next_token) = volumes::describe_snapshots(&app.volumes, call, request).await?;
        let snapshots = found
            .iter()
            .map(|(found, tags)| snapshot(found, tags))
            .collect();
        Ok(ec2::DescribeSnapshotsResult {
            snapshots,
            next_token,
        })
    }
}

/// A snapshot on the wire.
pub(super) fn snapshot(snapshot: &Snapshot, tags: &Tags) -> ec2::Snapshot {
    ec2::Snapshot {
        snapshot_id: Some(snapshot.id.to_string()),
        owner_id: Some(snapshot.owner.to_string()),
        volume_id: Some(snapshot.volume.clone()),
        volume_size: i32::try_from(snapshot.size_gib).ok(),
        description: Some(snapshot.description.clone()),
        state: Some(snapshot.state.as_str().to_owned()),
        state_message: snapshot.state_message.clone(),
        progress: Some(format!("{}%", snapshot.progress)),
        start_time: Some(translate::time(snapshot.started)),
        completion_time: snapshot.completed.map(translate::time),
        encrypted: Some(snapshot.encrypted),
        kms_key_id: snapshot
            .sealing
            .as_ref()
            .map(|sealing| sealing.key.arn.clone()),
        storage_tier: Some("standard".to_owned()),
        full_snapshot_size_in_bytes: snapshot.data_bytes.and_then(|n| i64::try_from(n).ok()),
        tags: translate::tags_and_digest(tags, snapshot.digest().as_deref()),
        ..ec2::Snapshot::default()
    }
}
