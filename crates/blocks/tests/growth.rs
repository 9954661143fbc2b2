//! What work costs, counted in look-ups and not in seconds, at two sizes.

#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod support;

use async_trait::async_trait;
use blocks::{
    Address, Domain, Index, Location, MemoryIndex, Meter, Pack, PackId, Result, SEGMENT, diff,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use support::*;

/// An index that counts what it is asked. Each page that is read asks once.
#[derive(Default)]
struct Counting {
    index: MemoryIndex,
    asked: AtomicU64,
}

#[async_trait]
impl Index for Counting {
    async fn lookup(&self, region: &str, addresses: &[Address]) -> Result<Vec<Option<Location>>> {
        self.asked.fetch_add(1, SeqCst);
        self.index.lookup(region, addresses).await
    }

    async fn generation(&self, region: &str) -> Result<u64> {
        self.index.generation(region).await
    }

    async fn insert_pack(&self, region: &str, pack: &Pack, generation: u64) -> Result<()> {
        self.index.insert_pack(region, pack, generation).await
    }

    async fn keep(&self, region: &str, addresses: &[Address]) -> Result<()> {
        self.index.keep(region, addresses).await
    }

    async fn remove_pack(&self, region: &str, pack: &PackId) -> Result<()> {
        self.index.remove_pack(region, pack).await
    }

    async fn list_packs(&self, region: &str) -> Result<Vec<(PackId, u64)>> {
        self.index.list_packs(region).await
    }

    async fn expand(&self, region: &str, mark: [u8; 8]) -> Result<Vec<Address>> {
        self.index.expand(region, mark).await
    }
}

/// Look-ups of a diff of two disks of so many segments, written apart, that differ in one grain.
async fn cost_of_diff(segments: usize) -> u64 {
    let dir = tempfile::tempdir().unwrap();
    let index = Arc::new(Counting::default());
    let store = store_with(dir.path(), "eu-west-1", index.clone()).await;
    let segment = usize::try_from(SEGMENT).unwrap();
    let mut disk = vec![0; segments * segment];
    for n in 0..segments {
        disk[n * segment..][..8192].copy_from_slice(&noise(n as u64, 8192));
    }
    let a = write_all(&store, &disk, &Domain::Plain).await;
    disk[segment..segment + 4096].copy_from_slice(&noise(999, 4096));
    // Not on the first one's base: the two have nothing to do with each other.
    let b = write_all(&store, &disk, &Domain::Plain).await;
    let store = store_with(dir.path(), "eu-west-1", index.clone()).await;
    let a = store.disk(&a, &Domain::Plain).await.unwrap();
    let b = store.disk(&b, &Domain::Plain).await.unwrap();
    let before = index.asked.load(SeqCst);
    let found = diff(&a, &b, 0, 1000).await.unwrap();
    assert_eq!((found.blocks, found.next), (vec![32], None));
    index.asked.load(SeqCst) - before
}

#[tokio::test]
async fn a_diff_of_unrelated_disks_costs_what_differs_and_not_what_they_hold() {
    let (small, large) = (cost_of_diff(3).await, cost_of_diff(24).await);
    assert_eq!(small, large);
    assert!(large <= 8, "{large} look-ups");
}

/// The grain that changes: the first of the second segment.
fn one_grain() -> Vec<std::ops::Range<u64>> {
    std::iter::once(4096..4097).collect()
}

/// Look-ups and new pages of one more grain on a disk of so many segments, after so many snapshots of one grain each.
async fn cost_of_snapshot(segments: usize, ancestors: u64) -> (u64, u64) {
    let dir = tempfile::tempdir().unwrap();
    let index = Arc::new(Counting::default());
    let store = store_with(dir.path(), "eu-west-1", index.clone()).await;
    let segment = usize::try_from(SEGMENT).unwrap();
    let mut disk = vec![0; segments * segment];
    for n in 0..segments {
        disk[n * segment..][..8192].copy_from_slice(&noise(n as u64, 8192));
    }
    let mut tree = write_all(&store, &disk, &Domain::Plain).await;
    for n in 0..ancestors {
        disk[segment..segment + 4096].copy_from_slice(&noise(1000 + n, 4096));
        tree = write_on(&store, Some(&tree), &disk, one_grain(), &Domain::Plain)
            .await
            .unwrap();
    }
    disk[segment..segment + 4096].copy_from_slice(&noise(999, 4096));
    let store = store_with(dir.path(), "eu-west-1", index.clone()).await;
    let (meter, before) = (Meter::new(), index.asked.load(SeqCst));
    metered(
        &store,
        Some(&tree),
        &disk,
        one_grain(),
        &Domain::Plain,
        meter.clone(),
    )
    .await
    .unwrap();
    let stats = meter.stats();
    assert!(stats.bytes_read <= 2 * SEGMENT, "{stats:?}");
    (index.asked.load(SeqCst) - before, stats.pages_new)
}

#[tokio::test]
async fn a_snapshot_costs_what_was_written_and_not_what_the_disk_holds_or_who_came_before() {
    let small = cost_of_snapshot(3, 1).await;
    assert_eq!(small, cost_of_snapshot(24, 1).await);
    assert_eq!(small, cost_of_snapshot(3, 60).await);
    assert!(small.0 <= 8 && small.1 == 2, "{small:?}");
}

/// Chunks read to verify so many disks that differ in one grain from one to the next.
async fn chunks_verified(disks: u64) -> (u64, u64) {
    let dir = tempfile::tempdir().unwrap();
    let index = Arc::new(MemoryIndex::default());
    let store = store_with(dir.path(), "eu-west-1", index).await;
    let mut disk = noise(1, 2 * usize::try_from(SEGMENT).unwrap());
    let mut trees = Vec::new();
    for n in 0..disks {
        disk[1 << 20..(1 << 20) + 4096].copy_from_slice(&noise(1000 + n, 4096));
        let tree = write_all(&store, &disk, &Domain::Plain).await;
        trees.push((tree, Domain::Plain));
    }
    let each = store.verify(&trees[0].0, &Domain::Plain).await.unwrap();
    let all = store.verify_all(&trees).await.unwrap();
    assert!(each.ok() && all.ok());
    (each.chunks, all.chunks)
}

#[tokio::test]
async fn verifying_all_disks_reads_what_they_share_once() {
    let (one, all) = chunks_verified(1).await;
    assert_eq!(one, all);
    let (one, all) = chunks_verified(8).await;
    // The chunk with the changed grain, and those whose ends it may have moved.
    assert!(
        all > one && all <= one + 7 * 3,
        "{all} chunks, {one} in one"
    );
}
