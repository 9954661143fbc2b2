//! StartSnapshot: wire to request, answer to wire, nothing else.

use super::{block_size, snapshot_id};
use crate::{App, run::Run, translate};
use base::{Result, Tag, check_tags};
use identity::Call;
use protocol::ebs;
use volumes::Origin;
use volumes::direct::{StartSnapshot, Started, start_snapshot};

impl Run for ebs::StartSnapshot {
    async fn run(
        app: &App,
        call: &Call,
        input: ebs::StartSnapshotRequest,
    ) -> Result<ebs::StartSnapshotResponse> {
        let tag = |tag: ebs::Tag| Tag {
            key: tag.key.unwrap_or_default(),
            value: tag.value.unwrap_or_default(),
        };
        let tags: Vec<Tag> = input.tags.into_iter().map(tag).collect();
        let request = StartSnapshot {
            size_gib: translate::required(input.volume_size, "VolumeSize")?,
            parent: input
                .parent_snapshot_id
                .map(|id| snapshot_id(Some(id)))
                .transpose()?,
            description: input.description.unwrap_or_default(),
            encryption: volumes::Asked {
                encrypted: input.encrypted,
                key: translate::present(input.kms_key_arn),
            },
            tags: check_tags(&tags)?,
            timeout_minutes: input.timeout.map(i64::from),
            client_token: input.client_token,
        };
        Ok(answer(start_snapshot(&app.volumes, call, request).await?))
    }
}

fn answer(started: Started) -> ebs::StartSnapshotResponse {
    let Started { snapshot, tags } = started;
    let parent = match &snapshot.origin {
        Origin::Direct(direct) => direct.parent.as_ref().map(ToString::to_string),
        Origin::Frozen { .. } | Origin::Stored(_) | Origin::Copy { .. } => None,
    };
    let tag = |(key, value)| ebs::Tag {
        key: Some(key),
        value: Some(value),
    };
    ebs::StartSnapshotResponse {
        snapshot_id: Some(snapshot.id.to_string()),
        owner_id: Some(snapshot.owner.to_string()),
        status: Some(snapshot.state.as_str().to_owned()),
        start_time: Some(translate::time(snapshot.started)),
        volume_size: Some(i64::from(snapshot.size_gib)),
        block_size: block_size(),
        tags: tags.into_iter().map(tag).collect(),
        parent_snapshot_id: parent,
        kms_key_arn: snapshot.sealing.map(|sealing| sealing.key.arn),
        sse_type: Some(
            if snapshot.encrypted {
                "sse-kms"
            } else {
                "none"
            }
            .into(),
        ),
        description: Some(snapshot.description),
    }
}
