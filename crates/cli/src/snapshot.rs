//! The snapshot that an import fills: started, completed, waited for.

use crate::api::{Api, is_fault};
use crate::journal::Journal;
use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use protocol::sigv4::sha256;
use protocol::{ebs, ec2};
use std::collections::BTreeMap;
use std::time::Duration;

/// How often a snapshot that is being completed is looked at: soon at first, then seldom.
const FIRST_LOOK: Duration = Duration::from_millis(50);
const LATER_LOOKS: Duration = Duration::from_secs(1);

/// Where an import stands.
pub(crate) enum Stage {
    /// The snapshot takes blocks.
    Filling(String),
    /// An earlier run filled the snapshot.
    Filled(String),
}

/// The snapshot of an earlier run if it still takes blocks or is complete, else a new one.
pub(crate) async fn take_up(api: &Api, journal: &mut Journal, gib: u64) -> Result<Stage> {
    if let Some(id) = journal.snapshot.clone() {
        let found = describe(api, &id).await?;
        match found.and_then(|found| found.state).as_deref() {
            Some("pending") => return Ok(Stage::Filling(id)),
            Some("completed") => return Ok(Stage::Filled(id)),
            _ => journal.begin()?,
        }
    } else if journal.token.is_none() {
        journal.begin()?;
    }
    let input = ebs::StartSnapshotRequest {
        volume_size: Some(i64::try_from(gib)?),
        description: Some("Imported by amiable".into()),
        client_token: journal.token.clone(),
        ..ebs::StartSnapshotRequest::default()
    };
    let started = api.call::<ebs::StartSnapshot>(input).await?;
    let id = started
        .snapshot_id
        .context("the answer names no snapshot")?;
    journal.started(&id)?;
    Ok(Stage::Filling(id))
}

/// A snapshot as the API shows it, if it does.
pub(crate) async fn describe(api: &Api, id: &str) -> Result<Option<ec2::Snapshot>> {
    let input = ec2::DescribeSnapshotsRequest {
        snapshot_ids: vec![id.to_owned()],
        ..ec2::DescribeSnapshotsRequest::default()
    };
    match api.call::<ec2::DescribeSnapshots>(input).await {
        Ok(answer) => Ok(answer.snapshots.into_iter().next()),
        Err(error) if is_fault(&error, "InvalidSnapshot.NotFound") => Ok(None),
        Err(error) => Err(error),
    }
}

/// Ends the writing, with how many blocks there are and what they hold. The service answers the
/// same when it is asked again.
pub(crate) async fn complete(api: &Api, id: &str, checksums: &BTreeMap<i32, String>) -> Result<()> {
    let mut all = Vec::with_capacity(checksums.len() * 32);
    for checksum in checksums.values() {
        all.extend(STANDARD.decode(checksum)?);
    }
    let input = ebs::CompleteSnapshotRequest {
        snapshot_id: Some(id.to_owned()),
        changed_blocks_count: Some(i32::try_from(checksums.len())?),
        checksum: Some(STANDARD.encode(hex::decode(sha256(&all))?)),
        checksum_algorithm: Some("SHA256".into()),
        checksum_aggregation_method: Some("LINEAR".into()),
    };
    api.call::<ebs::CompleteSnapshot>(input).await.map(drop)
}

/// Waits until the snapshot is complete, and answers its digest if it shows one.
pub(crate) async fn wait(api: &Api, id: &str) -> Result<Option<String>> {
    let mut pause = FIRST_LOOK;
    loop {
        let found = describe(api, id).await?;
        let found = found.with_context(|| format!("The snapshot {id} is gone."))?;
        match found.state.as_deref() {
            Some("completed") => return Ok(digest(&found.tags)),
            Some("pending") => tokio::time::sleep(pause).await,
            state => bail!(
                "The snapshot {id} ended as {}: {}",
                state.unwrap_or("nothing"),
                found.state_message.unwrap_or_default()
            ),
        }
        pause = (pause * 2).min(LATER_LOOKS);
    }
}

/// The digest among tags.
pub(crate) fn digest(tags: &[ec2::Tag]) -> Option<String> {
    let tag = tags
        .iter()
        .find(|tag| tag.key.as_deref() == Some(crate::DIGEST_TAG));
    tag.and_then(|tag| tag.value.clone())
}
