//! Volumes and snapshots from outside, on both databases, with a real store and a real NBD client.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a suite that cannot be set up must fail loudly"
)]

mod world;

use base::{InstanceId, Reason, ResourceId, Subject, SystemEntropy};
use identity::{Action, Permit};
use std::time::Duration;
use volumes::{Attachment, AttachmentState, Snapshot, SnapshotState, VolumeState};
use world::*;

#[tokio::test(flavor = "multi_thread")]
async fn what_a_guest_wrote_is_in_the_snapshot_and_in_volumes_made_from_it() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database).await;
        let mut model = Model::new(1, 11);
        let volume = world.volume(1).await;
        let guest = Guest::open(&world, &volume.id).await;
        model.scribble(&guest, 12);
        let first = world.snapshot(&volume.id).await;
        world.assert_holds(&first, &model).await;
        assert_eq!(
            (first.progress, first.volume.as_str()),
            (100, volume.id.as_ref())
        );
        assert!(first.data_bytes.unwrap() > 0);
        let kept = model.copy();
        guest.compare(&model);
        model.scribble(&guest, 6);
        let second = world.snapshot(&volume.id).await;
        world.assert_holds(&second, &model).await;
        world.assert_holds(&first, &kept).await;
        let restored = world.volume_of(Some(2), Some(&first)).await;
        let mut grown = kept.copy();
        grown.grow(2);
        let other = Guest::open(&world, &restored.id).await;
        other.compare(&grown);
        grown.scribble(&other, 5);
        let third = world.snapshot(&restored.id).await;
        world.assert_holds(&third, &grown).await;
        guest.compare(&model);
        let noted = world.look_volume(&volume.id).await.unwrap();
        assert_eq!(Some(noted.base), second.tree, "{}", world.database.engine);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn snapshots_of_one_volume_finish_in_any_order() {
    for (n, order) in [[2, 1, 0], [1, 0, 2], [0, 2, 1]].into_iter().enumerate() {
        let world = World::new(testkit::sqlite(&schema()).await).await;
        let mut model = Model::new(1, 21 + n as u64);
        let volume = world.volume(1).await;
        let guest = Guest::open(&world, &volume.id).await;
        let mut begun = Vec::new();
        for _ in 0..3 {
            model.scribble(&guest, 4);
            begun.push((world.begin_snapshot(&volume.id).await, model.copy()));
        }
        let same = world.begin_snapshot(&volume.id).await;
        begun.push((same, model.copy()));
        model.scribble(&guest, 4);
        let mut leases = Vec::new();
        while let Some(lease) = world.lease().await {
            leases.push(lease);
        }
        assert_eq!(leases.len(), 4);
        let of = |snapshot: &Snapshot| {
            let text = format!("{:?}", snapshot.id.as_ref());
            leases
                .iter()
                .find(|lease| format!("{lease:?}").contains(text.trim_matches('"')))
        };
        for at in order {
            world.run(of(&begun[at].0).unwrap()).await.unwrap();
            // What follows (rebasing) runs between, and the process ends and begins.
            while let Some(lease) = world.lease().await {
                world.run(&lease).await.unwrap();
            }
        }
        world.run(of(&begun[3].0).unwrap()).await.unwrap();
        world.run_jobs().await;
        for (snapshot, model) in &begun {
            world.assert_holds(&world.look(snapshot).await, model).await;
        }
        guest.compare(&model);
        let last = world.snapshot(&volume.id).await;
        world.assert_holds(&last, &model).await;
        assert_eq!(
            world.look_volume(&volume.id).await.unwrap().base,
            last.tree.unwrap()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_between_freeze_and_upload_loses_nothing() {
    let mut world = World::new(testkit::sqlite(&schema()).await).await;
    let mut model = Model::new(1, 31);
    let volume = world.volume(1).await;
    let mut begun = Vec::new();
    for _ in 0..3 {
        let guest = Guest::open(&world, &volume.id).await;
        model.scribble(&guest, 4);
        begun.push((world.begin_snapshot(&volume.id).await, model.copy()));
        // The newest job is taken by a process that dies.
        let _lost = world.lease().await.unwrap();
        world = world.restart().await;
    }
    world.run_jobs().await;
    for (snapshot, model) in &begun {
        world.assert_holds(&world.look(snapshot).await, model).await;
    }
    Guest::open(&world, &volume.id).await.compare(&model);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_is_killed_anywhere_is_finished_by_the_next_run() {
    let world = World::new(testkit::sqlite(&schema()).await).await;
    let mut model = Model::new(1, 41);
    let volume = world.volume(1).await;
    let guest = Guest::open(&world, &volume.id).await;
    model.scribble(&guest, 40);
    let snapshot = world.begin_snapshot(&volume.id).await;
    let mut killed = 0;
    for step in 0..400u64 {
        let Some(lease) = world.lease().await else {
            break;
        };
        let patience = Duration::from_micros(300 * step);
        if tokio::time::timeout(patience, world.run(&lease))
            .await
            .is_err()
        {
            killed += 1;
            world
                .volumes
                .db()
                .put_back(&lease, world.volumes.clock().now())
                .await
                .unwrap();
        }
        // A guest writes on meanwhile, which must not show.
        if step % 10 == 0 {
            guest.run(&["write -P 0xab 700M 64k".to_owned()]).unwrap();
        }
    }
    world.run_jobs().await;
    assert!(killed > 3, "only {killed} kills");
    world
        .assert_holds(&world.look(&snapshot).await, &model)
        .await;
    model.write(700 << 20, &[0xab; 65536]);
    guest.compare(&model);
    let other = world.snapshot(&volume.id).await;
    world.assert_holds(&other, &model).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_volume_that_nobody_opened_is_snapshotted_without_writing_a_chunk() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database).await;
        let mut model = Model::new(1, 51);
        let volume = world.volume(1).await;
        model.scribble(&Guest::open(&world, &volume.id).await, 4);
        let first = world.snapshot(&volume.id).await;
        let before = world.store(EAST).totals().await.unwrap();
        let unopened = world.volume_of(None, Some(&first)).await;
        let second = world.snapshot(&unopened.id).await;
        assert_eq!(second.tree, first.tree);
        assert_eq!(world.store(EAST).totals().await.unwrap(), before);
        assert!(
            !world
                .files
                .path()
                .join("volumes")
                .join(unopened.id.as_ref())
                .exists()
        );
        // Opening it after the freeze does not change the snapshot.
        let late = world.begin_snapshot(&unopened.id).await;
        let guest = Guest::open(&world, &unopened.id).await;
        guest.run(&["write -P 1 0 4096".to_owned()]).unwrap();
        world.run_jobs().await;
        assert_eq!(world.look(&late).await.tree, first.tree);
        let empty = world.volume(3).await;
        let nothing = world.snapshot(&empty.id).await;
        assert_eq!(
            (nothing.data_bytes, nothing.state),
            (Some(0), SnapshotState::Completed)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_moves_only_what_its_region_lacks() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database).await;
        let mut model = Model::new(1, 61);
        let volume = world.volume(1).await;
        let guest = Guest::open(&world, &volume.id).await;
        model.scribble(&guest, 20);
        let first = world.snapshot(&volume.id).await;
        let before = world.store(EAST).totals().await.unwrap();
        let copy = |source: &Snapshot, to: &'static str| {
            let request = volumes::CopySnapshot {
                encryption: volumes::Asked::default(),
                source_region: region(EAST),
                source: source.id.clone(),
                description: None,
                tags: Default::default(),
            };
            let call = world.call_as("111111111111", to);
            let volumes = world.volumes.clone();
            async move {
                volumes::copy_snapshot(&volumes, &call, request)
                    .await
                    .unwrap()
            }
        };
        let here = copy(&first, EAST).await;
        world.run_jobs().await;
        let here = world
            .look(&Snapshot {
                id: here,
                ..first.clone()
            })
            .await;
        assert_eq!(
            (&here.tree, here.state),
            (&first.tree, SnapshotState::Completed)
        );
        assert_eq!(
            (here.volume.as_str(), here.data_bytes),
            ("vol-ffffffff", first.data_bytes)
        );
        assert_eq!(world.store(EAST).totals().await.unwrap(), before);
        let there = copy(&first, WEST).await;
        world.run_jobs().await;
        let there = world
            .look(&Snapshot {
                id: there,
                ..first.clone()
            })
            .await;
        assert_eq!(there.region, region(WEST));
        world.assert_holds(&there, &model).await;
        let moved = world.store(WEST).totals().await.unwrap().bytes;
        let bytes = model.bytes(65536);
        model.write(5 << 20, &bytes);
        let path = world.files.path().join("piece");
        std::fs::write(&path, &bytes).unwrap();
        guest
            .run(&[format!("write -s {} {} 65536", path.display(), 5 << 20)])
            .unwrap();
        let second = world.snapshot(&volume.id).await;
        let again = copy(&second, WEST).await;
        world.run_jobs().await;
        let again = world
            .look(&Snapshot {
                id: again,
                ..second.clone()
            })
            .await;
        world.assert_holds(&again, &model).await;
        let more = world.store(WEST).totals().await.unwrap().bytes - moved;
        assert!(
            more < moved / 4,
            "the second copy moved {more} bytes, the first {moved}"
        );
        // Independent of the source from then on.
        let call = world.call();
        volumes::delete_snapshot(&world.volumes, &call, &first.id)
            .await
            .unwrap();
        volumes::delete_snapshot(&world.volumes, &call, &second.id)
            .await
            .unwrap();
        world.assert_holds(&again, &model).await;
    }
}

async fn permit(world: &World, tx: &mut store::Tx) -> Permit {
    identity::authorize_new(tx, &world.call(), Action("ec2:Test"))
        .await
        .unwrap()
}

fn attachment() -> Attachment {
    Attachment {
        instance: InstanceId::random(&SystemEntropy),
        device: "/dev/sda1".into(),
        delete_on_termination: true,
        state: AttachmentState::Attached,
        attached_at: base::Timestamp::from_millis(5),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attached_volume_is_served_again_after_a_restart() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database).await;
        let mut model = Model::new(1, 71);
        let volume = world.volume(1).await;
        let export = volumes::open(&world.volumes, &volume.id).await.unwrap();
        assert_eq!(
            export,
            volumes::open(&world.volumes, &volume.id).await.unwrap()
        );
        assert_eq!(export.serial, volume.id.as_ref().replace('-', ""));
        let guest = Guest::of(&export);
        model.scribble(&guest, 6);
        let mut tx = world.volumes.db().begin().await.unwrap();
        let permit = permit(&world, &mut tx).await;
        let at = attachment();
        let used = volumes::attach_in(&mut tx, &permit, &volume, at.clone())
            .await
            .unwrap();
        let again = volumes::attach_in(&mut tx, &permit, &used, at.clone())
            .await
            .unwrap_err();
        assert_eq!(
            (again.reason, again.subject),
            (Reason::InUse, Subject::Volume)
        );
        assert_eq!(
            volumes::attached_to(&mut tx, &at.instance).await.unwrap(),
            [used]
        );
        tx.commit().await.unwrap();
        let world = world.restart().await;
        guest.compare(&model);
        let call = world.call();
        let refused = volumes::delete_volume(&world.volumes, &call, &volume.id)
            .await
            .unwrap_err();
        assert_eq!(
            (refused.reason, refused.subject),
            (Reason::InUse, Subject::Volume)
        );
        volumes::close(&world.volumes, &volume.id).await.unwrap();
        volumes::close(&world.volumes, &volume.id).await.unwrap();
        assert!(guest.run(&["read 0 512".to_owned()]).is_err());
        // A detached volume is not served by itself, and is what it was when it is opened.
        let mut tx = world.volumes.db().begin().await.unwrap();
        let used = volumes::volume_for(&mut tx, call.account(), &volume.id)
            .await
            .unwrap();
        let free = volumes::detach_in(&mut tx, &permit, &used).await.unwrap();
        assert_eq!(
            (free.state, free.attachment),
            (VolumeState::Available, None)
        );
        tx.commit().await.unwrap();
        let world = world.restart().await;
        assert!(guest.run(&["read 0 512".to_owned()]).is_err());
        let snapshot = world.snapshot(&volume.id).await;
        world.assert_holds(&snapshot, &model).await;
        Guest::open(&world, &volume.id).await.compare(&model);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_volume_is_gone_once_its_snapshots_are_safe() {
    let world = World::new(testkit::sqlite(&schema()).await).await;
    let mut model = Model::new(1, 81);
    let volume = world.volume(1).await;
    let guest = Guest::open(&world, &volume.id).await;
    model.scribble(&guest, 6);
    let snapshot = world.begin_snapshot(&volume.id).await;
    volumes::delete_volume(&world.volumes, &world.call(), &volume.id)
        .await
        .unwrap();
    assert!(
        volumes::open(&world.volumes, &volume.id)
            .await
            .unwrap_err()
            .is_not_found()
    );
    // Whichever job comes first.
    let mut leases = Vec::new();
    while let Some(lease) = world.lease().await {
        leases.push(lease);
    }
    leases.sort_by_key(|lease| lease.kind() != "volumes.remove-volume");
    for lease in leases {
        world.run(&lease).await.unwrap();
    }
    world.run_jobs().await;
    world
        .assert_holds(&world.look(&snapshot).await, &model)
        .await;
    assert!(
        world
            .look_volume(&volume.id)
            .await
            .unwrap_err()
            .is_not_found()
    );
    assert!(
        !world
            .files
            .path()
            .join("volumes")
            .join(volume.id.as_ref())
            .exists()
    );
    assert!(guest.run(&["read 0 512".to_owned()]).is_err());
    let again = volumes::delete_volume(&world.volumes, &world.call(), &volume.id).await;
    assert!(again.unwrap_err().is_not_found());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_that_an_image_holds_is_not_deleted() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database).await;
        let volume = world.volume(1).await;
        let snapshot = world.snapshot(&volume.id).await;
        let image = base::ImageId::random(&SystemEntropy);
        let mut tx = world.volumes.db().begin().await.unwrap();
        let permit = permit(&world, &mut tx).await;
        volumes::hold(&mut tx, &permit, &snapshot.id, &image)
            .await
            .unwrap();
        volumes::hold(&mut tx, &permit, &snapshot.id, &image)
            .await
            .unwrap();
        assert_eq!(
            volumes::holders(&mut tx, &snapshot.id).await.unwrap(),
            std::slice::from_ref(&image)
        );
        tx.commit().await.unwrap();
        let call = world.call();
        let refused = volumes::delete_snapshot(&world.volumes, &call, &snapshot.id).await;
        let refused = refused.unwrap_err();
        assert_eq!(
            (refused.reason, refused.subject),
            (Reason::InUse, Subject::Snapshot)
        );
        let text = format!(
            "The snapshot {} is currently in use by {image}",
            snapshot.id
        );
        assert_eq!(refused.message, text);
        let mut tx = world.volumes.db().begin().await.unwrap();
        let held = volumes::release(&mut tx, &permit, &image).await.unwrap();
        assert_eq!(held, std::slice::from_ref(&snapshot.id));
        tx.commit().await.unwrap();
        let stranger = world.call_as("222222222222", EAST);
        let refused = volumes::delete_snapshot(&world.volumes, &stranger, &snapshot.id).await;
        assert!(refused.unwrap_err().is_not_found());
        let elsewhere = world.call_as("111111111111", WEST);
        let refused = volumes::delete_snapshot(&world.volumes, &elsewhere, &snapshot.id).await;
        assert!(refused.unwrap_err().is_not_found());
        let rehearsal = identity::Call {
            dry_run: true,
            ..call.clone()
        };
        let dry = volumes::delete_snapshot(&world.volumes, &rehearsal, &snapshot.id).await;
        assert_eq!(dry.unwrap_err().reason, Reason::DryRun);
        volumes::delete_snapshot(&world.volumes, &call, &snapshot.id)
            .await
            .unwrap();
        let gone = volumes::delete_snapshot(&world.volumes, &call, &snapshot.id).await;
        assert!(gone.unwrap_err().is_not_found());
        // A pending one stops.
        Guest::open(&world, &volume.id)
            .await
            .run(&["write -P 7 0 64k".to_owned()])
            .unwrap();
        let pending = world.begin_snapshot(&volume.id).await;
        volumes::delete_snapshot(&world.volumes, &call, &pending.id)
            .await
            .unwrap();
        world.run_jobs().await;
        assert_eq!(world.volumes.db().jobs_left().await.unwrap(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_pack_is_an_error_to_the_guest_and_to_a_snapshot() {
    let world = World::new(testkit::sqlite(&schema()).await).await;
    let mut model = Model::new(1, 91);
    let volume = world.volume(1).await;
    model.scribble(&Guest::open(&world, &volume.id).await, 3);
    let bytes = model.bytes(1 << 20);
    let path = world.files.path().join("piece");
    std::fs::write(&path, &bytes).unwrap();
    let guest = Guest::open(&world, &volume.id).await;
    guest
        .run(&[format!("write -s {} 100M 1M", path.display())])
        .unwrap();
    let snapshot = world.snapshot(&volume.id).await;
    let restored = world.volume_of(None, Some(&snapshot)).await;
    let world = world.restart().await;
    let mut damaged = 0;
    let mut folders = vec![world.files.path().join("packs")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let mut bytes = std::fs::read(&path).unwrap();
            // The middle of the frames, which random data fills.
            let (from, to) = (bytes.len() / 4, bytes.len() / 2);
            bytes[from..to].iter_mut().for_each(|byte| *byte ^= 0x55);
            std::fs::write(&path, bytes).unwrap();
            damaged += 1;
        }
    }
    assert!(damaged > 0);
    let guest = Guest::open(&world, &restored.id).await;
    let error = guest.run(&["read 100M 1M".to_owned()]).unwrap_err();
    assert!(error.contains("Input/output error"), "{error}");
    // A part of a grain cannot be written over bytes that are lost; whole grains can.
    let mut parts = (0..16).map(|n| (100 << 20) + n * 65536);
    let part = parts.find(|at| guest.run(&[format!("read {at} 64k")]).is_err());
    let mut grains = (0..16).map(|n| part.unwrap() + n * 4096);
    let lost = grains.find(|at| guest.run(&[format!("read {at} 4k")]).is_err());
    let write = format!("write -P 3 {} 512", lost.unwrap());
    let error = guest.run(&[write]).unwrap_err();
    assert!(error.contains("Input/output error"), "{error}");
    guest
        .run(&[
            "write -P 3 102M 64k".to_owned(),
            "read -P 3 102M 64k".to_owned(),
        ])
        .unwrap();
    // A snapshot of it does not make the loss disappear.
    let begun = world.begin_snapshot(&restored.id).await;
    let lease = world.lease().await.unwrap();
    world.run(&lease).await.unwrap();
    let snapshot = world.look(&begun).await;
    match snapshot.state {
        SnapshotState::Completed => {
            let tree = snapshot.tree.unwrap();
            let disk = world
                .store(EAST)
                .disk(&tree, &blocks::Domain::Plain)
                .await
                .unwrap();
            let mut found = vec![0; 1 << 20];
            assert!(disk.read_at(100 << 20, &mut found).await.is_err());
        }
        SnapshotState::Error => assert!(snapshot.state_message.is_some()),
        SnapshotState::Pending => panic!("the job left it pending"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_a_request_still_holds_is_not_merged() {
    let world = World::new(testkit::sqlite(&schema()).await).await;
    let mut model = Model::new(1, 101);
    let volume = world.volume(1).await;
    let guest = Guest::open(&world, &volume.id).await;
    model.scribble(&guest, 4);
    let held = volumes::freeze(&world.volumes, std::slice::from_ref(&volume.id))
        .await
        .unwrap();
    let kept = model.copy();
    // A second request overtakes the first.
    model.scribble(&guest, 4);
    let second = world.begin_snapshot(&volume.id).await;
    world.run_jobs().await;
    world.assert_holds(&world.look(&second).await, &model).await;
    let call = world.call();
    let mut tx = world.volumes.db().begin().await.unwrap();
    let permit = permit(&world, &mut tx).await;
    let spec = volumes::SnapshotSpec::default();
    let id = volumes::begin_snapshot(&world.volumes, &mut tx, &permit, &volume, &held[0], spec);
    let id = id.await.unwrap();
    tx.commit().await.unwrap();
    drop(held);
    world.run_jobs().await;
    world.run_jobs().await;
    let first = world
        .look(&Snapshot {
            id,
            ..second.clone()
        })
        .await;
    assert_eq!(first.owner, *call.account());
    world.assert_holds(&first, &kept).await;
    guest.compare(&model);
    let base = world.look_volume(&volume.id).await.unwrap().base;
    assert_eq!(Some(base), world.look(&second).await.tree);
    assert_eq!(world.volumes.db().jobs_left().await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn making_and_opening_a_vast_volume_costs_what_a_small_one_does() {
    let world = World::new(testkit::sqlite(&schema()).await).await;
    let mut seconds = Vec::new();
    for size in [8, 1024] {
        let source = world.volume(size).await;
        let guest = Guest::open(&world, &source.id).await;
        guest.run(&["write -P 5 3G 1M".to_owned()]).unwrap();
        let snapshot = world.snapshot(&source.id).await;
        let begun = std::time::Instant::now();
        let volume = world.volume_of(None, Some(&snapshot)).await;
        volumes::open(&world.volumes, &volume.id).await.unwrap();
        seconds.push(begun.elapsed());
        let guest = Guest::open(&world, &volume.id).await;
        guest
            .run(&["read -P 5 3G 1M".to_owned(), "read -P 0 7G 64k".to_owned()])
            .unwrap();
    }
    println!("8 GiB: {:?}, 1 TiB: {:?}", seconds[0], seconds[1]);
    assert!(
        seconds[1] < seconds[0] * 5 + Duration::from_millis(200),
        "{seconds:?}"
    );
}
