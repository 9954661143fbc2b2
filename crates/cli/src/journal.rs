//! The journal of an import: which snapshot it fills, and which blocks of it were acknowledged.
//!
//! One text file for each import, named after what is imported to where, and held by one process
//! at a time. Lines are only ever added:
//!
//! ```text
//! token 5f0c…            before a snapshot is started, so that starting it again starts no other
//! snapshot snap-0123…
//! block 17 q0PG…=        after the service acknowledged it
//! whole                  after all blocks were, before the service is told so
//! ```
//!
//! A line that was torn by a crash is cut off: its block is sent again, which changes nothing. The
//! lines of blocks go when the import is done. The rest stays for a while, so that the same command
//! finds the image that it made; it can always be deleted, and then an import starts anew.

use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long a journal is kept that nobody writes to. Snapshots that are being filled time out long
/// before.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);
/// Base64 of a SHA-256 value.
const CHECKSUM: usize = 44;

/// See the module.
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    /// The client token of the snapshot.
    pub(crate) token: Option<String>,
    /// The snapshot that is being filled, or was.
    pub(crate) snapshot: Option<String>,
    /// The checksum of each block that was acknowledged.
    pub(crate) sent: BTreeMap<i32, String>,
    /// Whether those are all.
    pub(crate) is_whole: bool,
}

impl Journal {
    /// The journal of an import, with what an earlier run left in it.
    pub(crate) fn open(identity: &str) -> Result<Journal> {
        let folder = folder()?;
        prune(&folder);
        let name = blake3::hash(identity.as_bytes()).to_hex();
        Journal::read(folder.join(format!("{}.import", &name.as_str()[..32])))
    }

    fn read(path: PathBuf) -> Result<Journal> {
        let options = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(&path);
        let mut file = options.with_context(|| format!("{} cannot be opened", path.display()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!("The same import is running already."),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n');
        let whole = whole.map_or(0, |end| end + 1);
        file.set_len(u64::try_from(whole)?)?;
        let mut journal = Journal {
            path,
            file,
            token: None,
            snapshot: None,
            sent: BTreeMap::new(),
            is_whole: false,
        };
        for line in String::from_utf8_lossy(&bytes[..whole]).lines() {
            journal.take(line);
        }
        Ok(journal)
    }

    /// One line. What is none is passed over.
    fn take(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["token", token] => self.token = Some((*token).to_owned()),
            ["snapshot", id] => self.snapshot = Some((*id).to_owned()),
            ["whole"] => self.is_whole = true,
            ["block", index, checksum] if checksum.len() == CHECKSUM => {
                if let Ok(index) = index.parse() {
                    self.sent.insert(index, (*checksum).to_owned());
                }
            }
            _ => {}
        }
    }

    /// Begins anew, with a token that was never used.
    pub(crate) fn begin(&mut self) -> Result<()> {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let seed = format!(
            "{} {} {}",
            self.path.display(),
            now.as_nanos(),
            std::process::id()
        );
        let token = blake3::hash(seed.as_bytes()).to_hex()[..32].to_owned();
        self.sent.clear();
        self.is_whole = false;
        self.snapshot = None;
        self.file.set_len(0)?;
        self.add(&format!("token {token}\n"))?;
        // The service must not know a token that this file forgets.
        self.file.sync_all()?;
        self.token = Some(token);
        Ok(())
    }

    /// Notes the snapshot that the token started.
    pub(crate) fn started(&mut self, snapshot: &str) -> Result<()> {
        self.snapshot = Some(snapshot.to_owned());
        self.add(&format!("snapshot {snapshot}\n"))
    }

    /// Notes a block that the service acknowledged.
    pub(crate) fn acknowledge(&mut self, index: i32, checksum: String) -> Result<()> {
        self.add(&format!("block {index} {checksum}\n"))?;
        self.sent.insert(index, checksum);
        Ok(())
    }

    /// Notes that all blocks were acknowledged.
    pub(crate) fn whole(&mut self) -> Result<()> {
        if self.is_whole {
            return Ok(());
        }
        self.is_whole = true;
        self.add("whole\n")
    }

    /// The import is done: only what it made is of interest.
    pub(crate) fn finish(mut self) -> Result<()> {
        let line = |name: &str, value: &Option<String>| match value {
            Some(value) => format!("{name} {value}\n"),
            None => String::new(),
        };
        let rest = line("token", &self.token) + &line("snapshot", &self.snapshot);
        self.file.set_len(0)?;
        self.add(&rest)
    }

    /// The import is done, and the same command is to do it again.
    pub(crate) fn remove(self) -> Result<()> {
        Ok(std::fs::remove_file(&self.path)?)
    }

    fn add(&mut self, lines: &str) -> Result<()> {
        let written = self.file.write_all(lines.as_bytes());
        written.with_context(|| format!("{} cannot be written", self.path.display()))
    }
}

/// Where journals are: in the user's state folder, or where there is none in one of the temporary
/// folder that only this user can write to.
fn folder() -> Result<PathBuf> {
    let set = |name: &str| {
        let value = std::env::var_os(name).filter(|value| !value.is_empty());
        value.map(PathBuf::from)
    };
    let state = set("XDG_STATE_HOME").or_else(|| set("HOME").map(|home| home.join(".local/state")));
    if let Some(state) = state {
        let folder = state.join("amiable/imports");
        if std::fs::create_dir_all(&folder).is_ok() {
            return Ok(folder);
        }
    }
    private(std::env::temp_dir())
}

fn private(temporary: PathBuf) -> Result<PathBuf> {
    let user = std::fs::metadata("/proc/self")?.uid();
    let folder = temporary.join(format!("amiable-{user}"));
    let made = DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder);
    made.with_context(|| format!("{} cannot be made", folder.display()))?;
    let found = std::fs::symlink_metadata(&folder)?;
    let ours = found.is_dir() && found.uid() == user && found.mode() & 0o022 == 0;
    ensure!(ours, "{} is somebody else's.", folder.display());
    Ok(folder)
}

/// Removes journals that nobody came back for.
fn prune(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        let stale = || {
            let age = path.metadata().ok()?.modified().ok()?.elapsed().ok()?;
            Some(age > KEPT)
        };
        if path.extension().is_some_and(|end| end == "import") && stale() == Some(true) {
            // Tidying: what cannot be removed now can be next time.
            drop(std::fs::remove_file(&path));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(folder: &tempfile::TempDir) -> PathBuf {
        folder.path().join("x.import")
    }

    #[test]
    fn what_was_noted_is_found_again_and_a_torn_line_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let (path, checksum) = (at(&folder), "a".repeat(44));
        let mut journal = Journal::read(path.clone()).unwrap();
        journal.begin().unwrap();
        let token = journal.token.clone();
        journal.started("snap-1").unwrap();
        journal.acknowledge(7, checksum.clone()).unwrap();
        journal.add("block 8 aaaa").unwrap();
        drop(journal);
        let mut again = Journal::read(path.clone()).unwrap();
        assert_eq!(again.snapshot.as_deref(), Some("snap-1"));
        assert_eq!((&again.token, token.is_some()), (&token, true));
        assert_eq!(again.sent, BTreeMap::from([(7, checksum.clone())]));
        again.acknowledge(9, checksum).unwrap();
        assert!(!again.is_whole);
        again.whole().unwrap();
        drop(again);
        let again = Journal::read(path).unwrap();
        assert!(again.is_whole);
        let kept: Vec<i32> = again.sent.into_keys().collect();
        assert_eq!(kept, [7, 9], "the line after the torn one is whole");
    }

    #[test]
    fn a_journal_of_garbage_is_an_empty_one() {
        let folder = tempfile::tempdir().unwrap();
        let lines = b"\xff\xfe\0\nblock x y\nblock 1 short\nsnapshot\n\n";
        std::fs::write(at(&folder), lines).unwrap();
        let journal = Journal::read(at(&folder)).unwrap();
        assert_eq!((&journal.token, &journal.snapshot), (&None, &None));
        assert!(journal.sent.is_empty());
    }

    #[test]
    fn beginning_anew_forgets_everything_and_takes_another_token() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::read(at(&folder)).unwrap();
        journal.begin().unwrap();
        let first = journal.token.clone();
        journal.started("snap-1").unwrap();
        journal.acknowledge(0, "a".repeat(44)).unwrap();
        journal.begin().unwrap();
        assert_ne!(journal.token, first);
        drop(journal);
        let again = Journal::read(at(&folder)).unwrap();
        assert_eq!((again.snapshot, again.sent.len()), (None, 0));
    }

    #[test]
    fn a_finished_journal_knows_its_snapshot_and_no_blocks() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::read(at(&folder)).unwrap();
        journal.begin().unwrap();
        journal.started("snap-1").unwrap();
        journal.acknowledge(0, "a".repeat(44)).unwrap();
        journal.finish().unwrap();
        let again = Journal::read(at(&folder)).unwrap();
        assert_eq!(again.snapshot.as_deref(), Some("snap-1"));
        assert!(again.token.is_some() && again.sent.is_empty());
    }

    #[test]
    fn one_import_has_one_process() {
        let folder = tempfile::tempdir().unwrap();
        let held = Journal::read(at(&folder)).unwrap();
        assert!(Journal::read(at(&folder)).is_err());
        drop(held);
        assert!(Journal::read(at(&folder)).is_ok());
    }
}
