//! Packs behind a latency: what many want is fetched once, and what comes next before it is wanted.

#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod support;

use blocks::{Backend, Disk, Domain, Index, MemoryIndex, Store, Tree};
use object_store::memory::InMemory;
use object_store::throttle::{ThrottleConfig, ThrottledStore};
use std::sync::Arc;
use std::time::Duration;
use support::*;

const SIZE: usize = 24 << 20;
const READ: usize = 128 << 10;

/// A disk in an object store that takes its time, and what opens it with nothing in memory.
struct Far {
    objects: Arc<ThrottledStore<InMemory>>,
    index: Arc<dyn Index>,
    tree: Tree,
    bytes: Arc<Vec<u8>>,
}

impl Far {
    async fn new() -> Far {
        let config = ThrottleConfig {
            wait_get_per_call: Duration::from_millis(20),
            ..ThrottleConfig::default()
        };
        let mut far = Far {
            objects: Arc::new(ThrottledStore::new(InMemory::new(), config)),
            index: Arc::new(MemoryIndex::default()),
            tree: Tree::empty(1, &Domain::Plain).unwrap(),
            bytes: Arc::new(noise(7, SIZE)),
        };
        far.tree = write_all(&far.store().await, &far.bytes, &Domain::Plain).await;
        far
    }

    async fn store(&self) -> Store {
        let backend = Backend::object_store(self.objects.clone());
        Store::open(backend, "us-east-1", self.index.clone(), cache())
            .await
            .unwrap()
    }

    /// The disk in a store of its own, and what was fetched before.
    async fn disk(&self) -> (Store, Disk, (u64, u64)) {
        let store = self.store().await;
        let disk = store.disk(&self.tree, &Domain::Plain).await.unwrap();
        let before = store.fetched();
        (store, disk, before)
    }
}

/// Fetches and bytes since then.
fn since(store: &Store, before: (u64, u64)) -> (u64, u64) {
    let now = store.fetched();
    (now.0 - before.0, now.1 - before.1)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_many_read_at_once_is_fetched_once() {
    let far = Far::new().await;
    let (store, disk, before) = far.disk().await;
    let mut found = vec![0; SIZE];
    disk.read_whole_at(0, &mut found).await.unwrap();
    assert!(found == *far.bytes);
    let alone = since(&store, before);
    // Two threads have filled the packs together, half a mebibyte at a time.
    assert!(alone.0 < 64, "{} fetches of 24 MiB", alone.0);

    let (store, disk, before) = far.disk().await;
    let mut readers = tokio::task::JoinSet::new();
    for n in 0..16 {
        let (disk, bytes) = (disk.clone(), far.bytes.clone());
        readers.spawn(async move {
            let mut found = vec![0; SIZE];
            if n % 2 == 0 {
                disk.read_whole_at(0, &mut found).await.unwrap();
            } else {
                let read = move || disk.read_at_blocking(0, &mut found).map(|()| found);
                found = tokio::task::spawn_blocking(read).await.unwrap().unwrap();
            }
            assert!(found == *bytes);
        });
    }
    while let Some(read) = readers.join_next().await {
        read.unwrap();
    }
    let together = since(&store, before);
    assert_eq!(together.1, alone.1);
    // Where one reader overtakes another, a run is fetched in parts.
    assert!(together.0 <= alone.0 * 8, "{} fetches", together.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_a_reader_that_goes_away_reads_for_itself() {
    let far = Far::new().await;
    let (_store, disk, _) = far.disk().await;
    let mut found = vec![0; READ];
    let (other, mut thrown_away) = (disk.clone(), vec![0; READ]);
    let (read, given_up) = tokio::join!(
        async {
            tokio::time::sleep(Duration::from_millis(5)).await;
            disk.read_whole_at(0, &mut found).await
        },
        tokio::time::timeout(
            Duration::from_millis(10),
            other.read_whole_at(0, &mut thrown_away)
        ),
    );
    assert!(given_up.is_err(), "it was answered before it went away");
    read.unwrap();
    assert!(found == far.bytes[..READ]);
}

async fn read_in_order(far: &Far, ahead: bool) -> (u64, u64) {
    let (store, disk, before) = far.disk().await;
    let bytes = far.bytes.clone();
    let read = move || {
        let ahead = ahead.then(|| disk.read_ahead().unwrap());
        let mut found = vec![0; READ];
        for (n, expected) in bytes.chunks(READ).enumerate() {
            let offset = u64::try_from(n * READ).unwrap();
            if let Some(ahead) = &ahead {
                ahead.hear(offset, READ);
            }
            disk.read_at_blocking(offset, &mut found).unwrap();
            assert!(found == expected);
        }
    };
    tokio::task::spawn_blocking(read).await.unwrap();
    since(&store, before)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reads_in_order_waits_for_few_fetches_and_nothing_is_fetched_twice() {
    let far = Far::new().await;
    let (alone, ahead) = (
        read_in_order(&far, false).await,
        read_in_order(&far, true).await,
    );
    assert!(
        ahead.0 * 3 < alone.0,
        "{} fetches read ahead, {} one after the other",
        ahead.0,
        alone.0
    );
    assert!(ahead.1 <= alone.1, "{} bytes, {}", ahead.1, alone.1);
}

#[tokio::test]
async fn a_directory_needs_nobody_to_read_ahead() {
    let dir = tempfile::tempdir().unwrap();
    let store = store_in(dir.path()).await;
    let tree = write_all(&store, &noise(1, READ), &Domain::Plain).await;
    let disk = store.disk(&tree, &Domain::Plain).await.unwrap();
    assert!(disk.read_ahead().is_none());
}
