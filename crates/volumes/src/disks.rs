//! Between the store of blocks and the volumes' folders: a stored disk as the base of a volume, and
//! a frozen volume as changes to upload.

use crate::boot_order::Recorder;
use crate::distant::Distant;
use blocks::{Disk, GRAIN, ReadAhead};
use device::{Base, Extent, Frozen, Kind};
use std::io;
use std::ops::Range;
use std::sync::Arc;

/// Ranges of changes that are remembered apart. More are joined over what lies between them, so
/// that a guest that writes every other grain of a vast disk costs reading, not memory.
const RANGES: usize = 1 << 20;

/// A stored disk under a volume. Damaged data is an error and never other bytes.
pub(crate) struct Stored {
    pub(crate) disk: Disk,
    /// Listens to what is read.
    pub(crate) recorder: Option<Arc<Recorder>>,
    /// Fetches what comes next, where fetches have a latency.
    pub(crate) ahead: Option<ReadAhead>,
    /// How it is read until all of it has arrived in this Region.
    pub(crate) distant: Option<Distant>,
}

impl Stored {
    /// The way to read while not all is here.
    fn distant(&self) -> Option<&Distant> {
        self.distant
            .as_ref()
            .filter(|distant| !distant.has_arrived())
    }

    /// Tells who listens.
    fn hear(&self, offset: u64, length: usize) {
        if let Some(recorder) = &self.recorder {
            recorder.hear(offset, length);
        }
        if let Some(ahead) = &self.ahead {
            ahead.hear(offset, length);
        }
    }
}

impl Base for Stored {
    fn size(&self) -> u64 {
        self.disk.size()
    }

    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        self.hear(offset, buf.len());
        match self.distant() {
            Some(distant) => distant.read_at(buf, offset),
            None => self.disk.read_at_blocking(offset, buf).map_err(to_io),
        }
    }

    fn try_read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<bool> {
        if self.distant().is_some() {
            return Ok(false);
        }
        let done = self.disk.try_read_at(offset, buf).map_err(to_io)?;
        if done {
            self.hear(offset, buf.len());
        }
        Ok(done)
    }

    fn is_near(&self) -> bool {
        self.distant().is_none() && self.disk.is_near()
    }

    fn extents(&self, offset: u64, length: u64) -> io::Result<Vec<Extent>> {
        let range = offset..offset + length;
        let data = match self.distant() {
            Some(distant) => distant.extents(range.clone())?,
            None => self.disk.extents_blocking(range.clone()).map_err(to_io)?,
        };
        Ok(extents(range, data))
    }
}

/// A range as extents, given what of it holds data.
pub(crate) fn extents(range: Range<u64>, data: Vec<Range<u64>>) -> Vec<Extent> {
    let mut extents = Vec::new();
    let mut push = |from: u64, to: u64, kind| {
        if from < to {
            extents.push(Extent {
                offset: from,
                length: to - from,
                kind,
            });
        }
    };
    let mut at = range.start;
    for data in data {
        push(at, data.start, Kind::Zero);
        push(data.start, data.end, Kind::Data);
        at = data.end;
    }
    push(at, range.end, Kind::Zero);
    extents
}

/// What was written above the base of a frozen volume.
pub(crate) struct Written {
    frozen: Frozen,
    /// Grains, in order and apart.
    ranges: Vec<Range<u64>>,
}

impl Written {
    /// Lists the changes. Costs what changed, and blocks.
    pub(crate) fn of(frozen: Frozen) -> io::Result<Written> {
        let mut ranges = Vec::new();
        let mut gap = 0;
        for extent in frozen.changes() {
            let extent = extent?;
            join(
                &mut ranges,
                extent.offset / GRAIN..extent.end().div_ceil(GRAIN),
                gap,
            );
            if ranges.len() >= RANGES {
                gap = (gap * 2).max(1);
                let apart = std::mem::take(&mut ranges);
                apart
                    .into_iter()
                    .for_each(|range| join(&mut ranges, range, gap));
            }
        }
        Ok(Written { frozen, ranges })
    }

    /// Whether nothing changed.
    pub(crate) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }
}

/// Appends a range, joined to the last one if no more than `gap` grains lie between them.
fn join(ranges: &mut Vec<Range<u64>>, range: Range<u64>, gap: u64) {
    match ranges.last_mut() {
        Some(last) if range.start <= last.end.saturating_add(gap) => last.end = range.end,
        Some(_) | None => ranges.push(range),
    }
}

impl blocks::Changes for Written {
    fn next(&self, from: u64) -> blocks::Result<Option<Range<u64>>> {
        let at = self.ranges.partition_point(|range| range.end <= from);
        Ok(self.ranges.get(at).cloned())
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> blocks::Result<()> {
        // The last grain of a disk may be short: what lies past its end is zero.
        let left = usize::try_from(self.frozen.size().saturating_sub(offset)).unwrap_or(usize::MAX);
        let (inside, past) = buf.split_at_mut(left.min(buf.len()));
        past.fill(0);
        self.frozen.read_at(inside, offset).map_err(from_io)
    }
}

pub(crate) fn to_io(error: blocks::Error) -> io::Error {
    let kind = match &error {
        blocks::Error::Store(_) => io::ErrorKind::Other,
        blocks::Error::NotFound(_)
        | blocks::Error::Corrupt { .. }
        | blocks::Error::KeyMissing { .. } => io::ErrorKind::InvalidData,
        blocks::Error::InvalidInput(_) => io::ErrorKind::InvalidInput,
    };
    io::Error::new(kind, error)
}

fn from_io(error: io::Error) -> blocks::Error {
    match error.kind() {
        io::ErrorKind::InvalidData => blocks::Error::Corrupt {
            what: error.to_string(),
        },
        _ => blocks::Error::store(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_lie_close_are_joined_once_there_are_too_many() {
        let mut ranges = Vec::new();
        for n in 0..10 {
            join(&mut ranges, n * 2..n * 2 + 1, 0);
        }
        assert_eq!(ranges.len(), 10);
        let mut joined = Vec::new();
        ranges
            .into_iter()
            .for_each(|range| join(&mut joined, range, 1));
        assert_eq!((joined.len(), joined[0].clone()), (1, 0..19));
    }
}
