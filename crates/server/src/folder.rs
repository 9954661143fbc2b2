//! The data folder: what lies where, who holds it, and the files that the command line reads.
//!
//! ```text
//! settings.toml          what `serve` was told, for the commands that come later
//! catalogue.db           the embedded database (absent with PostgreSQL)
//! master.key             seals secrets in the database; without it they are lost
//! master.key.next        the master key to come, while it is changed
//! root-credentials.json  the first account's access key, mode 0600
//! audit.head             how long the audit trail was, outside of the database
//! endpoint               where the running server answers
//! lock                   held by the running server
//! blocks/                packs, a folder for each Region
//! volumes/               copy-on-write files, a folder for each volume
//! run/                   sockets, consoles and logs of running instances
//! ```

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use switch::Cidr;

/// An installation's data folder.
#[derive(Clone, Debug)]
pub(crate) struct Folder(PathBuf);

/// The first account's access key, as it is kept and printed.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Credentials {
    pub(crate) account_id: String,
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
}

/// Makes the names in a folder durable.
fn sync(folder: &Path) -> Result<()> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.with_context(|| format!("{} cannot be synced", folder.display()))
}

impl Folder {
    /// Names an existing folder, or makes it, readable by its owner alone.
    pub(crate) fn create(path: &Path) -> Result<Folder> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .with_context(|| format!("the data folder {} cannot be made", path.display()))?;
        let folder = Folder::open(path)?;
        // Its own name is to survive a loss of power, too.
        if let Some(parent) = folder.0.parent() {
            sync(parent)?;
        }
        Ok(folder)
    }

    /// Names a folder that must be there.
    pub(crate) fn open(path: &Path) -> Result<Folder> {
        let full = path.canonicalize().with_context(|| {
            format!(
                "there is no data folder {}: `amiable serve` makes one",
                path.display()
            )
        })?;
        Ok(Folder(full))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A folder in it, made if it is absent.
    pub(crate) fn subfolder(&self, name: &str) -> Result<PathBuf> {
        let path = self.path(name);
        fs::create_dir_all(&path).with_context(|| format!("{} cannot be made", path.display()))?;
        sync(&self.0)?;
        Ok(path)
    }

    /// Takes the folder for this process; a second server is refused. Held until it is dropped.
    pub(crate) fn lock(&self) -> Result<File> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.path("lock"))
            .context("the data folder cannot be written")?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => {
                bail!("another server holds the data folder {}", self.0.display())
            }
            Err(TryLockError::Error(error)) => {
                Err(error).context("the data folder cannot be locked")
            }
        }
    }

    /// Sockets need paths of at most 107 bytes: a deep data folder gets a short one under /tmp,
    /// whose name depends on the folder alone, so that a restarted server finds its guests again.
    pub(crate) fn run_folder(&self) -> Result<PathBuf> {
        const LONGEST: usize = 60;
        let run = self.path("run");
        if run.as_os_str().len() <= LONGEST {
            return self.subfolder("run");
        }
        let name = format!("{:016x}", hash(&self.0));
        let short = std::env::temp_dir().join(format!("amiable-{name}"));
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&short)
            .with_context(|| format!("{} cannot be made", short.display()))?;
        owned_by_us(&short)?;
        Ok(short)
    }

    /// The loopback addresses of the host that instances get as public ones: a range that depends
    /// on the folder alone, so that two installations on one host hardly ever meet.
    pub(crate) fn public_addresses(&self) -> Cidr {
        let second = 2 + u8::try_from(hash(&self.0) % 250).unwrap_or(0);
        Cidr::new([127, second, 0, 0].into(), 16)
    }

    pub(crate) fn write_credentials(&self, credentials: &Credentials) -> Result<()> {
        let text = serde_json::to_string_pretty(credentials)?;
        self.replace("root-credentials.json", text.as_bytes())
    }

    pub(crate) fn credentials(&self) -> Result<Credentials> {
        let path = self.path("root-credentials.json");
        let text = fs::read_to_string(&path)
            .with_context(|| format!("{} cannot be read", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is damaged", path.display()))
    }

    /// Replaces a small file whole or not at all, readable by its owner alone.
    pub(crate) fn replace(&self, name: &str, content: &[u8]) -> Result<()> {
        let (path, temporary) = (self.path(name), self.path(&format!("{name}.new")));
        if temporary.exists() {
            fs::remove_file(&temporary)?;
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&temporary)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&temporary, &path)?;
        sync(&self.0)?;
        Ok(())
    }
}

/// FNV-1a: short, and the same for the same path in every version.
fn hash(path: &Path) -> u64 {
    path.as_os_str()
        .as_encoded_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        })
}

/// A folder in a place that everybody can write to must be ours, or another user laid it there.
fn owned_by_us(path: &Path) -> Result<()> {
    use std::os::unix::fs::MetadataExt;
    let probe = File::open("/proc/self")?.metadata()?.uid();
    let found = fs::symlink_metadata(path)?;
    if found.is_dir() && found.uid() == probe {
        return Ok(());
    }
    bail!("{} belongs to somebody else", path.display())
}
