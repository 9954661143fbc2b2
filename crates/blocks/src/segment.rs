//! Cutting one segment: from a base and changes to a leaf page and the chunks it needs.
//!
//! The result depends on the segment's bytes alone (and the key), however it came about: a chunk
//! of the base is taken over unread only where cutting would make the same chunk again.

use crate::cache::Resolved;
use crate::changes::Changes;
use crate::cut::{self, MAX_GRAINS};
use crate::digest;
use crate::disk::Disk;
use crate::error::{Error, Result};
use crate::frame::Kind;
use crate::geometry::{
    BLOCK_BYTES, BLOCK_GRAINS, GRAIN, GRAIN_BYTES, SEGMENT, SEGMENT_BLOCKS, SEGMENT_GRAINS, as_u64,
    as_usize,
};
use crate::keys::SlotKey;
use crate::meter::{Meter, add};
use crate::names::Digest;
use crate::page::{Entry, Leaf};
use std::ops::Range;
use std::sync::Arc;

/// What all segments of one write have in common.
pub(crate) struct Plan {
    pub(crate) base: Option<Disk>,
    pub(crate) size: u64,
    pub(crate) key: SlotKey,
    pub(crate) source: Arc<dyn Changes>,
    pub(crate) meter: Arc<Meter>,
}

/// A segment cut anew.
pub(crate) struct Cut {
    pub(crate) leaf: Leaf,
    /// Which of the leaf's entries were made from the buffer rather than taken over.
    pub(crate) made: Vec<usize>,
}

/// What is known of a grain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grain {
    Zero,
    /// In the buffer, and new.
    New,
    /// As in this entry of the base.
    Base(u16),
}

struct Cutter<'a> {
    plan: &'a Plan,
    number: u64,
    buf: &'a mut [u8],
    grains: Vec<Grain>,
    /// Which grains the base holds data for, changed or not.
    held: Vec<bool>,
    changed: Vec<bool>,
    base: Option<Arc<Resolved>>,
    loaded: Vec<bool>,
}

/// Cuts segment `number`, with `buf` (16 MiB, any contents) as working space.
pub(crate) fn cut(plan: &Plan, number: u64, buf: &mut [u8]) -> Result<Cut> {
    let base = match &plan.base {
        Some(disk) if number * SEGMENT < disk.size() => disk.leaf_blocking(number)?,
        _ => None,
    };
    let mut cutter = Cutter {
        plan,
        number,
        buf,
        grains: vec![Grain::Zero; SEGMENT_GRAINS],
        held: vec![false; SEGMENT_GRAINS],
        changed: vec![false; SEGMENT_GRAINS],
        loaded: Vec::new(),
        base,
    };
    cutter.lay_base()?;
    cutter.read_changes()?;
    let blocks = cutter.digest_blocks()?;
    let (entries, made) = cutter.cut()?;
    Ok(Cut {
        leaf: Leaf { blocks, entries },
        made,
    })
}

fn span(grains: Range<usize>) -> Range<usize> {
    grains.start * GRAIN_BYTES..grains.end * GRAIN_BYTES
}

impl Cutter<'_> {
    fn base_entries(&self) -> Result<&[Entry]> {
        match &self.base {
            Some(resolved) => Ok(&resolved.leaf()?.entries),
            None => Ok(&[]),
        }
    }

    fn lay_base(&mut self) -> Result<()> {
        let entries = self.base_entries()?.to_vec();
        for (n, entry) in entries.iter().enumerate() {
            let n = u16::try_from(n).map_err(|_| Error::corrupt("a leaf has too many chunks"))?;
            self.grains[entry.from()..entry.end()].fill(Grain::Base(n));
            self.held[entry.from()..entry.end()].fill(true);
        }
        self.loaded = vec![false; entries.len()];
        Ok(())
    }

    fn read_changes(&mut self) -> Result<()> {
        let first = self.number * as_u64(SEGMENT_GRAINS);
        let end = (first + as_u64(SEGMENT_GRAINS)).min(self.plan.size.div_ceil(GRAIN));
        let mut at = first;
        while at < end {
            let Some(range) = self.plan.source.next(at)? else {
                break;
            };
            let (start, stop) = (range.start.max(at), range.end.min(end));
            if start >= end {
                break;
            }
            if stop <= start {
                return Err(Error::invalid(
                    "a source of changes gave a range that ends too early",
                ));
            }
            self.read_range(as_usize(start - first)..as_usize(stop - first))?;
            at = stop;
        }
        Ok(())
    }

    fn read_range(&mut self, range: Range<usize>) -> Result<()> {
        let offset = self.number * SEGMENT + as_u64(range.start) * GRAIN;
        let part = &mut self.buf[span(range.clone())];
        // The last grain of a disk may be cut by its end; what lies beyond is zero.
        let within = as_usize((self.plan.size - offset).min(as_u64(part.len())));
        self.plan.source.read_at(offset, &mut part[..within])?;
        part[within..].fill(0);
        for at in range.clone() {
            let zero = cut::is_zero(&self.buf[span(at..at + 1)]);
            self.grains[at] = if zero { Grain::Zero } else { Grain::New };
            self.changed[at] = true;
        }
        add(&self.plan.meter.bytes_read, as_u64(within));
        add(&self.plan.meter.done, as_u64(range.len()) * GRAIN);
        Ok(())
    }

    /// Brings the grains that are still as in this entry of the base into the buffer.
    fn load(&mut self, n: u16) -> Result<()> {
        let at = usize::from(n);
        if std::mem::replace(&mut self.loaded[at], true) {
            return Ok(());
        }
        let (Some(disk), Some(resolved)) = (&self.plan.base, &self.base) else {
            return Ok(());
        };
        let entry = resolved.leaf()?.entries[at];
        let chunk = disk
            .store
            .chunk_blocking(&resolved.want(at, &entry, &disk.domain)?)?;
        for (i, grain) in (entry.from()..entry.end()).enumerate() {
            if self.grains[grain] == Grain::Base(n) {
                self.buf[span(grain..grain + 1)].copy_from_slice(&chunk[span(i..i + 1)]);
            }
        }
        Ok(())
    }

    fn digest_blocks(&mut self) -> Result<[Digest; SEGMENT_BLOCKS]> {
        let mut blocks = match &self.base {
            Some(resolved) => resolved.leaf()?.blocks,
            None => [Digest::ZERO; SEGMENT_BLOCKS],
        };
        for (n, block) in blocks.iter_mut().enumerate() {
            let grains = n * BLOCK_GRAINS..(n + 1) * BLOCK_GRAINS;
            if self.changed[grains.clone()].contains(&true) {
                *block = self.digest_block(grains)?;
            }
        }
        Ok(blocks)
    }

    fn digest_block(&mut self, grains: Range<usize>) -> Result<Digest> {
        if self.grains[grains.clone()]
            .iter()
            .all(|grain| *grain == Grain::Zero)
        {
            return Ok(Digest::ZERO);
        }
        for at in grains.clone() {
            match self.grains[at] {
                Grain::Zero => self.buf[span(at..at + 1)].fill(0),
                Grain::Base(n) => self.load(n)?,
                Grain::New => {}
            }
        }
        debug_assert_eq!(span(grains.clone()).len(), BLOCK_BYTES);
        Ok(digest::block(&self.buf[span(grains)]))
    }

    fn cut(&mut self) -> Result<(Vec<Entry>, Vec<usize>)> {
        let (mut entries, mut made) = (Vec::new(), Vec::new());
        let mut at = 0;
        while at < SEGMENT_GRAINS {
            if self.grains[at] == Grain::Zero {
                at += 1;
            } else if let Some(entry) = self.reusable(at)? {
                entries.push(entry);
                at = entry.end();
            } else {
                let end = self.chunk_end(at)?;
                made.push(entries.len());
                entries.push(self.make(at..end)?);
                at = end;
            }
        }
        Ok((entries, made))
    }

    /// The base's chunk that starts at this cut, if cutting here would give it again: nothing in
    /// it changed, and what ended it is still there: the zeros after it, the end of the segment,
    /// what it holds, or what follows it.
    fn reusable(&self, at: usize) -> Result<Option<Entry>> {
        let Grain::Base(n) = self.grains[at] else {
            return Ok(None);
        };
        let entry = self.base_entries()?[usize::from(n)];
        if entry.from() != at || self.changed[at..entry.end()].contains(&true) {
            return Ok(None);
        }
        let end = entry.end();
        let ended_by_zeros = end < SEGMENT_GRAINS && !self.held[end];
        let same = if ended_by_zeros {
            self.grains[end] == Grain::Zero
        } else {
            !self.may_have_ended_it(end)
        };
        Ok(same.then_some(entry))
    }

    /// Whether the grain that was here may have ended the chunk before it, and the one that is
    /// here now does not.
    fn may_have_ended_it(&self, at: usize) -> bool {
        let new = at < SEGMENT_GRAINS && self.changed[at] && self.grains[at] == Grain::New;
        new && self.plan.key.cut_seed().is_none() && !self.stands_alone(at)
    }

    fn stands_alone(&self, at: usize) -> bool {
        cut::stands_alone(&self.buf[span(at..at + 1)], self.plan.key.cut_seed())
    }

    fn chunk_end(&mut self, start: usize) -> Result<usize> {
        let seed = self.plan.key.cut_seed();
        let mut at = start;
        self.load_grain(at)?;
        loop {
            let ends = cut::ends(&self.buf[span(at..at + 1)], seed);
            at += 1;
            let len = at - start;
            if len >= MAX_GRAINS
                || (len >= cut::min_grains(seed) && ends)
                || at == SEGMENT_GRAINS
                || self.grains[at] == Grain::Zero
            {
                return Ok(at);
            }
            self.load_grain(at)?;
            if self.stands_alone(at - 1) || self.stands_alone(at) {
                return Ok(at);
            }
        }
    }

    fn load_grain(&mut self, at: usize) -> Result<()> {
        match self.grains[at] {
            Grain::Base(n) => self.load(n),
            Grain::Zero | Grain::New => Ok(()),
        }
    }

    fn make(&self, grains: Range<usize>) -> Result<Entry> {
        let plain = &self.buf[span(grains.clone())];
        let short =
            |n: usize| u16::try_from(n).map_err(|_| Error::corrupt("a cut past its segment"));
        Ok(Entry {
            start: short(grains.start)?,
            grains: short(grains.len())?,
            slot: self.plan.key.slot,
            address: self.plan.key.address(Kind::Chunk, plain),
        })
    }
}

/// The plaintext of a chunk that [`cut`] made.
pub(crate) fn plaintext<'a>(entry: &Entry, buf: &'a [u8]) -> &'a [u8] {
    &buf[span(entry.from()..entry.end())]
}
