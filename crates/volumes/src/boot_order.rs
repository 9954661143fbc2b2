//! Boot order: which parts of its disk a machine reads when it boots for the first time, in the
//! order in which it reads them. It is recorded once for each snapshot, and later machines find what
//! they are about to read in memory.
//!
//! Recorded are the launches of the snapshot's owner: what others do with a shared image teaches
//! nobody anything. A copy begins with the order of its source. An order is advice: what it leaves
//! out is read when it is asked for, and what it names in vain costs a fetch.

use crate::{Origin, Volume, Volumes, rows};
use base::{Error, Result, SnapshotId, VolumeId};
use blocks::Disk;
use futures::{StreamExt, TryStreamExt, stream};
use std::collections::HashSet;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;

/// The grain of an order.
const UNIT: u64 = 32 << 10;
/// A boot that reads more than 256 MiB is recorded so far: more would not fit into the cache.
const MOST_UNITS: usize = 8192;
/// Less than 1 MiB is no boot.
const FEWEST_UNITS: usize = 32;
/// How long a machine is watched.
const WATCHED: Duration = Duration::from_secs(180);
/// Units that are fetched together, and how many such fetches run at once.
const BATCH: usize = 64;
const BATCHES: usize = 4;

/// Units in the order in which they were first read, as runs of neighbours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct BootOrder(Vec<Range<u64>>);

impl BootOrder {
    fn of(units: &[u64]) -> BootOrder {
        let mut runs: Vec<Range<u64>> = Vec::new();
        for &unit in units {
            match runs.last_mut() {
                Some(last) if last.end == unit => last.end += 1,
                Some(_) | None => runs.push(unit..unit + 1),
            }
        }
        BootOrder(runs)
    }

    /// Each run as two LEB128 numbers: how far from the end of the last one it begins (zigzag), and
    /// how long it is.
    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut at = 0i64;
        for run in &self.0 {
            let (start, end) = (run.start.cast_signed(), run.end.cast_signed());
            let step = start.wrapping_sub(at);
            push(&mut bytes, ((step << 1) ^ (step >> 63)).cast_unsigned());
            push(&mut bytes, run.end - run.start);
            at = end;
        }
        bytes
    }

    /// What was encoded. Anything else reads as far as it makes sense.
    fn decode(bytes: &[u8]) -> BootOrder {
        let (mut rest, mut at, mut left) = (bytes, 0i64, MOST_UNITS as u64);
        let mut runs = Vec::new();
        while let (Some(step), Some(length)) = (pull(&mut rest), pull(&mut rest)) {
            let step = (step >> 1).cast_signed() ^ -((step & 1).cast_signed());
            let start = at.checked_add(step).filter(|start| *start >= 0);
            let Some(start) = start.map(i64::cast_unsigned) else {
                break;
            };
            if length == 0 || length > left || start > u64::MAX / UNIT - length {
                break;
            }
            left -= length;
            runs.push(start..start + length);
            at = (start + length).cast_signed();
        }
        BootOrder(runs)
    }

    /// Ranges of bytes, in batches.
    fn batches(&self) -> Vec<Vec<Range<u64>>> {
        let units: Vec<u64> = self.0.iter().cloned().flatten().collect();
        let in_bytes = |part: &[u64]| {
            let runs = BootOrder::of(part).0;
            runs.into_iter()
                .map(|run| run.start * UNIT..run.end * UNIT)
                .collect()
        };
        units.chunks(BATCH).map(in_bytes).collect()
    }
}

fn push(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(low_bits(number) | 0x80);
        number >>= 7;
    }
    bytes.push(low_bits(number));
}

fn low_bits(number: u64) -> u8 {
    number.to_le_bytes()[0] & 0x7f
}

fn pull(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for (n, byte) in rest.iter().enumerate().take(10) {
        number |= u64::from(byte & 0x7f).checked_shl(u32::try_from(n).ok()? * 7)?;
        if byte & 0x80 == 0 {
            *rest = &rest[n + 1..];
            return Some(number);
        }
    }
    None
}

/// Listens to the reads of one volume.
#[derive(Default)]
pub(crate) struct Recorder {
    over: AtomicBool,
    heard: Mutex<(HashSet<u64>, Vec<u64>)>,
}

impl Recorder {
    /// Called for each read of the base.
    pub(crate) fn hear(&self, offset: u64, length: usize) {
        if length == 0 || self.over.load(Relaxed) {
            return;
        }
        let end = offset.saturating_add(length as u64).div_ceil(UNIT);
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let (seen, order) = &mut *heard;
        for unit in offset / UNIT..end {
            if order.len() >= MOST_UNITS {
                self.over.store(true, Relaxed);
                return;
            }
            if seen.insert(unit) {
                order.push(unit);
            }
        }
    }

    /// What was heard, if it is enough; nothing is heard afterwards.
    fn end(&self) -> Option<BootOrder> {
        self.over.store(true, Relaxed);
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, order) = std::mem::take(&mut *heard);
        (order.len() >= FEWEST_UNITS).then(|| BootOrder::of(&order))
    }
}

/// A recording under way.
pub(crate) struct Recording {
    snapshot: SnapshotId,
    pub(crate) recorder: Arc<Recorder>,
}

/// What to do about the boot order of a volume that a machine boots from for the first time.
pub(crate) enum Plan {
    Nothing,
    Record(Recording),
    Prefetch(BootOrder),
}

impl Plan {
    /// Looks what is known of the volume's snapshot.
    pub(crate) async fn of(volumes: &Volumes, volume: &Volume) -> Result<Plan> {
        let Some(id) = &volume.snapshot else {
            return Ok(Plan::Nothing);
        };
        let mut tx = volumes.db().read().await?;
        let Some(snapshot) = rows::snapshot(&mut tx, id).await? else {
            return Ok(Plan::Nothing);
        };
        let known = match (rows::boot_order(&mut tx, id).await?, &snapshot.origin) {
            // A copy boots as its source does.
            (None, Origin::Copy { snapshot, .. }) => rows::boot_order(&mut tx, snapshot).await?,
            (known, _) => known,
        };
        Ok(match known {
            Some(reads) => Plan::Prefetch(BootOrder::decode(&reads)),
            None if snapshot.owner == volume.owner => Plan::Record(Recording {
                snapshot: id.clone(),
                recorder: Arc::default(),
            }),
            None => Plan::Nothing,
        })
    }

    pub(crate) fn recorder(&self) -> Option<Arc<Recorder>> {
        match self {
            Plan::Record(recording) => Some(recording.recorder.clone()),
            Plan::Nothing | Plan::Prefetch(_) => None,
        }
    }
}

/// Ends the recording of a volume when it was watched long enough, unless it was closed before.
pub(crate) fn watch(volumes: &Volumes, volume: &Volume) {
    let (volumes, id) = (volumes.downgrade(), volume.id.clone());
    tokio::spawn(async move {
        tokio::time::sleep(WATCHED).await;
        let Some(volumes) = volumes.upgrade() else {
            return;
        };
        let recording = volumes.place(&id).await.recording.take();
        if let Some(recording) = recording {
            keep(&volumes, recording).await;
        }
    });
}

/// Keeps what was recorded. It is advice: a failure to keep it is no failure of anything else.
pub(crate) async fn keep(volumes: &Volumes, recording: Recording) {
    let Some(order) = recording.recorder.end() else {
        return;
    };
    let kept = async {
        let mut tx = volumes.db().begin().await?;
        if rows::snapshot(&mut tx, &recording.snapshot)
            .await?
            .is_some()
        {
            rows::put_boot_order(&mut tx, &recording.snapshot, &order.encode()).await?;
        }
        tx.commit().await
    };
    match kept.await {
        Ok(()) => {
            let units: u64 = order.0.iter().map(|run| run.end - run.start).sum();
            tracing::info!(snapshot = %recording.snapshot, bytes = units * UNIT, "a boot order is recorded");
        }
        Err(error) => {
            let _: Error = error;
            tracing::warn!(snapshot = %recording.snapshot, "a boot order could not be kept");
        }
    }
}

/// A fetch ahead of a machine, which ends with the volume that it is for.
pub(crate) struct Prefetch(JoinHandle<Option<u64>>);

impl Drop for Prefetch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Fetches ahead of the machine, in the background.
pub(crate) fn prefetch(volume: &Volume, disk: Disk, order: BootOrder) -> Prefetch {
    let id = volume.id.clone();
    Prefetch(tokio::spawn(async move {
        let batches = order.batches();
        let warm = |batch: Vec<Range<u64>>| {
            let disk = disk.clone();
            async move { disk.warm(&batch).await }
        };
        let fetched = stream::iter(batches.into_iter().map(warm))
            .buffered(BATCHES)
            .try_fold(0u64, |sum, bytes| async move { Ok(sum + bytes) })
            .await;
        match &fetched {
            Ok(bytes) => tracing::info!(volume = %id, bytes, "what it boots from is prefetched"),
            // The machine's own reads will say so if it matters.
            Err(error) => tracing::warn!(volume = %id, %error, "prefetching ended early"),
        }
        fetched.ok()
    }))
}

/// Waits until what a volume boots from was fetched, and answers how many bytes were; `None` if
/// nothing is being fetched for it.
pub async fn prefetched(volumes: &Volumes, id: &VolumeId) -> Option<u64> {
    let mut prefetch = volumes.place(id).await.prefetch.take()?;
    (&mut prefetch.0).await.ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_order_is_that_of_first_reads() {
        let recorder = Recorder::default();
        for unit in (100..140).chain([3, 100, 4]) {
            recorder.hear(unit * UNIT + 5, 100);
        }
        recorder.hear(5 * UNIT - 1, 2);
        let order = recorder.end().unwrap();
        assert_eq!(order, BootOrder(vec![100..140, 3..6]));
        recorder.hear(0, 4096);
        assert_eq!(recorder.end(), None);
    }

    #[test]
    fn a_reader_of_everything_is_recorded_up_to_a_bound() {
        let recorder = Recorder::default();
        recorder.hear(0, usize::try_from(UNIT).unwrap() * (MOST_UNITS + 5));
        let order = recorder.end().unwrap();
        let all: Vec<u64> = (0..MOST_UNITS as u64).collect();
        assert_eq!(order, BootOrder::of(&all));
        assert_eq!(BootOrder::decode(&order.encode()), order);
    }

    #[test]
    fn a_few_reads_are_no_boot() {
        let recorder = Recorder::default();
        recorder.hear(0, 4096);
        assert_eq!(recorder.end(), None);
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(units in prop::collection::vec(0u64..1 << 29, 0..200)) {
            let order = BootOrder::of(&units);
            prop_assert_eq!(BootOrder::decode(&order.encode()), order);
        }

        #[test]
        fn any_bytes_are_an_order_within_bounds(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let order = BootOrder::decode(&bytes);
            let units: u64 = order.0.iter().map(|run| run.end - run.start).sum();
            prop_assert!(units <= MOST_UNITS as u64);
            for range in order.batches().into_iter().flatten() {
                prop_assert!(range.start < range.end);
            }
        }
    }
}
