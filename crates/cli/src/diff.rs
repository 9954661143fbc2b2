//! `amiable image diff A B`: which blocks differ between two images or snapshots.
//!
//! The service compares digests of subtrees and skips what is equal unread, so the answer takes as
//! long as the difference is great, whether the two have anything to do with each other or not.

use crate::api::Api;
use crate::{BLOCK, Common, fetch, line};
use anyhow::{Context, Result};
use clap::Args;
use protocol::ebs;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ops::Range;
use std::process::ExitCode;

/// Compares two images or snapshots.
#[derive(Args)]
#[command(after_help = "\
Disks of images are compared device by device; a disk that only one image has differs in all of
its data. Both must be in one Region, and their snapshots yours to read.

Examples:
  amiable image diff ami-0123456789abcdef0 ami-0fedcba9876543210
  amiable image diff snap-0123456789abcdef0 ami-0fedcba9876543210 --list

Exit codes: 0 the same, 1 failed, 2 wrong usage, 3 different.")]
pub struct Diff {
    /// An image or a snapshot.
    a: String,
    /// Another one.
    b: String,
    /// List the ranges of bytes that differ.
    #[arg(long)]
    list: bool,
    #[command(flatten)]
    common: Common,
}

/// The disk at one device, in each of the two.
type Pair = (Option<String>, Option<String>);

/// What differs at one device.
struct Differing {
    device: String,
    snapshots: Pair,
    /// Blocks, in order and apart.
    ranges: Vec<Range<u64>>,
}

impl Diff {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let api = self.common.api()?;
        let mut differing = Vec::new();
        for (device, snapshots) in pair(disks(&api, &self.a).await?, disks(&api, &self.b).await?) {
            let ranges = compare(&api, &snapshots).await?;
            differing.push(Differing {
                device,
                snapshots,
                ranges,
            });
        }
        let same = differing.iter().all(Differing::is_same);
        if self.common.json {
            let disks: Vec<Value> = differing.iter().map(Differing::facts).collect();
            line(&json!({"a": self.a, "b": self.b, "same": same, "disks": disks}).to_string())?;
        } else {
            differing.iter().try_for_each(|disk| self.print(disk))?;
        }
        Ok(if same {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(3)
        })
    }

    fn print(&self, disk: &Differing) -> Result<()> {
        let name = |snapshot: &Option<String>| snapshot.clone().unwrap_or_else(|| "none".into());
        let (a, b) = (name(&disk.snapshots.0), name(&disk.snapshots.1));
        let said = if disk.is_same() {
            "the same".to_owned()
        } else {
            let bytes = indicatif::BinaryBytes(disk.blocks().saturating_mul(BLOCK));
            format!("{} blocks of 512 KiB differ ({bytes})", disk.blocks())
        };
        line(&format!("{}  {a}  {b}  {said}", disk.device))?;
        for range in disk.ranges.iter().filter(|_| self.list) {
            line(&format!("  {} {}", range.start * BLOCK, range.end * BLOCK))?;
        }
        Ok(())
    }
}

impl Differing {
    fn blocks(&self) -> u64 {
        self.ranges
            .iter()
            .map(|range| range.end - range.start)
            .sum()
    }

    fn is_same(&self) -> bool {
        self.ranges.is_empty() && self.snapshots.0.is_some() == self.snapshots.1.is_some()
    }

    fn facts(&self) -> Value {
        let bytes = |range: &Range<u64>| json!([range.start * BLOCK, range.end * BLOCK]);
        json!({
            "device": self.device, "a": self.snapshots.0, "b": self.snapshots.1,
            "same": self.is_same(), "blocks": self.blocks(),
            "ranges": self.ranges.iter().map(bytes).collect::<Vec<_>>(),
        })
    }
}

/// The device and snapshot of each disk of an image; a snapshot is one disk without a device.
async fn disks(api: &Api, id: &str) -> Result<Vec<(String, String)>> {
    if id.starts_with("snap-") {
        return Ok(vec![(String::new(), id.to_owned())]);
    }
    let image = fetch::whole_image(api, id).await?;
    let mut disks = fetch::disks(&image);
    // The root device first: it is what a snapshot is compared with.
    disks.sort_by_key(|(device, _)| image.root_device_name.as_ref() != Some(device));
    Ok(disks)
}

/// Brings together what is at one device. A snapshot is compared with the first disk.
fn pair(a: Vec<(String, String)>, b: Vec<(String, String)>) -> Vec<(String, Pair)> {
    let bare = |disks: &[(String, String)]| disks.iter().any(|(device, _)| device.is_empty());
    if bare(&a) || bare(&b) {
        let (first, second) = (a.into_iter().next(), b.into_iter().next());
        let devices = [&first, &second]
            .into_iter()
            .flatten()
            .map(|(device, _)| device);
        let device = devices.max().cloned().unwrap_or_default();
        return vec![(device, (first.map(|(_, id)| id), second.map(|(_, id)| id)))];
    }
    let mut pairs: BTreeMap<String, Pair> = BTreeMap::new();
    for (device, snapshot) in a {
        pairs.entry(device).or_default().0 = Some(snapshot);
    }
    for (device, snapshot) in b {
        pairs.entry(device).or_default().1 = Some(snapshot);
    }
    pairs.into_iter().collect()
}

async fn compare(api: &Api, snapshots: &Pair) -> Result<Vec<Range<u64>>> {
    let (first, second) = match snapshots {
        (Some(a), Some(b)) if a == b => return Ok(Vec::new()),
        (Some(a), Some(b)) => (Some(a), b),
        // Without a first, everything that holds data counts as changed.
        (Some(only), None) | (None, Some(only)) => (None, only),
        (None, None) => return Ok(Vec::new()),
    };
    let (mut ranges, mut next) = (Vec::new(), None);
    loop {
        let input = ebs::ListChangedBlocksRequest {
            first_snapshot_id: first.cloned(),
            second_snapshot_id: Some(second.clone()),
            next_token: next,
            ..ebs::ListChangedBlocksRequest::default()
        };
        let page = api.call::<ebs::ListChangedBlocks>(input).await?;
        for changed in page.changed_blocks {
            let index = changed.block_index.context("the answer names no block")?;
            add(&mut ranges, u64::try_from(index)?);
        }
        next = page.next_token;
        if next.is_none() {
            return Ok(ranges);
        }
    }
}

/// Appends a block, to the last range if it comes right after it.
fn add(ranges: &mut Vec<Range<u64>>, block: u64) {
    match ranges.last_mut() {
        Some(last) if last.end == block => last.end = block.saturating_add(1),
        _ => ranges.push(block..block.saturating_add(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk(device: &str, snapshot: &str) -> (String, String) {
        (device.to_owned(), snapshot.to_owned())
    }

    #[test]
    fn blocks_side_by_side_become_one_range() {
        let mut ranges = Vec::new();
        for block in [1, 2, 3, 7, 9, 10] {
            add(&mut ranges, block);
        }
        assert_eq!(ranges, [1..4, 7..8, 9..11]);
    }

    #[test]
    fn disks_are_compared_by_device_and_a_snapshot_with_the_root() {
        let image = vec![disk("/dev/xvda", "snap-1"), disk("/dev/sdf", "snap-2")];
        let other = vec![disk("/dev/xvda", "snap-3")];
        let pairs = pair(image.clone(), other);
        let id = |id: &str| Some(id.to_owned());
        assert_eq!(pairs[0], ("/dev/sdf".into(), (id("snap-2"), None)));
        assert_eq!(pairs[1], ("/dev/xvda".into(), (id("snap-1"), id("snap-3"))));
        let pairs = pair(vec![disk("", "snap-9")], image);
        assert_eq!(
            pairs,
            [("/dev/xvda".to_owned(), (id("snap-9"), id("snap-1")))]
        );
    }
}
