//! An index that answers one question at a time, as a database does that has one connection left.

#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod support;

use async_trait::async_trait;
use blocks::{Address, Index, Location, MemoryIndex, Pack, PackId, Result};
use futures::FutureExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;
use support::*;
use tokio::sync::Mutex;

#[derive(Default)]
struct OneConnection {
    index: MemoryIndex,
    connection: Mutex<()>,
    slow: AtomicBool,
}

impl OneConnection {
    async fn transaction<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let _connection = self.connection.lock().await;
        while self.slow.load(SeqCst) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        work.await
    }

    async fn free(&self) {
        let free = tokio::time::timeout(Duration::from_secs(60), self.connection.lock());
        drop(free.await.expect("the connection is still held"));
    }
}

#[async_trait]
impl Index for OneConnection {
    async fn lookup(&self, region: &str, addresses: &[Address]) -> Result<Vec<Option<Location>>> {
        self.transaction(self.index.lookup(region, addresses)).await
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
async fn a_look_up_lets_go_of_the_index_though_nobody_polls_who_asked_or_nobody_asks_any_more() {
    let dir = tempfile::tempdir().unwrap();
    let index = Arc::new(OneConnection::default());
    let store = store_with(dir.path(), "eu-west-1", index.clone()).await;
    let tree = write_all(&store, &noise(1, 1 << 20), &sealed(1)).await;

    index.slow.store(true, SeqCst);
    let mut asking = Box::pin(store.has(&tree));
    while index.connection.try_lock().is_ok() {
        assert!((&mut asking).now_or_never().is_none());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    index.slow.store(false, SeqCst);
    index.free().await;
    assert!(asking.await.unwrap());

    index.slow.store(true, SeqCst);
    let mut asking = Box::pin(store.has(&tree));
    while index.connection.try_lock().is_ok() {
        assert!((&mut asking).now_or_never().is_none());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    drop(asking);
    index.free().await;
}
