//! What has passed through one guest's port, counted.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};

/// Counts since the guest was added. Frames are Ethernet frames; bytes are theirs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Whether QEMU is connected now.
    pub connected: bool,
    /// How often a connection to QEMU was made.
    pub connects: u64,
    /// Frames that the guest sent.
    pub frames_out: u64,
    /// Their bytes.
    pub bytes_out: u64,
    /// Frames that were sent to the guest.
    pub frames_in: u64,
    /// Their bytes.
    pub bytes_in: u64,
    /// Frames with a source that is not the guest's, dropped.
    pub spoofed: u64,
    /// Packets between guests that the firewall dropped, counted at the sender.
    pub refused: u64,
    /// Frames dropped for any other reason.
    pub dropped: u64,
    /// TCP connections through the switch now.
    pub connections: usize,
}

/// The same, as they are counted.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) connected: AtomicBool,
    pub(crate) connects: AtomicU64,
    pub(crate) frames_out: AtomicU64,
    pub(crate) bytes_out: AtomicU64,
    pub(crate) frames_in: AtomicU64,
    pub(crate) bytes_in: AtomicU64,
    pub(crate) spoofed: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) dropped: AtomicU64,
    pub(crate) connections: AtomicUsize,
}

impl Counters {
    pub(crate) fn read(&self) -> Stats {
        Stats {
            connected: self.connected.load(Relaxed),
            connects: self.connects.load(Relaxed),
            frames_out: self.frames_out.load(Relaxed),
            bytes_out: self.bytes_out.load(Relaxed),
            frames_in: self.frames_in.load(Relaxed),
            bytes_in: self.bytes_in.load(Relaxed),
            spoofed: self.spoofed.load(Relaxed),
            refused: self.refused.load(Relaxed),
            dropped: self.dropped.load(Relaxed),
            connections: self.connections.load(Relaxed),
        }
    }
}

/// Adds to a counter.
pub(crate) fn count(counter: &AtomicU64, more: u64) {
    counter.fetch_add(more, Relaxed);
}
