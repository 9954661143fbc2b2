//! ListSnapshotBlocks, ListChangedBlocks and GetSnapshotBlock.

use super::staging::sha256;
use super::{check_index, token};
use crate::fault::Fault;
use crate::seal::Unlocked;
use crate::{Snapshot, Volumes, readable_snapshot};
use base::{Error, Reason, Result, SnapshotId, Subject, Timestamp};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use blocks::{BLOCK, Disk};
use identity::{Action, Call, authorize};
use std::collections::BTreeSet;

const MOST: usize = 10_000;

/// Which part of a list.
#[derive(Clone, Debug, Default)]
pub struct ListBlocks {
    /// The token of the page before.
    pub next_token: Option<String>,
    /// 100 to 10000; the most if absent.
    pub max_results: Option<i64>,
    /// Where to begin, without a token.
    pub starting_block: Option<i64>,
}

/// A block that holds data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedBlock {
    /// Which.
    pub index: u64,
    /// The right to read it.
    pub token: String,
}

/// A page of [`list_snapshot_blocks`].
#[derive(Clone, Debug)]
pub struct BlockPage {
    /// In order.
    pub blocks: Vec<ListedBlock>,
    /// Where to go on.
    pub next_token: Option<String>,
    /// GiB.
    pub volume_size_gib: u32,
    /// When the tokens expire.
    pub expiry: Timestamp,
}

/// What to compare.
#[derive(Clone, Debug)]
pub struct ListChanged {
    /// The earlier snapshot; without it everything that holds data has changed.
    pub first: Option<SnapshotId>,
    /// The later snapshot.
    pub second: SnapshotId,
    /// Which part.
    pub part: ListBlocks,
}

/// A block that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedChange {
    /// Which.
    pub index: u64,
    /// The right to read it in the first snapshot, if that has data there.
    pub first_token: Option<String>,
    /// The same in the second.
    pub second_token: Option<String>,
}

/// A page of [`list_changed_blocks`].
#[derive(Clone, Debug)]
pub struct ChangedPage {
    /// In order.
    pub blocks: Vec<ListedChange>,
    /// Where to go on.
    pub next_token: Option<String>,
    /// GiB of the second snapshot.
    pub volume_size_gib: u32,
    /// When the tokens expire.
    pub expiry: Timestamp,
}

/// Which block to read.
#[derive(Clone, Debug)]
pub struct GetBlock {
    /// The snapshot.
    pub snapshot: SnapshotId,
    /// The block.
    pub index: i64,
    /// The right to read it, from one of the lists.
    pub token: String,
}

/// A block.
#[derive(Clone, Debug)]
pub struct BlockData {
    /// 512 KiB.
    pub data: Vec<u8>,
    /// SHA-256 of the data, in base64.
    pub checksum: String,
}

/// Lists the blocks of a snapshot that hold data.
pub async fn list_snapshot_blocks(
    volumes: &Volumes,
    call: &Call,
    id: &SnapshotId,
    part: ListBlocks,
) -> Result<BlockPage> {
    let action = Action("ebs:ListSnapshotBlocks");
    let (snapshot, disk) = opened(volumes, call, action, id).await?;
    let (secret, list) = (volumes.secret(), format!("blocks {id}"));
    let (from, limit) = part.read(secret, &list)?;
    let found = disk.blocks(from, limit).await.map_err(Fault::from)?;
    let expiry = token::expiry(call.now);
    let blocks = found.blocks.into_iter().map(|index| ListedBlock {
        index,
        token: token::block(secret, id.as_ref(), index, expiry),
    });
    Ok(BlockPage {
        blocks: blocks.collect(),
        next_token: found.next.map(|next| token::page(secret, &list, next)),
        volume_size_gib: snapshot.size_gib,
        expiry,
    })
}

/// Lists the blocks that differ between two snapshots.
pub async fn list_changed_blocks(
    volumes: &Volumes,
    call: &Call,
    request: ListChanged,
) -> Result<ChangedPage> {
    let action = Action("ebs:ListChangedBlocks");
    let (snapshot, second) = opened(volumes, call, action, &request.second).await?;
    let first = match &request.first {
        Some(id) => Some((id, opened(volumes, call, action, id).await?.1)),
        None => None,
    };
    let name = request.first.as_ref().map_or("-", AsRef::as_ref);
    let (secret, list) = (
        volumes.secret(),
        format!("changed {name} {}", request.second),
    );
    let (from, limit) = request.part.read(secret, &list)?;
    let found = match &first {
        Some((_, first)) => blocks::diff(first, &second, from, limit).await,
        None => second.blocks(from, limit).await,
    };
    let found = found.map_err(Fault::from)?;
    let in_second = held(&second, &found.blocks).await?;
    let in_first = match &first {
        Some((_, first)) => held(first, &found.blocks).await?,
        None => BTreeSet::new(),
    };
    let expiry = token::expiry(call.now);
    let mark = |id: &SnapshotId, index| token::block(secret, id.as_ref(), index, expiry);
    let blocks = found.blocks.iter().map(|index| ListedChange {
        index: *index,
        first_token: first
            .as_ref()
            .filter(|_| in_first.contains(index))
            .map(|(id, _)| mark(id, *index)),
        second_token: in_second
            .contains(index)
            .then(|| mark(&request.second, *index)),
    });
    Ok(ChangedPage {
        blocks: blocks.collect(),
        next_token: found.next.map(|next| token::page(secret, &list, next)),
        volume_size_gib: snapshot.size_gib,
        expiry,
    })
}

/// Reads a block.
pub async fn get_snapshot_block(
    volumes: &Volumes,
    call: &Call,
    request: GetBlock,
) -> Result<BlockData> {
    let action = Action("ebs:GetSnapshotBlock");
    let (snapshot, disk) = opened(volumes, call, action, &request.snapshot).await?;
    let index = check_index(&snapshot, request.index)?;
    let given = (request.token.as_str(), call.now);
    token::check_block(volumes.secret(), snapshot.id.as_ref(), index, given)?;
    let mut data = vec![0; usize::try_from(BLOCK).map_err(Error::internal)?];
    disk.read_at(index * BLOCK, &mut data)
        .await
        .map_err(Fault::from)?;
    let checksum = STANDARD.encode(sha256(&data));
    Ok(BlockData { data, checksum })
}

async fn opened(
    volumes: &Volumes,
    call: &Call,
    action: Action,
    id: &SnapshotId,
) -> Result<(Snapshot, Disk)> {
    let mut tx = volumes.db().read().await?;
    let snapshot = readable_snapshot(&mut tx, call.account(), &call.region, id).await?;
    authorize(&mut tx, call, action, &[&snapshot]).await?;
    drop(tx);
    let store = volumes.store(&snapshot.region)?;
    let tree = snapshot.completed_tree()?;
    let unlocked = unlocked(volumes, call, &snapshot).await?;
    let disk = store.disk(tree, &unlocked.domain_of(tree)).await;
    Ok((snapshot, disk.map_err(Fault::from)?))
}

/// The keys of a snapshot. Another account's needs the right to use its key; the owner's grant does
/// not speak for others.
async fn unlocked(volumes: &Volumes, call: &Call, snapshot: &Snapshot) -> Result<Unlocked> {
    if let Some(sealing) = &snapshot.sealing {
        let mut tx = volumes.db().read().await?;
        let via = keys::Via::ebs(&snapshot.region, &sealing.context);
        for wrapped in sealing.ring.values() {
            let opened = keys::unwrap(volumes.keys(), &mut tx, call, wrapped, &via).await;
            opened.map_err(no_key)?;
        }
    }
    Ok(volumes.unlock(snapshot.sealing()).await?)
}

fn no_key(error: Error) -> Error {
    if !crate::is_key_failure(&error) && error.reason != Reason::Denied {
        return error;
    }
    let message = "The KMS key of the snapshot is not accessible.";
    Error::new(Reason::NotAuthorized, Subject::Key, message).with_source(error)
}

/// Those of the listed blocks that hold data. The list is in order.
async fn held(disk: &Disk, listed: &[u64]) -> Result<BTreeSet<u64>> {
    let (Some(mut from), Some(last)) = (listed.first().copied(), listed.last()) else {
        return Ok(BTreeSet::new());
    };
    let mut found = BTreeSet::new();
    while from <= *last && from * BLOCK < disk.size() {
        let part = disk.blocks(from, MOST).await.map_err(Fault::from)?;
        found.extend(part.blocks.iter().filter(|block| *block <= last));
        match part.next {
            Some(next) => from = next,
            None => break,
        }
    }
    Ok(found)
}

impl ListBlocks {
    /// Where to begin and how many to list.
    fn read(&self, secret: &[u8], list: &str) -> Result<(u64, usize)> {
        let limit = match self.max_results {
            None => MOST,
            Some(asked) => usize::try_from(asked)
                .ok()
                .filter(|asked| (100..=MOST).contains(asked))
                .ok_or_else(|| {
                    let message = "MaxResults must be between 100 and 10000.";
                    Error::new(Reason::Invalid, Subject::MaxResults, message)
                })?,
        };
        let from = match (self.next_token.as_deref(), self.starting_block) {
            (Some(token), _) if !token.is_empty() => token::check_page(secret, list, token)?,
            (_, None) => 0,
            (_, Some(index)) => u64::try_from(index)
                .map_err(|_| Error::invalid("StartingBlockIndex must not be negative."))?,
        };
        Ok((from, limit))
    }
}
