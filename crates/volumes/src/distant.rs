//! A base that is still on its way from another Region: reads of it wait for the link, and are
//! given up only when their volume is closed or the server ends.
//!
//! A failure that may pass (no connection, no answer in time) is tried again for as long as it
//! takes: the guest waits, as it would for a slow disk. Lost or damaged data is an error at once.
//! A read that is given up is not answered at all ([`device::base`]), so that a guest which outlives
//! the server asks the next one again.

use blocks::{Disk, Error, Store, Tree};
use std::collections::{BTreeSet, HashMap};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};

/// What a read that is not here is rounded out to: about what a long link carries in one round trip.
const UNIT: u64 = 1 << 20;
/// How long to wait before trying again, the first time and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));
/// After how many reads to look whether all of the disk has arrived.
const LOOK: u32 = 64;

/// Who waits, so that they can be told to give up.
pub(crate) struct Waits {
    ending: watch::Sender<bool>,
    folders: Mutex<HashMap<PathBuf, Arc<Notify>>>,
}

impl Default for Waits {
    fn default() -> Waits {
        Waits {
            ending: watch::Sender::new(false),
            folders: Mutex::default(),
        }
    }
}

impl Waits {
    /// What the reads that wait on behalf of a volume's folder listen to.
    pub(crate) fn of(&self, folder: &Path) -> Arc<Notify> {
        let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        folders.entry(folder.to_owned()).or_default().clone()
    }

    /// The folder is gone.
    pub(crate) fn forget(&self, folder: &Path) {
        let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        folders.remove(folder);
    }

    /// Nobody waits any more from here on.
    pub(crate) fn end(&self) {
        self.ending.send_replace(true);
    }
}

/// A disk of which a part may still lie in another Region.
pub(crate) struct Distant {
    disk: Disk,
    /// The Region that it is on its way to.
    store: Store,
    runtime: Handle,
    given_up: Arc<Notify>,
    ending: watch::Receiver<bool>,
    /// Units that were fetched once.
    fetched: Mutex<BTreeSet<u64>>,
    reads: AtomicU32,
    arrived: AtomicBool,
}

impl Distant {
    /// To be called within the runtime that the reads will use.
    pub(crate) fn new(disk: Disk, store: Store, waits: &Waits, folder: &Path) -> Distant {
        Distant {
            disk,
            store,
            runtime: Handle::current(),
            given_up: waits.of(folder),
            ending: waits.ending.subscribe(),
            fetched: Mutex::default(),
            reads: AtomicU32::new(0),
            arrived: AtomicBool::new(false),
        }
    }

    /// Whether all of the disk has arrived, as far as was looked.
    pub(crate) fn has_arrived(&self) -> bool {
        self.arrived.load(Relaxed)
    }

    /// Reads, for a thread that may wait for as long as it takes.
    pub(crate) fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        self.patiently(async {
            let mut pause = Pause::new();
            while !pause.after(self.read_once(buf, offset).await).await? {}
            Ok(())
        })
    }

    /// The ranges that hold data, likewise.
    pub(crate) fn extents(&self, range: Range<u64>) -> io::Result<Vec<Range<u64>>> {
        self.patiently(async {
            let mut pause = Pause::new();
            let mut found = Vec::new();
            loop {
                let extents = self.disk.extents(range.clone()).await;
                if pause.after(extents.map(|extents| found = extents)).await? {
                    return Ok(found);
                }
            }
        })
    }

    fn patiently<T>(&self, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
        let mut ending = self.ending.clone();
        self.runtime.block_on(async {
            let told = self.given_up.notified();
            tokio::select! {
                biased;
                done = work => done,
                () = told => Err(io::ErrorKind::ConnectionAborted.into()),
                _ = ending.wait_for(|ending| *ending) => Err(io::ErrorKind::ConnectionAborted.into()),
            }
        })
    }

    async fn read_once(&self, buf: &mut [u8], offset: u64) -> blocks::Result<()> {
        if self.reads.fetch_add(1, Relaxed) % LOOK == LOOK - 1 {
            self.look(self.disk.tree()).await?;
        }
        let end = offset + u64::try_from(buf.len()).unwrap_or(u64::MAX);
        let units = offset / UNIT..end.div_ceil(UNIT);
        if units.clone().all(|unit| self.knows(unit)) {
            return self.disk.read_at(offset, buf).await;
        }
        let from = units.start * UNIT;
        let to = (units.end * UNIT).min(self.disk.size());
        let mut whole = vec![0; usize::try_from(to - from).unwrap_or(usize::MAX)];
        self.disk.read_at(from, &mut whole).await?;
        let start = usize::try_from(offset - from).unwrap_or(usize::MAX);
        let part = whole.get(start..start.saturating_add(buf.len()));
        let part = part.ok_or_else(|| {
            Error::InvalidInput("a read goes beyond the end of its disk".to_owned())
        })?;
        buf.copy_from_slice(part);
        self.known().extend(units);
        Ok(())
    }

    async fn look(&self, tree: &Tree) -> blocks::Result<()> {
        if self.store.has(tree).await? {
            self.arrived.store(true, Relaxed);
        }
        Ok(())
    }

    fn knows(&self, unit: u64) -> bool {
        self.known().contains(&unit)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, BTreeSet<u64>> {
        self.fetched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The time between tries.
struct Pause {
    next: Duration,
}

impl Pause {
    fn new() -> Pause {
        Pause { next: PAUSES.0 }
    }

    /// Whether the try succeeded. If it failed in a way that may pass, waits a while.
    async fn after(&mut self, tried: blocks::Result<()>) -> io::Result<bool> {
        match tried {
            Ok(()) => Ok(true),
            Err(Error::Store(error)) => {
                tracing::warn!(%error, "a guest waits for what is on its way from another Region");
                tokio::time::sleep(self.next).await;
                self.next = (self.next * 2).min(PAUSES.1);
                Ok(false)
            }
            Err(error) => Err(crate::disks::to_io(error)),
        }
    }
}
