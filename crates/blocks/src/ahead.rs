//! Reading ahead of readers who go through a disk in order, where fetches have a latency.
//!
//! A reader that goes on where it stopped gets what lies before it, the more the longer it goes on.
//! What is asked for follows the tree, so it is fetched in runs as it lies in packs; a read that comes
//! meanwhile waits for what is on its way instead of fetching it again ([`crate::flights`]).

use crate::disk::Disk;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};
use tokio::task::JoinSet;

/// Readers of one disk that are followed at once.
const READERS: usize = 4;
/// A reader goes on if it skips no more than this.
const SKIP: u64 = 256 << 10;
/// How far to read ahead, at first and at most.
const WINDOW: (u64, u64) = (1 << 20, 16 << 20);
/// What is fetched by one task.
const PIECE: u64 = 1 << 20;
/// Pieces on their way at once.
const PIECES: usize = 8;

/// Follows the readers of a disk. When it is dropped, fetches under way end.
pub struct ReadAhead {
    disk: Disk,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The latest first.
    readers: Vec<Reader>,
    fetches: JoinSet<()>,
}

/// Somebody who reads in order.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Reader {
    /// Where it stopped.
    at: u64,
    /// Up to where its disk was asked for.
    until: u64,
    window: u64,
}

impl Disk {
    /// What follows the readers of this disk; `None` if its Region's packs are in a directory, where
    /// the system reads ahead.
    pub fn read_ahead(&self) -> Option<ReadAhead> {
        self.store.shares().then(|| ReadAhead {
            disk: self.clone(),
            state: Mutex::default(),
        })
    }
}

impl ReadAhead {
    /// Somebody reads this. Does not wait.
    pub fn hear(&self, offset: u64, len: usize) {
        let len = u64::try_from(len).unwrap_or(u64::MAX);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while state.fetches.try_join_next().is_some() {}
        let end = offset.saturating_add(len).min(self.disk.size());
        let Some(ahead) = follow(&mut state.readers, offset..end) else {
            return;
        };
        let ahead = ahead.start..ahead.end.min(self.disk.size());
        let mut at = ahead.start;
        while at < ahead.end && state.fetches.len() < PIECES {
            let piece = at..(at / PIECE * PIECE + PIECE).min(ahead.end);
            at = piece.end;
            let disk = self.disk.clone();
            let fetch = async move {
                if let Err(error) = disk.warm(&[piece]).await {
                    // Whoever reads it will say so if it matters.
                    tracing::debug!(%error, "reading ahead failed");
                }
            };
            state.fetches.spawn_on(fetch, self.disk.store.runtime());
        }
        if let Some(reader) = state.readers.first_mut() {
            reader.until = at.max(reader.at);
        }
    }
}

/// What to ask for after this read, if it goes on where one of the readers stopped. The reader comes
/// first then.
fn follow(readers: &mut Vec<Reader>, read: Range<u64>) -> Option<Range<u64>> {
    let goes_on = |reader: &Reader| {
        (reader.at..=reader.at.saturating_add(SKIP)).contains(&read.start) && read.end > reader.at
    };
    let Some(found) = readers.iter().position(goes_on) else {
        readers.truncate(READERS - 1);
        let new = Reader {
            at: read.end,
            until: read.end,
            window: 0,
        };
        readers.insert(0, new);
        return None;
    };
    let mut reader = readers.remove(found);
    reader.at = read.end;
    reader.until = reader.until.max(read.end);
    // Asked for in halves of the window, so that the next half is on its way while one is read.
    let ahead = if reader.until - reader.at <= reader.window / 2 {
        reader.window = (reader.window * 2).clamp(WINDOW.0, WINDOW.1);
        Some(reader.until..reader.at.saturating_add(reader.window))
    } else {
        None
    };
    readers.insert(0, reader);
    ahead
}

#[cfg(test)]
mod tests {
    use super::*;

    const K: u64 = 1 << 10;

    #[test]
    fn who_goes_on_is_read_ahead_of_more_and_more() {
        let mut readers = Vec::new();
        assert_eq!(follow(&mut readers, 0..128 * K), None);
        let ahead = follow(&mut readers, 128 * K..256 * K);
        assert_eq!(ahead, Some(256 * K..256 * K + WINDOW.0));
        let (mut at, mut asked) = (256 * K, 256 * K + WINDOW.0);
        readers[0].until = asked;
        for _ in 0..1000 {
            let next = at..at + 128 * K;
            at = next.end;
            if let Some(ahead) = follow(&mut readers, next) {
                assert_eq!(ahead.start, asked);
                asked = ahead.end;
                readers[0].until = asked;
            }
            assert!(asked > at && asked - at <= WINDOW.1);
        }
        assert!(asked - at >= WINDOW.1 / 2);
    }

    #[test]
    fn who_jumps_is_not_and_disturbs_nobody_who_goes_on() {
        let mut readers = Vec::new();
        follow(&mut readers, 0..4 * K);
        for n in 1..100 {
            assert_eq!(follow(&mut readers, n << 30..(n << 30) + 4 * K), None);
            let asked = follow(&mut readers, n * 4 * K..(n + 1) * 4 * K);
            assert_eq!(asked.is_some(), n == 1);
            readers[0].until = asked.map_or(readers[0].until, |asked| asked.end);
        }
        assert!(readers.len() <= READERS);
    }
}
