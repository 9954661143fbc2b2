//! Counting while work goes on: a caller may look at any time, from any thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What one piece of work has done so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Stats {
    /// Plain bytes read from the source.
    pub bytes_read: u64,
    /// Chunks that the store did not have.
    pub chunks_new: u64,
    /// Chunks that it had.
    pub chunks_reused: u64,
    /// Plain bytes in the new chunks (for a copy: their stored bytes, as nothing is unpacked).
    pub bytes_new: u64,
    /// Plain bytes of chunks that went through the compressor.
    #[serde(default)]
    pub bytes_compressed: u64,
    /// Bytes that the new packs occupy.
    pub bytes_stored: u64,
    /// Pages that the store did not have.
    pub pages_new: u64,
    /// Pages that it had.
    pub pages_reused: u64,
    /// Packs written.
    pub packs: u64,
}

/// Progress and statistics of one piece of work.
#[derive(Debug, Default)]
pub struct Meter {
    pub(crate) done: AtomicU64,
    pub(crate) total: AtomicU64,
    pub(crate) bytes_read: AtomicU64,
    pub(crate) chunks_new: AtomicU64,
    pub(crate) chunks_reused: AtomicU64,
    pub(crate) bytes_new: AtomicU64,
    pub(crate) bytes_compressed: AtomicU64,
    pub(crate) bytes_stored: AtomicU64,
    pub(crate) pages_new: AtomicU64,
    pub(crate) pages_reused: AtomicU64,
    pub(crate) packs: AtomicU64,
}

pub(crate) fn add(counter: &AtomicU64, n: u64) {
    counter.fetch_add(n, Relaxed);
}

impl Meter {
    /// A meter at zero.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Bytes done and bytes in all. The total is an estimate until the work ends.
    pub fn progress(&self) -> (u64, u64) {
        let done = self.done.load(Relaxed);
        (done, self.total.load(Relaxed).max(done))
    }

    /// The counters as they are now.
    pub fn stats(&self) -> Stats {
        Stats {
            bytes_read: self.bytes_read.load(Relaxed),
            chunks_new: self.chunks_new.load(Relaxed),
            chunks_reused: self.chunks_reused.load(Relaxed),
            bytes_new: self.bytes_new.load(Relaxed),
            bytes_compressed: self.bytes_compressed.load(Relaxed),
            bytes_stored: self.bytes_stored.load(Relaxed),
            pages_new: self.pages_new.load(Relaxed),
            pages_reused: self.pages_reused.load(Relaxed),
            packs: self.packs.load(Relaxed),
        }
    }
}
