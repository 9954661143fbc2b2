//! What work costs in the SQL index, counted in SQLite's own steps and not in seconds, at two sizes.

#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod world;

use aws_lc_rs::digest::{SHA256, digest};
use base::SnapshotId;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use blocks::{
    Backend, Cache, Changes, Collection, Domain, GRAIN, Limits, Meter, SEGMENT, Store, Tree, Write,
};
use std::ops::Range;
use std::sync::Arc;
use testkit::Database;
use volumes::direct::{
    CompleteSnapshot, PutBlock, StartSnapshot, complete_snapshot, put_snapshot_block,
    start_snapshot,
};
use volumes::{CopySnapshot, copy_snapshot};
use world::{EAST, World, region, schema};

/// Grains of a disk that changed, each to bytes that its number and a seed give.
struct Noise {
    grains: Vec<u64>,
    seed: u64,
}

impl Changes for Noise {
    fn next(&self, from: u64) -> blocks::Result<Option<Range<u64>>> {
        let at = self.grains.partition_point(|grain| *grain < from);
        Ok(self.grains.get(at).map(|grain| *grain..grain + 1))
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> blocks::Result<()> {
        let mut state = (offset / GRAIN) << 20 | self.seed;
        for byte in buf {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            *byte = state.to_be_bytes()[0];
        }
        Ok(())
    }
}

/// A store whose index is in SQLite, with disks of so many segments.
struct Disks {
    database: Database,
    store: Store,
    index: Arc<dyn Collection>,
    segments: u64,
    _files: tempfile::TempDir,
}

impl Disks {
    async fn new(segments: u64) -> Disks {
        let (files, database) = (
            tempfile::tempdir().unwrap(),
            testkit::sqlite(&schema()).await,
        );
        let backend = Backend::directory(files.path()).unwrap();
        let (index, cache) = (
            volumes::index(database.db.clone()),
            Cache::new(1 << 20, 1 << 20),
        );
        let store = Store::open(backend, EAST, index, cache).await.unwrap();
        let index = volumes::collection(database.db.clone());
        Disks {
            database,
            store,
            index,
            segments,
            _files: files,
        }
    }

    fn steps(&self) -> u64 {
        self.database.db.steps().unwrap()
    }

    async fn keep(&self, name: &str, base: Option<&Tree>, grains: Vec<u64>, seed: u64) -> Tree {
        let write = Write {
            base: base.cloned(),
            size: self.segments * SEGMENT,
            domain: Domain::Plain,
            source: Arc::new(Noise { grains, seed }),
            meter: Meter::new(),
        };
        let tree = self.store.write(write).await.unwrap();
        let roots: Vec<_> = tree.root_address().into_iter().collect();
        self.index.hold(EAST, name, &roots).await.unwrap();
        tree
    }

    /// A disk with so many grains in each segment.
    async fn whole(&self, name: &str, seed: u64, each: u64) -> Tree {
        let first = (0..self.segments).map(|n| n * (SEGMENT / GRAIN));
        let grains = first.flat_map(|first| first..first + each).collect();
        self.keep(name, None, grains, seed).await
    }

    async fn collect(&self, now: u64) {
        let limits = Limits {
            delay_ms: 0,
            rows_per_second: u64::MAX,
            bytes_per_second: u64::MAX,
            ..Limits::default()
        };
        for round in 0..3 {
            let done = self.store.collect(&*self.index, &limits, now + round);
            done.await.unwrap();
        }
    }
}

/// Steps of one more grain, on a disk of so many segments, after so many snapshots.
async fn steps_of_snapshot(segments: u64, ancestors: u64) -> u64 {
    let disks = Disks::new(segments).await;
    let mut tree = disks.whole("base", 0, 1).await;
    for n in 0..ancestors {
        let name = format!("old-{n}");
        tree = disks.keep(&name, Some(&tree), vec![7], 1 + n).await;
    }
    let before = disks.steps();
    disks.keep("new", Some(&tree), vec![7], 999).await;
    disks.steps() - before
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_costs_what_was_written_and_not_what_the_disk_holds_or_who_came_before() {
    // A page of the tree names up to 512 others, each of them counted; from there on the tree grows in height.
    for ((segments, ancestors), few) in [((2048, 1), (512, 1)), ((4, 100), (4, 1))] {
        let small = steps_of_snapshot(few.0, few.1).await;
        let large = steps_of_snapshot(segments, ancestors).await;
        assert!(small > 0);
        assert!(
            large * 10 <= small * 11,
            "{large} steps with {segments} segments and {ancestors} ancestors, {small} with {few:?}"
        );
    }
}

/// Steps of deleting one snapshot of so many and giving back its space.
async fn steps_of_collection(snapshots: u64) -> u64 {
    let disks = Disks::new(4).await;
    for n in 0..snapshots {
        disks.whole(&format!("disk-{n}"), 1 + n, 32).await;
    }
    disks.collect(1000).await;
    let before = disks.steps();
    disks.index.hold(EAST, "disk-3", &[]).await.unwrap();
    disks.collect(2000).await;
    let steps = disks.steps() - before;
    let left = disks.index.history(EAST).await.unwrap();
    assert!(left.0 > 0, "something was forgotten: {left:?}");
    steps
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_costs_what_it_frees_and_not_what_stays() {
    let (few, many) = (steps_of_collection(8).await, steps_of_collection(160).await);
    assert!(
        many * 10 <= few * 11,
        "{many} steps beside 160, {few} beside 8"
    );
}

/// A completed snapshot of so many blocks that hold something.
async fn snapshot(world: &World, blocks: i64) -> SnapshotId {
    let (volumes, call) = (&world.volumes, world.call());
    let start = StartSnapshot {
        encryption: volumes::Asked::default(),
        size_gib: 1,
        parent: None,
        description: String::new(),
        tags: base::Tags::new(),
        timeout_minutes: None,
        client_token: None,
    };
    let started = start_snapshot(volumes, &call, start).await.unwrap();
    let snapshot = started.snapshot.id;
    for index in 0..blocks {
        let mut data = vec![0; usize::try_from(blocks::BLOCK).unwrap()];
        data[..8].copy_from_slice(&(index + 1).to_le_bytes());
        let put = PutBlock {
            snapshot: snapshot.clone(),
            index,
            checksum: STANDARD.encode(digest(&SHA256, &data)),
            data,
            progress: None,
        };
        put_snapshot_block(volumes, &call, put).await.unwrap();
    }
    let complete = CompleteSnapshot {
        snapshot: snapshot.clone(),
        changed_blocks: blocks,
        checksum: None,
    };
    complete_snapshot(volumes, &call, complete).await.unwrap();
    world.run_jobs().await;
    snapshot
}

/// Steps of copying a snapshot of so many blocks within its Region, until the copy is complete.
async fn steps_of_copy(blocks: i64) -> u64 {
    let world = World::new(testkit::sqlite(&schema()).await).await;
    let source = snapshot(&world, blocks).await;
    let steps = || world.volumes.db().steps().unwrap();
    let before = steps();
    let request = CopySnapshot {
        source,
        source_region: region(EAST),
        description: None,
        encryption: volumes::Asked::default(),
        tags: base::Tags::new(),
    };
    copy_snapshot(&world.volumes, &world.call(), request)
        .await
        .unwrap();
    world.run_jobs().await;
    steps() - before
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_within_a_region_costs_the_same_whatever_it_holds() {
    let (small, large) = (steps_of_copy(1).await, steps_of_copy(200).await);
    assert!(
        large * 10 <= small * 11,
        "{large} steps for 200 blocks, {small} for one"
    );
}
