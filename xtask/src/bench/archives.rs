//! The peers that keep disks: backup programs, casync, and qcow2 files. Each as its users run it on disk images.

use super::machine::{Cost, Meter};
use super::text;
use crate::{packages, shell};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Which program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kind {
    /// `qemu-img convert -c` with zstd: one file for each disk, nothing shared, nothing encrypted.
    QemuImg,
    /// Content-defined chunks, encrypted, zstd at its default level.
    Restic,
    /// Fixed blocks of 512 KiB, encrypted, zstd at level 1.
    Borg,
    /// Content-defined chunks of 64 KiB, zstd, nothing encrypted.
    Casync,
}

impl Kind {
    pub(super) const ALL: [Kind; 4] = [Kind::QemuImg, Kind::Restic, Kind::Borg, Kind::Casync];

    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::QemuImg => "qemu-img -c zstd",
            Kind::Restic => "restic",
            Kind::Borg => "borg fixed 512 KiB",
            Kind::Casync => "casync",
        }
    }

    fn program(self) -> &'static str {
        match self {
            Kind::QemuImg => "qemu-img",
            Kind::Restic => "restic",
            Kind::Borg => "borg",
            Kind::Casync => "casync",
        }
    }

    pub(super) fn is_here(self) -> bool {
        packages::has(self.program())
    }
}

/// One peer's store, empty at first.
pub(super) struct Archive {
    kind: Kind,
    /// Everything that it keeps.
    store: PathBuf,
    /// Its caches and settings.
    home: PathBuf,
    disks: PathBuf,
}

impl Archive {
    pub(super) fn new(kind: Kind, folder: &Path, disks: &Path) -> Result<Archive> {
        let archive = Archive {
            kind,
            store: folder.join("store"),
            home: folder.join("home"),
            disks: disks.to_owned(),
        };
        std::fs::create_dir_all(&archive.home)?;
        match kind {
            Kind::QemuImg | Kind::Casync => std::fs::create_dir_all(&archive.store)?,
            Kind::Restic => {
                archive.runs(&[
                    "-q",
                    "init",
                    "--repository-version",
                    "2",
                    "-r",
                    text(&archive.store)?,
                ])?;
            }
            Kind::Borg => archive.runs(&["init", "-e", "repokey-blake2", text(&archive.store)?])?,
        }
        Ok(archive)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.kind.program());
        command
            .args(arguments)
            .current_dir(&self.disks)
            .env("RESTIC_PASSWORD", "benchmark")
            .env("RESTIC_CACHE_DIR", self.home.join("restic"))
            .env("BORG_PASSPHRASE", "benchmark")
            .env("BORG_BASE_DIR", self.home.join("borg"))
            .env("BORG_RELOCATED_REPO_ACCESS_IS_OK", "yes")
            .env("BORG_EXIT_CODES", "modern");
        command
    }

    fn runs(&self, arguments: &[&str]) -> Result<()> {
        shell::output(&mut self.command(arguments))?;
        Ok(())
    }

    /// Runs it, and syncs the file system: nothing here is durable by itself.
    fn timed(&self, arguments: &[&str], file: &Path) -> Result<Cost> {
        let meter = Meter::programs()?;
        self.runs(arguments)?;
        shell::output(Command::new("sync").arg("-f").arg(file))?;
        meter.stop()
    }

    /// Keeps the disk `disk` as `name`. It is read whole, even if its times say that it is known.
    pub(super) fn add(&self, disk: &str, name: &str) -> Result<Cost> {
        let file = format!("{disk}.raw");
        let store = text(&self.store)?;
        let qcow2 = self.store.join(format!("{name}.qcow2"));
        let index = self.store.join(format!("{name}.caibx"));
        let (chunks, place) = (format!("{store}/chunks.castr"), format!("{store}::{name}"));
        let with = format!("--store={chunks}");
        match self.kind {
            Kind::QemuImg => self.timed(
                &[
                    "convert",
                    "-c",
                    "-f",
                    "raw",
                    "-O",
                    "qcow2",
                    "-o",
                    "compression_type=zstd",
                    &file,
                    text(&qcow2)?,
                ],
                &self.store,
            ),
            Kind::Restic => self.timed(
                &["-q", "-r", store, "backup", "--force", "--tag", name, &file],
                &self.store,
            ),
            Kind::Borg => self.timed(
                &[
                    "create",
                    "-C",
                    "zstd,1",
                    "--chunker-params",
                    "fixed,524288",
                    "--files-cache=disabled",
                    &place,
                    &file,
                ],
                &self.store,
            ),
            Kind::Casync => self.timed(&["make", &with, text(&index)?, &file], &self.store),
        }
    }

    /// Gives back the disk `disk` that was kept as `name`, as a sparse raw file.
    pub(super) fn restore(&self, disk: &str, name: &str, out: &Path) -> Result<(Cost, PathBuf)> {
        let (file, store) = (out.join(format!("{disk}.raw")), text(&self.store)?);
        let cost = match self.kind {
            Kind::QemuImg => {
                let qcow2 = self.store.join(format!("{name}.qcow2"));
                let (qcow2, to) = (text(&qcow2)?, text(&file)?);
                self.timed(&["convert", "-f", "qcow2", "-O", "raw", qcow2, to], out)?
            }
            Kind::Restic => self.timed(
                &[
                    "-q",
                    "-r",
                    store,
                    "restore",
                    "latest",
                    "--tag",
                    name,
                    "-t",
                    text(out)?,
                ],
                out,
            )?,
            Kind::Borg => {
                let meter = Meter::programs()?;
                let place = format!("{store}::{name}");
                let mut extract = self.command(&["extract", "--sparse", &place]);
                shell::output(extract.current_dir(out))?;
                shell::output(Command::new("sync").arg("-f").arg(out))?;
                meter.stop()?
            }
            Kind::Casync => anyhow::bail!("casync's restore is not measured"),
        };
        let found = find(out, &format!("{disk}.raw"))?;
        Ok((cost, found.context("nothing was restored")?))
    }

    /// Reads and checks all that is kept; `None` if the program cannot.
    pub(super) fn check(&self) -> Result<Option<Cost>> {
        let store = text(&self.store)?;
        let cost = match self.kind {
            Kind::Restic => {
                self.timed(&["-q", "-r", store, "check", "--read-data"], &self.store)?
            }
            Kind::Borg => self.timed(&["check", "--verify-data", store], &self.store)?,
            Kind::QemuImg | Kind::Casync => return Ok(None),
        };
        Ok(Some(cost))
    }

    /// Forgets what was kept as `name` and gives back its space; `None` if the program cannot.
    pub(super) fn delete(&self, name: &str) -> Result<Option<Cost>> {
        let store = text(&self.store)?;
        let meter = Meter::programs()?;
        match self.kind {
            Kind::Restic => {
                let mut list = self.command(&["-r", store, "snapshots", "--tag", name, "--json"]);
                let listed: serde_json::Value = serde_json::from_str(&shell::output(&mut list)?)?;
                let id = listed[0]["short_id"].as_str().context("no such snapshot")?;
                let all = [
                    "-q",
                    "-r",
                    store,
                    "forget",
                    "--prune",
                    "--max-unused",
                    "0",
                    id,
                ];
                let meter = Meter::programs()?;
                self.runs(&all)?;
                return Ok(Some(meter.stop()?));
            }
            Kind::Borg => {
                self.runs(&["delete", &format!("{store}::{name}")])?;
                self.runs(&["compact", "--threshold", "0", store])?;
            }
            Kind::QemuImg | Kind::Casync => return Ok(None),
        }
        Ok(Some(meter.stop()?))
    }

    pub(super) fn bytes(&self) -> Result<u64> {
        shell::folder_bytes(&self.store)
    }
}

/// A file of this name beneath a folder.
fn find(folder: &Path, name: &str) -> Result<Option<PathBuf>> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            if let Some(found) = find(&path, name)? {
                return Ok(Some(found));
            }
        } else if path.file_name().is_some_and(|found| found == name) {
            return Ok(Some(path));
        }
    }
    Ok(None)
}
