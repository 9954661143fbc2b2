//! Where packs are kept: a directory, or an object store.
//!
//! Promises: a pack that was put is durable when `put` returns (file and directories synced, or
//! the object store's own promise), it is written under a new name or not at all, and a short
//! read is an error. A directory is read with plain positioned reads, without the async runtime.

use crate::entropy::Entropy;
use crate::error::{Error, Result};
use crate::names::{Location, PackId};
use crate::pack::MAX_PACK_BYTES;
use bytes::Bytes;
use futures::TryStreamExt;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};
use quick_cache::sync::Cache as QuickCache;
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Open files kept for reading. Packs are immutable, so an open file never goes stale.
const OPEN_FILES: usize = 256;

/// A link that carries nothing is noticed soon; one that is slow has its time.
const PATIENCE: [(&str, &str); 3] = [
    ("connect_timeout", "5 seconds"),
    ("read_timeout", "20 seconds"),
    ("timeout", "10 minutes"),
];

/// Where packs are kept. Cloning is cheap.
#[derive(Clone)]
pub struct Backend {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    directory: Option<Arc<Directory>>,
    fetched: Arc<Fetched>,
    shared: bool,
}

/// What was read from packs since the backend was made.
#[derive(Default)]
struct Fetched {
    reads: AtomicU64,
    bytes: AtomicU64,
}

struct Directory {
    root: PathBuf,
    open: QuickCache<PackId, Arc<File>>,
}

impl Backend {
    /// A directory, made if it does not exist. Everything put there is synced to the disk.
    pub fn directory(root: impl Into<PathBuf>) -> Result<Self> {
        let root = root.into();
        std::fs::create_dir_all(&root)?;
        let store = LocalFileSystem::new_with_prefix(&root)?.with_fsync(true);
        let directory = Directory {
            root: root.canonicalize()?,
            open: QuickCache::new(OPEN_FILES),
        };
        Ok(Self {
            store: Arc::new(store),
            prefix: Path::default(),
            directory: Some(Arc::new(directory)),
            fetched: Arc::default(),
            shared: false,
        })
    }

    /// An object store by its address, such as `s3://bucket/prefix` with `aws_endpoint`,
    /// `aws_region`, `aws_access_key_id`, `aws_secret_access_key` and `aws_allow_http` as options.
    pub fn from_url(
        url: &str,
        options: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self> {
        let parsed = url::Url::parse(url)
            .map_err(|e| Error::invalid(format!("'{}' is not a URL: {e}", url.escape_debug())))?;
        if parsed.scheme() == "file" {
            let path = parsed
                .to_file_path()
                .map_err(|()| Error::invalid("not a local file URL"))?;
            return Self::directory(path);
        }
        let patience = PATIENCE.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let options = patience.into_iter().chain(options);
        let (store, prefix) = object_store::parse_url_opts(&parsed, options)?;
        Ok(Self {
            store: store.into(),
            prefix,
            directory: None,
            fetched: Arc::default(),
            shared: true,
        })
    }

    /// Any object store.
    pub fn object_store(store: Arc<dyn ObjectStore>) -> Self {
        Self {
            store,
            prefix: Path::default(),
            directory: None,
            fetched: Arc::default(),
            shared: true,
        }
    }

    /// Every reader fetches for itself, and nothing is read ahead: for who decides when a fetch goes
    /// on, so that nobody waits for one that is held.
    pub fn unshared(mut self) -> Self {
        self.shared = false;
        self
    }

    /// Whether fetches take long enough that readers share them.
    pub(crate) fn is_shared(&self) -> bool {
        self.shared
    }

    fn packs(&self, region: &str) -> Path {
        self.prefix.clone().join(region).join("packs")
    }

    fn path(&self, region: &str, id: &PackId) -> Path {
        let name = id.to_string();
        let shelf = name[..2].to_owned();
        self.packs(region).join(shelf).join(name)
    }

    pub(crate) fn is_directory(&self) -> bool {
        self.directory.is_some()
    }

    /// Refuses an object store that overwrites what was to be created: put-if-absent is what
    /// keeps two writers from harming each other. A directory is known to get this right.
    pub(crate) async fn probe(&self, region: &str, entropy: &dyn Entropy) -> Result<()> {
        if self.is_directory() {
            return Ok(());
        }
        let mut name = [0; 16];
        entropy.fill(&mut name)?;
        let path = self
            .prefix
            .clone()
            .join(region)
            .join("probe")
            .join(hex::encode(name));
        let create = || PutOptions::from(PutMode::Create);
        let first = PutPayload::from_static(b"first");
        self.store.put_opts(&path, first, create()).await?;
        let second = PutPayload::from_static(b"second");
        let outcome = self.store.put_opts(&path, second, create()).await;
        self.store.delete(&path).await?;
        match outcome {
            Err(
                object_store::Error::AlreadyExists { .. }
                | object_store::Error::Precondition { .. },
            ) => Ok(()),
            Ok(_) => Err(Error::invalid(
                "this object store overwrites objects that were to be created only if absent \
                 (it ignores If-None-Match); images would not be safe in it",
            )),
            Err(other) => Err(other.into()),
        }
    }

    /// Whether a failure says no more than that the object store could not be reached.
    pub(crate) fn is_unreachable(&self, error: &(dyn std::error::Error + 'static)) -> bool {
        let failed = error.downcast_ref::<object_store::Error>();
        !self.is_directory() && matches!(failed, Some(object_store::Error::Generic { .. }))
    }

    /// Makes a pack durable under its new name.
    pub(crate) async fn put(&self, region: &str, id: &PackId, bytes: Bytes) -> Result<()> {
        let options = PutOptions::from(PutMode::Create);
        self.store
            .put_opts(&self.path(region, id), PutPayload::from(bytes), options)
            .await?;
        Ok(())
    }

    /// Removes a pack; one that is not there is no failure.
    pub(crate) async fn delete(&self, region: &str, id: &PackId) -> Result<()> {
        if let Some(directory) = &self.directory {
            directory.open.remove(id);
        }
        match self.store.delete(&self.path(region, id)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(other) => Err(other.into()),
        }
    }

    /// Part of a pack, in full or not at all.
    pub(crate) async fn get(
        &self,
        region: &str,
        id: &PackId,
        range: Range<u64>,
    ) -> Result<Vec<u8>> {
        let len = range.end.saturating_sub(range.start);
        if self.is_directory() {
            let (this, region, id) = (self.clone(), region.to_owned(), *id);
            return blocking(move || {
                this.get_blocking(&region, &id, range).unwrap_or_else(|| {
                    Err(Error::invalid(
                        "only a directory is read without the runtime",
                    ))
                })
            })
            .await;
        }
        self.count(len);
        let bytes = self.store.get_range(&self.path(region, id), range).await;
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(object_store::Error::NotFound { .. }) => return Err(missing(id)),
            Err(other) => return Err(other.into()),
        };
        if u64::try_from(bytes.len()).ok() != Some(len) {
            return Err(Error::corrupt(format!(
                "pack {id} is shorter than its index says"
            )));
        }
        Ok(bytes.into())
    }

    /// The same from a directory, on the calling thread; `None` where there is no directory.
    pub(crate) fn get_blocking(
        &self,
        region: &str,
        id: &PackId,
        range: Range<u64>,
    ) -> Option<Result<Vec<u8>>> {
        let directory = self.directory.as_ref()?;
        self.count(range.end.saturating_sub(range.start));
        Some(directory.read(&self.path(region, id), id, range))
    }

    fn count(&self, bytes: u64) {
        self.fetched.reads.fetch_add(1, Relaxed);
        self.fetched.bytes.fetch_add(bytes, Relaxed);
    }

    /// Reads of packs so far, and the bytes that were asked for.
    pub(crate) fn fetched(&self) -> (u64, u64) {
        let Fetched { reads, bytes } = &*self.fetched;
        (reads.load(Relaxed), bytes.load(Relaxed))
    }

    /// Every pack of a Region with its length.
    pub(crate) async fn list(&self, region: &str) -> Result<Vec<(PackId, u64)>> {
        let listed = self.store.list(Some(&self.packs(region)));
        listed
            .map_err(Error::from)
            .try_filter_map(|object| async move {
                // Only names that a writer of packs makes; anything else is not ours to judge.
                let id = object
                    .location
                    .filename()
                    .and_then(|name| name.parse().ok());
                Ok(id.map(|id| (id, object.size)))
            })
            .try_collect()
            .await
    }

    /// The same with the time of each pack's last change.
    pub(crate) async fn list_dated(&self, region: &str) -> Result<Vec<Listed>> {
        let listed = self.store.list(Some(&self.packs(region)));
        listed
            .map_err(Error::from)
            .try_filter_map(|object| async move {
                let name = object.location.filename();
                let changed = object.last_modified.timestamp_millis();
                Ok(name.and_then(|name| name.parse().ok()).map(|id| Listed {
                    id,
                    bytes: object.size,
                    changed_ms: u64::try_from(changed).unwrap_or(0),
                }))
            })
            .try_collect()
            .await
    }

    /// Removes staged files (`name#N`) that an interrupted put left in a directory and that were
    /// not changed since `before`; how many these were. Object stores clean up after themselves.
    pub(crate) fn remove_leftovers(&self, region: &str, before: u64) -> Result<usize> {
        let left = self.leftovers(region, before)?;
        for path in &left {
            std::fs::remove_file(path)?;
        }
        Ok(left.len())
    }

    /// Staged files that were not changed since `before`.
    pub(crate) fn leftovers(&self, region: &str, before: u64) -> Result<Vec<PathBuf>> {
        let mut left = Vec::new();
        let Some(directory) = &self.directory else {
            return Ok(left);
        };
        let shelves = directory.root.join(region).join("packs");
        if !shelves.exists() {
            return Ok(left);
        }
        for shelf in std::fs::read_dir(shelves)? {
            for file in std::fs::read_dir(shelf?.path())? {
                let file = file?;
                let changed = file.metadata()?.modified()?;
                let since = changed.duration_since(std::time::UNIX_EPOCH);
                let millis = since.map_or(0, |since| since.as_millis());
                if is_staged(&file.file_name()) && millis <= u128::from(before) {
                    left.push(file.path());
                }
            }
        }
        Ok(left)
    }

    /// A whole pack.
    pub(crate) async fn get_all(&self, region: &str, id: &PackId) -> Result<Vec<u8>> {
        let total = self.len(region, id).await?;
        if total > MAX_PACK_BYTES {
            return Err(Error::corrupt(format!(
                "pack {id} is longer than packs are"
            )));
        }
        self.get(region, id, 0..total).await
    }

    async fn len(&self, region: &str, id: &PackId) -> Result<u64> {
        match self.store.head(&self.path(region, id)).await {
            Ok(meta) => Ok(meta.size),
            Err(object_store::Error::NotFound { .. }) => Err(missing(id)),
            Err(other) => Err(other.into()),
        }
    }
}

/// A pack as the store lists it.
pub(crate) struct Listed {
    pub(crate) id: PackId,
    pub(crate) bytes: u64,
    pub(crate) changed_ms: u64,
}

/// The name of a pack, `#`, and a number: what the directory writes before it renames.
fn is_staged(name: &std::ffi::OsStr) -> bool {
    let parts = name.to_str().and_then(|name| name.split_once('#'));
    parts.is_some_and(|(pack, number)| {
        pack.parse::<PackId>().is_ok() && number.bytes().all(|digit| digit.is_ascii_digit())
    })
}

fn missing(id: &PackId) -> Error {
    Error::NotFound(format!("pack {id}"))
}

impl Directory {
    fn read(&self, path: &Path, id: &PackId, range: Range<u64>) -> Result<Vec<u8>> {
        let file = self.file(path, id)?;
        let len = usize::try_from(range.end.saturating_sub(range.start)).unwrap_or(usize::MAX);
        let mut bytes = vec![0; len];
        file.read_exact_at(&mut bytes, range.start)
            .map_err(|e| match e.kind() {
                std::io::ErrorKind::UnexpectedEof => {
                    Error::corrupt(format!("pack {id} is shorter than its index says"))
                }
                _ => Error::from(e),
            })?;
        Ok(bytes)
    }

    fn file(&self, path: &Path, id: &PackId) -> Result<Arc<File>> {
        if let Some(file) = self.open.get(id) {
            return Ok(file);
        }
        let file = File::open(self.root.join(path.as_ref())).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => missing(id),
            _ => Error::from(e),
        })?;
        let file = Arc::new(file);
        self.open.insert(*id, file.clone());
        Ok(file)
    }
}

/// Runs work that blocks on a thread that may.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(stopped) => Err(Error::store(stopped)),
    }
}

impl Location {
    pub(crate) fn range(&self) -> Range<u64> {
        let start = u64::from(self.offset);
        start..start.saturating_add(u64::from(self.len))
    }
}
