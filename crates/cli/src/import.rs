//! `amiable image import FILE`.

use crate::api::{Api, is_fault};
use crate::journal::{self, Journal};
use crate::{Common, line};
use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use clap::Args;
use futures::stream::{self, StreamExt};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use protocol::sigv4::sha256;
use protocol::{ebs, ec2};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(crate) const BLOCK: u64 = 512 * 1024;
const GIB: u64 = 1 << 30;
/// Blocks on their way at once.
pub(crate) const IN_FLIGHT: usize = 12;

/// Imports a disk image.
#[derive(Args)]
#[command(after_help = "Example: amiable image import debian.qcow2 --name debian-12")]
pub struct Import {
    /// The disk image: raw, qcow2, VMDK, VHD or VHDX.
    file: PathBuf,
    /// The image's name [default: from the file's name].
    #[arg(long)]
    name: Option<String>,
    /// The image's description.
    #[arg(long, default_value = "")]
    description: String,
    /// The file's format, if it is not to be found out.
    #[arg(long)]
    format: Option<formats::Format>,
    /// x86_64 or arm64.
    #[arg(long, default_value = "x86_64")]
    architecture: String,
    /// legacy-bios, uefi or uefi-preferred.
    #[arg(long)]
    boot_mode: Option<String>,
    /// The root device's name.
    #[arg(long, default_value = "/dev/xvda")]
    root_device: String,
    /// The volume's size in GiB [default: as large as the disk].
    #[arg(long, value_name = "GIB")]
    size: Option<u64>,
    /// A tag of the image, KEY=VALUE; may be given several times.
    #[arg(long = "tag", value_name = "KEY=VALUE")]
    tags: Vec<String>,
    /// Make the snapshot only, and register no image.
    #[arg(long)]
    snapshot_only: bool,
    #[command(flatten)]
    common: Common,
}

struct Sent {
    blocks: u64,
    bytes: u64,
}

impl Import {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let began = Instant::now();
        let api = self.common.api()?;
        let disk: Arc<dyn formats::Image> = match self.format {
            Some(format) => formats::open_as(&self.file, format)?.into(),
            None => formats::open(&self.file)?.into(),
        };
        let gib = disk.size().div_ceil(GIB).max(self.size.unwrap_or(1)).max(1);
        let name = match &self.name {
            Some(name) => name.clone(),
            None => name_of(&self.file),
        };
        let size = gib.to_string();
        let parts = [&api.endpoint, &api.access_key, &api.region, &name, &size].map(String::as_str);
        let mut journal = Journal::open(&journal::identity(&self.file, &parts)?)?;
        let snapshot = pending(&api, &mut journal, gib).await?;
        let sent = send(&api, &snapshot, disk.clone(), &mut journal).await?;
        complete(&api, &snapshot, &journal).await?;
        let digest = completed(&api, &snapshot).await?;
        let image = if self.snapshot_only {
            None
        } else {
            Some(self.register(&api, &name, &snapshot).await?)
        };
        journal.remove();
        let seconds = began.elapsed().as_secs_f64();
        if self.common.json {
            let answer = serde_json::json!({
                "image_id": image, "snapshot_id": snapshot, "digest": digest,
                "blocks_sent": sent.blocks, "bytes_sent": sent.bytes,
                "virtual_size": disk.size(), "seconds": seconds,
            });
            line(&answer.to_string())?;
        } else {
            if let Some(image) = image {
                line(&format!("image     {image}"))?;
            }
            line(&format!("snapshot  {snapshot}\ndigest    {digest}"))?;
            let mib = sent.bytes >> 20;
            line(&format!(
                "sent      {} blocks, {mib} MiB in {seconds:.1} s",
                sent.blocks
            ))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn register(&self, api: &Api, name: &str, snapshot: &str) -> Result<String> {
        let mut tags = Vec::new();
        for tag in &self.tags {
            let (key, value) = tag
                .split_once('=')
                .with_context(|| format!("--tag {tag} is not KEY=VALUE"))?;
            tags.push(ec2::Tag {
                key: Some(key.into()),
                value: Some(value.into()),
            });
        }
        let specification = ec2::TagSpecification {
            resource_type: Some("image".into()),
            tags,
        };
        let input = ec2::RegisterImageRequest {
            name: Some(name.to_owned()),
            description: Some(self.description.clone()).filter(|text| !text.is_empty()),
            architecture: Some(self.architecture.clone()),
            virtualization_type: Some("hvm".into()),
            boot_mode: self.boot_mode.clone(),
            ena_support: Some(true),
            root_device_name: Some(self.root_device.clone()),
            block_device_mappings: vec![ec2::BlockDeviceMapping {
                device_name: Some(self.root_device.clone()),
                ebs: Some(ec2::EbsBlockDevice {
                    snapshot_id: Some(snapshot.to_owned()),
                    ..ec2::EbsBlockDevice::default()
                }),
                ..ec2::BlockDeviceMapping::default()
            }],
            tag_specifications: Some(specification)
                .filter(|s| !s.tags.is_empty())
                .into_iter()
                .collect(),
            ..ec2::RegisterImageRequest::default()
        };
        match api.call::<ec2::RegisterImage>(input).await {
            Ok(answer) => answer.image_id.context("the answer names no image"),
            // An earlier run may have registered it and not heard the answer.
            Err(error) if is_fault(&error, "InvalidAMIName.Duplicate") => {
                registered(api, name, snapshot).await?.ok_or(error)
            }
            Err(error) => Err(error),
        }
    }
}

async fn registered(api: &Api, name: &str, snapshot: &str) -> Result<Option<String>> {
    let filter = |name: &str, value: &str| ec2::Filter {
        name: Some(name.to_owned()),
        values: vec![value.to_owned()],
    };
    let input = ec2::DescribeImagesRequest {
        owners: vec!["self".into()],
        filters: vec![filter("block-device-mapping.snapshot-id", snapshot)],
        ..ec2::DescribeImagesRequest::default()
    };
    let found = api.call::<ec2::DescribeImages>(input).await?.images;
    Ok(found
        .into_iter()
        .find(|image| image.name.as_deref() == Some(name))
        .and_then(|i| i.image_id))
}

/// A name that images may have, from a file's.
fn name_of(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let legal = |c: char| {
        if c.is_ascii_alphanumeric() || " ()[]./-'@_".contains(c) {
            c
        } else {
            '-'
        }
    };
    let name: String = stem.chars().map(legal).take(128).collect();
    if name.len() < 3 {
        format!("{name}-image")
    } else {
        name
    }
}

/// The snapshot of an earlier run if it still takes blocks, else a new one.
async fn pending(api: &Api, journal: &mut Journal, gib: u64) -> Result<String> {
    if let Some(snapshot) = journal.snapshot.clone()
        && let Some(state) = state(api, &snapshot).await?
        && (state == "pending" || state == "completed")
    {
        return Ok(snapshot);
    }
    let input = ebs::StartSnapshotRequest {
        volume_size: Some(i64::try_from(gib)?),
        description: Some("Imported by amiable".into()),
        ..ebs::StartSnapshotRequest::default()
    };
    let started = api.call::<ebs::StartSnapshot>(input).await?;
    let snapshot = started
        .snapshot_id
        .context("the answer names no snapshot")?;
    journal.restart(&snapshot)?;
    Ok(snapshot)
}

async fn describe(api: &Api, snapshot: &str) -> Result<Option<ec2::Snapshot>> {
    let input = ec2::DescribeSnapshotsRequest {
        snapshot_ids: vec![snapshot.to_owned()],
        ..ec2::DescribeSnapshotsRequest::default()
    };
    match api.call::<ec2::DescribeSnapshots>(input).await {
        Ok(answer) => Ok(answer.snapshots.into_iter().next()),
        Err(error) if is_fault(&error, "InvalidSnapshot.NotFound") => Ok(None),
        Err(error) => Err(error),
    }
}

async fn state(api: &Api, snapshot: &str) -> Result<Option<String>> {
    Ok(describe(api, snapshot)
        .await?
        .and_then(|snapshot| snapshot.state))
}

/// Sends the blocks that hold anything and were not acknowledged before.
async fn send(
    api: &Api,
    snapshot: &str,
    disk: Arc<dyn formats::Image>,
    journal: &mut Journal,
) -> Result<Sent> {
    let (bar, mut sent) = (
        bar(disk.size()),
        Sent {
            blocks: 0,
            bytes: 0,
        },
    );
    if state(api, snapshot).await?.as_deref() == Some("completed") {
        return Ok(sent);
    }
    let known = Arc::new(journal.sent.clone());
    let blocks = stream::iter(Blocks::new(disk.clone()));
    let work = blocks.map(|index| {
        let (api, disk, known, snapshot) = (
            api.clone(),
            disk.clone(),
            known.clone(),
            snapshot.to_owned(),
        );
        async move {
            let index = index?;
            if known.contains_key(&index) {
                return Ok((index, None));
            }
            let read = tokio::task::spawn_blocking(move || block(&*disk, index)).await??;
            let Some((data, checksum)) = read else {
                return Ok((index, None));
            };
            put(&api, &snapshot, index, (data, &checksum)).await?;
            anyhow::Ok((index, Some(checksum)))
        }
    });
    let mut done = work.buffer_unordered(IN_FLIGHT);
    while let Some(result) = done.next().await {
        let (index, checksum) = result?;
        bar.set_position(u64::try_from(index)? * BLOCK);
        if let Some(checksum) = checksum {
            journal.acknowledge(index, checksum)?;
            sent.blocks += 1;
            sent.bytes += BLOCK;
        }
    }
    bar.finish_and_clear();
    Ok(sent)
}

async fn put(api: &Api, snapshot: &str, index: i32, (data, checksum): (Bytes, &str)) -> Result<()> {
    let input = ebs::PutSnapshotBlockRequest {
        snapshot_id: Some(snapshot.to_owned()),
        block_index: Some(index),
        data_length: i32::try_from(data.len()).ok(),
        block_data: Some(data),
        checksum: Some(checksum.to_owned()),
        checksum_algorithm: Some("SHA256".into()),
        ..ebs::PutSnapshotBlockRequest::default()
    };
    api.call::<ebs::PutSnapshotBlock>(input).await.map(drop)
}

/// A block's bytes, padded, and their checksum; nothing if it is all zeros.
fn block(disk: &dyn formats::Image, index: i32) -> Result<Option<(Bytes, String)>> {
    let offset = u64::try_from(index)? * BLOCK;
    let length = usize::try_from(BLOCK.min(disk.size() - offset))?;
    let mut data = vec![0; usize::try_from(BLOCK)?];
    disk.read_at(offset, &mut data[..length])?;
    if data.iter().all(|byte| *byte == 0) {
        return Ok(None);
    }
    let checksum = STANDARD.encode(hex::decode(sha256(&data))?);
    Ok(Some((Bytes::from(data), checksum)))
}

/// The indices of blocks that may hold anything, in order.
struct Blocks {
    disk: Arc<dyn formats::Image>,
    next: u64,
    end: u64,
}

impl Blocks {
    fn new(disk: Arc<dyn formats::Image>) -> Blocks {
        Blocks {
            disk,
            next: 0,
            end: 0,
        }
    }
}

impl Iterator for Blocks {
    type Item = Result<i32>;

    fn next(&mut self) -> Option<Result<i32>> {
        if self.next >= self.end {
            match self.disk.next_extent(self.next * BLOCK) {
                Ok(Some(extent)) => {
                    self.next = self.next.max(extent.start / BLOCK);
                    self.end = extent.end.div_ceil(BLOCK);
                }
                Ok(None) => return None,
                Err(error) => {
                    (self.next, self.end) = (u64::MAX / BLOCK, 0);
                    return Some(Err(error.into()));
                }
            }
        }
        let index = self.next;
        self.next += 1;
        Some(i32::try_from(index).map_err(Into::into))
    }
}

fn bar(size: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(size), ProgressDrawTarget::stderr_with_hz(5));
    let style = "{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta} left";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    bar
}

async fn complete(api: &Api, snapshot: &str, journal: &Journal) -> Result<()> {
    if state(api, snapshot).await?.as_deref() == Some("completed") {
        return Ok(());
    }
    let mut all = Vec::with_capacity(journal.sent.len() * 32);
    for checksum in journal.sent.values() {
        all.extend(STANDARD.decode(checksum)?);
    }
    let input = ebs::CompleteSnapshotRequest {
        snapshot_id: Some(snapshot.to_owned()),
        changed_blocks_count: i32::try_from(journal.sent.len()).ok(),
        checksum: Some(STANDARD.encode(hex::decode(sha256(&all))?)),
        checksum_algorithm: Some("SHA256".into()),
        checksum_aggregation_method: Some("LINEAR".into()),
    };
    api.call::<ebs::CompleteSnapshot>(input).await.map(drop)
}

/// Waits until the snapshot is complete, and answers its digest.
async fn completed(api: &Api, snapshot: &str) -> Result<String> {
    loop {
        let found = describe(api, snapshot)
            .await?
            .context("the snapshot is gone")?;
        match found.state.as_deref() {
            Some("completed") => {
                return digest_tag(&found.tags).context("the snapshot shows no digest");
            }
            Some("pending") => tokio::time::sleep(Duration::from_millis(100)).await,
            other => bail!(
                "the snapshot ended as {other:?}: {}",
                found.state_message.unwrap_or_default()
            ),
        }
    }
}

/// The digest among tags.
pub(crate) fn digest_tag(tags: &[ec2::Tag]) -> Option<String> {
    let tag = tags
        .iter()
        .find(|tag| tag.key.as_deref() == Some("amiable:digest"));
    tag.and_then(|tag| tag.value.clone())
}
