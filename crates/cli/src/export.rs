//! `amiable image export IMAGE --output FILE`: a disk of an image becomes a file.

use crate::remote::Remote;
use crate::{Common, fetch, line, progress, snapshot};
use anyhow::{Context, Result, ensure};
use clap::Args;
use formats::Exported;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Exports a disk of an image.
#[derive(Args)]
#[command(after_help = "\
The file appears under its name when it is whole; until then it is FILE.partial.

Examples:
  amiable image export ami-0123456789abcdef0 --output disk.qcow2
  amiable image export ami-0123456789abcdef0 --output data.img --format raw --device /dev/sdf

Exit codes: 0 exported, 1 failed, 2 wrong usage.")]
pub struct Export {
    /// The image.
    image: String,
    /// The file to write.
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// raw, qcow2, vmdk or vhd [default: by the file's ending, else raw].
    #[arg(long, value_parser = writable)]
    format: Option<formats::Export>,
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
        let exists = self.output.symlink_metadata().is_ok();
        ensure!(
            self.force || !exists,
            "{shown} exists.\nhint: --force replaces it"
        );
        let api = self.common.api()?;
        let image = fetch::whole_image(&api, &self.image).await?;
        let device = self.device.clone().or(image.root_device_name.clone());
        let device = device.unwrap_or_default();
        let disks = fetch::disks(&image);
        let disk = disks.into_iter().find(|(name, _)| *name == device);
        let (_, id) = disk.with_context(|| format!("The image has no disk at {device:?}."))?;
        let found = snapshot::describe(&api, &id).await?;
        let gib = found.and_then(|found| found.volume_size);
        let gib = gib.with_context(|| format!("The snapshot {id} is not yours to read."))?;
        let remote = Remote::new(&api, &id, u64::try_from(gib)? << 30);
        let exported = self.write(remote).await?;
        if self.common.json {
            let answer = serde_json::json!({
                "image_id": self.image, "snapshot_id": id, "device": device, "file": shown,
                "format": self.to().format().extension(), "virtual_size": exported.virtual_size,
                "file_bytes": exported.file_bytes, "data_bytes": exported.data_bytes,
            });
            line(&answer.to_string())?;
        } else {
            let data = indicatif::BinaryBytes(exported.data_bytes);
            let format = self.to().format();
            line(&format!(
                "{shown}: {format}, {gib} GiB with {data} of data, from {id}"
            ))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn to(&self) -> formats::Export {
        self.format.unwrap_or_else(|| by_ending(&self.output))
    }

    async fn write(&self, remote: Remote) -> Result<Exported> {
        let (to, output) = (self.to(), self.output.clone());
        let write = move || {
            let bar = progress::bar(formats::Source::size(&remote));
            let exported = formats::export(&remote, to, &output, &|done, _| bar.set_position(done));
            bar.finish_and_clear();
            exported
        };
        Ok(tokio::task::spawn_blocking(write).await??)
    }
}

fn writable(name: &str) -> Result<formats::Export, formats::FormatError> {
    name.parse::<formats::Format>()?.try_into()
}

fn by_ending(file: &Path) -> formats::Export {
    let ending = file.extension().and_then(|ending| ending.to_str());
    let format = ending.and_then(|ending| writable(ending).ok());
    format.unwrap_or(formats::Export::Raw)
}

#[cfg(test)]
mod tests {
    use super::*;
    use formats::Format;

    #[test]
    fn the_ending_says_the_format_where_it_is_one() {
        let format = |name: &str| by_ending(Path::new(name)).format();
        assert_eq!(format("a.qcow2"), Format::Qcow2);
        assert_eq!(format("a.VMDK"), Format::Vmdk);
        assert_eq!(format("a.img"), Format::Raw);
        assert_eq!(format("a.tar"), Format::Raw);
        assert!(writable("vhdx").is_err() && writable("tar").is_err());
    }
}
