//! Reading a stored disk.
//!
//! Every read is either right or an error: bytes are checked against the tree before they are
//! given out. The `_blocking` half is for plain threads (and `spawn_blocking`): what is cached,
//! and chunks in a local directory, they read without touching the async runtime.

use crate::cache::Resolved;
use crate::chunks::{Reader, Want};
use crate::error::{Error, Result};
use crate::geometry::{
    FANOUT, GRAIN, GRAIN_BYTES, SEGMENT, SEGMENT_GRAINS, as_u64, as_usize, height, node_bytes,
};
use crate::keys::Domain;
use crate::page::{Child, Entry, Leaf};
use crate::store::{Store, Trust};
use crate::tree::Tree;
use bytes::Bytes;
use std::ops::Range;
use std::sync::Arc;

/// An opened tree. Cloning is cheap; any number of threads may read.
#[derive(Clone)]
pub struct Disk {
    pub(crate) store: Store,
    pub(crate) tree: Tree,
    pub(crate) domain: Domain,
}

impl Store {
    /// Opens a tree of this Region. Reads its root page, so that a missing key or a missing tree
    /// is found here.
    pub async fn disk(&self, tree: &Tree, domain: &Domain) -> Result<Disk> {
        let disk = self.unread_disk(tree, domain)?;
        if let Some(root) = tree.root() {
            self.page(&root, height(tree.size()), None, domain, Trust::Cache)
                .await?;
        }
        Ok(disk)
    }

    /// The same without looking whether it is there.
    pub fn unread_disk(&self, tree: &Tree, domain: &Domain) -> Result<Disk> {
        if tree.is_sealed() != domain.is_sealed() {
            return Err(match tree.root_slot() {
                Some(slot) => Error::KeyMissing { slot },
                None => Error::invalid("keys were given for a disk of the other domain"),
            });
        }
        Ok(Disk {
            store: self.clone(),
            tree: tree.clone(),
            domain: domain.clone(),
        })
    }
}

/// A part of a read: where in the caller's buffer the grains of one entry go.
struct Piece {
    want: Want,
    /// First byte of the chunk that is wanted.
    skip: usize,
    /// Where it goes.
    into: Range<usize>,
}

impl Disk {
    /// The size in bytes.
    pub fn size(&self) -> u64 {
        self.tree.size()
    }

    /// The handle that it was opened from.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    fn check(&self, offset: u64, len: u64) -> Result<()> {
        match offset.checked_add(len) {
            Some(end) if end <= self.size() => Ok(()),
            _ => Err(Error::invalid(format!(
                "{len} bytes at {offset} are not within a disk of {} bytes",
                self.size()
            ))),
        }
    }

    /// The page at `level` that maps byte `offset`, or none where all is zero.
    pub(crate) async fn node(
        &self,
        level: u8,
        offset: u64,
        trust: Trust,
    ) -> Result<Option<(Child, Arc<Resolved>)>> {
        let Some(mut child) = self.tree.root() else {
            return Ok(None);
        };
        let mut at = height(self.size());
        let mut place = None;
        loop {
            let page = self
                .store
                .page(&child, at, place, &self.domain, trust)
                .await?;
            if at == level {
                return Ok(Some((child, page)));
            }
            match step(&page, at, offset)? {
                Some((next, next_place)) => (child, place) = (next, next_place),
                None => return Ok(None),
            }
            at -= 1;
        }
    }

    pub(crate) async fn leaf(&self, segment: u64) -> Result<Option<Arc<Resolved>>> {
        let found = self.node(0, segment * SEGMENT, Trust::Cache).await?;
        Ok(found.map(|(_, page)| page))
    }

    /// The leaf if every page on the way is cached; `None` if not.
    fn cached_leaf(&self, segment: u64) -> Result<Option<Option<Arc<Resolved>>>> {
        let Some(mut child) = self.tree.root() else {
            return Ok(Some(None));
        };
        let mut at = height(self.size());
        loop {
            self.domain.reading(child.slot)?;
            let Some(page) = self.store.cached_page(&child, at)? else {
                return Ok(None);
            };
            if at == 0 {
                return Ok(Some(Some(page)));
            }
            match step(&page, at, segment * SEGMENT)? {
                Some((next, _)) => child = next,
                None => return Ok(Some(None)),
            }
            at -= 1;
        }
    }

    pub(crate) fn leaf_blocking(&self, segment: u64) -> Result<Option<Arc<Resolved>>> {
        match self.cached_leaf(segment)? {
            Some(leaf) => Ok(leaf),
            None => self.store.block_on(self.leaf(segment)),
        }
    }

    /// Reads `buf.len()` bytes from `offset`; both may be anything within the disk.
    pub async fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<()> {
        self.read_for(offset, buf, Reader::Part).await
    }

    /// The same for a thread or a task that does nothing else until it is done: others wait for what
    /// it fetches.
    pub async fn read_whole_at(&self, offset: u64, buf: &mut [u8]) -> Result<()> {
        self.read_for(offset, buf, Reader::Whole).await
    }

    async fn read_for(&self, offset: u64, buf: &mut [u8], reader: Reader) -> Result<()> {
        self.check(offset, as_u64(buf.len()))?;
        for (segment, from, part) in by_segment(offset, buf) {
            let leaf = self.leaf(segment).await?;
            let pieces = self.plan(leaf.as_deref(), from, part)?;
            let wants: Vec<_> = pieces.iter().map(|piece| piece.want.clone()).collect();
            let chunks = self.store.chunks_for(&wants, Trust::Cache, reader);
            let chunks = chunks.await?;
            for (piece, chunk) in pieces.iter().zip(chunks) {
                place(piece, &chunk, part)?;
            }
        }
        Ok(())
    }

    /// The same for threads that may block. Must not be called from async code.
    pub fn read_at_blocking(&self, offset: u64, buf: &mut [u8]) -> Result<()> {
        self.check(offset, as_u64(buf.len()))?;
        for (segment, from, part) in by_segment(offset, buf) {
            let leaf = self.leaf_blocking(segment)?;
            let pieces = self.plan(leaf.as_deref(), from, part)?;
            self.read_pieces_blocking(&pieces, part)?;
        }
        Ok(())
    }

    /// The same if all of it is in memory; `false` leaves `buf` undefined. Does not wait.
    pub fn try_read_at(&self, offset: u64, buf: &mut [u8]) -> Result<bool> {
        self.check(offset, as_u64(buf.len()))?;
        for (segment, from, part) in by_segment(offset, buf) {
            let Some(leaf) = self.cached_leaf(segment)? else {
                return Ok(false);
            };
            for piece in self.plan(leaf.as_deref(), from, part)? {
                let Some(chunk) = self.store.cached_chunk(&piece.want.address) else {
                    return Ok(false);
                };
                place(&piece, &chunk, part)?;
            }
        }
        Ok(true)
    }

    /// Whether what is not in memory is in a directory of this machine.
    pub fn is_near(&self) -> bool {
        !self.store.is_remote()
    }

    fn read_pieces_blocking(&self, pieces: &[Piece], part: &mut [u8]) -> Result<()> {
        if self.store.is_remote() {
            // Each fetch has a latency: have what is missing fetched together.
            let absent: Vec<_> = pieces
                .iter()
                .filter(|piece| self.store.cached_chunk(&piece.want.address).is_none())
                .map(|piece| piece.want.clone())
                .collect();
            if absent.len() > 1 {
                self.store.chunks_blocking(&absent)?;
            }
        }
        for piece in pieces {
            let chunk = self.store.chunk_blocking(&piece.want)?;
            place(piece, &chunk, part)?;
        }
        Ok(())
    }

    /// What to copy where; what no chunk holds is zeroed here.
    fn plan(&self, leaf: Option<&Resolved>, from: u64, part: &mut [u8]) -> Result<Vec<Piece>> {
        let Some(resolved) = leaf else {
            part.fill(0);
            return Ok(Vec::new());
        };
        let entries = &resolved.leaf()?.entries;
        let (start, end) = (as_usize(from), as_usize(from) + part.len());
        let first = entries.partition_point(|entry| entry.end() * GRAIN_BYTES <= start);
        let mut pieces = Vec::new();
        let mut at = start;
        for (n, entry) in entries.iter().enumerate().skip(first) {
            let begins = entry.from() * GRAIN_BYTES;
            if begins >= end {
                break;
            }
            let (a, b) = (begins.max(start), (entry.end() * GRAIN_BYTES).min(end));
            part[at - start..a - start].fill(0);
            let want = resolved.want(n, entry, &self.domain)?;
            pieces.push(Piece {
                want,
                skip: a - begins,
                into: a - start..b - start,
            });
            at = b;
        }
        part[at - start..].fill(0);
        Ok(pieces)
    }

    /// The ranges of bytes within `range` that hold data, in order and apart, on the grain grid
    /// except where `range` cuts them. Reads pages but no chunks.
    pub async fn extents(&self, range: Range<u64>) -> Result<Vec<Range<u64>>> {
        self.check(range.start, range.end.saturating_sub(range.start))?;
        let mut found = Vec::new();
        let mut segment = range.start / SEGMENT;
        while segment * SEGMENT < range.end {
            let Some(next) = self.next_segment(segment).await? else {
                break;
            };
            segment = next;
            if let Some(leaf) = self.leaf(segment).await? {
                leaf_extents(leaf.leaf()?, segment, &range, &mut found);
            }
            segment += 1;
        }
        Ok(found)
    }

    /// The same for threads that may block. Must not be called from async code.
    pub fn extents_blocking(&self, range: Range<u64>) -> Result<Vec<Range<u64>>> {
        self.check(range.start, range.end.saturating_sub(range.start))?;
        let segment = range.start / SEGMENT;
        let within = range.end <= (segment + 1) * SEGMENT;
        match self.cached_leaf(segment)? {
            Some(leaf) if within => {
                let mut found = Vec::new();
                if let Some(leaf) = leaf {
                    leaf_extents(leaf.leaf()?, segment, &range, &mut found);
                }
                Ok(found)
            }
            _ => self.store.block_on(self.extents(range)),
        }
    }

    /// The first segment at or after `from` that holds data. Skips absent subtrees whole, so
    /// that a vast empty disk costs nothing.
    pub(crate) async fn next_segment(&self, from: u64) -> Result<Option<u64>> {
        let mut offset = from.saturating_mul(SEGMENT);
        let top = height(self.size());
        'descend: while offset < self.size() {
            let Some(root) = self.tree.root() else {
                return Ok(None);
            };
            let (mut child, mut place) = (root, None);
            for level in (1..=top).rev() {
                let page = self
                    .store
                    .page(&child, level, place, &self.domain, Trust::Cache)
                    .await?;
                match step(&page, level, offset)? {
                    Some((next, next_place)) => (child, place) = (next, next_place),
                    None => {
                        let below = node_bytes(level - 1);
                        let at = (offset / below) % FANOUT;
                        let inner = page.inner()?;
                        let later = inner.children.iter().find(|(n, _)| u64::from(*n) > at);
                        // The next child of this page, or the first of the page after it.
                        let steps = later.map_or(FANOUT - at, |(n, _)| u64::from(*n) - at);
                        offset = (offset / below).saturating_add(steps).saturating_mul(below);
                        continue 'descend;
                    }
                }
            }
            return Ok(Some(offset / SEGMENT));
        }
        Ok(None)
    }

    /// Reads a range into the cache.
    pub async fn prefetch(&self, range: Range<u64>) -> Result<()> {
        let len = range.end.saturating_sub(range.start);
        self.check(range.start, len)?;
        let (mut at, mut buf) = (range.start, vec![0; as_usize(len.min(crate::BLOCK))]);
        while at < range.end {
            let take = as_usize((range.end - at).min(crate::BLOCK));
            self.read_at(at, &mut buf[..take]).await?;
            at += as_u64(take);
        }
        Ok(())
    }
}

/// The child of an inner page on the way to `offset`, and where it lies.
pub(crate) fn step(
    page: &Resolved,
    level: u8,
    offset: u64,
) -> Result<Option<(Child, Option<crate::Location>)>> {
    let at = (offset / node_bytes(level - 1)) % FANOUT;
    let children = &page.inner()?.children;
    let Ok(found) = children.binary_search_by_key(&at, |(n, _)| u64::from(*n)) else {
        return Ok(None);
    };
    Ok(Some((
        children[found].1,
        page.places.get(found).copied().flatten(),
    )))
}

/// Splits a buffer where segments end: segment, offset within it, part.
fn by_segment(offset: u64, buf: &mut [u8]) -> impl Iterator<Item = (u64, u64, &mut [u8])> {
    let mut at = offset;
    let mut rest = Some(buf);
    std::iter::from_fn(move || {
        let buf = rest.take().filter(|buf| !buf.is_empty())?;
        let from = at % SEGMENT;
        let take = buf.len().min(as_usize(SEGMENT - from));
        let (part, after) = buf.split_at_mut(take);
        let segment = at / SEGMENT;
        at += as_u64(take);
        rest = Some(after);
        Some((segment, from, part))
    })
}

fn place(piece: &Piece, chunk: &Bytes, part: &mut [u8]) -> Result<()> {
    let end = piece.skip + piece.into.len();
    let bytes = chunk
        .get(piece.skip..end)
        .ok_or_else(|| Error::corrupt("a chunk is shorter than its page says"))?;
    part[piece.into.clone()].copy_from_slice(bytes);
    Ok(())
}

fn leaf_extents(leaf: &Leaf, segment: u64, range: &Range<u64>, found: &mut Vec<Range<u64>>) {
    let base = segment * SEGMENT;
    let bytes = |entry: &Entry| {
        let start = base + as_u64(entry.from()) * GRAIN;
        start..base + as_u64(entry.end()) * GRAIN
    };
    debug_assert!(leaf.entries.len() <= SEGMENT_GRAINS);
    for data in leaf.entries.iter().map(bytes) {
        let (start, end) = (data.start.max(range.start), data.end.min(range.end));
        if start >= end {
            continue;
        }
        match found.last_mut() {
            Some(last) if last.end == start => last.end = end,
            _ => found.push(start..end),
        }
    }
}
