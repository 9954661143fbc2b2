//! Which blocks of an upload machines wait for, so that whoever sends them can send these first.

use super::staging::Session;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many of them are told at once.
const MOST: usize = 64;

/// Blocks, and how many reads wait for each.
#[derive(Default)]
pub(super) struct Wanted(Mutex<BTreeMap<u64, usize>>);

/// A read that waits.
pub(super) struct Wish {
    session: Arc<Session>,
    blocks: Vec<u64>,
}

impl Wanted {
    pub(super) fn list(&self) -> Vec<u64> {
        self.blocks().keys().copied().take(MOST).collect()
    }

    fn blocks(&self) -> MutexGuard<'_, BTreeMap<u64, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wish {
    pub(super) fn of(session: &Arc<Session>, blocks: Vec<u64>) -> Wish {
        let mut wanted = session.wanted.blocks();
        for block in &blocks {
            *wanted.entry(*block).or_default() += 1;
        }
        Wish {
            session: session.clone(),
            blocks,
        }
    }
}

impl Drop for Wish {
    fn drop(&mut self) {
        let mut wanted = self.session.wanted.blocks();
        for block in &self.blocks {
            if let Some(count) = wanted.get_mut(block) {
                *count -= 1;
                if *count == 0 {
                    wanted.remove(block);
                }
            }
        }
    }
}
