//! Drafts: a new volume costs no sync. Its manifest is first a file named `draft`, which counts for as long as
//! the machine runs and says nothing after it has stopped.
//!
//! The first flush of something that was written, and every change of shape, *settles* the volume: it makes the
//! files durable, then the manifest, then the directory's own name, and only then removes the draft. So a volume
//! with a draft has nothing that was promised to survive the loss of power, and one without has been settled.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use super::manifest::{self, Manifest, Name};
use super::{Volume, damaged};
use crate::error::{Error, Result};

/// What a directory says of its volume.
pub(super) struct Found {
    pub(super) manifest: Manifest,
    /// Whether it survives the loss of power.
    pub(super) settled: bool,
}

/// Reads what the volume in `dir` is, in this boot of the machine. A draft of another boot is no volume: nothing
/// of it was ever flushed, and the stop of the machine may have taken any part of it.
///
/// # Errors
/// [`Error::Missing`]; [`Error::Damaged`].
pub(super) fn find(dir: &Path, boot: &str) -> Result<Found> {
    // Looked for again after the draft: it may be settled at this moment.
    if let Some(found) = settled(dir)? {
        return Ok(found);
    }
    match Manifest::read(dir, Name::Draft) {
        Ok(Ok(manifest)) if manifest.boot == boot => Ok(Found {
            manifest,
            settled: false,
        }),
        Ok(_) => Err(Error::Missing(dir.to_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            settled(dir)?.ok_or_else(|| Error::Missing(dir.to_owned()))
        }
        Err(error) => Err(error.into()),
    }
}

fn settled(dir: &Path) -> Result<Option<Found>> {
    match Manifest::read(dir, Name::Manifest) {
        Ok(Ok(manifest)) => Ok(Some(Found {
            manifest,
            // Settling ends with the removal of the draft.
            settled: !Name::Draft.path(dir).exists(),
        })),
        Ok(Err(what)) => Err(damaged(dir, format!("manifest: {what}"))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Removes the draft of a settled volume, if there is one.
pub(super) fn remove(dir: &Path) -> io::Result<()> {
    match std::fs::remove_file(Name::Draft.path(dir)) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

impl Volume {
    pub(super) fn is_settled(&self) -> bool {
        self.settled.load(Ordering::Acquire)
    }

    /// Makes the volume one that survives the loss of power, if it is not yet. The caller holds the shape.
    pub(super) fn settle(&self, shape: &Manifest) -> io::Result<()> {
        if self.is_settled() {
            return Ok(());
        }
        let syncs = &self.counting.syncs;
        self.step("settle: layers")?;
        for layer in &self.stack().layers {
            layer.sync_files(syncs)?;
        }
        shape.write(&self.dir, syncs, &|name| self.step(name))?;
        // A failure to write a directory back is reported once: nothing may be promised after it.
        manifest::sync_directory(&parent(&self.dir), syncs)
            .inspect_err(|_| self.stack().top().distrust())?;
        self.step("settle: named")?;
        remove(&self.dir)?;
        self.settled.store(true, Ordering::Release);
        Ok(())
    }
}

fn parent(dir: &Path) -> PathBuf {
    match dir.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        Some(_) | None => PathBuf::from("."),
    }
}
