//! `amiable snapshot reencrypt SNAPSHOT`: every block of a snapshot, written anew under a fresh
//! data key.
//!
//! A copy under another key wraps the data keys anew and leaves the data as it is, which is what
//! makes it cheap. Where a policy wants that no old data key opens a disk, this reads it through
//! the EBS direct API and writes a new snapshot of the same bytes.

use crate::api::Api;
use crate::snapshot::{self, wait};
use crate::{BLOCK, Common, IN_FLIGHT, fetch, line, progress};
use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use clap::{Args, Subcommand};
use futures::stream::{self, StreamExt};
use protocol::ebs;
use protocol::sigv4::sha256;
use serde_json::json;
use std::collections::BTreeMap;
use std::process::ExitCode;

/// The commands on snapshots.
#[derive(Subcommand)]
pub enum SnapshotCommand {
    /// Writes every block of a snapshot anew, as a new snapshot under a fresh data key.
    Reencrypt(Reencrypt),
}

/// Re-encrypts a snapshot.
#[derive(Args)]
#[command(after_help = "\
The old snapshot stays: delete it, and what nothing else needs of it is collected.

Examples:
  amiable snapshot reencrypt snap-0123456789abcdef0
  amiable snapshot reencrypt snap-0123456789abcdef0 --kms-key-id arn:aws:kms:us-east-1:…:key/…

Exit codes: 0 the new snapshot holds the same bytes, 1 failed, 2 wrong usage.")]
pub struct Reencrypt {
    /// The snapshot.
    snapshot: String,
    /// The ARN of the key [default: the account's default key for EBS].
    #[arg(long, value_name = "ARN")]
    kms_key_id: Option<String>,
    #[command(flatten)]
    common: Common,
}

impl Reencrypt {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let api = self.common.api()?;
        let source = snapshot::describe(&api, &self.snapshot).await?;
        let source = source.with_context(|| format!("There is no snapshot {}.", self.snapshot))?;
        let input = ebs::StartSnapshotRequest {
            volume_size: source.volume_size.map(i64::from),
            description: Some(format!("{} encrypted anew", self.snapshot)),
            encrypted: Some(true),
            kms_key_arn: self.kms_key_id.clone(),
            ..ebs::StartSnapshotRequest::default()
        };
        let started = api.call::<ebs::StartSnapshot>(input).await?;
        let made = started
            .snapshot_id
            .context("the answer names no snapshot")?;
        let checksums = rewrite(&api, &self.snapshot, &made).await?;
        snapshot::complete(&api, &made, &checksums).await?;
        let digest = wait(&api, &made).await?;
        let before = snapshot::digest(&source.tags);
        ensure!(
            before.is_none() || before == digest,
            "{made} does not hold the bytes of {}: its digest differs.",
            self.snapshot
        );
        let bytes = u64::try_from(checksums.len())? * BLOCK;
        if self.common.json {
            let answer = json!({"snapshot_id": made, "source": self.snapshot,
                "kms_key_id": started.kms_key_arn, "digest": digest, "bytes": bytes});
            line(&answer.to_string())?;
        } else {
            let bytes = indicatif::BinaryBytes(bytes);
            line(&format!(
                "{made}: {bytes} of {} written anew",
                self.snapshot
            ))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Copies every block that holds data; answers their checksums.
async fn rewrite(api: &Api, from: &str, to: &str) -> Result<BTreeMap<i32, String>> {
    let (mut checksums, mut next) = (BTreeMap::new(), None);
    let bar = progress::bar(0);
    loop {
        let page = fetch::page(api, from, None, next).await?;
        bar.inc_length(u64::try_from(page.blocks.len())? * BLOCK);
        let copy = |entry: ebs::Block| {
            let (api, from, to) = (api.clone(), from.to_owned(), to.to_owned());
            tokio::spawn(async move {
                let (index, token) = fetch::named(entry)?;
                let data = fetch::block(&api, &from, index, token).await?;
                put(&api, &to, i32::try_from(index)?, data).await
            })
        };
        let mut copied = stream::iter(page.blocks).map(copy).buffered(IN_FLIGHT);
        while let Some(done) = copied.next().await {
            let (index, checksum) = done??;
            checksums.insert(index, checksum);
            bar.inc(BLOCK);
        }
        next = page.next_token;
        if next.is_none() {
            bar.finish_and_clear();
            return Ok(checksums);
        }
    }
}

async fn put(api: &Api, to: &str, index: i32, data: Bytes) -> Result<(i32, String)> {
    let checksum = STANDARD.encode(hex::decode(sha256(&data))?);
    let input = ebs::PutSnapshotBlockRequest {
        snapshot_id: Some(to.to_owned()),
        block_index: Some(index),
        data_length: i32::try_from(data.len()).ok(),
        block_data: Some(data),
        checksum: Some(checksum.clone()),
        checksum_algorithm: Some("SHA256".into()),
        ..ebs::PutSnapshotBlockRequest::default()
    };
    let put = api.call::<ebs::PutSnapshotBlock>(input).await;
    put.with_context(|| format!("block {index} could not be written"))?;
    Ok((index, checksum))
}
