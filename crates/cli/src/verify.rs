//! `amiable image verify IMAGE`: every block read back, every digest recomputed.

use crate::import::digest_tag;
use crate::{Common, digest, fetch, line};
use anyhow::{Context, Result};
use clap::Args;
use protocol::ec2;
use std::collections::BTreeMap;
use std::process::ExitCode;

/// Verifies an image.
#[derive(Args)]
#[command(
    after_help = "Exit codes: 0 every byte is as it was, 1 it could not be found out, 3 damage."
)]
pub struct Verify {
    /// The image.
    image: String,
    #[command(flatten)]
    common: Common,
}

impl Verify {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let api = self.common.api()?;
        let image = fetch::image(&api, &self.image).await?;
        let (mut disks, mut good) = (Vec::new(), true);
        for (device, snapshot) in fetch::disks(&image) {
            let input = ec2::DescribeSnapshotsRequest {
                snapshot_ids: vec![snapshot.clone()],
                ..ec2::DescribeSnapshotsRequest::default()
            };
            let shown = api.call::<ec2::DescribeSnapshots>(input).await?.snapshots;
            let shown = shown.first().and_then(|found| digest_tag(&found.tags));
            let (mut hashes, mut bytes) = (BTreeMap::new(), 0u64);
            let size = fetch::blocks(&api, &snapshot, |index, data| {
                bytes += u64::try_from(data.len())?;
                hashes.extend(digest::block(&data).map(|hash| (index, hash)));
                Ok(())
            });
            let recomputed = digest::disk(size.await?, hashes);
            let same = shown.as_deref() == Some(&recomputed);
            good &= same;
            disks.push(serde_json::json!({
                "device": device, "snapshot_id": snapshot, "digest": shown,
                "recomputed": recomputed, "bytes": bytes, "ok": same,
            }));
        }
        self.answer(&image, &disks, good)?;
        Ok(if good {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(3)
        })
    }

    fn answer(&self, image: &ec2::Image, disks: &[serde_json::Value], good: bool) -> Result<()> {
        let digest = digest_tag(&image.tags).context("the image shows no digest")?;
        if self.common.json {
            let answer = serde_json::json!({
                "image_id": self.image, "digest": digest, "disks": disks, "ok": good,
            });
            return line(&answer.to_string());
        }
        line(&format!("image {} digest {digest}", self.image))?;
        for disk in disks {
            let verdict = if disk["ok"] == true {
                "as it was"
            } else {
                "DAMAGED"
            };
            line(&format!(
                "{} {}: {verdict}, {}",
                disk["device"], disk["snapshot_id"], disk["recomputed"]
            ))?;
        }
        Ok(())
    }
}
