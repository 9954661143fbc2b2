//! Locks on ranges of grains: two changes of the state of one grain never run at once.

use std::ops::Range;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

#[derive(Default)]
struct Held {
    ranges: Vec<Range<u64>>,
    waiting: usize,
}

/// The ranges that are being changed.
#[derive(Default)]
pub(crate) struct Ranges {
    held: Mutex<Held>,
    freed: Condvar,
}

/// A range that is held until this is dropped.
pub(crate) struct Guard<'a> {
    ranges: &'a Ranges,
    range: Range<u64>,
}

impl Ranges {
    /// Waits until nobody holds any grain of `range`, and holds it.
    pub(crate) fn lock(&self, range: Range<u64>) -> Guard<'_> {
        let mut held = self.held();
        while overlaps(&held, &range) {
            held.waiting += 1;
            held = self
                .freed
                .wait(held)
                .unwrap_or_else(PoisonError::into_inner);
            held.waiting -= 1;
        }
        held.ranges.push(range.clone());
        Guard {
            ranges: self,
            range,
        }
    }

    /// Holds `range` if nobody else holds any grain of it.
    pub(crate) fn try_lock(&self, range: Range<u64>) -> Option<Guard<'_>> {
        let mut held = self.held();
        if overlaps(&held, &range) {
            return None;
        }
        held.ranges.push(range.clone());
        Some(Guard {
            ranges: self,
            range,
        })
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        let mut held = self.ranges.held();
        if let Some(at) = held.ranges.iter().position(|range| *range == self.range) {
            held.ranges.swap_remove(at);
        }
        if held.waiting > 0 {
            self.ranges.freed.notify_all();
        }
    }
}

fn overlaps(held: &Held, range: &Range<u64>) -> bool {
    held.ranges
        .iter()
        .any(|other| other.start < range.end && range.start < other.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ranges_that_touch_exclude_each_other() {
        let ranges = Ranges::default();
        let first = ranges.lock(0..4);
        assert!(ranges.try_lock(3..5).is_none());
        let second = ranges.try_lock(4..5);
        assert!(second.is_some());
        drop(first);
        assert!(ranges.try_lock(3..4).is_some());
        assert!(ranges.try_lock(3..5).is_none());
    }
}
