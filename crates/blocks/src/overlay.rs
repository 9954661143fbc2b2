//! A whole disk as changes against nothing: what a stored disk holds, with newer changes on top.

use crate::changes::Changes;
use crate::disk::Disk;
use crate::error::Result;
use crate::geometry::{GRAIN, SEGMENT, as_u64, as_usize};
use std::ops::Range;
use std::sync::Arc;

pub(crate) struct Overlay {
    below: Disk,
    above: Arc<dyn Changes>,
}

impl Overlay {
    pub(crate) fn new(below: Disk, above: Arc<dyn Changes>) -> Self {
        Self { below, above }
    }

    /// The first range of grains below that ends after `from`.
    fn next_below(&self, from: u64) -> Result<Option<Range<u64>>> {
        let size = self.below.size();
        let mut at = from.saturating_mul(GRAIN);
        while at < size {
            let next = self
                .below
                .store
                .block_on(self.below.next_segment(at / SEGMENT))?;
            let Some(segment) = next else { return Ok(None) };
            at = at.max(segment * SEGMENT);
            let end = (segment + 1).saturating_mul(SEGMENT).min(size);
            if let Some(first) = self.below.extents_blocking(at..end)?.first() {
                return Ok(Some(first.start / GRAIN..first.end.div_ceil(GRAIN)));
            }
            at = end;
        }
        Ok(None)
    }
}

impl Changes for Overlay {
    fn next(&self, from: u64) -> Result<Option<Range<u64>>> {
        let above = self.above.next(from)?;
        let below = self.next_below(from)?;
        Ok(match (above, below) {
            (Some(above), Some(below)) if below.start < above.start.max(from) => {
                Some(below.start..below.end.min(above.start))
            }
            (Some(above), _) => Some(above),
            (None, below) => below,
        })
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<()> {
        let mut done = 0;
        while done < buf.len() {
            let at = offset + as_u64(done);
            let left = as_u64(buf.len() - done);
            let grain = at / GRAIN;
            let above = self
                .above
                .next(grain)?
                .filter(|above| above.start * GRAIN < at + left);
            let (len, new) = match above {
                Some(above) if above.start <= grain => ((above.end * GRAIN - at).min(left), true),
                Some(above) => (above.start * GRAIN - at, false),
                None => (left, false),
            };
            let part = &mut buf[done..done + as_usize(len)];
            if new {
                self.above.read_at(at, part)?;
            } else {
                // A disk that grew has nothing below past its old end.
                let within = self.below.size().saturating_sub(at).min(len);
                let (held, beyond) = part.split_at_mut(as_usize(within));
                self.below.read_at_blocking(at, held)?;
                beyond.fill(0);
            }
            done += as_usize(len);
        }
        Ok(())
    }
}
