//! Reading a disk whose copy from another Region is not complete yet.
//!
//! [`Store::disk_through`] opens a disk of this Region that asks the source for what this Region
//! lacks. Everything is verified as always: an address names the same bytes everywhere. Nothing is
//! written by reading, so that an indexed page still implies all below it; but the source keeps the
//! frames that it lent for a while, and a copy takes them from there instead of fetching them again.

use crate::disk::Disk;
use crate::error::Result;
use crate::keys::Domain;
use crate::names::{Address, Location};
use crate::store::{Store, Trust, Want};
use crate::tree::Tree;
use bytes::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache as QuickCache;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Bytes of frames that were read for another Region, kept for the copy that will want them.
const LENT_BYTES: u64 = 64 << 20;

/// Frames of this Region that were read for another one.
pub(crate) struct Lent {
    frames: QuickCache<Address, Bytes, ByBytes>,
    any: AtomicBool,
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
        let chunks = Box::pin(source.chunks(&asked, Trust::Cache)).await?;
        Ok(absent.into_iter().zip(chunks).collect())
    }

    /// A frame for another Region.
    pub(crate) async fn lend_frame(&self, address: &Address) -> Result<Vec<u8>> {
        let frame = self.frame(address, None).await?;
        self.lend(address, &frame);
        Ok(frame)
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
