//! `amiable image import FILE`: a disk becomes a snapshot, the snapshot an image.
//!
//! What was done is in a [`Journal`], so that the same command goes on where an earlier one was
//! cut off, and answers the image that an earlier one made.

use crate::api::Api;
use crate::journal::Journal;
use crate::register::{Registration, name_of};
use crate::snapshot::{self, Stage};
use crate::to_come::ToCome;
use crate::upload::{self, Sent};
use crate::{Common, GIB, line};
use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use formats::Image;
use std::fs::Metadata;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Instant, UNIX_EPOCH};

/// Imports a disk image.
#[derive(Args)]
#[command(after_help = "\
Only blocks of 512 KiB that hold anything are sent. If the import is cut off, the same command goes
on from there; once it is done, the same command answers the same image.

Examples:
  amiable image import debian.qcow2 --name debian-12
  amiable image import disk.vmdk --boot-mode uefi --tag project=web --json
  amiable image import data.raw --format raw --snapshot-only
  amiable image import large.raw --stream

Exit codes: 0 imported, 1 failed, 2 wrong usage.")]
pub struct Import {
    /// The disk image: raw, qcow2, VMDK, VHD or VHDX.
    file: PathBuf,
    /// The image's name [default: from the file's name].
    #[arg(long)]
    name: Option<String>,
    /// The image's description.
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// The file's format: raw, qcow2, vmdk, vhd or vhdx [default: found out from its content].
    #[arg(long)]
    format: Option<formats::Format>,
    /// The processor that the image runs on.
    #[arg(long, default_value = "x86_64", value_parser = ["x86_64", "arm64"])]
    architecture: String,
    /// The firmware that the image boots with.
    #[arg(long, value_parser = ["legacy-bios", "uefi", "uefi-preferred"])]
    boot_mode: Option<String>,
    /// The root device's name.
    #[arg(long, value_name = "DEVICE", default_value = "/dev/xvda")]
    root_device: String,
    /// The snapshot's size [default: as large as the disk].
    #[arg(long, value_name = "GIB", value_parser = clap::value_parser!(u64).range(1..=65536))]
    size: Option<u64>,
    /// A tag of the image; may be given several times.
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = tag)]
    tags: Vec<(String, String)>,
    /// Register the image before its blocks are sent: machines can be launched from it at once, and
    /// wait for what they read until it is there.
    #[arg(long, conflicts_with = "snapshot_only")]
    stream: bool,
    /// Make the snapshot only, and register no image.
    #[arg(long, conflicts_with_all = ["name", "description", "boot_mode", "tags"])]
    snapshot_only: bool,
    #[command(flatten)]
    common: Common,
}

/// What came of it.
struct Imported {
    image: Option<String>,
    snapshot: String,
    digest: Option<String>,
    sent: Sent,
}

impl Import {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let began = Instant::now();
        let api = self.common.api()?;
        let disk: Arc<dyn Image> = match self.format {
            Some(format) => formats::open_as(&self.file, format)?.into(),
            None => formats::open(&self.file)?.into(),
        };
        let stamp = self.stamp()?;
        let gib = self.gib(disk.size())?;
        let registration = (!self.snapshot_only).then(|| self.registration());
        let identity = self.identity(&api, &stamp, gib, registration.as_ref());
        let mut journal = Journal::open(&identity)?;
        if stamp.is_none() {
            // Nothing says whether a device holds what it held before.
            journal.begin()?;
        }
        if let Some(registration) = &registration {
            let known = journal.snapshot.as_deref();
            registration.check(&api, known).await?;
        }
        let (snapshot, sent) = match snapshot::take_up(&api, &mut journal, gib).await? {
            Stage::Filled(id) => (id, Sent::default()),
            Stage::Filling(id) => {
                let sent = match journal.is_whole {
                    // All of it was sent before: only the end is missing.
                    true => Sent::default(),
                    false => self.send(&api, (&id, gib), &disk, &mut journal).await?,
                };
                ensure!(
                    self.stamp()? == stamp,
                    "{} was changed while it was read.",
                    self.file.display()
                );
                journal.whole()?;
                snapshot::complete(&api, &id, &journal.sent).await?;
                (id, sent)
            }
        };
        let digest = snapshot::wait(&api, &snapshot).await.map_err(resumable)?;
        let image = match &registration {
            Some(registration) => Some(registration.register(&api, &snapshot).await?),
            None => None,
        };
        if image.is_some() {
            journal.finish()?;
        } else {
            journal.remove()?;
        }
        let imported = Imported {
            image,
            snapshot,
            digest,
            sent,
        };
        self.answer(&imported, disk.size(), began)
    }

    /// Sends the disk; the image comes first if machines are to be launched from it meanwhile.
    async fn send(
        &self,
        api: &Api,
        (snapshot, gib): (&str, u64),
        disk: &Arc<dyn Image>,
        journal: &mut Journal,
    ) -> Result<Sent> {
        let mut to_come = None;
        if self.stream {
            let said = ToCome::say(api, snapshot, disk.clone(), gib).await;
            to_come = Some(said.map_err(resumable)?);
            let image = self.registration().register(api, snapshot).await;
            self.show_early(&image.map_err(resumable)?)?;
        }
        let sent = upload::send(api, snapshot, disk.clone(), (journal, to_come)).await;
        sent.map_err(resumable)
    }

    fn registration(&self) -> Registration {
        Registration {
            name: self.name.clone().unwrap_or_else(|| name_of(&self.file)),
            description: self.description.clone().filter(|text| !text.is_empty()),
            architecture: self.architecture.clone(),
            boot_mode: self.boot_mode.clone(),
            root_device: self.root_device.clone(),
            tags: self.tags.clone(),
        }
    }

    /// What changes when the file does; nothing for a device.
    fn stamp(&self) -> Result<Option<String>> {
        let found = std::fs::metadata(&self.file);
        let found = found.with_context(|| self.file.display().to_string())?;
        Ok(found.is_file().then(|| stamp(&found)))
    }

    /// The snapshot's size.
    fn gib(&self, size: u64) -> Result<u64> {
        ensure!(size > 0, "{} is empty.", self.file.display());
        let needed = size.div_ceil(GIB);
        match self.size {
            Some(gib) if gib < needed => bail!("The disk needs {needed} GiB; --size is {gib}."),
            Some(gib) => Ok(gib),
            None => Ok(needed),
        }
    }

    /// What makes two imports the same one.
    fn identity(
        &self,
        api: &Api,
        stamp: &Option<String>,
        gib: u64,
        registration: Option<&Registration>,
    ) -> String {
        let path = self.file.canonicalize();
        let path = path.unwrap_or_else(|_| self.file.clone());
        let to = (&api.endpoint, &api.access_key, &api.region);
        let registration = registration.map(Registration::identity);
        format!("{:?}", (to, path, stamp, self.format, gib, registration))
    }

    /// The image, as soon as machines can be launched from it.
    fn show_early(&self, image: &str) -> Result<()> {
        match self.common.json {
            true => Ok(()),
            false => line(&format!("image     {image}")),
        }
    }

    fn answer(&self, imported: &Imported, size: u64, began: Instant) -> Result<ExitCode> {
        let Imported {
            image,
            snapshot,
            digest,
            sent,
        } = imported;
        let seconds = began.elapsed().as_secs_f64();
        if self.common.json {
            let answer = serde_json::json!({
                "image_id": image, "snapshot_id": snapshot, "digest": digest,
                "blocks_sent": sent.blocks, "bytes_sent": sent.bytes,
                "virtual_size": size, "seconds": seconds,
            });
            line(&answer.to_string())?;
            return Ok(ExitCode::SUCCESS);
        }
        if let Some(image) = image.as_ref().filter(|_| !self.stream) {
            line(&format!("image     {image}"))?;
        }
        line(&format!("snapshot  {snapshot}"))?;
        line(&format!("digest    {}", digest.as_deref().unwrap_or("-")))?;
        let bytes = indicatif::BinaryBytes(sent.bytes);
        line(&format!("sent      {bytes} in {seconds:.1} s"))?;
        Ok(ExitCode::SUCCESS)
    }
}

fn stamp(file: &Metadata) -> String {
    let modified = file.modified().unwrap_or(UNIX_EPOCH);
    let modified = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{} {}", file.len(), modified.as_nanos())
}

fn resumable(error: anyhow::Error) -> anyhow::Error {
    error.context(crate::Hint("the same command goes on from here"))
}

fn tag(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("a tag is KEY=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_have_a_key_and_may_have_any_value() {
        assert_eq!(tag("a=b=c").unwrap(), ("a".into(), "b=c".into()));
        assert_eq!(tag("a=").unwrap(), ("a".into(), String::new()));
        assert!(tag("=b").is_err() && tag("a").is_err());
    }

    #[test]
    fn a_file_that_was_written_to_has_another_stamp() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let before = stamp(&file.path().metadata().unwrap());
        assert_eq!(before, stamp(&file.path().metadata().unwrap()));
        file.as_file().set_len(1).unwrap();
        assert_ne!(before, stamp(&file.path().metadata().unwrap()));
    }
}
