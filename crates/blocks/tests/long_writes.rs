//! Writers and copies that take longer than the delay of the collection: what they have made stays,
//! although nothing refers to it yet.

#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod support;

use async_trait::async_trait;
use blocks::{
    Address, Domain, Index, Limits, Location, MemoryIndex, Meter, Pack, PackId, Result, SEGMENT,
    Store, copy,
};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use support::*;

const DELAY_MS: u64 = 1000;

/// An index before each of whose answers more than half of the delay goes by and a round of the
/// collection is made; then, while somebody writes and keeps, it waits until they have kept.
#[derive(Default)]
struct Slow {
    index: MemoryIndex,
    store: OnceLock<Store>,
    now: AtomicU64,
    /// One round at a time, each with its keeping.
    turn: tokio::sync::Mutex<()>,
    forgotten: AtomicU64,
    kept: AtomicU64,
    waits: bool,
    /// From now on no time goes by.
    over: AtomicBool,
}

impl Slow {
    async fn let_time_pass(&self) {
        let Some(store) = self.store.get() else {
            return;
        };
        if self.over.load(SeqCst) {
            return;
        }
        let _turn = self.turn.lock().await;
        let now = self.now.fetch_add(DELAY_MS * 6 / 10, SeqCst) + DELAY_MS;
        let limits = Limits {
            delay_ms: DELAY_MS,
            rows_per_second: u64::MAX,
            bytes_per_second: u64::MAX,
            ..Limits::default()
        };
        let round = store.collect(&self.index, &limits, now).await.unwrap();
        self.forgotten.fetch_add(round.addresses, SeqCst);
        let kept = self.kept.load(SeqCst);
        // The first that is noticed may have begun before the round.
        while self.waits && self.kept.load(SeqCst) < kept + 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

#[async_trait]
impl Index for Slow {
    async fn lookup(&self, region: &str, addresses: &[Address]) -> Result<Vec<Option<Location>>> {
        self.let_time_pass().await;
        self.index.lookup(region, addresses).await
    }

    async fn generation(&self, region: &str) -> Result<u64> {
        self.index.generation(region).await
    }

    async fn insert_pack(&self, region: &str, pack: &Pack, generation: u64) -> Result<()> {
        self.index.insert_pack(region, pack, generation).await
    }

    async fn keep(&self, region: &str, addresses: &[Address]) -> Result<()> {
        self.index.keep(region, addresses).await?;
        self.kept.fetch_add(1, SeqCst);
        Ok(())
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

async fn slow_store(dir: &Path, waits: bool) -> (Store, Arc<Slow>) {
    let index = Arc::new(Slow {
        waits,
        ..Slow::default()
    });
    let pause = if waits { 5 } else { 1_000_000 };
    let store = store_with(dir, "eu-west-1", index.clone()).await;
    let store = store.keeping_every(Duration::from_millis(pause));
    assert!(index.store.set(store.clone()).is_ok());
    (store, index)
}

/// Four segments fill a pack.
fn disk() -> Vec<u8> {
    let segment = usize::try_from(SEGMENT).unwrap();
    let mut disk = vec![0; 24 * segment];
    for (n, part) in disk.chunks_mut(segment).enumerate() {
        part[..4 << 20].copy_from_slice(&noise(n as u64, 4 << 20));
    }
    disk
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_longer_than_the_delay_keeps_what_it_has_made() {
    let (dir, bytes) = (tempfile::tempdir().unwrap(), disk());
    let (store, index) = slow_store(dir.path(), true).await;
    let tree = write_all(&store, &bytes, &sealed(1)).await;
    index.over.store(true, SeqCst);
    assert!(index.now.load(SeqCst) > 10 * DELAY_MS);
    assert_eq!(index.forgotten.load(SeqCst), 0);
    assert!(store.verify(&tree, &sealed(1)).await.unwrap().ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_longer_than_the_delay_keeps_what_it_has_made() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let bytes = disk();
    let source = store_with(from.path(), "us-east-1", Arc::new(MemoryIndex::default())).await;
    let tree = write_all(&source, &bytes, &Domain::Plain).await;
    let (store, index) = slow_store(to.path(), true).await;
    copy(&tree, &Domain::Plain, &source, &store, Meter::new())
        .await
        .unwrap();
    index.over.store(true, SeqCst);
    assert!(index.now.load(SeqCst) > 10 * DELAY_MS);
    assert_eq!(index.forgotten.load(SeqCst), 0);
    assert!(store.verify(&tree, &Domain::Plain).await.unwrap().ok());
}

/// What makes the two above tests of anything.
#[tokio::test(flavor = "multi_thread")]
async fn who_keeps_nothing_has_to_begin_again() {
    let (dir, bytes) = (tempfile::tempdir().unwrap(), disk());
    let (store, index) = slow_store(dir.path(), false).await;
    let all = 0..bytes.len() as u64 / blocks::GRAIN;
    let written = write_on(&store, None, &bytes, vec![all], &Domain::Plain).await;
    let why = written.unwrap_err().to_string();
    assert!(why.contains("collected"), "{why}");
    assert!(index.forgotten.load(SeqCst) > 0);
}
