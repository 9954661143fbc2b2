//! `amiable image export IMAGE --output FILE`.

use crate::fetch;
use crate::import::BLOCK;
use crate::{Common, line};
use anyhow::{Context, Result, ensure};
use clap::Args;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Exports a disk of an image.
#[derive(Args)]
#[command(
    after_help = "Example: amiable image export ami-0123456789abcdef0 --output disk.qcow2 --format qcow2"
)]
pub struct Export {
    /// The image.
    image: String,
    /// The file to write.
    #[arg(long, short)]
    output: PathBuf,
    /// raw, qcow2, vmdk or vhd.
    #[arg(long, default_value = "raw")]
    format: formats::Format,
    /// The device to export [default: the root device].
    #[arg(long)]
    device: Option<String>,
    /// Replace a file that is there.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    common: Common,
}

impl Export {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let shown = self.output.display().to_string();
        ensure!(
            self.force || !self.output.exists(),
            "{shown} exists\nhint: --force replaces it"
        );
        let to = formats::Export::try_from(self.format)?;
        let api = self.common.api()?;
        let image = fetch::image(&api, &self.image).await?;
        let device = self
            .device
            .clone()
            .or(image.root_device_name.clone())
            .unwrap_or_default();
        let disks = fetch::disks(&image);
        let snapshot = disks
            .iter()
            .find(|(name, _)| *name == device)
            .map(|(_, id)| id.clone());
        let snapshot = snapshot.with_context(|| format!("the image has no disk at {device}"))?;
        // A sparse raw file beside the target: it is the answer itself, or what the writer reads.
        let raw = beside(&self.output, "raw.partial");
        let result = self.write(&api, &snapshot, &raw, to).await;
        if result.is_err() || self.format != formats::Format::Raw {
            drop(std::fs::remove_file(&raw));
        }
        let bytes = result?;
        if self.common.json {
            let answer = serde_json::json!({
                "image_id": self.image, "snapshot_id": snapshot, "file": shown, "virtual_size": bytes,
            });
            line(&answer.to_string())?;
        } else {
            line(&format!("{shown}: {} GiB, from {snapshot}", bytes >> 30))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn write(
        &self,
        api: &crate::api::Api,
        snapshot: &str,
        raw: &Path,
        to: formats::Export,
    ) -> Result<u64> {
        let file =
            File::create(raw).with_context(|| format!("{} cannot be made", raw.display()))?;
        let size = fetch::blocks(api, snapshot, |index, data| {
            Ok(file.write_all_at(&data, index * BLOCK)?)
        })
        .await?;
        file.set_len(size)?;
        if self.format == formats::Format::Raw {
            file.sync_all()?;
            std::fs::rename(raw, &self.output)?;
            return Ok(size);
        }
        let (raw, output) = (raw.to_owned(), self.output.clone());
        tokio::task::spawn_blocking(move || {
            let disk = formats::open_as(&raw, formats::Format::Raw)?;
            formats::export(&*disk, to, &output, &|_, _| {}).map(drop)
        })
        .await??;
        Ok(size)
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{ending}"));
    path.with_file_name(name)
}
