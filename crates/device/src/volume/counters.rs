//! What a volume has done: figures for tests of growth and for whoever watches.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// What a volume has done since it was opened.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Counters {
            $($(#[$doc])* pub $name: u64,)+
        }

        /// The same, being counted.
        #[derive(Default)]
        pub(crate) struct Counting {
            $(pub(crate) $name: AtomicU64,)+
        }

        impl Counting {
            pub(crate) fn read(&self) -> Counters {
                Counters { $($name: self.$name.load(Ordering::Relaxed),)+ }
            }
        }
    };
}

counters! {
    /// Reads that were answered.
    reads,
    /// Bytes that they asked for.
    read_bytes,
    /// Writes that were answered.
    writes,
    /// Bytes that they brought.
    written_bytes,
    /// Bytes that were trimmed or zeroed.
    zeroed_bytes,
    /// Reads that were passed to the base.
    base_reads,
    /// Bytes that they asked for.
    base_bytes,
    /// Grains that were filled from below because a write covered a part of them.
    fills,
    /// Flushes that were asked for.
    flushes,
    /// Times that a file or a directory was synced, for them or for anything else.
    syncs,
}

impl Counting {
    pub(crate) fn add(counter: &AtomicU64, amount: u64) {
        counter.fetch_add(amount, Ordering::Relaxed);
    }
}
