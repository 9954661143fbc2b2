//! What all formats with tables share: a [`Layout`] says where a byte of the disk lies, [`Mapped`] reads it.
//!
//! Opening walks all tables once, so that an image whose tables point outside of its file is refused before anything
//! is imported from it. Whatever a file says, a walk ends: every run has at least one byte, and disks have a largest
//! size. Memory: the pages of [`Input`], and a few unpacked clusters.

use std::{ops::Range, sync::Arc};

use quick_cache::sync::Cache;

use crate::{Format, FormatError, Image, Result, Source, input::Input};

/// Unpacked clusters kept for each open image, in bytes.
const UNPACKED: usize = 8 << 20;
/// An extent is cut here even if data goes on, so that asking for one costs a bounded walk.
const EXTENT: u64 = 64 << 20;

/// Where a run of the disk's bytes is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    /// Nowhere: it reads as zeros.
    Zero,
    /// In the file, from this byte on.
    Stored(u64),
    /// In a unit that has to be unpacked first.
    Packed(Packed),
}

/// A compressed unit (a qcow2 cluster, a VMDK grain).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Packed {
    /// The unit's first byte on the disk.
    pub start: u64,
    /// Where in the file it is.
    pub at: u64,
    /// The most bytes of the file that it can take.
    pub len: u64,
}

/// Bytes of the disk, from the offset that was asked for, that are in one place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub len: u64,
    pub place: Place,
}

/// A format's tables.
pub(crate) trait Layout: Send + Sync {
    fn input(&self) -> &Input;
    /// The disk's size in bytes.
    fn size(&self) -> u64;
    /// Where the byte `offset` of the disk is, and how many bytes after it are too. May go past the end of the disk.
    fn locate(&self, offset: u64) -> Result<Run>;
    /// Bytes of a unpacked unit; no more than 4 MiB.
    fn unit(&self) -> usize;
    /// Unpacks a unit to at most [`Layout::unit`] bytes.
    fn unpack(&self, packed: Packed) -> Result<Vec<u8>>;
}

/// An image read through a [`Layout`].
pub(crate) struct Mapped<L> {
    layout: L,
    unpacked: Cache<u64, Arc<[u8]>>,
}

impl<L: Layout> Mapped<L> {
    /// Checks all tables.
    pub(crate) fn new(layout: L) -> Result<Self> {
        crate::check_size(layout.input().format(), layout.size())?;
        let units = (UNPACKED / layout.unit().max(1)).clamp(4, 128);
        let mapped = Self {
            layout,
            unpacked: Cache::new(units),
        };
        mapped.check()?;
        Ok(mapped)
    }

    fn input(&self) -> &Input {
        self.layout.input()
    }

    /// Every run is in the file, and the file is long enough for all of them: no byte of it is two of the disk.
    fn check(&self) -> Result<()> {
        let (mut offset, mut stored) = (0, 0_u64);
        while offset < self.layout.size() {
            let run = self.run(offset)?;
            if let Place::Stored(_) = run.place {
                stored = stored.saturating_add(run.len);
            }
            // Here and not at the end: tables that use the same data again and again are not walked to their end.
            if stored > self.input().len() {
                return Err(self
                    .input()
                    .damaged("its tables name more data than the file has"));
            }
            offset += run.len;
        }
        Ok(())
    }

    fn run(&self, offset: u64) -> Result<Run> {
        let mut run = self.layout.locate(offset)?;
        run.len = run.len.min(self.layout.size().saturating_sub(offset));
        match run.place {
            _ if run.len == 0 => return Err(self.input().damaged("a table entry covers no bytes")),
            Place::Zero => {}
            Place::Stored(at) => self.input().holds(at, run.len, "a piece of data")?,
            Place::Packed(packed) => self.input().holds(packed.at, 1, "a compressed piece")?,
        }
        Ok(run)
    }

    fn unpacked(&self, packed: Packed) -> Result<Arc<[u8]>> {
        if let Some(unit) = self.unpacked.get(&packed.start) {
            return Ok(unit);
        }
        let unit: Arc<[u8]> = self.layout.unpack(packed)?.into();
        self.unpacked.insert(packed.start, unit.clone());
        Ok(unit)
    }

    fn read_run(&self, offset: u64, run: Run, buf: &mut [u8]) -> Result<()> {
        match run.place {
            Place::Zero => buf.fill(0),
            Place::Stored(at) => self.input().read(at, buf, "a piece of data")?,
            Place::Packed(packed) => {
                let unit = self.unpacked(packed)?;
                let from = usize::try_from(offset - packed.start).unwrap_or(usize::MAX);
                let bytes = unit.get(from..).and_then(|rest| rest.get(..buf.len()));
                let bytes = bytes.ok_or_else(|| {
                    self.input()
                        .damaged(format!("the piece at byte {} unpacks too short", packed.at))
                })?;
                buf.copy_from_slice(bytes);
            }
        }
        Ok(())
    }
}

impl<L: Layout> Source for Mapped<L> {
    fn size(&self) -> u64 {
        self.layout.size()
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<()> {
        crate::check_range(self.size(), offset, buf)?;
        let (mut offset, mut rest) = (offset, buf);
        while !rest.is_empty() {
            let run = self.run(offset)?;
            let len = usize::try_from(run.len)
                .unwrap_or(usize::MAX)
                .min(rest.len());
            let (now, later) = rest.split_at_mut(len);
            self.read_run(offset, run, now)?;
            offset += crate::bytes::len_of(now);
            rest = later;
        }
        Ok(())
    }

    fn next_extent(&self, from: u64) -> Result<Option<Range<u64>>> {
        let mut start = from;
        let mut end = None;
        while start < self.size() && end.is_none() {
            let run = self.run(start)?;
            match run.place {
                Place::Zero => start += run.len,
                Place::Stored(_) | Place::Packed(_) => end = Some(start + run.len),
            }
        }
        let Some(mut end) = end else { return Ok(None) };
        while end < self.size() && end - start < EXTENT {
            let run = self.run(end)?;
            if run.place == Place::Zero {
                break;
            }
            end += run.len;
        }
        Ok(Some(start..end))
    }
}

impl<L: Layout> Image for Mapped<L> {
    fn format(&self) -> Format {
        self.input().format()
    }
}

/// For layouts without compression.
pub(crate) fn never_packed(input: &Input) -> Result<Vec<u8>> {
    Err::<_, FormatError>(input.damaged("this kind has no compressed pieces"))
}
