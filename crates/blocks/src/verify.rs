//! Verifying: is a disk, or everything that is kept, still what was written? With keys, and past
//! every cache.

use crate::backend::blocking;
use crate::check::found;
use crate::cut;
use crate::digest;
use crate::disk::Disk;
use crate::error::{Error, Result};
use crate::geometry::{
    BLOCK_BYTES, FANOUT, GRAIN_BYTES, SEGMENT, SEGMENT_BLOCKS, SEGMENT_BYTES, as_u64, height,
    node_bytes,
};
use crate::keys::Domain;
use crate::names::{Address, Digest};
use crate::page::Child;
use crate::store::{Store, Trust};
use crate::tree::Tree;
use futures::{StreamExt, stream};
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

const WORKERS: usize = 2;

/// What a full check of a disk found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// Chunks read.
    pub chunks: u64,
    /// Plain bytes read and hashed.
    pub bytes: u64,
    /// What is wrong; the first hundred findings.
    pub damage: Vec<String>,
}

impl Verified {
    /// Whether nothing is wrong.
    pub fn ok(&self) -> bool {
        self.damage.is_empty()
    }
}

impl Store {
    /// Reads everything that a tree refers to from the store, past every cache, and computes
    /// the digest again. Damage is reported, not returned as an error; a failing store is.
    pub async fn verify(&self, tree: &Tree, domain: &Domain) -> Result<Verified> {
        let disk = self.unread_disk(tree, domain)?;
        let mut verified = Verified::default();
        if let Some(root) = tree.root() {
            verify_node(&disk, root, height(tree.size()), 0, &mut verified).await?;
        }
        Ok(verified)
    }

    /// Reads everything that these trees refer to, each page and each chunk once, however many
    /// share it. What is read is opened, and its address computed again from its content. That the
    /// digests in a page are those of the content, which no damage can change without
    /// changing an address, is what [`Store::verify`] adds.
    pub async fn verify_all(&self, trees: &[(Tree, Domain)]) -> Result<Verified> {
        let mut all = Verified::default();
        let mut pages = HashSet::new();
        let chunks = Mutex::new(HashSet::new());
        for (tree, domain) in trees {
            let disk = self.unread_disk(tree, domain)?;
            let root = tree.root().map(|root| (root, height(tree.size()), 0_u64));
            let mut nodes = Vec::from_iter(root);
            let mut leaves = Vec::new();
            while let Some((child, level, number)) = nodes.pop() {
                if !pages.insert(child.address) {
                    continue;
                }
                if level == 0 {
                    leaves.push((number, child));
                    continue;
                }
                let page = self.page(&child, level, None, domain, Trust::Store).await;
                let at = number.saturating_mul(node_bytes(level));
                if let Some(page) = finding(page, (&disk, at), &mut all)? {
                    let children = page.inner()?.children.iter();
                    let below = |n: &u16| number * FANOUT + u64::from(*n);
                    nodes.extend(children.map(|(n, child)| (*child, level - 1, below(n))));
                }
            }
            leaves.sort_unstable_by_key(|(number, _)| *number);
            let read = leaves
                .into_iter()
                .map(|(number, leaf)| (number, read_unread(&disk, leaf, &chunks)))
                .map(|(number, read)| async move { (number, read.await) });
            let mut read = stream::iter(read).buffered(WORKERS);
            while let Some((number, outcome)) = read.next().await {
                if let Some(read) = finding(outcome, (&disk, number * SEGMENT), &mut all)? {
                    all.chunks += read.0;
                    all.bytes += read.1;
                }
            }
        }
        Ok(all)
    }
}

/// Turns damage into a finding and leaves other failures as they are.
fn finding<T>(
    result: Result<T>,
    (disk, at): (&Disk, u64),
    verified: &mut Verified,
) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error @ (Error::Corrupt { .. } | Error::NotFound(_))) => {
            let disk = disk.tree.digest();
            found(
                &mut verified.damage,
                format!("disk {disk}, in the 16 MiB or more from byte {at}: {error}"),
            );
            Ok(None)
        }
        Err(other) => Err(other),
    }
}

/// The digests of pages are compared when they are read, so what is left is to compare the
/// digests of blocks with what the chunks hold.
async fn verify_node(
    disk: &Disk,
    child: Child,
    level: u8,
    number: u64,
    verified: &mut Verified,
) -> Result<()> {
    let at = number.saturating_mul(node_bytes(level));
    if level == 0 {
        let outcome = verify_leaf(disk, child).await;
        if let Some((chunks, bytes)) = finding(outcome, (disk, at), verified)? {
            verified.chunks += chunks;
            verified.bytes += bytes;
        }
        return Ok(());
    }
    let page = disk
        .store
        .page(&child, level, None, &disk.domain, Trust::Store)
        .await;
    let Some(page) = finding(page, (disk, at), verified)? else {
        return Ok(());
    };
    let children = page.inner()?.children.clone();
    let number = |n: u16| number * FANOUT + u64::from(n);
    if level > 1 {
        for (n, child) in children {
            Box::pin(verify_node(disk, child, level - 1, number(n), verified)).await?;
        }
        return Ok(());
    }
    let leaves = children
        .into_iter()
        .map(|(n, child)| async move { (number(n), verify_leaf(disk, child).await) });
    let mut leaves = stream::iter(leaves).buffered(WORKERS);
    while let Some((segment, outcome)) = leaves.next().await {
        if let Some((chunks, bytes)) = finding(outcome, (disk, segment * SEGMENT), verified)? {
            verified.chunks += chunks;
            verified.bytes += bytes;
        }
    }
    Ok(())
}

/// Reads those chunks of a leaf that were not read before; gives their number and length.
async fn read_unread(
    disk: &Disk,
    child: Child,
    read: &Mutex<HashSet<Address>>,
) -> Result<(u64, u64)> {
    let page = disk
        .store
        .page(&child, 0, None, &disk.domain, Trust::Store)
        .await?;
    let mut wants = Vec::new();
    for (n, entry) in page.leaf()?.entries.iter().enumerate() {
        let mut read = read.lock().unwrap_or_else(PoisonError::into_inner);
        if read.insert(entry.address) {
            wants.push(page.want(n, entry, &disk.domain)?);
        }
    }
    let chunks = disk.store.chunks(&wants, Trust::Store).await?;
    let bytes = chunks.iter().map(|chunk| as_u64(chunk.len())).sum();
    Ok((as_u64(chunks.len()), bytes))
}

async fn verify_leaf(disk: &Disk, child: Child) -> Result<(u64, u64)> {
    let page = disk
        .store
        .page(&child, 0, None, &disk.domain, Trust::Store)
        .await?;
    let leaf = page.leaf()?;
    let wants = leaf.entries.iter().enumerate();
    let wants: Result<Vec<_>> = wants.map(|(n, e)| page.want(n, e, &disk.domain)).collect();
    let chunks = disk.store.chunks(&wants?, Trust::Store).await?;
    let bytes = chunks.iter().map(|chunk| as_u64(chunk.len())).sum();
    let count = as_u64(chunks.len());
    let starts: Vec<_> = leaf
        .entries
        .iter()
        .map(|entry| entry.from() * GRAIN_BYTES)
        .collect();
    let expected = leaf.blocks;
    blocking(move || {
        let mut plain = vec![0; SEGMENT_BYTES];
        for (start, chunk) in starts.iter().zip(&chunks) {
            plain[*start..*start + chunk.len()].copy_from_slice(chunk);
        }
        if block_digests(&plain) != expected {
            return Err(Error::corrupt(
                "the digest of a block is not that of its content",
            ));
        }
        Ok((count, bytes))
    })
    .await
}

fn block_digests(segment: &[u8]) -> [Digest; SEGMENT_BLOCKS] {
    let mut digests = [Digest::ZERO; SEGMENT_BLOCKS];
    for (block, digest) in segment.chunks_exact(BLOCK_BYTES).zip(&mut digests) {
        if !cut::is_zero(block) {
            *digest = digest::block(block);
        }
    }
    digests
}
