//! What the first machine reads is what the next one finds in memory.

mod world;

use base::SnapshotId;
use std::path::Path;
use volumes::{CopySnapshot, Snapshot};
use world::{EAST, Guest, Model, WEST, World, region, schema};

const MIB: u64 = 1 << 20;

/// A machine's first boot, which reads these ranges of a disk that [`Model`] wrote.
async fn boot(world: &World, snapshot: &Snapshot, reads: &[String]) {
    let volume = world.volume_of(None, Some(snapshot)).await;
    let export = volumes::open_to_boot(&world.volumes, &volume.id).await;
    Guest::of(&export.unwrap()).run(reads).unwrap();
    volumes::close(&world.volumes, &volume.id).await.unwrap();
}

async fn disk_of(world: &World, mib: u64) -> (Snapshot, Model) {
    let volume = world.volume(1).await;
    let guest = Guest::open(world, &volume.id).await;
    let mut model = Model::new(1, 7);
    for at in 0..mib {
        let bytes = model.bytes(MIB);
        model.write(at * MIB, &bytes);
    }
    let path = world.files.path().join("source");
    std::fs::write(&path, model.read(0, mib * MIB)).unwrap();
    guest
        .run(&[format!("write -q -s {} 0 {mib}M", path.display())])
        .unwrap();
    (world.snapshot(&volume.id).await, model)
}

async fn prefetched(world: &World, snapshot: &Snapshot) -> (Option<u64>, Guest) {
    let volume = world.volume_of(None, Some(snapshot)).await;
    let export = volumes::open_to_boot(&world.volumes, &volume.id).await;
    let bytes = volumes::prefetched(&world.volumes, &volume.id).await;
    (bytes, Guest::of(&export.unwrap()))
}

fn empty_files(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            empty_files(&path);
        } else {
            let file = std::fs::File::options().write(true).open(path).unwrap();
            file.set_len(0).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_machine_finds_what_it_boots_from_in_memory() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database).await;
        let (snapshot, _) = disk_of(&world, 16).await;
        boot(
            &world,
            &snapshot,
            &["read 9M 2M".into(), "read 1M 1M".into()],
        )
        .await;
        let world = world.restart().await;
        let (bytes, guest) = prefetched(&world, &snapshot).await;
        let bytes = bytes.expect("what the first machine read is prefetched");
        assert!((3 * MIB..5 * MIB).contains(&bytes), "{bytes} bytes");
        empty_files(&world.packs(EAST));
        guest
            .run(&["read 9M 2M".into(), "read 1M 1M".into()])
            .unwrap();
        guest.run(&["read 5M 1M".into()]).unwrap_err();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_begins_with_the_order_of_its_source() {
    let world = World::new(testkit::sqlite(&schema()).await).await;
    let (snapshot, _) = disk_of(&world, 4).await;
    boot(&world, &snapshot, &["read 1M 2M".into()]).await;
    let id = copy(&world, &snapshot, WEST).await;
    world.run_jobs().await;
    let copied = world
        .look(&Snapshot {
            id,
            ..snapshot.clone()
        })
        .await;
    let world = world.restart().await;
    let request = world::wanted(WEST, None, Some(&copied));
    let call = world.call_as("111111111111", WEST);
    let volume = volumes::create_volume(&world.volumes, &call, request).await;
    let volume = volume.unwrap();
    volumes::open_to_boot(&world.volumes, &volume.id)
        .await
        .unwrap();
    let bytes = volumes::prefetched(&world.volumes, &volume.id).await;
    assert!(bytes.is_some_and(|bytes| bytes >= 2 * MIB), "{bytes:?}");
}

async fn copy(world: &World, source: &Snapshot, to: &str) -> SnapshotId {
    let request = CopySnapshot {
        source_region: region(EAST),
        source: source.id.clone(),
        description: None,
        encryption: volumes::Asked::default(),
        tags: base::Tags::new(),
    };
    let call = world.call_as("111111111111", to);
    volumes::copy_snapshot(&world.volumes, &call, request)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_nobody_boots_from_is_not_recorded() {
    let world = World::new(testkit::sqlite(&schema()).await).await;
    let (snapshot, _) = disk_of(&world, 4).await;
    // Attached as data, and read.
    let volume = world.volume_of(None, Some(&snapshot)).await;
    let guest = Guest::open(&world, &volume.id).await;
    guest.run(&["read 0 4M".into()]).unwrap();
    volumes::close(&world.volumes, &volume.id).await.unwrap();
    assert_eq!(prefetched(&world, &snapshot).await.0, None);
    // Booted from, but hardly read.
    let world = world.restart().await;
    boot(&world, &snapshot, &["read 0 64k".into()]).await;
    assert_eq!(prefetched(&world, &snapshot).await.0, None);
}
