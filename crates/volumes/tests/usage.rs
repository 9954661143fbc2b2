//! Who is charged for what: what moves between Regions is on the source's owner, what is held on
//! whoever holds it, and each byte is on record once, whoever is killed, runs again or gives up.

#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod world;

use base::AccountId;
use blocks::Backend;
use identity::Call;
use std::collections::BTreeMap;
use std::sync::Arc;
use volumes::{Asked, NewVolume, ShapeRequest, ShareSnapshot, Sharee, Snapshot, SnapshotState};
use volumes::{Usage, UsageSearch, Volume, VolumeKind};
use world::link::Link;
use world::*;

const ANN: &str = "111111111111";
const BEN: &str = "222222222222";
const CAT: &str = "333333333333";
const STORED: &str = "EBS:SnapshotUsage";
const STORED_WEST: &str = "USW2-EBS:SnapshotUsage";
const MOVED: &str = "USE1-USW2-AWS-Out-Bytes";

async fn usage(world: &World) -> Vec<Usage> {
    let all = UsageSearch::default();
    volumes::usage(world.volumes.db(), &all).await.unwrap()
}

/// The sums by account and usage type, without those that are nothing.
async fn sums(world: &World) -> BTreeMap<(String, String), i64> {
    let mut sums = BTreeMap::new();
    for row in usage(world).await {
        let key = (row.account.to_string(), row.usage_type);
        *sums.entry(key).or_insert(0) += row.quantity;
    }
    sums.retain(|_, sum| *sum != 0);
    sums
}

async fn sum(world: &World, account: &str, usage_type: &str) -> i64 {
    let key = (account.to_owned(), usage_type.to_owned());
    sums(world).await.get(&key).copied().unwrap_or(0)
}

/// Bytes that the index of a Region leads to.
async fn indexed(world: &World, region: &str) -> i64 {
    let index = volumes::collection(world.volumes.db().clone());
    let packs = index.packs(region).await.unwrap();
    i64::try_from(packs.iter().map(|pack| pack.live).sum::<u64>()).unwrap()
}

fn held(snapshot: &Snapshot) -> i64 {
    assert_eq!(snapshot.state, SnapshotState::Completed);
    i64::try_from(snapshot.data_bytes.unwrap()).unwrap()
}

/// A disk with so many MiB of random bytes, its snapshot in the east, shared with the others.
async fn shared_disk(world: &World, mib: u64, asked: Asked) -> (Snapshot, Model) {
    let mut model = Model::new(1, 41);
    let request = volumes::CreateVolume {
        encryption: asked,
        ..wanted(EAST, Some(1), None)
    };
    let volume = volumes::create_volume(&world.volumes, &world.call(), request)
        .await
        .unwrap();
    let bytes = model.bytes(mib << 20);
    model.write(0, &bytes);
    let path = world.files.path().join("disk");
    std::fs::write(&path, &bytes).unwrap();
    let guest = Guest::open(world, &volume.id).await;
    let write = format!("write -s {} 0 {}", path.display(), bytes.len());
    guest.run(&[write]).unwrap();
    std::fs::remove_file(path).unwrap();
    volumes::close(&world.volumes, &volume.id).await.unwrap();
    let snapshot = world.snapshot(&volume.id).await;
    share(world, &world.call(), &snapshot).await;
    (snapshot, model)
}

async fn share(world: &World, call: &Call, snapshot: &Snapshot) {
    let add = [BEN, CAT].map(|name| Sharee::Account(AccountId::parse(name).unwrap()));
    let share = ShareSnapshot {
        add: add.to_vec(),
        remove: vec![],
    };
    volumes::share_snapshot(&world.volumes, call, &snapshot.id, share)
        .await
        .unwrap();
}

async fn begin_copy(world: &World, call: &Call, source: &Snapshot, asked: Asked) -> Snapshot {
    let request = volumes::CopySnapshot {
        source_region: source.region.clone(),
        source: source.id.clone(),
        description: None,
        encryption: asked,
        tags: Default::default(),
    };
    let id = volumes::copy_snapshot(&world.volumes, call, request)
        .await
        .unwrap();
    let copy = Snapshot {
        id,
        ..source.clone()
    };
    world.look(&copy).await
}

async fn copy(world: &World, call: &Call, source: &Snapshot, asked: Asked) -> Snapshot {
    let begun = begin_copy(world, call, source, asked).await;
    world.run_jobs().await;
    let copy = world.look(&begun).await;
    assert_eq!(
        copy.state,
        SnapshotState::Completed,
        "{:?}",
        copy.state_message
    );
    copy
}

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

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_is_cut_off_and_runs_again_charges_the_sources_owner_once() {
    for (mut world, link) in worlds().await {
        let (source, model) = shared_disk(&world, 96, Asked::default()).await;
        let west = world.call_as(BEN, WEST);
        let begun = begin_copy(&world, &west, &source, Asked::default()).await;
        // Each attempt comes a little further, until one leaves something behind.
        let (mut seen, mut reads) = (0, 16);
        while seen == 0 {
            reads += reads / 4;
            link.cut_after(reads);
            let lease = world.lease().await.unwrap();
            assert!(soon(world.run(&lease)).await.is_err(), "it was not cut");
            // What has arrived is on record before the copy is complete.
            seen = sum(&world, ANN, MOVED).await;
            assert_eq!(seen, indexed(&world, WEST).await);
            world = world.restart().await;
        }
        link.cut_after(u64::MAX);
        world.run_jobs().await;
        let done = world.look(&begun).await;
        world.assert_holds(&done, &model).await;
        let moved = sum(&world, ANN, MOVED).await;
        assert!(moved > seen, "nothing was left to the last attempt");
        assert_eq!(moved, indexed(&world, WEST).await);
        assert!(moved >= 96 << 20, "what is random cannot be made smaller");

        // Again, when all is there.
        let again = copy(&world, &west, &source, Asked::default()).await;
        let expected = [
            ((ANN, MOVED), moved),
            ((ANN, STORED), held(&source)),
            ((BEN, STORED_WEST), held(&done) + held(&again)),
        ];
        let expected = expected.map(|((a, b), sum)| ((a.to_owned(), b.to_owned()), sum));
        assert_eq!(sums(&world).await, expected.into());
        for row in usage(&world).await {
            if row.usage_type == MOVED {
                assert_eq!(row.resource, source.id.to_string());
                assert_eq!(row.region, source.region);
                assert_eq!(row.caused_by.as_str(), BEN);
                assert!(row.id.starts_with(&format!("{}/", done.id)), "{}", row.id);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_encrypted_copy_is_charged_for_what_comes_and_not_for_what_is_made_beside_it() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database).await;
        let sealed = Asked {
            encrypted: Some(true),
            key: None,
        };
        let (plain, _) = shared_disk(&world, 3, Asked::default()).await;
        // A plain disk that is sealed as it arrives.
        let west = world.call_as(BEN, WEST);
        let first = copy(&world, &west, &plain, sealed.clone()).await;
        assert!(first.encrypted);
        let (moved, there) = (sum(&world, ANN, MOVED).await, indexed(&world, WEST).await);
        assert!(3 << 20 <= moved && moved < there, "{moved} of {there}");
        // A sealed disk that goes as it is: its owner pays for both.
        let mine = copy(&world, &world.call(), &plain, sealed.clone()).await;
        assert_eq!(sum(&world, ANN, MOVED).await, moved, "within a Region");
        let ann = world.call_as(ANN, WEST);
        let second = copy(&world, &ann, &mine, Asked::default()).await;
        assert!(second.encrypted);
        let more = sum(&world, ANN, MOVED).await - moved;
        let there = indexed(&world, WEST).await - there;
        assert!(3 << 20 <= more && more < there, "{more} of {there}");
        assert_eq!(sum(&world, BEN, MOVED).await, 0);
        assert_eq!(sum(&world, BEN, STORED_WEST).await, held(&first));
        assert_eq!(sum(&world, ANN, STORED_WEST).await, held(&second));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_in_the_same_region_moves_nothing_and_what_is_deleted_is_held_no_more() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database).await;
        let (source, _) = shared_disk(&world, 1, Asked::default()).await;
        let ben = world.call_as(BEN, EAST);
        let copied = copy(&world, &ben, &source, Asked::default()).await;
        world.clock.advance(60);
        let later = world.volumes.clock().now();
        let expected = [(ANN, held(&source)), (BEN, held(&copied))];
        let expected = expected.map(|(name, sum)| ((name.to_owned(), STORED.to_owned()), sum));
        assert_eq!(sums(&world).await, expected.into());
        // A pending one holds nothing yet, and leaves nothing behind.
        let pending = begin_copy(&world, &ben, &source, Asked::default()).await;
        for (call, snapshot) in [
            (world.call_as(BEN, EAST), &pending),
            (world.call_as(BEN, EAST), &copied),
            (world.call(), &source),
        ] {
            volumes::delete_snapshot(&world.volumes, &call, &snapshot.id)
                .await
                .unwrap();
        }
        world.run_jobs().await;
        assert_eq!(sums(&world).await, BTreeMap::new());
        assert_eq!(usage(&world).await.len(), 4, "nothing is removed");
        let search = UsageSearch {
            account: Some(AccountId::parse(BEN).unwrap()),
            since: Some(later),
        };
        let found = volumes::usage(world.volumes.db(), &search).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].operation, "DeleteSnapshot");
        assert_eq!(found[0].quantity, -held(&copied));
    }
}

/// What the snapshots hold, once all references are counted.
async fn own_bytes(world: &World, snapshots: &[&Snapshot]) -> Vec<u64> {
    let index = volumes::collection(world.volumes.db().clone());
    while !index.count(EAST, 16).await.unwrap() {}
    let held = volumes::held(world.volumes.db(), None).await.unwrap();
    let own = |snapshot: &&Snapshot| {
        let found = held.iter().find(|held| held.snapshot == snapshot.id);
        let found = found.unwrap();
        assert_eq!(Some(found.full_bytes), snapshot.data_bytes);
        found.own_bytes.unwrap()
    };
    snapshots.iter().map(own).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_a_snapshots_own_is_what_deleting_it_frees() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database).await;
        let (first, mut model) = shared_disk(&world, 20, Asked::default()).await;
        let volume = world.volume_of(None, Some(&first)).await;
        let guest = Guest::open(&world, &volume.id).await;
        model.scribble(&guest, 12);
        let second = world.snapshot(&volume.id).await;
        // A volume needs all that the snapshot has which it lies on.
        assert_eq!(own_bytes(&world, &[&second]).await, [0]);
        for id in [&first.volume, &volume.id.to_string()] {
            let id = base::ResourceId::parse(id).unwrap();
            volumes::delete_volume(&world.volumes, &world.call(), &id)
                .await
                .unwrap();
        }
        world.run_jobs().await;
        let twin = copy(&world, &world.call(), &first, Asked::default()).await;
        let [a, b, c] = own_bytes(&world, &[&first, &second, &twin]).await[..] else {
            unreachable!("there are three")
        };
        assert_eq!((a, c), (0, 0), "they are the same disk");
        assert!(b > 100_000, "{b}");
        for (gone, own) in [(&twin, c), (&second, b), (&first, 0)] {
            let expected = match gone.id == first.id {
                true => own_bytes(&world, &[&first]).await[0],
                false => own,
            };
            let freed = freed_by_deleting(&world, gone).await;
            assert_eq!(freed, expected, "{}", gone.id);
        }
        assert_eq!(indexed(&world, EAST).await, 0);
    }
}

async fn freed_by_deleting(world: &World, snapshot: &Snapshot) -> u64 {
    let before = indexed(world, EAST).await;
    volumes::delete_snapshot(&world.volumes, &world.call(), &snapshot.id)
        .await
        .unwrap();
    let index = volumes::collection(world.volumes.db().clone());
    while index.notice(EAST, 1, 1000).await.unwrap() > 0 {}
    while index.sweep(EAST, 1, 2, 1000).await.unwrap().more {}
    u64::try_from(before - indexed(world, EAST).await).unwrap()
}

/// A volume as a launch makes it.
async fn launched(world: &World, call: &Call, snapshot: &Snapshot) -> Volume {
    let request = wanted(WEST, None, Some(snapshot));
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
        encryption: Asked::default(),
        tags: Default::default(),
    };
    let mut tx = world.volumes.db().begin().await.unwrap();
    let permit = identity::authorize_new(&mut tx, call, identity::Action("ec2:Test"))
        .await
        .unwrap();
    let volume = volumes::create_volume_in(&world.volumes, &mut tx, (call, &permit), new)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    volume
}

/// Ben's copy to the west, whose link is cut for a moment after its first read: machines may be
/// launched on it. Its job stays leased.
async fn on_its_way(world: &World, link: &Link) -> (Snapshot, Call) {
    let (source, _) = shared_disk(world, 2, Asked::default()).await;
    let ben = world.call_as(BEN, WEST);
    let begun = begin_copy(world, &ben, &source, Asked::default()).await;
    let lease = world.lease().await.unwrap();
    link.cut_after(1);
    assert!(soon(world.run(&lease)).await.is_err());
    link.cut_after(u64::MAX);
    (world.look(&begun).await, ben)
}

/// A snapshot of a machine that wrote on a copy which is on its way: it needs all of the disk.
async fn snapshot_of_guest(world: &World, call: &Call, copy: &Snapshot) -> Volume {
    let volume = launched(world, call, copy).await;
    let guest = Guest::open(world, &volume.id).await;
    guest.run(&["read 0 1M".to_owned()]).unwrap();
    assert!(usage(world).await.iter().all(|row| row.usage_type != MOVED));
    guest.run(&["write -P 7 100M 64k".to_owned()]).unwrap();
    let request = volumes::CreateSnapshot {
        volume: volume.id.clone(),
        spec: Default::default(),
    };
    volumes::create_snapshot(&world.volumes, call, request)
        .await
        .unwrap();
    volume
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_snapshot_of_a_guest_brings_of_a_copy_on_its_way_is_charged_like_the_copy() {
    for (world, link) in worlds().await {
        let (begun, ben) = on_its_way(&world, &link).await;
        snapshot_of_guest(&world, &ben, &begun).await;
        assert_eq!(indexed(&world, WEST).await, 0);
        world.run_jobs().await;
        assert_eq!(world.look(&begun).await.state, SnapshotState::Pending);
        let moved = sum(&world, ANN, MOVED).await;
        let there = indexed(&world, WEST).await;
        assert!(2 << 20 <= moved && moved < there, "{moved} of {there}");
        world.volumes.db().free_all_leases().await.unwrap();
        world.run_jobs().await;
        assert_eq!(world.look(&begun).await.state, SnapshotState::Completed);
        assert_eq!(sum(&world, ANN, MOVED).await, moved, "all was there");
        assert_eq!(sum(&world, BEN, MOVED).await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_guest_needs_of_a_copy_that_is_gone_is_charged_to_its_own_owner() {
    for (world, link) in worlds().await {
        let (begun, ben) = on_its_way(&world, &link).await;
        let volume = snapshot_of_guest(&world, &ben, &begun).await;
        volumes::delete_snapshot(&world.volumes, &ben, &begun.id)
            .await
            .unwrap();
        world.run_jobs().await;
        assert!(sum(&world, BEN, MOVED).await >= 2 << 20);
        assert_eq!(sum(&world, ANN, MOVED).await, 0);
        let rows = usage(&world).await;
        let moved = rows.iter().find(|row| row.usage_type == MOVED).unwrap();
        assert_eq!(moved.resource, volume.id.to_string());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_a_copy_on_its_way_within_its_region_is_charged_like_that_one() {
    for (world, link) in worlds().await {
        let (begun, ben) = on_its_way(&world, &link).await;
        let cat = world.call_as(CAT, WEST);
        share(&world, &ben, &begun).await;
        let copied = copy(&world, &cat, &begun, Asked::default()).await;
        assert_eq!(world.look(&begun).await.state, SnapshotState::Pending);
        assert!(sum(&world, ANN, MOVED).await >= 2 << 20);
        assert_eq!(sum(&world, BEN, MOVED).await, 0);
        let theirs = sum(&world, CAT, STORED_WEST).await;
        assert_eq!(theirs, held(&copied));
    }
}
