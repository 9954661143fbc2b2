//! Machines on a copy whose blocks are on their way: over a store whose link can be cut, a guest
//! reads the truth, waits while the link is down, and writes; nothing is lost whoever goes first.

#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod world;

use blocks::{Backend, Domain};
use std::sync::Arc;
use std::time::Duration;
use store::Lease;
use volumes::{CreateVolume, NewVolume, ShapeRequest, Snapshot, SnapshotState, Volume, VolumeKind};
use world::link::Link;
use world::*;

/// A world whose eastern packs lie behind a link.
async fn worlds() -> Vec<(World, Arc<Link>)> {
    let mut worlds = Vec::new();
    for database in testkit::databases(&schema()).await {
        let files = tempfile::tempdir().unwrap();
        let link = Arc::new(Link::to(&files.path().join("far")));
        let far = Backend::object_store(link.clone());
        worlds.push((World::with(database, files, Some(far)).await, link));
    }
    worlds
}

/// A copy to the west that is leased and on its way, as far as the link lets it.
async fn copy_on_its_way(world: &World, link: &Link, source: &Snapshot) -> (Snapshot, Lease) {
    let request = volumes::CopySnapshot {
        encryption: volumes::Asked::default(),
        source_region: region(EAST),
        source: source.id.clone(),
        description: None,
        tags: Default::default(),
    };
    let call = world.call_as("111111111111", WEST);
    let id = volumes::copy_snapshot(&world.volumes, &call, request)
        .await
        .unwrap();
    let copy = Snapshot {
        id,
        ..source.clone()
    };
    let lease = world.lease().await.unwrap();
    // It finds the root page, and then the link is cut.
    link.cut_after(1);
    assert!(soon(world.run(&lease)).await.is_err());
    let copy = world.look(&copy).await;
    assert_eq!((copy.state, copy.streams), (SnapshotState::Pending, true));
    (copy, lease)
}

/// A volume as a launch makes it.
async fn launched(world: &World, snapshot: &Snapshot) -> Volume {
    let request: CreateVolume = wanted(WEST, None, Some(snapshot));
    let call = world.call_as("111111111111", WEST);
    let shape = ShapeRequest {
        kind: Some(VolumeKind::Gp3),
        size_gib: 1,
        iops: None,
        throughput: None,
    };
    let new = NewVolume {
        product_codes: Default::default(),
        zone: request.zone,
        shape: shape.check().unwrap(),
        snapshot: Some(snapshot.clone()),
        encryption: volumes::Asked::default(),
        tags: Default::default(),
    };
    let mut tx = world.volumes.db().begin().await.unwrap();
    let permit = identity::authorize_new(&mut tx, &call, identity::Action("ec2:Test"))
        .await
        .unwrap();
    let volume = volumes::create_volume_in(&world.volumes, &mut tx, (&call, &permit), new)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    volume
}

async fn disk_in_the_east(world: &World) -> (Snapshot, Model) {
    let mut model = Model::new(1, 97);
    let volume = world.volume(1).await;
    let guest = Guest::open(world, &volume.id).await;
    model.scribble(&guest, 30);
    volumes::close(&world.volumes, &volume.id).await.unwrap();
    (world.snapshot(&volume.id).await, model)
}

/// Reads all of a guest's disk on a thread of its own.
fn compare_meanwhile(guest: Guest, model: &Model) -> std::thread::JoinHandle<Guest> {
    let model = model.copy();
    std::thread::spawn(move || {
        guest.compare(&model);
        guest
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_reads_what_is_on_its_way_waits_for_a_cut_link_and_goes_on() {
    for (world, link) in worlds().await {
        let (source, model) = disk_in_the_east(&world).await;
        let (copy, lease) = copy_on_its_way(&world, &link, &source).await;
        let volume = launched(&world, &copy).await;
        assert_eq!(volume.base_from, Some(region(EAST)));
        // Opening reads nothing over the link.
        let guest = Guest::open(&world, &volume.id).await;
        let reading = compare_meanwhile(guest, &model);
        let refused = link.refused();
        while link.refused() < refused + 3 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(!reading.is_finished(), "the guest waits");
        // Others do not wait for it.
        let other = world.volume(1).await;
        let other = Guest::open(&world, &other.id).await;
        other.run(&["write -P 7 0 65536".to_owned()]).unwrap();
        link.cut_after(u64::MAX);
        soon(async { tokio::task::spawn_blocking(|| reading.join()).await })
            .await
            .unwrap()
            .unwrap();

        world.volumes.db().free_all_leases().await.unwrap();
        drop(lease);
        world.run_jobs().await;
        let copy = world.look(&copy).await;
        assert_eq!(
            (copy.state, copy.streams, copy.digest()),
            (SnapshotState::Completed, false, source.digest())
        );
        let volume = world.look_volume(&volume.id).await.unwrap();
        assert_eq!(volume.base_from, None, "it needs nothing of the east");
        link.cut_after(0);
        let guest = Guest::open(&world, &volume.id).await;
        guest.compare(&model);
        world.assert_holds(&copy, &model).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_of_a_guest_on_a_copy_that_is_on_its_way_has_all_of_its_disk() {
    for (world, link) in worlds().await {
        let (source, mut model) = disk_in_the_east(&world).await;
        let (copy, _lease) = copy_on_its_way(&world, &link, &source).await;
        let volume = launched(&world, &copy).await;
        let guest = Guest::open(&world, &volume.id).await;
        link.cut_after(u64::MAX);
        model.scribble(&guest, 5);
        let call = world.call_as("111111111111", WEST);
        let request = volumes::CreateSnapshot {
            volume: volume.id.clone(),
            spec: Default::default(),
        };
        let made = volumes::create_snapshot(&world.volumes, &call, request)
            .await
            .unwrap();
        // The copy that it was launched from is given up meanwhile, and so is its source.
        volumes::delete_snapshot(&world.volumes, &call, &copy.id)
            .await
            .unwrap();
        volumes::delete_snapshot(&world.volumes, &world.call(), &source.id)
            .await
            .unwrap();
        world.volumes.db().free_all_leases().await.unwrap();
        world.run_jobs().await;
        let made = world.look(&made).await;
        world.assert_holds(&made, &model).await;
        guest.compare(&model);
        let volume = world.look_volume(&volume.id).await.unwrap();
        assert_eq!(volume.base_from, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_waits_can_be_sent_away_and_found_again_after_a_restart() {
    for (world, link) in worlds().await {
        let (source, model) = disk_in_the_east(&world).await;
        let (copy, _lease) = copy_on_its_way(&world, &link, &source).await;
        let volume = launched(&world, &copy).await;
        let guest = Guest::open(&world, &volume.id).await;
        let waiting = std::thread::spawn(move || guest.run(&["read 0 4096".to_owned()]));
        let refused = link.refused();
        while link.refused() < refused + 2 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        soon(volumes::close(&world.volumes, &volume.id))
            .await
            .unwrap();
        let told = waiting.join().unwrap();
        assert!(told.is_err(), "it was answered: {told:?}");
        let world = soon(world.restart()).await;
        // The source's image is deleted: what is on its way is held nevertheless.
        volumes::delete_snapshot(&world.volumes, &world.call(), &source.id)
            .await
            .unwrap();
        let guest = Guest::open(&world, &volume.id).await;
        let reading = compare_meanwhile(guest, &model);
        link.cut_after(u64::MAX);
        soon(async { tokio::task::spawn_blocking(|| reading.join()).await })
            .await
            .unwrap()
            .unwrap();
        world.run_jobs().await;
        let copy = world.look(&copy).await;
        world.assert_holds(&copy, &model).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_data_is_an_error_and_a_copy_of_a_copy_comes_from_the_first_source() {
    for (world, link) in worlds().await {
        let (source, model) = disk_in_the_east(&world).await;
        let (copy, _lease) = copy_on_its_way(&world, &link, &source).await;
        let request = volumes::CopySnapshot {
            encryption: volumes::Asked::default(),
            source_region: region(WEST),
            source: copy.id.clone(),
            description: None,
            tags: Default::default(),
        };
        let call = world.call_as("111111111111", WEST);
        let second = volumes::copy_snapshot(&world.volumes, &call, request)
            .await
            .unwrap();
        let second = Snapshot {
            id: second,
            ..copy.clone()
        };
        let volume = launched(&world, &copy).await;
        let guest = Guest::open(&world, &volume.id).await;
        link.lose(true);
        let told = guest.run(&["read 0 4096".to_owned()]);
        assert!(told.unwrap_err().contains("Input/output error"));
        link.lose(false);
        link.cut_after(u64::MAX);
        guest.compare(&model);
        world.volumes.db().free_all_leases().await.unwrap();
        world.run_jobs().await;
        for snapshot in [copy, second] {
            let snapshot = world.look(&snapshot).await;
            world.assert_holds(&snapshot, &model).await;
            let disk = world.store(WEST);
            let tree = snapshot.tree.as_ref().unwrap();
            assert!(disk.verify(tree, &Domain::Plain).await.unwrap().ok());
        }
    }
}
