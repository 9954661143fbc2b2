//! One sync for all who wait for one.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Who asked for a sync, and up to whom it was done.
#[derive(Default)]
pub(super) struct Together {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Default)]
struct State {
    asked: u64,
    synced: u64,
    under_way: bool,
}

impl Together {
    /// Returns when a sync has succeeded that began after the call. One of those who wait does it for
    /// all; if it fails, that is the answer to whoever did it, and the others try for themselves. Blocks.
    pub(super) fn sync<E>(&self, mut sync: impl FnMut() -> Result<(), E>) -> Result<(), E> {
        let mut state = self.state();
        state.asked += 1;
        let own = state.asked;
        while state.synced < own {
            if state.under_way {
                state = self
                    .ended
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            state.under_way = true;
            let all = state.asked;
            drop(state);
            let done = sync();
            state = self.state();
            state.under_way = false;
            if done.is_ok() {
                state.synced = all;
            }
            self.ended.notify_all();
            done?;
        }
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
    use std::time::Duration;

    #[test]
    fn who_waits_shares_a_sync_that_began_after_it_asked() {
        let (together, written, syncs) =
            (Together::default(), AtomicU32::new(0), AtomicU32::new(0));
        let durable = AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    let own = written.fetch_add(1, SeqCst) + 1;
                    let sync = || {
                        let until = written.load(SeqCst);
                        std::thread::sleep(Duration::from_millis(20));
                        durable.fetch_max(until, SeqCst);
                        syncs.fetch_add(1, SeqCst);
                        Ok::<(), ()>(())
                    };
                    together.sync(sync).unwrap();
                    assert!(durable.load(SeqCst) >= own);
                });
            }
        });
        assert!(syncs.load(SeqCst) < 16);
    }

    #[test]
    fn a_failure_is_told_to_who_met_it_and_nobody_takes_it_for_success() {
        let (together, left) = (Together::default(), AtomicU32::new(1));
        let sync = || match left.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)) {
            Ok(_) => Err(()),
            Err(_) => Ok(()),
        };
        assert_eq!(together.sync(sync), Err(()));
        assert_eq!(together.sync(sync), Ok(()));
    }
}
