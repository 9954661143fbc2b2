//! Frames that lie side by side in a pack are fetched together.

use crate::error::{Error, Result};
use crate::names::{Location, PackId};
use std::ops::Range;

/// Frames that lie side by side are fetched together up to this many bytes.
const RUN_BYTES: u64 = 4 * 1024 * 1024;

/// Frames that lie side by side, by their numbers in what was asked.
pub(crate) struct Run {
    pub(crate) place: Option<(PackId, Range<u64>)>,
    pub(crate) members: Vec<(usize, u32)>,
}

/// Groups what is asked for into runs, in the order in which frames lie in packs.
pub(crate) fn runs(mut asked: Vec<(usize, Option<Location>)>) -> Vec<Run> {
    asked.sort_by_key(|(_, place)| place.map(|place| (place.pack, place.offset)));
    let mut runs: Vec<Run> = Vec::new();
    for (at, place) in asked {
        let len = place.map_or(0, |place| place.len);
        let place = place.map(|place| (place.pack, place.range()));
        if let (Some(last), Some((pack, range))) = (runs.last_mut(), &place)
            && let Some((in_pack, so_far)) = &mut last.place
            && *in_pack == *pack
            && so_far.end == range.start
            && range.end.saturating_sub(so_far.start) <= RUN_BYTES
        {
            so_far.end = range.end;
            last.members.push((at, len));
        } else {
            runs.push(Run {
                place,
                members: vec![(at, len)],
            });
        }
    }
    runs
}

/// Splits the bytes of a run into its frames.
pub(crate) fn split_run<'a>(run: &Run, bytes: &'a mut [u8]) -> Result<Vec<(usize, &'a mut [u8])>> {
    let mut rest = bytes;
    let mut frames = Vec::with_capacity(run.members.len());
    for (at, len) in &run.members {
        let len = usize::try_from(*len).unwrap_or(usize::MAX);
        let (frame, after) = rest
            .split_at_mut_checked(len)
            .ok_or_else(|| Error::corrupt("a pack is shorter than its index says"))?;
        frames.push((*at, frame));
        rest = after;
    }
    Ok(frames)
}
