//! The pack: an immutable object of frames with its own index at the end (docs/format/pack.md).
//!
//! This file knows bytes alone; where packs are kept is [`crate::backend`]'s business.
#![deny(clippy::arithmetic_side_effects, clippy::indexing_slicing)]

use crate::error::{Error, Result};
use crate::frame::{HEADER_BYTES, MAX_FRAME_BYTES};
use crate::index::Pack;
use crate::names::{Address, Location, PackId};
use crate::references::References;
use bytes::Bytes;

const MAGIC: [u8; 8] = *b"AmiPack1";
const END: [u8; 8] = *b"AmiPend1";
const ENTRY_BYTES: usize = 36;
/// The trailer: offset of the index, number of entries, hash of the index, magic.
pub(crate) const TRAILER_BYTES: usize = 48;
/// A pack is closed when it has reached this length, so that a writer holds a few at most.
const FULL_BYTES: usize = 16 * 1024 * 1024;
/// Longer objects are not packs of ours.
pub(crate) const MAX_PACK_BYTES: u64 = 64 * 1024 * 1024;

/// A pack that is being filled.
pub(crate) struct Filling {
    bytes: Vec<u8>,
    entries: Vec<(Address, u32)>,
    pages: Vec<References>,
}

impl Filling {
    pub(crate) fn new() -> Self {
        Self::within(Vec::new())
    }

    /// The same in a buffer that another pack was filled in.
    pub(crate) fn within(mut bytes: Vec<u8>) -> Self {
        bytes.clear();
        bytes.extend_from_slice(&MAGIC);
        Self {
            bytes,
            entries: Vec::new(),
            pages: Vec::new(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.bytes.len() >= FULL_BYTES
    }

    pub(crate) fn push(&mut self, address: Address, frame: &[u8]) -> Result<()> {
        let len = u32::try_from(frame.len())
            .map_err(|_| Error::invalid("a frame is longer than a pack can say"))?;
        if self.bytes.len() > FULL_BYTES / 8 {
            // Beyond that in one step, as doubling would end at twice what is needed.
            let whole = FULL_BYTES.saturating_add(FULL_BYTES / 16);
            self.bytes
                .reserve_exact(whole.saturating_sub(self.bytes.len()));
        }
        self.bytes.extend_from_slice(frame);
        self.entries.push((address, len));
        Ok(())
    }

    /// Notes what a page that was pushed refers to.
    pub(crate) fn note(&mut self, page: References) {
        self.pages.push(page);
    }

    /// Adds the index and gives the object and what an index should know of it.
    pub(crate) fn close(mut self, id: PackId) -> Result<(Pack, Bytes)> {
        let too_long = || Error::invalid("a pack is longer than its index can say");
        let index_offset = u32::try_from(self.bytes.len()).map_err(|_| too_long())?;
        let count = u32::try_from(self.entries.len()).map_err(|_| too_long())?;
        let start = self.bytes.len();
        for (address, len) in &self.entries {
            self.bytes.extend_from_slice(address.as_bytes());
            self.bytes.extend_from_slice(&len.to_le_bytes());
        }
        let hash = index_hash(
            self.bytes.get(start..).unwrap_or_default(),
            index_offset,
            count,
        );
        self.bytes.extend_from_slice(&index_offset.to_le_bytes());
        self.bytes.extend_from_slice(&count.to_le_bytes());
        self.bytes.extend_from_slice(&hash);
        self.bytes.extend_from_slice(&END);
        let bytes = u64::try_from(self.bytes.len()).map_err(|_| too_long())?;
        let entries = locate(id, self.entries.into_iter())?;
        let pages = self.pages;
        let pack = Pack {
            id,
            bytes,
            entries,
            pages,
            note: None,
        };
        Ok((pack, self.bytes.into()))
    }
}

fn index_hash(index: &[u8], index_offset: u32, count: u32) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key("amiable v1 pack index");
    hasher
        .update(index)
        .update(&index_offset.to_le_bytes())
        .update(&count.to_le_bytes());
    *hasher.finalize().as_bytes()
}

/// Offsets from lengths: frames lie back to back after the magic.
fn locate(
    pack: PackId,
    entries: impl Iterator<Item = (Address, u32)>,
) -> Result<Vec<(Address, Location)>> {
    let mut offset = u32::try_from(MAGIC.len()).unwrap_or(u32::MAX);
    let mut located = Vec::with_capacity(entries.size_hint().0);
    for (address, len) in entries {
        located.push((address, Location { pack, offset, len }));
        offset = offset
            .checked_add(len)
            .ok_or_else(|| Error::corrupt(format!("pack {pack} claims more than 4 GiB")))?;
    }
    Ok(located)
}

/// The trailer, believed once [`parse_index`] has seen the index that it describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Trailer {
    pub(crate) index_offset: u64,
    pub(crate) index_len: u64,
    count: u32,
    hash: [u8; 32],
}

/// Reads the last [`TRAILER_BYTES`] of an object of `total` bytes.
pub(crate) fn parse_trailer(trailer: &[u8], total: u64) -> Result<Trailer> {
    let bad = |what: &str| Error::corrupt(format!("a pack's trailer {what}"));
    let (offset, rest) = trailer
        .split_first_chunk::<4>()
        .ok_or_else(|| bad("is cut off"))?;
    let (count, rest) = rest
        .split_first_chunk::<4>()
        .ok_or_else(|| bad("is cut off"))?;
    let (hash, end) = rest
        .split_first_chunk::<32>()
        .ok_or_else(|| bad("is cut off"))?;
    if end != END {
        return Err(bad("is missing: the pack is cut off or not of version 1"));
    }
    let index_offset = u64::from(u32::from_le_bytes(*offset));
    let count = u32::from_le_bytes(*count);
    let index_len = u64::from(count).saturating_mul(36);
    let all = index_offset.saturating_add(index_len).saturating_add(48);
    if all != total || total > MAX_PACK_BYTES || index_offset < 8 {
        return Err(bad("does not fit the pack's length"));
    }
    Ok(Trailer {
        index_offset,
        index_len,
        count,
        hash: *hash,
    })
}

/// Reads the index and checks it against its hash and the length of the frames.
pub(crate) fn parse_index(
    id: PackId,
    trailer: &Trailer,
    index: &[u8],
) -> Result<Vec<(Address, Location)>> {
    let bad = |what: &str| Error::corrupt(format!("the index of pack {id} {what}"));
    let offset = u32::try_from(trailer.index_offset).map_err(|_| bad("lies too far"))?;
    if u64::try_from(index.len()).ok() != Some(trailer.index_len)
        || index_hash(index, offset, trailer.count) != trailer.hash
    {
        return Err(bad("is damaged"));
    }
    let mut entries = Vec::new();
    for entry in index.chunks_exact(ENTRY_BYTES) {
        let (address, len) = entry
            .split_first_chunk::<32>()
            .ok_or_else(|| bad("is cut off"))?;
        let len = len.first_chunk::<4>().ok_or_else(|| bad("is cut off"))?;
        let len = u32::from_le_bytes(*len);
        let bytes = usize::try_from(len).unwrap_or(usize::MAX);
        if bytes <= HEADER_BYTES || bytes > MAX_FRAME_BYTES {
            return Err(bad("names a frame of an impossible length"));
        }
        entries.push((Address::from_bytes(*address), len));
    }
    let located = locate(id, entries.into_iter())?;
    let end = located.last().map_or(8, |(_, at)| {
        u64::from(at.offset).saturating_add(u64::from(at.len))
    });
    if end != trailer.index_offset {
        return Err(bad("does not account for every byte"));
    }
    Ok(located)
}

/// Reads a whole pack in memory: its entries, with the frames still unchecked.
pub(crate) fn parse(id: PackId, pack: &[u8]) -> Result<Vec<(Address, Location)>> {
    if !pack.starts_with(&MAGIC) {
        return Err(Error::corrupt(format!(
            "pack {id} does not start as a pack"
        )));
    }
    let total = u64::try_from(pack.len()).unwrap_or(u64::MAX);
    let tail = pack
        .len()
        .checked_sub(TRAILER_BYTES)
        .and_then(|at| pack.get(at..))
        .ok_or_else(|| Error::corrupt(format!("pack {id} is cut off")))?;
    let trailer = parse_trailer(tail, total)?;
    let index = pack_range(pack, trailer.index_offset, trailer.index_len)
        .ok_or_else(|| Error::corrupt(format!("pack {id} is cut off")))?;
    parse_index(id, &trailer, index)
}

/// A part of a pack, if the pack is that long.
pub(crate) fn pack_range(pack: &[u8], offset: u64, len: u64) -> Option<&[u8]> {
    let start = usize::try_from(offset).ok()?;
    let end = usize::try_from(offset.checked_add(len)?).ok()?;
    pack.get(start..end)
}
