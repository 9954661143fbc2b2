//! Encrypted volumes and snapshots from outside: which key they end under, that a copy moves keys
//! and no data, that nothing is in a file in the clear, and what a key that cannot be used does.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a suite that cannot be set up must fail loudly"
)]

mod world;

use aws_lc_rs::digest::{SHA256, digest};
use base::{AccountId, Reason, SnapshotId};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use identity::Call;
use keys::{CreateKey, Key, Lockout, Origin};
use std::path::Path;
use volumes::direct::{
    CompleteSnapshot, PutBlock, StartSnapshot, complete_snapshot, put_snapshot_block,
    start_snapshot,
};
use volumes::{Asked, ShareSnapshot, Sharee, Snapshot, SnapshotState, Volume, VolumeState};
use world::*;

const ANN: &str = "111111111111";
const BEN: &str = "222222222222";
const MARKER: &str = "0x5ec2e7";

/// What the guest writes: 512 bytes of a pattern, and how it looks in a file.
fn marker() -> Vec<u8> {
    vec![0xa7; 4096]
}

fn encrypted(key: Option<&str>) -> Asked {
    Asked {
        encrypted: Some(true),
        key: key.map(str::to_owned),
    }
}

async fn new_key(world: &World, call: &Call, friend: Option<&str>) -> Key {
    let account = call.account().as_str();
    let mut who = vec![format!("arn:aws:iam::{account}:root")];
    who.extend(friend.map(|friend| format!("arn:aws:iam::{friend}:root")));
    let policy = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow", "Principal": {"AWS": who}, "Action": "kms:*", "Resource": "*",
        }],
    });
    let request = CreateKey {
        policy: Some(policy.to_string()),
        description: MARKER.into(),
        origin: Origin::AwsKms,
        tags: Vec::new(),
        lockout: Lockout::Checked,
    };
    keys::create_key(world.volumes.keys(), call, request)
        .await
        .unwrap()
}

async fn volume(world: &World, call: &Call, from: Option<&Snapshot>, asked: Asked) -> Volume {
    let request = volumes::CreateVolume {
        encryption: asked,
        ..wanted(call.region.as_str(), Some(1), from)
    };
    volumes::create_volume(&world.volumes, call, request)
        .await
        .unwrap()
}

async fn copy(world: &World, call: &Call, source: &Snapshot, asked: Asked) -> Snapshot {
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
    world.run_jobs().await;
    look(world, &id).await
}

async fn look(world: &World, id: &SnapshotId) -> Snapshot {
    let mut tx = world.volumes.db().read().await.unwrap();
    let ids = [id.clone()];
    let mut found = volumes::snapshots_by_id(&mut tx, &ids).await.unwrap();
    found.remove(id).unwrap()
}

/// A volume in which the guest wrote the marker, and a snapshot of it.
async fn marked(world: &World, call: &Call, asked: Asked) -> (Volume, Snapshot) {
    let made = volume(world, call, None, asked).await;
    let guest = Guest::open(world, &made.id).await;
    guest
        .run(&[
            "write -P 0xa7 1M 256k".into(),
            "write -P 0xa7 100M 4k".into(),
        ])
        .unwrap();
    let snapshot = world.snapshot(&made.id).await;
    assert_eq!(
        snapshot.state,
        SnapshotState::Completed,
        "{:?}",
        snapshot.state_message
    );
    (made, snapshot)
}

async fn reads_marker(world: &World, id: &base::VolumeId) -> Result<String, String> {
    let guest = Guest::open(world, id).await;
    guest.run(&[
        "read -P 0xa7 1M 256k".into(),
        "read -P 0xa7 100M 4k".into(),
        "read -P 0 2M 1M".into(),
    ])
}

fn key_of(snapshot: &Snapshot) -> &str {
    &snapshot.sealing.as_ref().unwrap().key.arn
}

/// Whether some file below the folder holds these bytes.
fn holds(folder: &Path, what: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return holds(&path, what);
        }
        let Ok(bytes) = std::fs::read(&path) else {
            return false;
        };
        memory_holds(&bytes, what)
    })
}

fn memory_holds(bytes: &[u8], what: &[u8]) -> bool {
    let mut at = 0;
    while at + what.len() <= bytes.len() {
        match bytes[at..at + what.len()]
            .iter()
            .rposition(|byte| *byte != what[0])
        {
            None => return true,
            Some(other) => at += other + 1,
        }
    }
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_an_encrypted_disk_is_in_a_file_and_a_copy_moves_keys_and_no_data() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database).await;
        let (ann, ben) = (world.call_as(ANN, EAST), world.call_as(BEN, EAST));
        let key = new_key(&world, &ann, Some(BEN)).await;
        let (made, snapshot) = marked(&world, &ann, encrypted(Some(&key.arn()))).await;
        assert_eq!(key_of(&snapshot), key.arn());
        assert_eq!(made.sealing.as_ref().unwrap().key.arn, key.arn());
        assert!(snapshot.tree.as_ref().unwrap().is_sealed());
        let share = ShareSnapshot {
            add: vec![Sharee::Account(AccountId::parse(BEN).unwrap())],
            remove: vec![],
        };
        volumes::share_snapshot(&world.volumes, &ann, &snapshot.id, share)
            .await
            .unwrap();
        let before = world.store(EAST).totals().await.unwrap();
        let copied = copy(&world, &ben, &snapshot, Asked::default()).await;
        assert_eq!(
            copied.state,
            SnapshotState::Completed,
            "{:?}",
            copied.state_message
        );
        assert_eq!(
            world.store(EAST).totals().await.unwrap().bytes,
            before.bytes
        );
        assert_eq!(copied.tree, snapshot.tree);
        let sealing = copied.sealing.as_ref().unwrap();
        assert!(sealing.is_managed() && sealing.key.account.as_str() == BEN);
        assert_eq!(sealing.context, copied.id.to_string());
        assert_eq!(sealing.ring.len(), 2);

        // The source's owner takes everything away; the copy does not mind.
        keys::disable_key(world.volumes.keys(), &ann, &key.id)
            .await
            .unwrap();
        volumes::delete_snapshot(&world.volumes, &ann, &snapshot.id)
            .await
            .unwrap();
        let theirs = volume(&world, &ben, Some(&copied), Asked::default()).await;
        assert_eq!(theirs.sealing.as_ref().unwrap().key.arn, key_of(&copied));
        reads_marker(&world, &theirs.id).await.unwrap();

        // The attached volume is left alone, and cannot be opened again.
        reads_marker(&world, &made.id).await.unwrap();
        volumes::close(&world.volumes, &made.id).await.unwrap();
        let error = volumes::open(&world.volumes, &made.id).await.unwrap_err();
        assert!(volumes::is_key_failure(&error), "{error:?}");
        assert!(!holds(world.files.path(), &marker()[..512]));
    }
}

async fn attach(world: &World, call: &Call, volume: &Volume) {
    let mut tx = world.volumes.db().begin().await.unwrap();
    let permit = identity::authorize_new(&mut tx, call, identity::Action("ec2:Test")).await;
    let attachment = volumes::Attachment {
        instance: base::ResourceId::random(&base::SystemEntropy),
        device: "/dev/sdf".into(),
        delete_on_termination: true,
        state: volumes::AttachmentState::Attached,
        attached_at: world.volumes.clock().now(),
    };
    volumes::attach_in(&mut tx, &permit.unwrap(), volume, attachment)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attached_volume_outlives_its_key_and_a_restart_and_is_not_opened_again() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database).await;
        let ann = world.call_as(ANN, EAST);
        let key = new_key(&world, &ann, None).await;
        let made = volume(&world, &ann, None, encrypted(Some(&key.id))).await;
        let guest = Guest::open(&world, &made.id).await;
        guest.run(&["write -P 0xa7 0 64k".into()]).unwrap();
        attach(&world, &ann, &made).await;
        keys::disable_key(world.volumes.keys(), &ann, &key.id)
            .await
            .unwrap();
        // What is kept follows a change of the master key (here: to another one and back).
        let master = |name: &str| {
            identity::MasterKey::load(&world.files.path().join(name), &base::SystemEntropy).unwrap()
        };
        let (old, new) = (&*world.volumes.keys().master, &master("other.key"));
        for change in [(old, new), (new, old)] {
            let mut tx = world.volumes.db().begin().await.unwrap();
            let sealed = volumes::reseal(&mut tx, change, &base::SystemEntropy).await;
            sealed.unwrap();
            let again = volumes::reseal(&mut tx, change, &base::SystemEntropy).await;
            assert!(again.is_err(), "it is sealed under the other key now");
            drop(tx);
            let mut tx = world.volumes.db().begin().await.unwrap();
            volumes::reseal(&mut tx, change, &base::SystemEntropy)
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
        // Twice, as what is kept must outlive more than one restart.
        let world = world.restart().await.restart().await;
        guest
            .run(&["read -P 0xa7 0 64k".into(), "write -P 0xa7 64k 64k".into()])
            .unwrap();
        volumes::close(&world.volumes, &made.id).await.unwrap();
        let refused = volumes::open(&world.volumes, &made.id).await.unwrap_err();
        assert!(volumes::is_key_failure(&refused), "{refused:?}");
        // Closed, it is not served by a restart either.
        let world = world.restart().await;
        guest.run(&["read 0 512".into()]).unwrap_err();
        keys::enable_key(world.volumes.keys(), &ann, &key.id)
            .await
            .unwrap();
        let guest = Guest::open(&world, &made.id).await;
        guest.run(&["read -P 0xa7 0 128k".into()]).unwrap();
        assert!(!holds(world.files.path(), &marker()[..512]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_snapshot_is_encrypted_by_a_copy_also_in_another_region() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database).await;
        let east = world.call_as(ANN, EAST);
        let west = world.call_as(ANN, WEST);
        let (_, plain) = marked(&world, &east, Asked::default()).await;
        assert!(!plain.encrypted);
        for (call, place) in [(&east, EAST), (&west, WEST)] {
            let sealed = copy(&world, call, &plain, encrypted(None)).await;
            assert_eq!(
                sealed.state,
                SnapshotState::Completed,
                "{:?}",
                sealed.state_message
            );
            let tree = sealed.tree.as_ref().unwrap();
            assert!(tree.is_sealed());
            assert_eq!(tree.digest(), plain.tree.as_ref().unwrap().digest());
            let made = volume(&world, call, Some(&sealed), Asked::default()).await;
            assert_eq!(made.sealing.as_ref().unwrap().key.arn, key_of(&sealed));
            reads_marker(&world, &made.id).await.unwrap();
            assert_eq!(sealed.region.as_str(), place);
        }
        // A sealed one, to the other Region under that Region's key.
        let (_, sealed) = marked(&world, &east, encrypted(None)).await;
        let away = copy(&world, &west, &sealed, Asked::default()).await;
        assert_eq!(
            away.state,
            SnapshotState::Completed,
            "{:?}",
            away.state_message
        );
        assert!(key_of(&away).contains(WEST) && key_of(&sealed).contains(EAST));
        let made = volume(&world, &west, Some(&away), Asked::default()).await;
        reads_marker(&world, &made.id).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_snapshot_becomes_an_encrypted_volume_and_its_snapshot_is_sealed_whole() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database).await;
        let ann = world.call_as(ANN, EAST);
        let (_, plain) = marked(&world, &ann, Asked::default()).await;
        volumes::encrypt_by_default(&world.volumes, &ann, true)
            .await
            .unwrap();
        let made = volume(&world, &ann, Some(&plain), Asked::default()).await;
        assert!(made.encrypted);
        let unopened = world.snapshot(&made.id).await;
        reads_marker(&world, &made.id).await.unwrap();
        Guest::open(&world, &made.id)
            .await
            .run(&["write -P 0x11 500M 64k".into()])
            .unwrap();
        let written = world.snapshot(&made.id).await;
        for snapshot in [&unopened, &written] {
            assert_eq!(
                snapshot.state,
                SnapshotState::Completed,
                "{:?}",
                snapshot.state_message
            );
            assert!(snapshot.encrypted && snapshot.tree.as_ref().unwrap().is_sealed());
        }
        assert_eq!(
            unopened.tree.as_ref().unwrap().digest(),
            plain.tree.unwrap().digest()
        );
        reads_marker(&world, &made.id).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_cannot_be_used_fails_what_is_made_and_not_the_request() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database).await;
        let (ann, ben) = (world.call_as(ANN, EAST), world.call_as(BEN, EAST));
        let (_, plain) = marked(&world, &ann, Asked::default()).await;
        let foreign = new_key(&world, &ben, None).await;
        let away = new_key(&world, &world.call_as(ANN, WEST), None).await;
        let disabled = new_key(&world, &ann, None).await;
        keys::disable_key(world.volumes.keys(), &ann, &disabled.id)
            .await
            .unwrap();
        for bad in [
            &foreign.arn()[..],
            &away.arn(),
            &disabled.arn(),
            "alias/none",
            "no key",
        ] {
            let failed = copy(&world, &ann, &plain, encrypted(Some(bad))).await;
            let found = (failed.state, failed.state_message.as_deref());
            assert_eq!(
                found,
                (SnapshotState::Error, Some("Given key ID is not accessible")),
                "{bad}"
            );
            let made = volume(&world, &ann, None, encrypted(Some(bad))).await;
            assert_eq!(made.state, VolumeState::Creating);
            let now = world.look_volume(&made.id).await.unwrap();
            assert_eq!(now.state, VolumeState::Error);
            volumes::delete_volume(&world.volumes, &ann, &made.id)
                .await
                .unwrap();
        }
        // Without the right to the source's key there is no copy either.
        let own = new_key(&world, &ann, None).await;
        let (_, sealed) = marked(&world, &ann, encrypted(Some(&own.arn()))).await;
        let share = ShareSnapshot {
            add: vec![Sharee::Account(AccountId::parse(BEN).unwrap())],
            remove: vec![],
        };
        volumes::share_snapshot(&world.volumes, &ann, &sealed.id, share)
            .await
            .unwrap();
        let failed = copy(&world, &ben, &sealed, Asked::default()).await;
        assert_eq!(
            failed.state_message.as_deref(),
            Some("Given key ID is not accessible")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn snapshots_under_the_accounts_own_ebs_key_cannot_be_shared() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database).await;
        let ann = world.call_as(ANN, EAST);
        let (_, managed) = marked(&world, &ann, encrypted(None)).await;
        let key = new_key(&world, &ann, None).await;
        let (_, own) = marked(&world, &ann, encrypted(Some(&key.arn()))).await;
        let share = |sharee| ShareSnapshot {
            add: vec![sharee],
            remove: vec![],
        };
        let ben = Sharee::Account(AccountId::parse(BEN).unwrap());
        let error = volumes::share_snapshot(&world.volumes, &ann, &managed.id, share(ben.clone()))
            .await
            .unwrap_err();
        assert_eq!(error.reason, Reason::NotPermitted);
        assert_eq!(
            error.message,
            "Encrypted snapshots with EBS default key cannot be shared"
        );
        let all = volumes::share_snapshot(&world.volumes, &ann, &own.id, share(Sharee::All)).await;
        assert_eq!(all.unwrap_err().reason, Reason::Unsupported);
        volumes::share_snapshot(&world.volumes, &ann, &own.id, share(ben))
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_that_are_put_for_an_encrypted_snapshot_are_sealed_before_they_touch_a_file() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database).await;
        let ann = world.call_as(ANN, EAST);
        let request = StartSnapshot {
            size_gib: 1,
            parent: None,
            description: String::new(),
            encryption: encrypted(None),
            tags: Default::default(),
            timeout_minutes: None,
            client_token: None,
        };
        let started = start_snapshot(&world.volumes, &ann, request).await.unwrap();
        let id = started.snapshot.id.clone();
        let data = vec![0xa7; usize::try_from(blocks::BLOCK).unwrap()];
        let sum = digest(&SHA256, &data);
        let put = PutBlock {
            snapshot: id.clone(),
            index: 3,
            data,
            checksum: STANDARD.encode(sum.as_ref()),
            progress: None,
        };
        put_snapshot_block(&world.volumes, &ann, put).await.unwrap();
        assert!(!holds(world.files.path(), &marker()[..512]));
        let staged = std::fs::read(
            world
                .files
                .path()
                .join("volumes")
                .join(id.as_ref())
                .join("written"),
        );
        assert!(
            !staged
                .unwrap()
                .windows(32)
                .any(|window| window == sum.as_ref())
        );
        let world = world.restart().await;
        let complete = CompleteSnapshot {
            snapshot: id.clone(),
            changed_blocks: 1,
            checksum: Some(STANDARD.encode(digest(&SHA256, sum.as_ref()).as_ref())),
        };
        complete_snapshot(&world.volumes, &ann, complete)
            .await
            .unwrap();
        world.run_jobs().await;
        let done = look(&world, &id).await;
        assert_eq!(
            done.state,
            SnapshotState::Completed,
            "{:?}",
            done.state_message
        );
        let made = volume(&world, &ann, Some(&done), Asked::default()).await;
        let guest = Guest::open(&world, &made.id).await;
        guest
            .run(&["read -P 0xa7 1536k 512k".into(), "read -P 0 0 1536k".into()])
            .unwrap();
        assert!(!holds(world.files.path(), &marker()[..512]));
    }
}
