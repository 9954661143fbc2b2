//! A volume: an immutable base, and on it the grains that were written, in layers.
//!
//! ```text
//!   newest   top      takes the writes
//!            frozen   immutable, being uploaded as a snapshot
//!   oldest   frozen
//!            base     everything else, from the store of blocks
//! ```
//!
//! Promises
//! * A write that was answered is read back after the process is killed, without any flush.
//! * After [`Volume::flush`] it is read back after the machine loses power. Until then a sector holds
//!   what it held before or what was written, and its neighbours are not harmed.
//! * [`Volume::freeze`] takes everything that was answered before it and nothing that began after it.
//! * Creating, opening, freezing and rebasing cost the same whatever the size of the disk.
//! * A new volume costs no sync: until something of it is flushed or frozen, the loss of power may take it
//!   whole, and it is then [`Error::Missing`], to be created again.
//!
//! The data files of a volume may be sealed (see `cipher.rs`); its maps and its manifest are not.
//!
//! It does not check the bytes that it keeps against anything: the file system under it is trusted, as it
//! is for any disk image. One process at a time has a volume open.
//!
//! Start at `io.rs` for reads and writes, `freeze.rs` for snapshots, `map.rs` for the states of grains.

mod counters;
mod draft;
mod freeze;
mod io;
mod layer;
mod manifest;
mod map;
mod ranges;
mod retire;

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use rustix::fs::FlockOperation;

use crate::base::Base;
use crate::cipher::Cipher;
use crate::error::{Error, Result};
use counters::Counting;
use draft::Found;
use layer::Layer;
use manifest::Manifest;
use ranges::Ranges;

pub use counters::Counters;
pub use freeze::{Changes, Frozen, FrozenId};
pub(crate) use io::Patience;
pub use io::Zeroing;

const LOCK: &str = "lock";

/// What a new volume is to be.
#[derive(Clone, Copy, Debug)]
pub struct New<'a> {
    /// Bytes of the disk: a multiple of 512, at least those of the base, at most 64 TiB.
    pub size: u64,
    /// What the caller needs to find the base again. Kept as it is, and not looked at.
    pub base_ref: &'a str,
}

/// The keys that a volume's data files are sealed with, if they are.
pub type Sealed = Option<Arc<Cipher>>;

/// Called before each step of a change that a crash could interrupt; an error stops the change there.
/// Exists so that tests can stop it anywhere.
#[doc(hidden)]
pub type Steps = Arc<dyn Fn(&'static str) -> std::io::Result<()> + Send + Sync>;

/// What tests may set, and with what data files are sealed.
#[doc(hidden)]
#[derive(Clone, Default)]
pub struct Conditions {
    /// See [`Steps`].
    pub steps: Option<Steps>,
    /// Stands for the identifier of the machine's boot.
    pub boot: Option<String>,
    /// See [`Volume::create_sealed`].
    pub cipher: Sealed,
}

/// What reads look through. Never changed, only replaced.
pub(crate) struct Stack {
    pub(crate) size: u64,
    pub(crate) base: Arc<dyn Base>,
    pub(crate) base_ref: Arc<str>,
    /// The newest layer that the base holds.
    pub(crate) merged: u64,
    /// Oldest first.
    pub(crate) layers: Vec<Arc<Layer>>,
}

impl Stack {
    pub(crate) fn top(&self) -> &Layer {
        self.layers
            .last()
            .expect("a manifest without layers is refused, and the top is never dropped")
    }
}

/// A volume, open. Shared between threads as `Arc<Volume>`.
pub struct Volume {
    dir: PathBuf,
    stack: RwLock<Arc<Stack>>,
    /// Held shared by everything that writes to the top, alone by what replaces the top.
    gate: RwLock<()>,
    ranges: Ranges,
    /// What the manifest on the disk says. Held while the volume's shape changes.
    manifest: Mutex<Manifest>,
    flushing: Mutex<()>,
    flushes_begun: AtomicU64,
    /// Whether it survives the loss of power. See `draft.rs`.
    settled: AtomicBool,
    pub(crate) counting: Counting,
    steps: Option<Steps>,
    cipher: Sealed,
    _lock: Lock,
}

/// Keeps others from opening the volume. Lets go by itself, since a program that is being started at the same
/// moment may hold a copy of the descriptor for a while.
struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        if let Err(error) = rustix::fs::flock(&self.0, FlockOperation::Unlock) {
            tracing::warn!(%error, "a volume could not be unlocked");
        }
    }
}

impl Volume {
    /// Makes a volume in `dir`, which is created if it is not there, and opens it. From the first flush of a
    /// write, or the first freeze, it survives the loss of power; before, it is gone after one. What a crash
    /// left of an earlier attempt is replaced.
    ///
    /// # Errors
    /// [`Error::Exists`] if there is a volume already; [`Error::Damaged`] if there was; [`Error::Size`].
    pub fn create(dir: &Path, new: &New<'_>, base: Arc<dyn Base>) -> Result<Volume> {
        Volume::create_under(dir, new, base, Conditions::default())
    }

    /// [`Volume::create`], with data files that are sealed.
    ///
    /// # Errors
    /// As [`Volume::create`].
    pub fn create_sealed(
        dir: &Path,
        new: &New<'_>,
        base: Arc<dyn Base>,
        cipher: Sealed,
    ) -> Result<Volume> {
        let conditions = Conditions {
            cipher,
            ..Conditions::default()
        };
        Volume::create_under(dir, new, base, conditions)
    }

    /// [`Volume::create`], for tests.
    #[doc(hidden)]
    pub fn create_under(
        dir: &Path,
        new: &New<'_>,
        base: Arc<dyn Base>,
        conditions: Conditions,
    ) -> Result<Volume> {
        check_size(new.size, &*base)?;
        check_reference(new.base_ref)?;
        std::fs::create_dir_all(dir)?;
        let lock = lock(dir)?;
        let boot = boot(&conditions)?;
        match draft::find(dir, &boot) {
            Err(Error::Missing(_)) => {}
            Err(error) => return Err(error),
            Ok(_) => return Err(Error::Exists(dir.to_owned())),
        }
        let mut manifest = Manifest::new(new.size, new.base_ref, &boot);
        manifest.cipher = conditions
            .cipher
            .as_ref()
            .map(|cipher| cipher.name().to_owned());
        let step = |name| run_step(conditions.steps.as_ref(), name);
        step("create: layer")?;
        let top = Layer::create(dir, 1, new.size, conditions.cipher.clone())?;
        step("create: draft")?;
        manifest.write_draft(dir, &step)?;
        let found = Found {
            manifest,
            settled: false,
        };
        let layers = vec![Arc::new(top)];
        Ok(Volume::with(dir, found, base, layers, lock, conditions))
    }

    /// The reference that the volume in `dir` was created or last rebased with, to find its base by.
    ///
    /// # Errors
    /// [`Error::Missing`]; [`Error::Damaged`].
    pub fn base_ref_of(dir: &Path) -> Result<String> {
        Volume::base_ref_under(dir, &Conditions::default())
    }

    /// [`Volume::base_ref_of`], for tests.
    #[doc(hidden)]
    pub fn base_ref_under(dir: &Path, conditions: &Conditions) -> Result<String> {
        Ok(draft::find(dir, &boot(conditions)?)?.manifest.base)
    }

    /// Opens the volume in `dir` over `base`, and removes what a crash left beside it.
    ///
    /// # Errors
    /// [`Error::Missing`]; [`Error::Busy`]; [`Error::Damaged`]; [`Error::Size`] if the base is larger than
    /// the volume.
    pub fn open(dir: &Path, base: Arc<dyn Base>) -> Result<Volume> {
        Volume::open_under(dir, base, Conditions::default())
    }

    /// [`Volume::open`], of a volume whose data files are sealed.
    ///
    /// # Errors
    /// As [`Volume::open`]; [`Error::Sealed`] if they are sealed with other keys, or not.
    pub fn open_sealed(dir: &Path, base: Arc<dyn Base>, cipher: Sealed) -> Result<Volume> {
        let conditions = Conditions {
            cipher,
            ..Conditions::default()
        };
        Volume::open_under(dir, base, conditions)
    }

    /// [`Volume::open`], for tests.
    #[doc(hidden)]
    pub fn open_under(dir: &Path, base: Arc<dyn Base>, conditions: Conditions) -> Result<Volume> {
        let boot = boot(&conditions)?;
        // Before the lock, whose file would be made where there is no volume, and under it.
        draft::find(dir, &boot)?;
        let lock = lock(dir)?;
        let mut found = draft::find(dir, &boot)?;
        let manifest = &mut found.manifest;
        check_size(manifest.size, &*base)?;
        let name = conditions.cipher.as_ref().map(|cipher| cipher.name());
        if manifest.cipher.as_deref() != name {
            return Err(Error::Sealed(dir.to_owned()));
        }
        remove_left_overs(dir, &manifest.layers)?;
        let layers = open_layers(dir, manifest, &conditions.cipher)?;
        let counting = Counting::default();
        if manifest.boot != boot {
            // The machine stopped since: what was not flushed may be in the map and not in the data.
            for layer in &layers {
                run_step(conditions.steps.as_ref(), "open: forget")?;
                layer.recover(&counting.syncs)?;
            }
            manifest.boot = boot;
            let step = |name| run_step(conditions.steps.as_ref(), name);
            manifest.write(dir, &counting.syncs, &step)?;
            // The directory was found after the machine had stopped: its name needs no sync.
            draft::remove(dir)?;
            found.settled = true;
        }
        let volume = Volume::with(dir, found, base, layers, lock, conditions);
        Ok(Volume { counting, ..volume })
    }

    /// Removes the volume in `dir`, open nowhere, and the directory with it. What has begun is finished by
    /// calling it again.
    ///
    /// # Errors
    /// [`Error::Busy`]. A directory that is not there is success.
    pub fn delete(dir: &Path) -> Result<()> {
        if !dir.exists() {
            return Ok(());
        }
        let _lock = lock(dir)?;
        std::fs::remove_dir_all(dir)?;
        Ok(())
    }

    fn with(
        dir: &Path,
        Found { manifest, settled }: Found,
        base: Arc<dyn Base>,
        layers: Vec<Arc<Layer>>,
        lock: Lock,
        conditions: Conditions,
    ) -> Volume {
        let stack = Stack {
            size: manifest.size,
            base,
            base_ref: manifest.base.as_str().into(),
            merged: manifest.merged,
            layers,
        };
        Volume {
            dir: dir.to_owned(),
            stack: RwLock::new(Arc::new(stack)),
            gate: RwLock::new(()),
            ranges: Ranges::default(),
            manifest: Mutex::new(manifest),
            flushing: Mutex::new(()),
            flushes_begun: AtomicU64::new(0),
            settled: AtomicBool::new(settled),
            counting: Counting::default(),
            steps: conditions.steps,
            cipher: conditions.cipher,
            _lock: lock,
        }
    }

    /// Bytes of the disk.
    pub fn size(&self) -> u64 {
        self.stack().size
    }

    /// The caller's reference to the base as it is now.
    pub fn base_ref(&self) -> String {
        self.stack().base_ref.to_string()
    }

    /// What the volume has done since it was opened.
    pub fn counters(&self) -> Counters {
        self.counting.read()
    }

    /// Makes everything that was answered before the call survive the loss of power. Calls that wait for
    /// each other share the work.
    ///
    /// # Errors
    /// Once writing back has failed, every later flush and write of the volume fails too.
    pub fn flush(&self) -> std::io::Result<()> {
        Counting::add(&self.counting.flushes, 1);
        let seen = self.flushes_begun.load(Ordering::Acquire);
        let _alone = self.flushing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.flushes_begun.load(Ordering::Acquire) > seen && self.last_flush_succeeded() {
            return Ok(());
        }
        self.flushes_begun.fetch_add(1, Ordering::AcqRel);
        let stack = self.stack();
        if !self.is_settled() {
            if stack.top().map.is_untouched() {
                // What was answered so far is what a volume that is created again reads.
                return Ok(());
            }
            self.settle(&self.shape())?;
        }
        stack
            .layers
            .iter()
            .try_for_each(|layer| layer.sync(&self.counting.syncs))
    }

    fn last_flush_succeeded(&self) -> bool {
        self.is_settled() && self.stack().layers.iter().all(|layer| layer.is_sound())
    }

    /// Lets the disk grow to `size` bytes; the new ones read as zeros.
    ///
    /// # Errors
    /// [`Error::Size`] if it is smaller than the disk or not a size that a volume can have.
    pub fn resize(&self, size: u64) -> Result<()> {
        let mut manifest = self.shape();
        manifest::check_size(size).map_err(|why| Error::Size { size, why })?;
        if size < manifest.size {
            return Err(Error::Size {
                size,
                why: "a volume does not shrink",
            });
        }
        let stack = self.stack();
        self.settle(&manifest)?;
        self.step("resize: reserve")?;
        stack.top().reserve(size)?;
        self.replace_manifest(&mut manifest, |next| next.size = size)?;
        self.replace_stack(|old| Stack { size, ..old });
        Ok(())
    }

    pub(crate) fn stack(&self) -> Arc<Stack> {
        Arc::clone(&self.stack.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn enter(&self) -> RwLockReadGuard<'_, ()> {
        self.gate.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn shape(&self) -> MutexGuard<'_, Manifest> {
        self.manifest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn replace_manifest(
        &self,
        manifest: &mut Manifest,
        change: impl FnOnce(&mut Manifest),
    ) -> std::io::Result<()> {
        let mut next = manifest.clone();
        change(&mut next);
        next.write(&self.dir, &self.counting.syncs, &|name| self.step(name))?;
        *manifest = next;
        Ok(())
    }

    /// Replaces what reads look through. The caller holds the shape.
    fn replace_stack(&self, change: impl FnOnce(Stack) -> Stack) {
        let mut stack = self.stack.write().unwrap_or_else(PoisonError::into_inner);
        let old = Stack {
            size: stack.size,
            base: Arc::clone(&stack.base),
            base_ref: Arc::clone(&stack.base_ref),
            merged: stack.merged,
            layers: stack.layers.clone(),
        };
        *stack = Arc::new(change(old));
    }

    fn step(&self, name: &'static str) -> std::io::Result<()> {
        run_step(self.steps.as_ref(), name)
    }
}

/// For fuzzing: reads `line` as a manifest with a right checksum, and checks that what is accepted is written
/// the way that it is read.
#[doc(hidden)]
pub fn examine_manifest(line: &[u8]) -> bool {
    let mut bytes = line.to_vec();
    bytes.push(b'\n');
    bytes.extend_from_slice(blake3::hash(line).to_hex().as_bytes());
    bytes.push(b'\n');
    let Ok(manifest) = Manifest::decode(&bytes) else {
        return false;
    };
    manifest
        .encode()
        .is_ok_and(|again| Manifest::decode(&again) == Ok(manifest))
}

/// For fuzzing: reads `file` as the map of layer 1, under a right header, and asks it about every grain that it
/// may describe.
#[doc(hidden)]
pub fn examine_map(states: &[u8]) -> std::io::Result<u64> {
    let dir = std::env::temp_dir().join(format!("device-map-{}", std::process::id()));
    std::fs::create_dir_all(&dir)?;
    drop(Layer::create(&dir, 1, crate::GRAIN, None)?);
    let path = layer::map_path(&dir, 1);
    let file = File::options().write(true).open(&path)?;
    std::os::unix::fs::FileExt::write_all_at(&file, states, map::HEADER)?;
    let layer = Layer::open(&dir, 1, None)?;
    let (mut at, mut runs) = (0, 0);
    while at < map::GRAINS {
        at += layer.map.run(at, map::GRAINS - at)?.1;
        runs += 1;
    }
    layer.sync(&AtomicU64::new(0))?;
    layer.map.forget_fresh()?;
    std::fs::remove_dir_all(dir)?;
    Ok(runs)
}

fn run_step(steps: Option<&Steps>, name: &'static str) -> std::io::Result<()> {
    steps.map_or(Ok(()), |steps| steps(name))
}

fn check_size(size: u64, base: &dyn Base) -> Result<()> {
    manifest::check_size(size).map_err(|why| Error::Size { size, why })?;
    if base.size() > size {
        return Err(Error::Size {
            size,
            why: "its base has more",
        });
    }
    Ok(())
}

fn check_reference(base_ref: &str) -> Result<()> {
    if base_ref.len() > manifest::MAX_REFERENCE {
        return Err(Error::Reference(base_ref.len()));
    }
    Ok(())
}

fn lock(dir: &Path) -> Result<Lock> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(dir.join(LOCK))?;
    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Lock(file)),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(Error::Busy(dir.to_owned())),
        Err(error) => Err(std::io::Error::from(error).into()),
    }
}

fn open_layers(dir: &Path, manifest: &Manifest, cipher: &Sealed) -> Result<Vec<Arc<Layer>>> {
    let open = |id: &u64| match Layer::open(dir, *id, cipher.clone()) {
        Ok(layer) => Ok(Arc::new(layer)),
        Err(error) if error.kind() == ErrorKind::InvalidData => {
            Err(damaged(dir, error.to_string()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(damaged(dir, format!("a file of layer {id} is missing")))
        }
        Err(error) => Err(error.into()),
    };
    manifest.layers.iter().map(open).collect()
}

fn damaged(dir: &Path, what: String) -> Error {
    Error::Damaged {
        directory: dir.to_owned(),
        what,
    }
}

fn remove_left_overs(dir: &Path, layers: &[u64]) -> Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        if entry
            .file_name()
            .to_str()
            .is_some_and(|name| manifest::is_left_over(name, layers))
        {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// What tells one boot of the machine from another.
fn boot(conditions: &Conditions) -> Result<String> {
    match &conditions.boot {
        Some(boot) => Ok(boot.clone()),
        None => Ok(std::fs::read_to_string("/proc/sys/kernel/random/boot_id")?
            .trim()
            .to_owned()),
    }
}
