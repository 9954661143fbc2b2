//! Reading, writing, zeroing: the bytes of a volume.
//!
//! A read takes each grain from the newest layer that has it, else from the base, without locks. A write to
//! grains that the top layer has goes straight to its data file. A write that changes the state of a grain
//! holds that grain, writes data first and the map second, and brings the rest of a grain that it covers
//! in part from below.

use std::io;
use std::ops::Range;

use super::counters::Counting;
use super::layer::Layer;
use super::map::{Mark, Seen};
use super::{Stack, Volume};
use crate::base::{Extent, Kind, push};
use crate::grain::{GRAIN, GRAIN_LEN, covered, narrow, touched, wide};

/// Bytes from which a read asks the base what it holds, to pass zeros on as holes.
const ASK_BASE: u64 = 64 << 10;
/// Bytes that are zeroed under one lock.
const ZERO_STRIDE: u64 = 256 << 20;

/// How to make a range read as zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zeroing {
    /// A hint: grains that the range covers in part are left as they are.
    Trim,
    /// All of the range reads as zeros; its space is given back.
    Punch,
    /// All of the range reads as zeros; its space is kept for later writes.
    Allocate,
}

/// Whether an operation may wait for a disk, the base or another thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    Wait,
    Hurry,
}

/// Where a run of grains is to be read.
enum Source<'a> {
    Layer(&'a Layer),
    Zero,
    Base,
}

impl Stack {
    /// Where `grain` is read among the first `depth` layers, and how many grains on, at most `most`, alike.
    fn resolve(&self, depth: usize, grain: u64, most: u64) -> io::Result<(Source<'_>, u64)> {
        let mut most = most;
        for layer in self.layers[..depth].iter().rev() {
            let (seen, run) = layer.map.run(grain, most)?;
            match seen {
                Seen::Data => return Ok((Source::Layer(layer), run)),
                Seen::Zero => return Ok((Source::Zero, run)),
                Seen::Absent => most = run,
            }
        }
        Ok((Source::Base, most))
    }

    /// Calls `each` with the runs of bytes that make up a range, in order, until one answers `false`.
    fn runs(
        &self,
        depth: usize,
        range: Range<u64>,
        mut each: impl FnMut(Source<'_>, Range<u64>) -> io::Result<bool>,
    ) -> io::Result<bool> {
        let mut at = range.start;
        while at < range.end {
            let grain = at / GRAIN;
            let (source, run) = self.resolve(depth, grain, range.end.div_ceil(GRAIN) - grain)?;
            let end = ((grain + run) * GRAIN).min(range.end);
            if !each(source, at..end)? {
                return Ok(false);
            }
            at = end;
        }
        Ok(true)
    }

    /// Fills `buf` through the first `depth` layers. `false`: something would have to be waited for. With
    /// `sparse`, lists what is there, and leaves the parts of `buf` alone that are listed as zeros.
    pub(crate) fn read(
        &self,
        reading: &Reading<'_>,
        buf: &mut [u8],
        offset: u64,
        mut sparse: Option<&mut Vec<Extent>>,
    ) -> io::Result<bool> {
        let range = offset..offset + wide(buf.len());
        self.runs(reading.depth, range, |source, run| {
            let part = &mut buf[narrow(run.start - offset)..narrow(run.end - offset)];
            let extent = |kind| Extent {
                offset: run.start,
                length: run.end - run.start,
                kind,
            };
            match (source, sparse.as_deref_mut()) {
                (Source::Zero, None) => part.fill(0),
                (Source::Zero, Some(list)) => push(list, extent(Kind::Zero)),
                (Source::Layer(layer), list) => {
                    if let Some(list) = list {
                        push(list, extent(Kind::Data));
                    }
                    return reading.layer(layer, part, run.start);
                }
                (Source::Base, list) => return self.read_base(reading, part, run.start, list),
            }
            Ok(true)
        })
    }

    fn read_base(
        &self,
        reading: &Reading<'_>,
        buf: &mut [u8],
        offset: u64,
        sparse: Option<&mut Vec<Extent>>,
    ) -> io::Result<bool> {
        let Some(list) = sparse else {
            let held = narrow(self.base.size().saturating_sub(offset).min(wide(buf.len())));
            let (inside, beyond) = buf.split_at_mut(held);
            beyond.fill(0);
            return reading.base(self, inside, offset);
        };
        let length = wide(buf.len());
        // Asking may wait, and does not pay for little.
        let ask = length >= ASK_BASE && reading.patience == Patience::Wait;
        let extents = if ask {
            self.base_extents(offset, length)?
        } else {
            self.presumed(offset, length)
        };
        for extent in extents {
            push(list, extent);
            let part = narrow(extent.offset - offset)..narrow(extent.end() - offset);
            if extent.kind == Kind::Data && !reading.base(self, &mut buf[part], extent.offset)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What is known of a range of the base without asking it: there is nothing after its end.
    fn presumed(&self, offset: u64, length: u64) -> Vec<Extent> {
        let held = self.base.size().saturating_sub(offset).min(length);
        let mut list = Vec::new();
        push(
            &mut list,
            Extent {
                offset,
                length: held,
                kind: Kind::Data,
            },
        );
        push(
            &mut list,
            Extent {
                offset: offset + held,
                length: length - held,
                kind: Kind::Zero,
            },
        );
        list
    }

    /// What the base holds in a range, without what it said about the bytes around it.
    fn base_extents(&self, offset: u64, length: u64) -> io::Result<Vec<Extent>> {
        let end = offset + length;
        let held = self.base.size().clamp(offset, end);
        let mut list = Vec::new();
        let mut at = offset;
        if held > offset {
            for extent in self.base.extents(offset, held - offset)? {
                let stop = extent.end().min(held);
                if stop <= at {
                    continue;
                }
                // What it leaves out is not known to be zero.
                let start = extent.offset.clamp(at, stop);
                push(
                    &mut list,
                    Extent {
                        offset: at,
                        length: start - at,
                        kind: Kind::Data,
                    },
                );
                push(
                    &mut list,
                    Extent {
                        offset: start,
                        length: stop - start,
                        kind: extent.kind,
                    },
                );
                at = stop;
            }
        }
        push(
            &mut list,
            Extent {
                offset: at,
                length: held - at,
                kind: Kind::Data,
            },
        );
        push(
            &mut list,
            Extent {
                offset: held,
                length: end - held,
                kind: Kind::Zero,
            },
        );
        Ok(list)
    }

    /// What a range holds, seen through the first `depth` layers; at most `most` extents, which may then
    /// end before the range does.
    pub(crate) fn extents(
        &self,
        depth: usize,
        range: Range<u64>,
        most: usize,
    ) -> io::Result<Vec<Extent>> {
        let mut list = Vec::new();
        self.runs(depth, range, |source, run| {
            let extent = |kind| Extent {
                offset: run.start,
                length: run.end - run.start,
                kind,
            };
            match source {
                Source::Layer(_) => push(&mut list, extent(Kind::Data)),
                Source::Zero => push(&mut list, extent(Kind::Zero)),
                Source::Base => self
                    .base_extents(run.start, run.end - run.start)?
                    .into_iter()
                    .for_each(|extent| push(&mut list, extent)),
            }
            Ok(list.len() <= most)
        })?;
        list.truncate(most);
        Ok(list)
    }

    /// The next run of grains from `grain` on that the first `depth` layers have themselves, before `end`.
    pub(crate) fn next_change(
        &self,
        depth: usize,
        grain: u64,
        end: u64,
    ) -> io::Result<Option<(Range<u64>, Kind)>> {
        let mut at = grain;
        while at < end {
            let (source, run) = self.resolve(depth, at, end - at)?;
            match source {
                Source::Base => at += run,
                Source::Layer(_) => return Ok(Some((at..at + run, Kind::Data))),
                Source::Zero => return Ok(Some((at..at + run, Kind::Zero))),
            }
        }
        Ok(None)
    }
}

/// How one read goes about it.
pub(crate) struct Reading<'a> {
    /// How many layers it looks through.
    pub(crate) depth: usize,
    pub(crate) patience: Patience,
    /// Where reads of the base are counted.
    pub(crate) counting: Option<&'a Counting>,
}

impl Reading<'_> {
    fn layer(&self, layer: &Layer, buf: &mut [u8], offset: u64) -> io::Result<bool> {
        match self.patience {
            Patience::Wait => layer.read(buf, offset).map(|()| true),
            Patience::Hurry => layer.try_read(buf, offset),
        }
    }

    fn base(&self, stack: &Stack, buf: &mut [u8], offset: u64) -> io::Result<bool> {
        if buf.is_empty() {
            return Ok(true);
        }
        let length = wide(buf.len());
        let done = match self.patience {
            Patience::Wait => stack.base.read_at(buf, offset).map(|()| true)?,
            Patience::Hurry => stack.base.try_read_at(buf, offset)?,
        };
        if let (true, Some(counting)) = (done, self.counting) {
            Counting::add(&counting.base_reads, 1);
            Counting::add(&counting.base_bytes, length);
        }
        Ok(done)
    }
}

impl Volume {
    /// Fills `buf` with the bytes at `offset`, at any alignment.
    ///
    /// # Errors
    /// `InvalidInput` if the range does not lie within the disk; what the base or the file system answers.
    pub fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        self.read_with(buf, offset, Patience::Wait, None)
            .map(|_| ())
    }

    pub(crate) fn is_base_near(&self) -> bool {
        self.stack().base.is_near()
    }

    pub(crate) fn read_with(
        &self,
        buf: &mut [u8],
        offset: u64,
        patience: Patience,
        sparse: Option<&mut Vec<Extent>>,
    ) -> io::Result<bool> {
        let stack = self.stack();
        check_range(offset, wide(buf.len()), stack.size)?;
        let depth = stack.layers.len();
        let reading = Reading {
            depth,
            patience,
            counting: Some(&self.counting),
        };
        let done = stack.read(&reading, buf, offset, sparse)?;
        if done {
            Counting::add(&self.counting.reads, 1);
            Counting::add(&self.counting.read_bytes, wide(buf.len()));
        }
        Ok(done)
    }

    /// Writes `buf` at `offset`, at any alignment. When it returns, the bytes survive the process.
    ///
    /// # Errors
    /// `InvalidInput` if the range does not lie within the disk; `StorageFull`. After an error the range
    /// holds what it held, or a part of what was to be written.
    pub fn write_at(&self, buf: &[u8], offset: u64) -> io::Result<()> {
        self.write_with(buf, offset, Patience::Wait).map(|_| ())
    }

    pub(crate) fn write_with(
        &self,
        buf: &[u8],
        offset: u64,
        patience: Patience,
    ) -> io::Result<bool> {
        let _entered = self.enter();
        let stack = self.stack();
        let length = wide(buf.len());
        check_range(offset, length, stack.size)?;
        if buf.is_empty() {
            return Ok(true);
        }
        let grains = touched(offset, length);
        if stack.top().map.all_data(grains.clone())? {
            stack.top().write(buf, offset)?;
        } else if !self.write_new(&stack, buf, offset, patience)? {
            return Ok(false);
        }
        Counting::add(&self.counting.writes, 1);
        Counting::add(&self.counting.written_bytes, length);
        Ok(true)
    }

    /// A write that changes states: alone on its grains, data before map.
    fn write_new(
        &self,
        stack: &Stack,
        buf: &[u8],
        offset: u64,
        patience: Patience,
    ) -> io::Result<bool> {
        let length = wide(buf.len());
        let grains = touched(offset, length);
        let _held = match patience {
            Patience::Wait => self.ranges.lock(grains.clone()),
            Patience::Hurry => match self.ranges.try_lock(grains.clone()) {
                Some(held) => held,
                None => return Ok(false),
            },
        };
        let whole = covered(offset, length, stack.size);
        let edges = [
            grains.start..whole.start.min(grains.end),
            whole.end.max(grains.start)..grains.end,
        ];
        let edges = if whole.is_empty() {
            [grains.clone(), 0..0]
        } else {
            edges
        };
        for grain in edges.into_iter().flatten() {
            if !self.write_part(stack, grain, buf, offset, patience)? {
                return Ok(false);
            }
        }
        if !whole.is_empty() {
            let (start, end) = (
                whole.start * GRAIN,
                (whole.end * GRAIN).min(offset + length),
            );
            stack
                .top()
                .write(&buf[narrow(start - offset)..narrow(end - offset)], start)?;
        }
        if let Err(error) = stack.top().map.mark(grains.clone(), Mark::Written) {
            // What is in the data file without the map knowing would be in the way of a later write.
            stack.top().punch_unclaimed(grains)?;
            return Err(error);
        }
        Ok(true)
    }

    /// Writes the part of `buf` that falls into `grain`, and around it what the grain held before.
    fn write_part(
        &self,
        stack: &Stack,
        grain: u64,
        buf: &[u8],
        offset: u64,
        patience: Patience,
    ) -> io::Result<bool> {
        let (start, end) = (grain * GRAIN, (grain + 1) * GRAIN);
        let from = offset.max(start);
        let to = (offset + wide(buf.len())).min(end);
        let part = &buf[narrow(from - offset)..narrow(to - offset)];
        if stack.top().map.all_data(grain..grain + 1)? {
            stack.top().write(part, from)?;
            return Ok(true);
        }
        let mut whole = [0; GRAIN_LEN];
        let reading = Reading {
            depth: stack.layers.len(),
            patience,
            counting: Some(&self.counting),
        };
        if !stack.read(&reading, &mut whole, start, None)? {
            return Ok(false);
        }
        Counting::add(&self.counting.fills, 1);
        whole[narrow(from - start)..narrow(to - start)].copy_from_slice(part);
        stack.top().write(&whole, start)?;
        Ok(true)
    }

    /// Makes a range read as zeros, at any alignment.
    ///
    /// # Errors
    /// As [`Volume::write_at`].
    pub fn zero(&self, offset: u64, length: u64, how: Zeroing) -> io::Result<()> {
        let _entered = self.enter();
        let stack = self.stack();
        check_range(offset, length, stack.size)?;
        let whole = covered(offset, length, stack.size);
        if how != Zeroing::Trim {
            let grains = touched(offset, length);
            let edges = [
                grains.start..whole.start.min(grains.end),
                whole.end.max(grains.start)..grains.end,
            ];
            let edges = if whole.is_empty() {
                [grains, 0..0]
            } else {
                edges
            };
            for grain in edges.into_iter().flatten() {
                self.zero_part(&stack, grain, offset..offset + length)?;
            }
        }
        let mut at = whole.start;
        while at < whole.end {
            let end = whole.end.min(at + ZERO_STRIDE / GRAIN);
            self.zero_grains(&stack, at..end, how)?;
            at = end;
        }
        Counting::add(&self.counting.zeroed_bytes, length);
        Ok(())
    }

    fn zero_part(&self, stack: &Stack, grain: u64, range: Range<u64>) -> io::Result<()> {
        let start = range.start.max(grain * GRAIN);
        let end = range.end.min((grain + 1) * GRAIN);
        let zeros = [0; GRAIN_LEN];
        let part = &zeros[..narrow(end - start)];
        if stack.top().map.all_data(grain..grain + 1)? {
            return stack.top().write(part, start);
        }
        self.write_new(stack, part, start, Patience::Wait)
            .map(|_| ())
    }

    /// Zeros whole grains: the data file first, then the map. Where zeros lie below anyway, the grains
    /// become absent, so that they are no change of the base and take no room in a snapshot.
    fn zero_grains(&self, stack: &Stack, grains: Range<u64>, how: Zeroing) -> io::Result<()> {
        let _held = self.ranges.lock(grains.clone());
        let top = stack.top();
        let (start, end) = (grains.start * GRAIN, grains.end * GRAIN);
        // If the base cannot tell what it holds, zeros are marked; that is right, only larger.
        let below = stack
            .extents(stack.layers.len() - 1, start..end, usize::MAX)
            .unwrap_or_else(|_| {
                vec![Extent {
                    offset: start,
                    length: end - start,
                    kind: Kind::Data,
                }]
            });
        if how == Zeroing::Allocate {
            top.allocate_zeros(start, end - start)?;
        } else if !is_zero_already(top, &grains, &below)? {
            // Also where the map has no data: a write that failed or was forgotten may have left bytes, and a
            // grain that is marked zero must have none under it.
            top.punch(start, end - start)?;
        }
        mark_zeros(top, grains, &below)
    }

    /// What a range holds. Extents cover it in order and without gaps.
    ///
    /// # Errors
    /// As [`Volume::read_at`].
    pub fn extents(&self, offset: u64, length: u64) -> io::Result<Vec<Extent>> {
        self.extents_at_most(offset, length, usize::MAX)
    }

    pub(crate) fn extents_at_most(
        &self,
        offset: u64,
        length: u64,
        most: usize,
    ) -> io::Result<Vec<Extent>> {
        let stack = self.stack();
        check_range(offset, length, stack.size)?;
        stack.extents(stack.layers.len(), offset..offset + length, most)
    }
}

/// Whether zeros show through the top from below everywhere in `grains`.
fn is_zero_already(top: &Layer, grains: &Range<u64>, below: &[Extent]) -> io::Result<bool> {
    let count = grains.end - grains.start;
    let absent = top.map.run(grains.start, count)? == (Seen::Absent, count);
    Ok(absent && below.iter().all(|extent| extent.kind == Kind::Zero))
}

/// Marks `grains` absent where all of a grain is zero `below`, and zero elsewhere.
fn mark_zeros(top: &Layer, grains: Range<u64>, below: &[Extent]) -> io::Result<()> {
    let mut at = grains.start;
    for extent in below.iter().filter(|extent| extent.kind == Kind::Zero) {
        let clear = covered(extent.offset, extent.length, u64::MAX);
        let (start, end) = (clear.start.max(at), clear.end.min(grains.end));
        if start < end {
            top.map.mark(at..start, Mark::Zero)?;
            top.map.mark(start..end, Mark::Absent)?;
            at = end;
        }
    }
    top.map.mark(at..grains.end, Mark::Zero)
}

fn check_range(offset: u64, length: u64, size: u64) -> io::Result<()> {
    match offset.checked_add(length) {
        Some(end) if end <= size => Ok(()),
        Some(_) | None => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("{length} bytes at {offset} do not lie within the {size} bytes of the disk"),
        )),
    }
}
