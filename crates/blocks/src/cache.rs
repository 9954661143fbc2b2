//! What all Regions and disks of a process share: decoded chunks and pages, bounded in bytes.

use crate::names::{Address, Location};
use crate::page::{Inner, Leaf};
use bytes::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache as QuickCache;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Decoded chunks and pages, most useful last to go. One for a process.
///
/// A chunk has the same content in every Region, so chunks are shared by all; where its frame
/// lies differs, so pages, which know that, are kept for each store. Holding a cache gives no
/// access: a reader only asks for what a page it could open names.
pub struct Cache {
    chunks: QuickCache<Address, Bytes, ByBytes>,
    pages: QuickCache<(u32, Address), Arc<Resolved>, ByBytes>,
    stores: AtomicU32,
}

/// A page, and where what it names lies in this Region.
pub(crate) struct Resolved {
    pub(crate) page: Page,
    pub(crate) places: Vec<Option<Location>>,
}

pub(crate) enum Page {
    Leaf(Box<Leaf>),
    Inner(Inner),
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Address, Bytes> for ByBytes {
    fn weight(&self, _: &Address, chunk: &Bytes) -> u64 {
        u64::try_from(chunk.len())
            .unwrap_or(u64::MAX)
            .saturating_add(96)
    }
}

impl Weighter<(u32, Address), Arc<Resolved>> for ByBytes {
    fn weight(&self, _: &(u32, Address), page: &Arc<Resolved>) -> u64 {
        let entries = u64::try_from(page.places.len()).unwrap_or(u64::MAX);
        entries.saturating_mul(100).saturating_add(1500)
    }
}

impl Cache {
    /// A cache of at most so many bytes of chunks and of pages.
    pub fn new(chunk_bytes: u64, page_bytes: u64) -> Arc<Self> {
        let items =
            |bytes: u64, each: u64| usize::try_from(bytes / each).unwrap_or(usize::MAX).max(16);
        Arc::new(Self {
            chunks: QuickCache::with_weighter(items(chunk_bytes, 24 << 10), chunk_bytes, ByBytes),
            pages: QuickCache::with_weighter(items(page_bytes, 32 << 10), page_bytes, ByBytes),
            stores: AtomicU32::new(0),
        })
    }

    /// A number that keeps one store's pages from those of others.
    pub(crate) fn join(&self) -> u32 {
        self.stores.fetch_add(1, Relaxed)
    }

    pub(crate) fn chunk(&self, address: &Address) -> Option<Bytes> {
        self.chunks.get(address)
    }

    pub(crate) fn keep_chunk(&self, address: Address, chunk: Bytes) {
        self.chunks.insert(address, chunk);
    }

    pub(crate) fn page(&self, store: u32, address: &Address) -> Option<Arc<Resolved>> {
        self.pages.get(&(store, *address))
    }

    pub(crate) fn keep_page(&self, store: u32, address: Address, page: Arc<Resolved>) {
        self.pages.insert((store, address), page);
    }
}
