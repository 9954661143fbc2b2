//! A snapshot's blocks, fetched several at a time and checked.

use crate::api::Api;
use crate::import::IN_FLIGHT;
use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::stream::{self, StreamExt};
use protocol::sigv4::sha256;
use protocol::{ebs, ec2};

/// An image's disks, as the API shows it.
pub(crate) async fn image(api: &Api, id: &str) -> Result<ec2::Image> {
    let input = ec2::DescribeImagesRequest {
        image_ids: vec![id.to_owned()],
        ..ec2::DescribeImagesRequest::default()
    };
    let found = api.call::<ec2::DescribeImages>(input).await?.images;
    found
        .into_iter()
        .next()
        .with_context(|| format!("there is no image {id}"))
}

/// The block device and snapshot of each disk of an image.
pub(crate) fn disks(image: &ec2::Image) -> Vec<(String, String)> {
    let disk = |mapping: &ec2::BlockDeviceMapping| {
        let snapshot = mapping.ebs.as_ref()?.snapshot_id.clone()?;
        Some((mapping.device_name.clone().unwrap_or_default(), snapshot))
    };
    image
        .block_device_mappings
        .iter()
        .filter_map(disk)
        .collect()
}

/// Calls `each` with every block of a snapshot that holds data, in any order. Answers the
/// volume's size in bytes.
pub(crate) async fn blocks(
    api: &Api,
    snapshot: &str,
    mut each: impl FnMut(u64, Bytes) -> Result<()>,
) -> Result<u64> {
    let (mut next, mut size) = (None, 0);
    loop {
        let input = ebs::ListSnapshotBlocksRequest {
            snapshot_id: Some(snapshot.to_owned()),
            next_token: next,
            ..ebs::ListSnapshotBlocksRequest::default()
        };
        let page = api.call::<ebs::ListSnapshotBlocks>(input).await?;
        size = page
            .volume_size
            .map_or(size, |gib| u64::try_from(gib).unwrap_or(0) << 30);
        let mut fetched = stream::iter(page.blocks)
            .map(|block| async move { fetch(api, snapshot, block).await })
            .buffer_unordered(IN_FLIGHT);
        while let Some(block) = fetched.next().await {
            let (index, data) = block?;
            each(index, data)?;
        }
        next = page.next_token;
        if next.is_none() {
            return Ok(size);
        }
    }
}

async fn fetch(api: &Api, snapshot: &str, block: ebs::Block) -> Result<(u64, Bytes)> {
    let index = block.block_index.context("the answer names no block")?;
    let input = ebs::GetSnapshotBlockRequest {
        snapshot_id: Some(snapshot.to_owned()),
        block_index: Some(index),
        block_token: block.block_token,
    };
    let answer = api.call::<ebs::GetSnapshotBlock>(input).await?;
    let data = answer.block_data.context("the answer holds no block")?;
    let found = STANDARD.encode(hex::decode(sha256(&data))?);
    if answer.checksum.as_deref() != Some(&found) {
        bail!("block {index} of {snapshot} does not match its checksum");
    }
    Ok((u64::try_from(index)?, data))
}
