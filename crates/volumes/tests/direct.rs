//! The EBS direct API from outside.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a suite that cannot be set up must fail loudly"
)]

mod world;

use aws_lc_rs::digest::{SHA256, digest};
use base::{Error, Reason, SnapshotId, Subject};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;
use volumes::direct::*;
use volumes::{Snapshot, SnapshotState};
use world::*;

const BLOCK: u64 = blocks::BLOCK;

fn sum(data: &[u8]) -> Vec<u8> {
    digest(&SHA256, data).as_ref().to_vec()
}

fn start(size_gib: i64, parent: Option<&Snapshot>) -> StartSnapshot {
    StartSnapshot {
        encryption: volumes::Asked::default(),
        size_gib,
        parent: parent.map(|parent| parent.id.clone()),
        description: "by blocks".into(),
        tags: base::Tags::from([("Name".to_owned(), "direct".to_owned())]),
        timeout_minutes: Some(10),
        client_token: Some(format!("token-{size_gib}-{}", parent.is_some())),
    }
}

struct Writer<'a> {
    world: &'a World,
    id: SnapshotId,
    sums: BTreeMap<i64, Vec<u8>>,
}

impl Writer<'_> {
    async fn put(&mut self, index: i64, data: Vec<u8>) -> Result<(), Error> {
        let checksum = sum(&data);
        let text = STANDARD.encode(&checksum);
        let (world, snapshot) = (self.world, self.id.clone());
        let put = PutBlock {
            snapshot,
            index,
            data,
            checksum: text.clone(),
            progress: Some(7),
        };
        let answer = put_snapshot_block(&world.volumes, &world.call(), put).await?;
        assert_eq!(answer, text);
        self.sums.insert(index, checksum);
        Ok(())
    }

    async fn complete(
        &self,
        count: usize,
        checksum: Option<String>,
    ) -> Result<SnapshotState, Error> {
        let request = CompleteSnapshot {
            snapshot: self.id.clone(),
            changed_blocks: i64::try_from(count).unwrap(),
            checksum,
        };
        complete_snapshot(&self.world.volumes, &self.world.call(), request).await
    }

    fn total(&self) -> String {
        let all: Vec<u8> = self.sums.values().flatten().copied().collect();
        STANDARD.encode(sum(&all))
    }
}

fn pair(error: &Error) -> (Reason, Subject) {
    (error.reason, error.subject)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_put_is_what_is_listed_and_read() {
    for database in testkit::databases(&schema()).await {
        let mut world = World::new(database).await;
        let mut model = Model::new(1, 5);
        let started = start_snapshot(&world.volumes, &world.call(), start(1, None))
            .await
            .unwrap();
        let replayed = start_snapshot(&world.volumes, &world.call(), start(1, None))
            .await
            .unwrap();
        assert_eq!(replayed.snapshot.id, started.snapshot.id);
        assert_eq!(replayed.tags, started.tags);
        let id = started.snapshot.id.clone();
        let mut writer = Writer {
            world: &world,
            id: id.clone(),
            sums: BTreeMap::new(),
        };
        for index in [0, 2047, 5, 700] {
            let data = model.bytes(BLOCK);
            model.write(u64::try_from(index).unwrap() * BLOCK, &data);
            writer.put(index, data.clone()).await.unwrap();
            writer.put(index, data).await.unwrap();
        }
        let over = model.bytes(BLOCK);
        model.write(5 * BLOCK, &over);
        writer.put(5, over).await.unwrap();
        for bad in [2048, -1, i64::MAX] {
            let error = writer.put(bad, vec![1; 524_288]).await.unwrap_err();
            assert_eq!(pair(&error), (Reason::Invalid, Subject::SnapshotBlock));
        }
        assert!(writer.put(1, vec![1; 4096]).await.is_err());
        let wrong = PutBlock {
            snapshot: id.clone(),
            index: 1,
            data: vec![1; 524_288],
            checksum: STANDARD.encode(sum(b"other")),
            progress: None,
        };
        let wrong = put_snapshot_block(&world.volumes, &world.call(), wrong).await;
        assert_eq!(wrong.unwrap_err().reason, Reason::Invalid);
        let sums = writer.sums;
        // Acknowledged blocks are there after the process ended.
        world = world.restart().await;
        let mut writer = Writer {
            world: &world,
            id: id.clone(),
            sums,
        };
        let data = model.bytes(BLOCK);
        model.write(9 * BLOCK, &data);
        writer.put(9, data).await.unwrap();
        assert!(writer.complete(4, None).await.is_err());
        assert!(
            writer
                .complete(5, Some(STANDARD.encode(sum(b"x"))))
                .await
                .is_err()
        );
        let state = writer.complete(5, Some(writer.total())).await.unwrap();
        assert_eq!(state, SnapshotState::Pending);
        assert_eq!(
            writer.complete(5, None).await.unwrap(),
            SnapshotState::Pending
        );
        let late = writer.put(11, vec![1; 524_288]).await.unwrap_err();
        assert_eq!(pair(&late), (Reason::WrongState, Subject::Snapshot));
        let (call, all) = (world.call(), ListBlocks::default());
        let early = list_snapshot_blocks(&world.volumes, &call, &id, all)
            .await
            .unwrap_err();
        assert_eq!(early.reason, Reason::WrongState);
        world.run_jobs().await;
        let snapshot = world.look(&started.snapshot).await;
        world.assert_holds(&snapshot, &model).await;
        assert_eq!(
            writer.complete(5, None).await.unwrap(),
            SnapshotState::Completed
        );
        assert!(
            !world
                .files
                .path()
                .join("volumes")
                .join(id.as_ref())
                .exists()
        );
        read_back(&world, &snapshot, &model).await;
        changes(&world, &snapshot, &mut model).await;
    }
}

async fn read_back(world: &World, snapshot: &Snapshot, model: &Model) {
    let (volumes, call) = (&world.volumes, world.call());
    let list = list_snapshot_blocks(volumes, &call, &snapshot.id, ListBlocks::default())
        .await
        .unwrap();
    let indexes: Vec<u64> = list.blocks.iter().map(|block| block.index).collect();
    assert_eq!(
        (indexes, list.volume_size_gib),
        (vec![0, 5, 9, 700, 2047], 1)
    );
    let part = ListBlocks {
        starting_block: Some(6),
        ..ListBlocks::default()
    };
    let from = list_snapshot_blocks(volumes, &call, &snapshot.id, part)
        .await
        .unwrap();
    assert_eq!(from.blocks[0].index, 9);
    for block in &list.blocks {
        let get = |index: u64, token: &str| GetBlock {
            snapshot: snapshot.id.clone(),
            index: i64::try_from(index).unwrap(),
            token: token.to_owned(),
        };
        let found = get_snapshot_block(volumes, &call, get(block.index, &block.token))
            .await
            .unwrap();
        assert!(found.data == model.read(block.index * BLOCK, BLOCK));
        assert_eq!(found.checksum, STANDARD.encode(sum(&found.data)));
        for (index, token) in [
            (block.index ^ 1, block.token.as_str()),
            (block.index, "AAAA"),
        ] {
            let refused = get_snapshot_block(volumes, &call, get(index, token))
                .await
                .unwrap_err();
            assert_eq!(pair(&refused), (Reason::Invalid, Subject::BlockToken));
        }
        let stranger = world.call_as("222222222222", EAST);
        let refused = get_snapshot_block(volumes, &stranger, get(block.index, &block.token)).await;
        assert!(refused.unwrap_err().is_not_found());
    }
    for bad in [0, 99, 10_001] {
        let part = ListBlocks {
            max_results: Some(bad),
            ..ListBlocks::default()
        };
        assert!(
            list_snapshot_blocks(volumes, &call, &snapshot.id, part)
                .await
                .is_err()
        );
    }
}

/// A child with changed, zeroed and many new blocks, compared page by page.
async fn changes(world: &World, parent: &Snapshot, model: &mut Model) {
    let (volumes, call) = (&world.volumes, world.call());
    let request = start(1, Some(parent));
    let started = start_snapshot(volumes, &call, request).await.unwrap();
    let mut writer = Writer {
        world,
        id: started.snapshot.id.clone(),
        sums: BTreeMap::new(),
    };
    let mut expected: Vec<u64> = vec![5, 9];
    for index in [5, 9] {
        let data = if index == 9 {
            vec![0; 524_288]
        } else {
            model.bytes(BLOCK)
        };
        model.write(u64::try_from(index).unwrap() * BLOCK, &data);
        writer.put(index, data).await.unwrap();
    }
    // Put again as it is: written, and not changed.
    writer
        .put(700, model.read(700 * BLOCK, BLOCK))
        .await
        .unwrap();
    for index in 1000..1120u64 {
        let mut data = vec![0; 524_288];
        data[..8].copy_from_slice(&index.to_be_bytes());
        model.write(index * BLOCK, &data);
        writer
            .put(i64::try_from(index).unwrap(), data)
            .await
            .unwrap();
        expected.push(index);
    }
    writer.complete(123, Some(writer.total())).await.unwrap();
    world.run_jobs().await;
    let child = world.look(&started.snapshot).await;
    world.assert_holds(&child, model).await;
    let mut old = Model::new(1, 1);
    restore(world, parent, &mut old).await;
    world.assert_holds(parent, &old).await;
    let (mut seen, mut token) = (Vec::new(), None);
    loop {
        let part = ListBlocks {
            next_token: token,
            max_results: Some(100),
            starting_block: None,
        };
        let request = ListChanged {
            first: Some(parent.id.clone()),
            second: child.id.clone(),
            part,
        };
        let page = list_changed_blocks(volumes, &call, request).await.unwrap();
        assert!(page.blocks.len() <= 100);
        seen.extend(page.blocks);
        token = page.next_token;
        if token.is_none() {
            break;
        }
        let part = ListBlocks {
            next_token: token.clone(),
            ..ListBlocks::default()
        };
        let other = list_snapshot_blocks(volumes, &call, &child.id, part)
            .await
            .unwrap_err();
        assert_eq!(pair(&other), (Reason::Invalid, Subject::PageToken));
    }
    assert_eq!(
        seen.iter().map(|block| block.index).collect::<Vec<_>>(),
        expected
    );
    let held = |block: &ListedChange| (block.first_token.is_some(), block.second_token.is_some());
    assert_eq!(
        (held(&seen[0]), held(&seen[1]), held(&seen[2])),
        ((true, true), (true, false), (false, true))
    );
    let get = GetBlock {
        snapshot: parent.id.clone(),
        index: 9,
        token: seen[1].first_token.clone().unwrap(),
    };
    get_snapshot_block(volumes, &call, get).await.unwrap();
    let whole = ListChanged {
        first: None,
        second: child.id.clone(),
        part: ListBlocks::default(),
    };
    let whole = list_changed_blocks(volumes, &call, whole).await.unwrap();
    assert_eq!(whole.blocks.len(), 4 + 120);
    assert!(
        whole
            .blocks
            .iter()
            .all(|block| block.first_token.is_none() && block.second_token.is_some())
    );
}

async fn restore(world: &World, snapshot: &Snapshot, into: &mut Model) {
    let disk = world
        .store(EAST)
        .disk(snapshot.tree.as_ref().unwrap(), &blocks::Domain::Plain);
    let disk = disk.await.unwrap();
    for range in disk.extents(0..disk.size()).await.unwrap() {
        let mut bytes = vec![0; usize::try_from(range.end - range.start).unwrap()];
        disk.read_at(range.start, &mut bytes).await.unwrap();
        into.write(range.start, &bytes);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_that_nobody_completes_fails_after_its_timeout() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database).await;
        let started = start_snapshot(&world.volumes, &world.call(), start(1, None))
            .await
            .unwrap();
        let id = started.snapshot.id.clone();
        let mut writer = Writer {
            world: &world,
            id: id.clone(),
            sums: BTreeMap::new(),
        };
        for minute in 0..3 {
            world.clock.advance(5 * 60);
            world.run_jobs().await;
            writer.put(minute, vec![1; 524_288]).await.unwrap();
        }
        assert_eq!(
            world.look(&started.snapshot).await.state,
            SnapshotState::Pending
        );
        assert_eq!(world.look(&started.snapshot).await.progress, 7);
        world.clock.advance(11 * 60);
        world.run_jobs().await;
        let failed = world.look(&started.snapshot).await;
        assert_eq!(failed.state, SnapshotState::Error);
        assert!(failed.state_message.is_some());
        assert!(
            !world
                .files
                .path()
                .join("volumes")
                .join(id.as_ref())
                .exists()
        );
        let late = writer.put(4, vec![1; 524_288]).await.unwrap_err();
        assert_eq!(pair(&late), (Reason::Unavailable, Subject::SnapshotBlock));
        assert!(writer.complete(3, None).await.is_err());
        volumes::delete_snapshot(&world.volumes, &world.call(), &id)
            .await
            .unwrap();
        world.run_jobs().await;
        assert_eq!(world.volumes.db().jobs_left().await.unwrap(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_put_is_the_parent_and_a_deleted_snapshot_takes_no_more() {
    let world = World::new(testkit::sqlite(&schema()).await).await;
    let (volumes, call) = (&world.volumes, world.call());
    let started = start_snapshot(volumes, &call, start(1, None))
        .await
        .unwrap();
    let writer = Writer {
        world: &world,
        id: started.snapshot.id.clone(),
        sums: BTreeMap::new(),
    };
    writer.complete(0, Some(writer.total())).await.unwrap();
    world.run_jobs().await;
    let empty = world.look(&started.snapshot).await;
    assert_eq!(
        (empty.state, empty.data_bytes),
        (SnapshotState::Completed, Some(0))
    );
    let smaller = StartSnapshot {
        client_token: None,
        ..start(0, None)
    };
    let refused = start_snapshot(volumes, &call, smaller).await.unwrap_err();
    assert_eq!(pair(&refused), (Reason::Invalid, Subject::VolumeSize));
    let grown = start_snapshot(volumes, &call, start(2, Some(&empty)))
        .await
        .unwrap();
    let mut writer = Writer {
        world: &world,
        id: grown.snapshot.id.clone(),
        sums: BTreeMap::new(),
    };
    writer.put(4095, vec![3; 524_288]).await.unwrap();
    volumes::delete_snapshot(volumes, &call, &grown.snapshot.id)
        .await
        .unwrap();
    assert!(
        writer
            .put(4094, vec![3; 524_288])
            .await
            .unwrap_err()
            .is_not_found()
    );
    assert!(writer.complete(1, None).await.unwrap_err().is_not_found());
    world.clock.advance(3600);
    world.run_jobs().await;
    assert_eq!(volumes.db().jobs_left().await.unwrap(), 0);
    assert!(
        !world
            .files
            .path()
            .join("volumes")
            .join(grown.snapshot.id.as_ref())
            .exists()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn many_blocks_put_at_once_are_all_there() {
    let world = World::new(testkit::sqlite(&schema()).await).await;
    let started = start_snapshot(&world.volumes, &world.call(), start(1, None))
        .await
        .unwrap();
    let mut model = Model::new(1, 77);
    let mut tasks = Vec::new();
    for index in 0..64u64 {
        let data = model.bytes(BLOCK);
        model.write(index * BLOCK, &data);
        let (volumes, call) = (world.volumes.clone(), world.call());
        let snapshot = started.snapshot.id.clone();
        let index = i64::try_from(index).unwrap();
        let checksum = STANDARD.encode(sum(&data));
        let put = PutBlock {
            snapshot,
            index,
            data,
            checksum,
            progress: None,
        };
        tasks.push(tokio::spawn(async move {
            put_snapshot_block(&volumes, &call, put).await
        }));
    }
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let writer = Writer {
        world: &world,
        id: started.snapshot.id.clone(),
        sums: BTreeMap::new(),
    };
    writer.complete(64, None).await.unwrap();
    world.run_jobs().await;
    world
        .assert_holds(&world.look(&started.snapshot).await, &model)
        .await;
}
