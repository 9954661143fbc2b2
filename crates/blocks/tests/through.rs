//! Reading a disk whose copy is not complete: the truth wherever it lies, and nothing fetched twice.

#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod support;

use blocks::{BLOCK, Disk, Domain, MemoryIndex, Meter, Store, Tree, copy};
use std::sync::Arc;
use support::*;

const SIZE: u64 = 48 << 20;

struct Two {
    _dirs: (tempfile::TempDir, tempfile::TempDir),
    from: Store,
    to: Store,
    bytes: Vec<u8>,
}

async fn two() -> Two {
    let dirs = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let from = store_in(dirs.0.path()).await;
    let to = store_with(dirs.1.path(), "us-east-1", Arc::new(MemoryIndex::default())).await;
    let mut bytes = noise(3, usize::try_from(SIZE).unwrap());
    bytes[20 << 20..24 << 20].fill(0);
    Two {
        _dirs: dirs,
        from,
        to,
        bytes,
    }
}

async fn assert_reads(disk: &Disk, bytes: &[u8], offset: u64, length: usize) {
    let mut found = vec![0; length];
    disk.read_at(offset, &mut found).await.unwrap();
    let at = usize::try_from(offset).unwrap();
    assert!(found == bytes[at..at + length], "it differs at {offset}");
}

async fn copied(two: &Two, tree: &Tree, domain: &Domain) -> Arc<Meter> {
    let meter = Meter::new();
    copy(tree, domain, &two.from, &two.to, meter.clone())
        .await
        .unwrap();
    meter
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_here_is_read_from_the_source_and_not_fetched_again_by_the_copy() {
    for domain in [Domain::Plain, sealed(5)] {
        let two = two().await;
        let tree = write_all(&two.from, &two.bytes, &domain).await;
        assert!(!two.to.has(&tree).await.unwrap());
        assert!(
            two.to.disk(&tree, &domain).await.is_err(),
            "nothing is here"
        );
        let disk = two.to.disk_through(&tree, &domain, &two.from).unwrap();
        for (offset, length) in [(0, 4096), (7 << 20, 3 << 20), (SIZE - 512, 512)] {
            assert_reads(&disk, &two.bytes, offset, length).await;
        }
        assert!(
            !two.to.has(&tree).await.unwrap(),
            "reading has written something"
        );
        let extents = disk.extents(0..SIZE).await.unwrap();
        assert_eq!(extents, [0..20 << 20, 24 << 20..SIZE]);

        let stats = copied(&two, &tree, &domain).await.stats();
        assert!(
            stats.bytes_read + (3 << 20) < stats.bytes_new,
            "{} bytes of {} were fetched, though 3 MiB had been read before",
            stats.bytes_read,
            stats.bytes_new
        );
        assert!(two.to.has(&tree).await.unwrap());
        assert!(two.to.verify(&tree, &domain).await.unwrap().ok());
        assert_reads(&disk, &two.bytes, 0, two.bytes.len()).await;
        assert!(read_all(&two.to, &tree, &domain).await.unwrap() == two.bytes);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_here_already_is_not_asked_of_the_source() {
    let two = two().await;
    let tree = write_all(&two.from, &two.bytes, &Domain::Plain).await;
    // A later disk that shares all but one block with one that is here.
    copied(&two, &tree, &Domain::Plain).await;
    let mut later = two.bytes.clone();
    later[5 << 20..(5 << 20) + 4096].fill(9);
    let next = write_all(&two.from, &later, &Domain::Plain).await;
    assert_ne!(next, tree);
    let empty = tempfile::tempdir().unwrap();
    let nobody = store_with(empty.path(), "eu-west-1", Arc::new(MemoryIndex::default())).await;
    let unreadable = two.to.disk_through(&next, &Domain::Plain, &nobody).unwrap();
    let mut block = vec![0; usize::try_from(BLOCK).unwrap()];
    assert!(
        unreadable.read_at(0, &mut block).await.is_err(),
        "its root is nowhere"
    );
    let disk = two
        .to
        .disk_through(&next, &Domain::Plain, &two.from)
        .unwrap();
    assert_reads(&disk, &later, 0, later.len()).await;
    let stats = copied(&two, &next, &Domain::Plain).await.stats();
    assert!(stats.chunks_new < 10, "{stats:?}");
    assert!(read_all(&two.to, &next, &Domain::Plain).await.unwrap() == later);
}
