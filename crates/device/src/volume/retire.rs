//! Who lets go of a deleted file last.
//!
//! The last to close it waits until the file system has given back its blocks, which takes hundreds of
//! milliseconds where each of them is discarded on the disk beneath. A guest's request that still
//! looks through a layer when it is merged away must not be the one.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// Between two looks, and how often others are waited for: a minute in all.
const PAUSE: Duration = Duration::from_millis(10);
const LOOKS: u32 = 6000;

/// Drops these when nobody else has them any more: at once, or on a thread that waits for that.
pub(super) fn retire<T: Send + Sync + 'static>(all: Vec<Arc<T>>) {
    let is_last = |all: &[Arc<T>]| all.iter().all(|one| Arc::strong_count(one) == 1);
    if is_last(&all) {
        return;
    }
    let wait = move || {
        for _ in 0..LOOKS {
            if is_last(&all) {
                return;
            }
            thread::sleep(PAUSE);
        }
    };
    // Without a thread they are dropped here, and whoever else has one of them drops it.
    if let Err(error) = thread::Builder::new().name("retire".into()).spawn(wait) {
        tracing::warn!(%error, "merged layers are not waited for");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Sender, channel};
    use std::thread::ThreadId;

    /// Says on which thread it goes.
    struct Noted(Sender<ThreadId>);

    impl Drop for Noted {
        fn drop(&mut self) {
            self.0.send(thread::current().id()).unwrap();
        }
    }

    #[test]
    fn what_nobody_else_has_goes_at_once() {
        let (said, heard) = channel();
        retire(vec![Arc::new(Noted(said))]);
        assert_eq!(heard.try_recv().unwrap(), thread::current().id());
    }

    #[test]
    fn who_still_reads_does_not_pay_for_the_end() {
        let (said, heard) = channel();
        let one = Arc::new(Noted(said));
        let reader = one.clone();
        retire(vec![one]);
        drop(reader);
        assert_ne!(heard.recv().unwrap(), thread::current().id());
    }
}
