//! `amiable image verify IMAGE`: every block read back, every digest recomputed.
//!
//! It believes nothing that the service says of its digests: each disk's is computed from the bytes
//! that came back, the image's from those and how the image boots.

use crate::api::Api;
use crate::{Common, digest, fetch, line, progress, snapshot};
use anyhow::{Context, Result};
use clap::Args;
use protocol::ec2;
use serde_json::{Value, json};
use std::process::ExitCode;

const DAMAGE: u8 = 3;

/// Verifies an image.
#[derive(Args)]
#[command(after_help = "\
Example: amiable image verify ami-0123456789abcdef0

Exit codes: 0 every byte is as it was, 1 it could not be found out, 2 wrong usage, 3 damage: a digest
differs, or the service cannot read a block.")]
pub struct Verify {
    /// The image.
    image: String,
    #[command(flatten)]
    common: Common,
}

/// What was found of one disk.
struct Disk {
    device: String,
    snapshot: String,
    /// What the service shows.
    shown: Option<String>,
    /// What the bytes say, or why they could not be read.
    recomputed: Result<String, String>,
    bytes: u64,
}

impl Disk {
    fn is_good(&self) -> bool {
        self.shown.is_some() && self.recomputed.as_ref().ok() == self.shown.as_ref()
    }

    fn facts(&self) -> Value {
        json!({
            "device": self.device, "snapshot_id": self.snapshot, "digest": self.shown,
            "recomputed": self.recomputed.as_ref().ok(), "error": self.recomputed.as_ref().err(),
            "bytes": self.bytes, "ok": self.is_good(),
        })
    }
}

impl Verify {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let api = self.common.api()?;
        let image = fetch::whole_image(&api, &self.image).await?;
        let mut disks = Vec::new();
        for (device, snapshot) in fetch::disks(&image) {
            disks.push(check(&api, device, snapshot).await?);
        }
        let digests = disks.iter().filter_map(|disk| {
            let recomputed = disk.recomputed.as_ref().ok()?;
            Some((disk.snapshot.clone(), recomputed.clone()))
        });
        let recomputed = digest::image(&image, &digests.collect());
        let shown = snapshot::digest(&image.tags);
        let same = shown.is_some() && recomputed == shown;
        let good = same && disks.iter().all(Disk::is_good);
        if self.common.json {
            let answer = json!({
                "image_id": self.image, "digest": shown, "recomputed": recomputed,
                "disks": disks.iter().map(Disk::facts).collect::<Vec<_>>(), "ok": good,
            });
            line(&answer.to_string())?;
        } else {
            self.print(&disks, (&shown, &recomputed))?;
        }
        Ok(if good {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(DAMAGE)
        })
    }

    fn print(&self, disks: &[Disk], image: (&Option<String>, &Option<String>)) -> Result<()> {
        for disk in disks {
            let read = indicatif::BinaryBytes(disk.bytes);
            line(&format!(
                "{}  {}  {read} read back",
                disk.device, disk.snapshot
            ))?;
            match &disk.recomputed {
                Ok(recomputed) => verdict(&disk.shown, Some(recomputed))?,
                Err(why) => line(&format!("  DAMAGED    {why}"))?,
            }
        }
        line(&self.image)?;
        verdict(image.0, image.1.as_ref())
    }
}

fn verdict(shown: &Option<String>, recomputed: Option<&String>) -> Result<()> {
    let name = |digest: Option<&String>| digest.map_or("none".to_owned(), Clone::clone);
    if shown.is_some() && recomputed == shown.as_ref() {
        return line(&format!("  good       {}", name(recomputed)));
    }
    line(&format!("  DAMAGED    {} is shown", name(shown.as_ref())))?;
    line(&format!("             {} is there", name(recomputed)))
}

async fn check(api: &Api, device: String, id: String) -> Result<Disk> {
    let found = snapshot::describe(api, &id).await?;
    let found = found.with_context(|| format!("The snapshot {id} is not yours to read."))?;
    let mut bytes = 0;
    let recomputed = match recompute(api, &found, &id, &mut bytes).await {
        Ok(digest) => Ok(digest),
        Err(error) if fetch::is_damage(&error) => Err(format!("{error:#}")),
        Err(error) => return Err(error),
    };
    Ok(Disk {
        device,
        snapshot: id,
        shown: snapshot::digest(&found.tags),
        recomputed,
        bytes,
    })
}

async fn recompute(api: &Api, found: &ec2::Snapshot, id: &str, bytes: &mut u64) -> Result<String> {
    let gib = found.volume_size.context("the snapshot shows no size")?;
    let mut disk = digest::Disk::new(u64::try_from(gib)? << 30);
    let data = found.full_snapshot_size_in_bytes.unwrap_or(0);
    let bar = progress::bar(u64::try_from(data)?);
    let api = api.clone().impatient();
    let hash = |data: bytes::Bytes| digest::block(&data);
    fetch::each(&api, id, hash, |index, hash| {
        *bytes += crate::BLOCK;
        bar.inc(crate::BLOCK);
        hash.map_or(Ok(()), |hash| disk.push(index, hash))
    })
    .await?;
    bar.finish_and_clear();
    Ok(disk.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk(shown: Option<&str>, recomputed: Result<&str, &str>) -> Disk {
        Disk {
            device: "/dev/xvda".into(),
            snapshot: "snap-1".into(),
            shown: shown.map(str::to_owned),
            recomputed: recomputed.map(str::to_owned).map_err(str::to_owned),
            bytes: 0,
        }
    }

    #[test]
    fn only_a_digest_that_is_shown_and_recomputed_is_good() {
        assert!(disk(Some("a"), Ok("a")).is_good());
        assert!(!disk(Some("a"), Ok("b")).is_good());
        assert!(!disk(None, Ok("a")).is_good());
        assert!(!disk(Some("a"), Err("block 7")).is_good());
        assert!(!disk(None, Err("block 7")).is_good());
    }
}
