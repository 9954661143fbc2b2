//! A disk's blocks on their way into a snapshot.
//!
//! One thread finds the blocks that may hold anything, others read and hash them, several are on
//! their way at once. Blocks of zeros and blocks that an earlier run sent stay here. Blocks that
//! machines wait for, as the service says with each answer, go before the others.

use crate::api::Api;
use crate::journal::Journal;
use crate::to_come::ToCome;
use crate::{BLOCK, IN_FLIGHT, progress};
use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use formats::Image;
use protocol::ebs;
use protocol::sigv4::sha256;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::{JoinSet, spawn_blocking};

/// Blocks on their way at once while machines wait for others: those come behind them.
const FEW: usize = 2;
/// For so long after machines have waited, they are expected to wait again.
const SOON: Duration = Duration::from_secs(2);

/// What went over the wire.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sent {
    pub(crate) blocks: u64,
    pub(crate) bytes: u64,
}

/// Sends the blocks that hold anything and were not acknowledged before. If the service was told
/// what is to come, it is also told of blocks that turn out to be zeros.
pub(crate) async fn send(
    api: &Api,
    snapshot: &str,
    disk: Arc<dyn Image>,
    (journal, mut to_come): (&mut Journal, Option<ToCome>),
) -> Result<Sent> {
    let counted = disk.clone();
    let count = spawn_blocking(move || count(&*counted)).await??;
    let bar = progress::bar(count * BLOCK);
    let mut indexes = find(disk.clone());
    let (mut work, mut sent) = (JoinSet::new(), Sent::default());
    let mut order = Order::default();
    let send_one = |index| send_one(api.clone(), snapshot.to_owned(), disk.clone(), index);
    loop {
        while work.len() < IN_FLIGHT
            && let Some(index) = order.urgent.pop_front()
        {
            if !journal.sent.contains_key(&index) {
                work.spawn(send_one(index));
            }
        }
        let most = if order.is_waited_for() {
            FEW
        } else {
            IN_FLIGHT
        };
        tokio::select! {
            Some(index) = indexes.recv(), if work.len() < most => {
                let index = index?;
                let is_sent = journal.sent.contains_key(&index);
                if order.pass(index) && !is_sent {
                    work.spawn(send_one(index));
                } else if is_sent {
                    bar.inc(BLOCK);
                }
            }
            Some(done) = work.join_next(), if !work.is_empty() => {
                let done = done??;
                bar.inc(BLOCK);
                order.hear(&done.wanted);
                if let Some(checksum) = done.checksum {
                    journal.acknowledge(done.index, checksum)?;
                    sent.blocks += 1;
                    sent.bytes += BLOCK;
                } else if let Some(to_come) = &mut to_come {
                    to_come.withdraw(done.index)?;
                }
                if let Some(to_come) = &mut to_come {
                    to_come.tell_in_time(api, order.is_waited_for()).await?;
                }
            }
            else => break,
        }
    }
    bar.finish_and_clear();
    Ok(sent)
}

/// Which blocks go out of turn.
#[derive(Default)]
struct Order {
    /// When machines last waited.
    waited: Option<Instant>,
    /// Blocks before this one have had their turn.
    next: i32,
    /// Of those that have not, the ones that machines wait for.
    early: BTreeSet<i32>,
    /// Of these, the ones that are yet to be sent.
    urgent: VecDeque<i32>,
}

impl Order {
    fn hear(&mut self, wanted: &[i32]) {
        if !wanted.is_empty() {
            self.waited = Some(Instant::now());
        }
        for index in wanted {
            if *index >= self.next && self.early.insert(*index) {
                self.urgent.push_back(*index);
            }
        }
    }

    fn is_waited_for(&self) -> bool {
        self.waited.is_some_and(|at| at.elapsed() < SOON)
    }

    /// It is the turn of this block; whether it is still to be sent.
    fn pass(&mut self, index: i32) -> bool {
        self.next = index.saturating_add(1);
        !self.early.contains(&index)
    }
}

/// A block that was sent, or that is all zeros.
struct Done {
    index: i32,
    checksum: Option<String>,
    /// Blocks that machines wait for.
    wanted: Vec<i32>,
}

async fn send_one(api: Api, snapshot: String, disk: Arc<dyn Image>, index: i32) -> Result<Done> {
    let Some((data, checksum)) = spawn_blocking(move || read(&*disk, index)).await?? else {
        return Ok(Done {
            index,
            checksum: None,
            wanted: Vec::new(),
        });
    };
    let wanted = put(&api, &snapshot, (index, data), &checksum).await?;
    Ok(Done {
        index,
        checksum: Some(checksum),
        wanted,
    })
}

/// Puts a block, and answers which ones machines wait for.
pub(crate) async fn put(
    api: &Api,
    snapshot: &str,
    (index, data): (i32, Bytes),
    checksum: &str,
) -> Result<Vec<i32>> {
    let input = ebs::PutSnapshotBlockRequest {
        snapshot_id: Some(snapshot.to_owned()),
        block_index: Some(index),
        data_length: i32::try_from(data.len()).ok(),
        block_data: Some(data),
        checksum: Some(checksum.to_owned()),
        checksum_algorithm: Some("SHA256".into()),
        ..ebs::PutSnapshotBlockRequest::default()
    };
    let put = api.call_and_hear::<ebs::PutSnapshotBlock>(input).await;
    let (_, headers) = put.with_context(|| format!("block {index} could not be sent"))?;
    let wanted = headers.get(protocol::WANTED);
    let wanted = wanted.and_then(|value| value.to_str().ok()).unwrap_or("");
    Ok(wanted
        .split(',')
        .filter_map(|index| index.parse().ok())
        .collect())
}

/// A block's bytes, filled up with zeros, and their checksum; nothing if it is all zeros.
fn read(disk: &dyn Image, index: i32) -> Result<Option<(Bytes, String)>> {
    let offset = u64::try_from(index)? * BLOCK;
    let length = usize::try_from(BLOCK.min(disk.size() - offset))?;
    let mut data = vec![0; usize::try_from(BLOCK)?];
    disk.read_at(offset, &mut data[..length])?;
    if data.iter().all(|byte| *byte == 0) {
        return Ok(None);
    }
    let checksum = checksum(&data)?;
    Ok(Some((Bytes::from(data), checksum)))
}

/// The checksum that goes with a block.
pub(crate) fn checksum(data: &[u8]) -> Result<String> {
    Ok(STANDARD.encode(hex::decode(sha256(data))?))
}

/// Finds the blocks that may hold anything, on a thread of its own.
fn find(disk: Arc<dyn Image>) -> mpsc::Receiver<Result<i32>> {
    let (found, indexes) = mpsc::channel(4 * IN_FLIGHT);
    spawn_blocking(move || {
        for index in Blocks::of(&*disk) {
            let index = index.and_then(|index| Ok(i32::try_from(index)?));
            if found.blocking_send(index).is_err() {
                return;
            }
        }
    });
    indexes
}

fn count(disk: &dyn Image) -> Result<u64> {
    let mut count = 0;
    for index in Blocks::of(disk) {
        index?;
        count += 1;
    }
    Ok(count)
}

/// The blocks that may hold anything, each once, in ascending order.
pub(crate) struct Blocks<'a> {
    disk: &'a dyn Image,
    next: u64,
    end: u64,
}

impl<'a> Blocks<'a> {
    pub(crate) fn of(disk: &'a dyn Image) -> Blocks<'a> {
        Blocks {
            disk,
            next: 0,
            end: 0,
        }
    }

    /// Finds where the next blocks are.
    fn look(&mut self) -> Result<bool> {
        let size = self.disk.size();
        let from = self.next * BLOCK;
        let extent = match from < size {
            true => self.disk.next_extent(from)?,
            false => None,
        };
        let Some(extent) = extent else {
            return Ok(false);
        };
        // At least one block, and never back: whatever a file says, this ends.
        self.next = self.next.max(extent.start / BLOCK);
        self.end = extent.end.min(size).div_ceil(BLOCK).max(self.next + 1);
        Ok(self.next * BLOCK < size)
    }
}

impl Iterator for Blocks<'_> {
    type Item = Result<u64>;

    fn next(&mut self) -> Option<Result<u64>> {
        if self.next >= self.end {
            match self.look() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => {
                    (self.next, self.end) = (self.disk.size().div_ceil(BLOCK), 0);
                    return Some(Err(error));
                }
            }
        }
        self.next += 1;
        Some(Ok(self.next - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::os::unix::fs::FileExt;

    fn disk(size: u64, data: &[u64]) -> Box<dyn Image> {
        let file = tempfile::tempfile().unwrap();
        file.set_len(size).unwrap();
        for offset in data {
            file.write_all_at(b"x", *offset).unwrap();
        }
        formats::open_file(file, Some(formats::Format::Raw)).unwrap()
    }

    #[test]
    fn only_blocks_with_data_are_found_each_once() {
        let disk = disk(
            64 * BLOCK,
            &[0, 4096, 20 * BLOCK + 9, 21 * BLOCK - 1, 63 * BLOCK],
        );
        let found: Vec<u64> = Blocks::of(&*disk).map(Result::unwrap).collect();
        for block in [0, 20, 63] {
            assert_eq!(found.iter().filter(|index| **index == block).count(), 1);
        }
        assert!(found.is_sorted() && found.len() < 64, "{found:?}");
        assert_eq!(count(&*disk).unwrap(), u64::try_from(found.len()).unwrap());
    }

    #[test]
    fn what_is_waited_for_goes_out_of_turn_and_once() {
        let mut order = Order::default();
        assert!(order.pass(0) && order.pass(4));
        order.hear(&[3, 4, 9, 7]);
        order.hear(&[9]);
        assert_eq!(order.urgent, [9, 7]);
        assert!(order.pass(5) && !order.pass(7) && order.pass(8) && !order.pass(9));
        order.hear(&[7, 9]);
        assert_eq!(order.urgent, [9, 7]);
    }

    #[test]
    fn a_last_block_that_is_not_whole_is_filled_up_with_zeros() {
        let disk = disk(BLOCK + 3, &[BLOCK + 2]);
        let (data, checksum) = read(&*disk, 1).unwrap().unwrap();
        assert_eq!(&data[..4], &[0, 0, b'x', 0]);
        assert_eq!(u64::try_from(data.len()).unwrap(), BLOCK);
        assert_eq!(checksum.len(), 44);
        assert!(read(&*disk, 0).unwrap().is_none(), "zeros are not sent");
    }

    #[test]
    fn a_file_that_shrinks_is_an_error_and_the_search_ends() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(8 * BLOCK).unwrap();
        file.as_file().write_all_at(b"x", 7 * BLOCK).unwrap();
        let disk = formats::open_as(file.path(), formats::Format::Raw).unwrap();
        File::options()
            .write(true)
            .open(file.path())
            .unwrap()
            .set_len(BLOCK)
            .unwrap();
        assert!(read(&*disk, 7).is_err());
        assert!(Blocks::of(&*disk).count() <= 9);
    }
}
