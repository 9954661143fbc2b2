//! An index that answers one question at a time, as a database does that has one connection left.

#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod support;

use async_trait::async_trait;
use blocks::{Address, Domain, Index, Location, MemoryIndex, Meter, Pack, PackId, Result, reseal};
use futures::FutureExt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;
use support::*;
use tokio::sync::Mutex;

#[derive(Default)]
struct OneConnection {
    index: MemoryIndex,
    connection: Mutex<()>,
    /// A look-up takes until it no longer is.
    slow: AtomicBool,
    looking_up: AtomicBool,
}

impl OneConnection {
    async fn transaction<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let _connection = self.connection.lock().await;
        work.await
    }

    async fn look_up(&self, region: &str, asked: &[Address]) -> Result<Vec<Option<Location>>> {
        self.looking_up.store(true, SeqCst);
        while self.slow.load(SeqCst) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        self.index.lookup(region, asked).await
    }

    /// Leaves `work` alone in the middle of its first look-up, and waits for the connection.
    async fn leave<T>(&self, work: &mut Pin<Box<impl Future<Output = T>>>) {
        self.slow.store(true, SeqCst);
        self.looking_up.store(false, SeqCst);
        while !self.looking_up.load(SeqCst) {
            assert!(work.now_or_never().is_none());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        self.slow.store(false, SeqCst);
        self.free().await;
    }

    async fn free(&self) {
        let free = tokio::time::timeout(Duration::from_secs(60), self.connection.lock());
        drop(free.await.expect("the connection is still held"));
    }
}

#[async_trait]
impl Index for OneConnection {
    async fn lookup(&self, region: &str, addresses: &[Address]) -> Result<Vec<Option<Location>>> {
        self.transaction(self.look_up(region, addresses)).await
    }

    async fn generation(&self, region: &str) -> Result<u64> {
        self.transaction(self.index.generation(region)).await
    }

    async fn insert_pack(&self, region: &str, pack: &Pack, generation: u64) -> Result<()> {
        self.transaction(self.index.insert_pack(region, pack, generation))
            .await
    }

    async fn keep(&self, region: &str, addresses: &[Address]) -> Result<()> {
        self.transaction(self.index.keep(region, addresses)).await
    }

    async fn remove_pack(&self, region: &str, pack: &PackId) -> Result<()> {
        self.transaction(self.index.remove_pack(region, pack)).await
    }

    async fn list_packs(&self, region: &str) -> Result<Vec<(PackId, u64)>> {
        self.transaction(self.index.list_packs(region)).await
    }

    async fn expand(&self, region: &str, mark: [u8; 8]) -> Result<Vec<Address>> {
        self.transaction(self.index.expand(region, mark)).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_writes_or_seals_lets_go_of_the_index_though_nobody_polls() {
    let dir = tempfile::tempdir().unwrap();
    let index = Arc::new(OneConnection::default());
    let store = store_with(dir.path(), "eu-west-1", index.clone()).await;
    let (bytes, key) = (noise(1, 1 << 20), sealed(1));

    let mut writing = Box::pin(write_all(&store, &bytes, &Domain::Plain));
    index.leave(&mut writing).await;
    let plain = writing.await;

    let cold = store_with(dir.path(), "eu-west-1", index.clone()).await;
    let (domain, meter) = (Domain::Plain, Arc::new(Meter::default()));
    let mut sealing = Box::pin(reseal(&plain, &domain, &cold, &cold, key.clone(), meter));
    index.leave(&mut sealing).await;
    let tree = sealing.await.unwrap();
    assert!(cold.verify(&tree, &key).await.unwrap().ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_away_takes_its_look_up_along() {
    let dir = tempfile::tempdir().unwrap();
    let index = Arc::new(OneConnection::default());
    let store = store_with(dir.path(), "eu-west-1", index.clone()).await;
    let bytes = noise(1, 1 << 20);
    let mut writing = Box::pin(write_all(&store, &bytes, &Domain::Plain));
    index.slow.store(true, SeqCst);
    while !index.looking_up.load(SeqCst) {
        assert!((&mut writing).now_or_never().is_none());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    drop(writing);
    index.free().await;
}
