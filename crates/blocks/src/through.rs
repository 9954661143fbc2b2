//! Reading a disk whose copy from another Region is not complete yet.
//!
//! [`Store::disk_through`] opens a disk of this Region that asks the source for what this Region
//! lacks. Everything is verified as always: an address names the same bytes everywhere. Nothing is
//! written by reading, so that an indexed page still implies all below it; but the source keeps the
//! frames that it lent for a while, and a copy takes them from there instead of fetching them again.
//! Who reads on demand waits for it, and a copy does not: while there are such reads, it gives way.

use crate::chunks::{Reader, Want};
use crate::disk::Disk;
use crate::error::Result;
use crate::keys::Domain;
use crate::names::{Address, Location};
use crate::store::{Store, Trust};
use crate::tree::Tree;
use bytes::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache as QuickCache;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Bytes of frames that were read for another Region, kept for the copy that will want them.
const LENT_BYTES: u64 = 64 << 20;

/// For so long after a read on demand the next one is expected.
const QUIET: Duration = Duration::from_millis(300);
/// For so long at most one read of a copy gives way.
const GIVEN_WAY: Duration = Duration::from_secs(2);

/// Frames of this Region that were read for another one.
pub(crate) struct Lent {
    frames: QuickCache<Address, Bytes, ByBytes>,
    any: AtomicBool,
    demand: Demand,
}

/// Reads that somebody waits for.
#[derive(Default)]
struct Demand {
    under_way: AtomicU32,
    ended: Mutex<Option<Instant>>,
    /// Of those who give way, one at a time goes on after all.
    turn: tokio::sync::Mutex<()>,
}

impl Demand {
    fn begin(&self) -> Demanded<'_> {
        self.under_way.fetch_add(1, Relaxed);
        Demanded(self)
    }

    async fn give_way(&self) {
        if !self.is_on() {
            return;
        }
        let _turn = self.turn.lock().await;
        let began = Instant::now();
        while self.is_on() && began.elapsed() < GIVEN_WAY {
            tokio::time::sleep(QUIET / 10).await;
        }
    }

    fn is_on(&self) -> bool {
        let ended = *self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        self.under_way.load(Relaxed) > 0 || ended.is_some_and(|at| at.elapsed() < QUIET)
    }
}

/// One of them, until it is dropped.
struct Demanded<'a>(&'a Demand);

impl Drop for Demanded<'_> {
    fn drop(&mut self) {
        let mut ended = self.0.ended.lock().unwrap_or_else(PoisonError::into_inner);
        *ended = Some(Instant::now());
        self.0.under_way.fetch_sub(1, Relaxed);
    }
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Address, Bytes> for ByBytes {
    fn weight(&self, _: &Address, frame: &Bytes) -> u64 {
        u64::try_from(frame.len())
            .unwrap_or(u64::MAX)
            .saturating_add(96)
    }
}

impl Default for Lent {
    fn default() -> Lent {
        Lent {
            frames: QuickCache::with_weighter(1024, LENT_BYTES, ByBytes),
            any: AtomicBool::new(false),
            demand: Demand::default(),
        }
    }
}

impl Store {
    /// Whether all of a disk is in this Region. Asks the index alone: an indexed root implies all
    /// below it.
    pub async fn has(&self, tree: &Tree) -> Result<bool> {
        let Some(root) = tree.root_address() else {
            return Ok(true);
        };
        let found = self.inner.index.lookup(self.region(), &[root]).await?;
        Ok(found.iter().all(Option::is_some))
    }

    /// A disk of this Region, of which the parts that are not here yet are read from `source`.
    /// Reads nothing, so that a source that does not answer is noticed by the first read.
    pub fn disk_through(&self, tree: &Tree, domain: &Domain, source: &Store) -> Result<Disk> {
        let lender = Store {
            lends: true,
            source: None,
            ..source.clone()
        };
        let through = Store {
            // Its pages know no places for what is not here yet: not to be mixed with others.
            home: self.inner.cache.join(),
            source: Some(Arc::new(lender)),
            ..self.clone()
        };
        through.unread_disk(tree, domain)
    }

    /// Finds places for chunks that had none when their page was read. Those that this Region
    /// lacks are taken out of `missing` and answered by the source.
    pub(crate) async fn borrow_chunks(
        &self,
        wants: &[Want],
        missing: &mut Vec<(usize, Option<Location>)>,
        reader: Reader,
    ) -> Result<Vec<(usize, Bytes)>> {
        let lost = missing.iter().filter(|(_, place)| place.is_none());
        let lost: Vec<usize> = lost.map(|(at, _)| *at).collect();
        if lost.is_empty() {
            return Ok(Vec::new());
        }
        let addresses: Vec<Address> = lost.iter().map(|at| wants[*at].address).collect();
        let found = self.lookup(&addresses).await?;
        missing.retain(|(_, place)| place.is_some());
        let mut absent = Vec::new();
        for (at, place) in lost.into_iter().zip(found) {
            match (place, &self.source) {
                // Without a source, the read itself says what is not there.
                (Some(_), _) | (None, None) => missing.push((at, place)),
                (None, Some(_)) => absent.push(at),
            }
        }
        let Some(source) = self.source.as_ref().filter(|_| !absent.is_empty()) else {
            return Ok(Vec::new());
        };
        let asked: Vec<Want> = absent
            .iter()
            .map(|at| Want {
                place: None,
                ..wants[*at].clone()
            })
            .collect();
        let _demanded = source.demanded();
        let chunks = Box::pin(source.chunks_for(&asked, Trust::Cache, reader)).await?;
        Ok(absent.into_iter().zip(chunks).collect())
    }

    /// A frame for another Region.
    pub(crate) async fn lend_frame(&self, address: &Address) -> Result<Vec<u8>> {
        let _demanded = self.demanded();
        let frame = self.frame(address, None).await?;
        self.lend(address, &frame);
        Ok(frame)
    }

    fn demanded(&self) -> Demanded<'_> {
        self.inner.lent.demand.begin()
    }

    /// To be awaited before each read that nobody waits for. Those who give way go on one at a time,
    /// so that a copy ends however much is read meanwhile.
    pub(crate) async fn give_way(&self) {
        self.inner.lent.demand.give_way().await;
    }

    /// Keeps a frame that was read for another Region.
    pub(crate) fn lend(&self, address: &Address, frame: &[u8]) {
        if self.lends {
            let lent = &self.inner.lent;
            lent.frames.insert(*address, Bytes::copy_from_slice(frame));
            lent.any.store(true, Relaxed);
        }
    }

    /// Takes a frame that was read for another Region, if it is still there.
    pub(crate) fn take_lent(&self, address: &Address) -> Option<Bytes> {
        let lent = &self.inner.lent;
        if !lent.any.load(Relaxed) {
            return None;
        }
        lent.frames.remove(address).map(|(_, frame)| frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_copy_gives_way_to_who_waits_and_ends_all_the_same() {
        let (demand, began) = (Demand::default(), Instant::now());
        demand.give_way().await;
        assert_eq!(began.elapsed(), Duration::ZERO);
        let waiting = demand.begin();
        tokio::join!(demand.give_way(), demand.give_way(), demand.give_way());
        assert!(began.elapsed() >= GIVEN_WAY * 3, "they go on one at a time");
        drop(waiting);
        let began = Instant::now();
        tokio::join!(demand.give_way(), demand.give_way(), demand.give_way());
        assert!(began.elapsed() >= QUIET && began.elapsed() < QUIET * 2);
        demand.give_way().await;
        assert!(began.elapsed() < QUIET * 2);
    }
}
