//! A base that is still on its way from another Region: reads of it wait for the link, and are
//! given up only when their volume is closed or the server ends.
//!
//! A failure that may pass (no connection, no answer in time) is tried again for as long as it
//! takes: the guest waits, as it would for a slow disk. Lost or damaged data is an error at once.
//! A read that is given up is not answered at all ([`device::base`]), so that a guest which outlives
//! the server asks the next one again.

use crate::waits::{Waiter, Waits};
use blocks::{Disk, Error, Store, Tree};
use std::collections::BTreeSet;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What a read that is not here is rounded out to: about what a long link carries in one round trip.
const UNIT: u64 = 1 << 20;
/// How long to wait before trying again, the first time and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));
/// After how many reads to look whether all of the disk has arrived.
const LOOK: u32 = 64;

/// A disk of which a part may still lie in another Region.
pub(crate) struct Distant {
    disk: Disk,
    /// The Region that it is on its way to.
    store: Store,
    waiter: Waiter,
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
            waiter: waits.waiter(folder),
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
        self.waiter.until(async {
            let mut pause = Pause::new();
            while !pause.after(self.read_once(buf, offset).await).await? {}
            Ok(())
        })
    }

    /// The ranges that hold data, likewise.
    pub(crate) fn extents(&self, range: Range<u64>) -> io::Result<Vec<Range<u64>>> {
        self.waiter.until(async {
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

    async fn read_once(&self, buf: &mut [u8], offset: u64) -> blocks::Result<()> {
        if self.reads.fetch_add(1, Relaxed) % LOOK == LOOK - 1 {
            self.look(self.disk.tree()).await?;
        }
        let end = offset + u64::try_from(buf.len()).unwrap_or(u64::MAX);
        let units = offset / UNIT..end.div_ceil(UNIT);
        if units.clone().all(|unit| self.knows(unit)) {
            return self.disk.read_whole_at(offset, buf).await;
        }
        let from = units.start * UNIT;
        let to = (units.end * UNIT).min(self.disk.size());
        let mut whole = vec![0; usize::try_from(to - from).unwrap_or(usize::MAX)];
        self.disk.read_whole_at(from, &mut whole).await?;
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
