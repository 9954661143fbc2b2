//! Pages of a tree: leaves map a segment to chunks, inner pages map leaves (docs/format/tree.md).
//!
//! One plaintext for one content: entries are in order, nothing is optional, nothing is padded.
//! What [`Leaf::decode`] accepts, [`Leaf::encode`] writes again byte for byte.
#![deny(clippy::arithmetic_side_effects, clippy::indexing_slicing)]

use crate::digest;
use crate::error::{Error, Result};
use crate::geometry::{FANOUT, SEGMENT_BLOCKS, SEGMENT_GRAINS, as_usize};
use crate::names::{Address, Digest};
use serde::{Deserialize, Serialize};

/// The longest page: a leaf whose chunks are all one grain long takes 149,512 bytes.
pub(crate) const MAX_PAGE_BYTES: usize = 160 * 1024;

const LEAF: [u8; 4] = *b"AmL1";
const INNER: [u8; 4] = *b"AmI1";

/// A run of grains of a segment and the chunk that holds them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The first grain, counted from the start of the segment.
    pub(crate) start: u16,
    /// How many grains.
    pub(crate) grains: u16,
    /// The key slot, 0 for none.
    pub(crate) slot: u8,
    pub(crate) address: Address,
}

impl Entry {
    pub(crate) fn from(&self) -> usize {
        usize::from(self.start)
    }

    pub(crate) fn end(&self) -> usize {
        usize::from(self.start).saturating_add(usize::from(self.grains))
    }
}

/// One segment that is not all zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leaf {
    pub(crate) blocks: [Digest; SEGMENT_BLOCKS],
    pub(crate) entries: Vec<Entry>,
}

/// A page and what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Child {
    /// The page's address.
    pub(crate) address: Address,
    /// The key slot that the page is sealed under, 0 for none.
    pub(crate) slot: u8,
    /// The digest of what the page maps.
    pub(crate) digest: Digest,
}

/// 512 neighbouring pages of the level below, without those that are all zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Inner {
    /// 1 above leaves.
    pub(crate) level: u8,
    pub(crate) children: Vec<(u16, Child)>,
}

/// Takes fields off the front of a page.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (first, rest) = self
            .0
            .split_first_chunk::<N>()
            .ok_or_else(|| Error::corrupt("a page ends early"))?;
        self.0 = rest;
        Ok(*first)
    }

    fn u8(&mut self) -> Result<u8> {
        Ok(u8::from_le_bytes(self.take()?))
    }

    fn u16(&mut self) -> Result<u16> {
        Ok(u16::from_le_bytes(self.take()?))
    }

    fn end(&self) -> Result<()> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Error::corrupt("a page has bytes after its end"))
        }
    }
}

impl Leaf {
    /// Whether nothing is stored for the segment, so that the page is left out.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn digest(&self) -> Digest {
        digest::segment(&self.blocks)
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(
            SEGMENT_BLOCKS
                .saturating_mul(32)
                .saturating_add(self.entries.len().saturating_mul(37)),
        );
        out.extend_from_slice(&LEAF);
        let count = u16::try_from(self.entries.len()).unwrap_or(u16::MAX);
        out.extend_from_slice(&count.to_le_bytes());
        for block in &self.blocks {
            out.extend_from_slice(block.as_bytes());
        }
        for entry in &self.entries {
            out.extend_from_slice(&entry.start.to_le_bytes());
            out.extend_from_slice(&entry.grains.to_le_bytes());
            out.push(entry.slot);
            out.extend_from_slice(entry.address.as_bytes());
        }
        out
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self> {
        let mut fields = Fields(bytes);
        if fields.take()? != LEAF {
            return Err(Error::corrupt("this is not a leaf page of version 1"));
        }
        let count = usize::from(fields.u16()?);
        if count == 0 || count > SEGMENT_GRAINS {
            return Err(Error::corrupt(
                "a leaf page has an impossible number of chunks",
            ));
        }
        let mut blocks = [Digest::ZERO; SEGMENT_BLOCKS];
        for block in &mut blocks {
            *block = Digest::from_bytes(fields.take()?);
        }
        let mut entries = Vec::with_capacity(count);
        let mut at = 0;
        for _ in 0..count {
            let entry = Entry {
                start: fields.u16()?,
                grains: fields.u16()?,
                slot: fields.u8()?,
                address: Address::from_bytes(fields.take()?),
            };
            let grains = usize::from(entry.grains);
            if entry.from() < at
                || grains == 0
                || grains > crate::cut::MAX_GRAINS
                || entry.end() > SEGMENT_GRAINS
            {
                return Err(Error::corrupt(
                    "a leaf page maps chunks where they cannot be",
                ));
            }
            at = entry.end();
            entries.push(entry);
        }
        fields.end()?;
        Ok(Self { blocks, entries })
    }
}

impl Inner {
    pub(crate) fn digest(&self) -> Digest {
        digest::inner(
            self.level,
            self.children
                .iter()
                .map(|(at, child)| (usize::from(*at), child.digest)),
        )
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.children.len().saturating_mul(67).saturating_add(7));
        out.extend_from_slice(&INNER);
        out.push(self.level);
        let count = u16::try_from(self.children.len()).unwrap_or(u16::MAX);
        out.extend_from_slice(&count.to_le_bytes());
        for (at, child) in &self.children {
            out.extend_from_slice(&at.to_le_bytes());
            out.push(child.slot);
            out.extend_from_slice(child.address.as_bytes());
            out.extend_from_slice(child.digest.as_bytes());
        }
        out
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self> {
        let mut fields = Fields(bytes);
        if fields.take()? != INNER {
            return Err(Error::corrupt("this is not an inner page of version 1"));
        }
        let level = fields.u8()?;
        let count = usize::from(fields.u16()?);
        if level == 0 || level > 3 || count == 0 || count > as_usize(FANOUT) {
            return Err(Error::corrupt(
                "an inner page has an impossible level or width",
            ));
        }
        let mut children: Vec<(u16, Child)> = Vec::with_capacity(count);
        for _ in 0..count {
            let at = fields.u16()?;
            let slot = fields.u8()?;
            let child = Child {
                address: Address::from_bytes(fields.take()?),
                slot,
                digest: Digest::from_bytes(fields.take()?),
            };
            let in_order = children.last().is_none_or(|(before, _)| *before < at);
            if !in_order || u64::from(at) >= FANOUT || child.digest == Digest::ZERO {
                return Err(Error::corrupt(
                    "an inner page has children where they cannot be",
                ));
            }
            children.push((at, child));
        }
        fields.end()?;
        Ok(Self { level, children })
    }
}
