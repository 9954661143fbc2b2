//! A snapshot's blocks, fetched several at a time and checked.

use crate::api::{self, Api};
use crate::retry::{Outcome, outcome};
use crate::{BLOCK, IN_FLIGHT, snapshot};
use anyhow::{Context, Error, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::stream::{self, StreamExt};
use protocol::sigv4::sha256;
use protocol::{ebs, ec2};
use std::fmt;

/// An image as the API shows it.
pub(crate) async fn image(api: &Api, id: &str) -> Result<ec2::Image> {
    let input = ec2::DescribeImagesRequest {
        image_ids: vec![id.to_owned()],
        include_disabled: Some(true),
        ..ec2::DescribeImagesRequest::default()
    };
    let found = api.call::<ec2::DescribeImages>(input).await?.images;
    found
        .into_iter()
        .next()
        .with_context(|| format!("There is no image {id}."))
}

/// The device and snapshot of each disk of an image that has one.
pub(crate) fn disks(image: &ec2::Image) -> Vec<(String, String)> {
    let disk = |mapping: &ec2::BlockDeviceMapping| {
        let snapshot = mapping.ebs.as_ref()?.snapshot_id.clone()?;
        Some((mapping.device_name.clone().unwrap_or_default(), snapshot))
    };
    let mappings = image.block_device_mappings.iter();
    mappings.filter_map(disk).collect()
}

/// An image whose disks can be read from end to end: waits for what is still being copied, and
/// reads the image after it, because only then is its digest known.
pub(crate) async fn whole_image(api: &Api, id: &str) -> Result<ec2::Image> {
    for (_, disk) in disks(&image(api, id).await?) {
        // One that is not the caller's to see is refused where it is read.
        if snapshot::describe(api, &disk).await?.is_some() {
            snapshot::wait(api, &disk).await?;
        }
    }
    image(api, id).await
}

/// A page of the blocks of a snapshot that hold data.
pub(crate) async fn page(
    api: &Api,
    snapshot: &str,
    from: Option<u64>,
    next_token: Option<String>,
) -> Result<ebs::ListSnapshotBlocksResponse> {
    let input = ebs::ListSnapshotBlocksRequest {
        snapshot_id: Some(snapshot.to_owned()),
        starting_block_index: from.map(i32::try_from).transpose()?,
        next_token,
        ..ebs::ListSnapshotBlocksRequest::default()
    };
    api.call::<ebs::ListSnapshotBlocks>(input).await
}

/// Calls `take` with what `work` made of each block that holds data, in the order of the blocks.
/// `work` runs on many threads at once.
pub(crate) async fn each<T: Send + 'static>(
    api: &Api,
    snapshot: &str,
    work: fn(Bytes) -> T,
    mut take: impl FnMut(u64, T) -> Result<()>,
) -> Result<()> {
    let mut next = None;
    loop {
        let page = page(api, snapshot, None, next).await?;
        let fetch = |entry: ebs::Block| {
            let (api, snapshot) = (api.clone(), snapshot.to_owned());
            tokio::spawn(async move {
                let (index, token) = named(entry)?;
                let data = block(&api, &snapshot, index, token).await?;
                anyhow::Ok((index, work(data)))
            })
        };
        let mut fetched = stream::iter(page.blocks).map(fetch).buffered(IN_FLIGHT);
        while let Some(done) = fetched.next().await {
            let (index, made) = done??;
            take(index, made)?;
        }
        next = page.next_token;
        if next.is_none() {
            return Ok(());
        }
    }
}

/// An entry's index, and the right to read it.
pub(crate) fn named(entry: ebs::Block) -> Result<(u64, String)> {
    let index = entry.block_index.context("the answer names no block")?;
    Ok((u64::try_from(index)?, entry.block_token.unwrap_or_default()))
}

/// Reads a block: 512 KiB that are what their checksum says.
pub(crate) async fn block(api: &Api, snapshot: &str, index: u64, token: String) -> Result<Bytes> {
    let input = ebs::GetSnapshotBlockRequest {
        snapshot_id: Some(snapshot.to_owned()),
        block_index: Some(i32::try_from(index)?),
        block_token: Some(token),
    };
    let answer = api.call::<ebs::GetSnapshotBlock>(input).await;
    let what = || format!("block {index} of {snapshot}");
    let answer = answer.with_context(what)?;
    let data = answer.block_data.unwrap_or_default();
    ensure!(
        u64::try_from(data.len())? == BLOCK,
        Mismatch(what() + " is not whole")
    );
    let found = STANDARD.encode(hex::decode(sha256(&data))?);
    ensure!(
        answer.checksum.as_ref() == Some(&found),
        Mismatch(what() + " does not match its checksum")
    );
    Ok(data)
}

/// Bytes that are not what they should be.
#[derive(Debug)]
struct Mismatch(String);

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Mismatch {}

/// Whether an error of reading says that the data is damaged, rather than out of reach: bytes that
/// do not match, or a service that answers, and fails at reading them again and again.
pub(crate) fn is_damage(error: &Error) -> bool {
    let failed = |fault: &protocol::Fault| outcome(fault.status, &fault.code) == Outcome::Failed;
    error.is::<Mismatch>() || api::fault(error).is_some_and(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Fault;

    #[test]
    fn damage_is_told_from_a_service_that_is_out_of_reach() {
        let fault =
            |code: &str, status| Error::new(Fault::new(code, status, "")).context("block 7");
        assert!(is_damage(&Error::new(Mismatch("x".into())).context("y")));
        assert!(is_damage(&fault("InternalServerException", 500)));
        assert!(!is_damage(&fault("ServiceUnavailable", 503)));
        assert!(!is_damage(&fault("ResourceNotFoundException", 404)));
        assert!(!is_damage(&Error::msg("reset")));
    }
}
