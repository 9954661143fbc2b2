//! The journal of an import: which blocks of which snapshot were acknowledged.
//!
//! One text file for each import, named after what is imported to where. The first line is the
//! snapshot's id; each line after it is a block's index and its checksum. A line that was torn by a
//! crash is dropped: its block is sent again, which changes nothing.

use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

pub(crate) struct Journal {
    path: PathBuf,
    file: Option<File>,
    pub(crate) snapshot: Option<String>,
    pub(crate) sent: BTreeMap<i32, String>,
}

impl Journal {
    /// The journal of an import, with what an earlier run left in it.
    pub(crate) fn open(identity: &str) -> Result<Journal> {
        let name = blake3::hash(identity.as_bytes()).to_hex();
        let folder = folder();
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
        Ok(Journal::read(
            folder.join(format!("{}.import", &name.as_str()[..32])),
        ))
    }

    fn read(path: PathBuf) -> Journal {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        let mut lines = whole.lines();
        let snapshot = lines.next().map(str::to_owned);
        let entry = |line: &str| {
            let (index, checksum) = line.split_once(' ')?;
            (checksum.len() == 44).then_some((index.parse().ok()?, checksum.to_owned()))
        };
        Journal {
            path,
            file: None,
            snapshot,
            sent: lines.filter_map(entry).collect(),
        }
    }

    /// Begins anew with another snapshot.
    pub(crate) fn restart(&mut self, snapshot: &str) -> Result<()> {
        std::fs::write(&self.path, format!("{snapshot}\n"))?;
        (self.file, self.snapshot) = (None, Some(snapshot.to_owned()));
        self.sent.clear();
        Ok(())
    }

    /// Notes a block that the service acknowledged.
    pub(crate) fn acknowledge(&mut self, index: i32, checksum: String) -> Result<()> {
        if self.file.is_none() {
            self.file = Some(OpenOptions::new().append(true).open(&self.path)?);
        }
        if let Some(file) = &mut self.file {
            file.write_all(format!("{index} {checksum}\n").as_bytes())?;
        }
        self.sent.insert(index, checksum);
        Ok(())
    }

    /// The import is done.
    pub(crate) fn remove(self) {
        // A journal that stays is found again by the same import only, and is then stale.
        drop(std::fs::remove_file(&self.path));
    }
}

fn folder() -> PathBuf {
    let set = |name: &str| {
        std::env::var_os(name)
            .filter(|v| !v.is_empty())
            .map(PathBuf::from)
    };
    let state = set("XDG_STATE_HOME").or(set("HOME").map(|home| home.join(".local/state")));
    state
        .unwrap_or_else(std::env::temp_dir)
        .join("amiable/imports")
}

/// What makes two imports the same one.
pub(crate) fn identity(file: &Path, parts: &[&str]) -> Result<String> {
    let meta = std::fs::metadata(file)?;
    let path = file.canonicalize()?;
    let modified = meta
        .modified()?
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    Ok(format!(
        "{}\n{}\n{}\n{}",
        path.display(),
        meta.len(),
        modified.as_nanos(),
        parts.join("\n")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_line_is_dropped_and_the_rest_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.import");
        let checksum = "a".repeat(44);
        let mut journal = Journal::read(path.clone());
        journal.restart("snap-1").unwrap();
        journal.acknowledge(7, checksum.clone()).unwrap();
        std::fs::write(
            &path,
            format!(
                "{}8 {}",
                std::fs::read_to_string(&path).unwrap(),
                &checksum[..20]
            ),
        )
        .unwrap();
        let again = Journal::read(path);
        assert_eq!(again.snapshot.as_deref(), Some("snap-1"));
        assert_eq!(again.sent, BTreeMap::from([(7, checksum)]));
    }
}
