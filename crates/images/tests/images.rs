//! The catalogue from outside, on each database, over a real directory of packs.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on must fail"
)]

use aws_lc_rs::digest::{SHA256, digest};
use base::pattern::Filter;
use base::{
    AccountId, Clock, ImageId, Reason, Region, SnapshotId, Subject, SystemClock, SystemEntropy,
    Tags, Timestamp,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use blocks::{Backend, Cache, Store};
use identity::{Call, Caller, MasterKey};
use images::{
    Change, Copy, Deregister, Describe, EbsRequest, Images, MappingRequest, Outcome, Register,
    State, Who,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use store::{Migration, Page};
use testkit::Database;
use volumes::direct::*;
use volumes::{SnapshotSpec, Volumes};

const OWNER: &str = "111111111111";
const FRIEND: &str = "222222222222";
const STRANGER: &str = "333333333333";
const EAST: &str = "us-east-1";
const WEST: &str = "us-west-2";

/// The system's clock, and ahead of it by hand.
#[derive(Default)]
struct Ahead(AtomicI64);

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(SystemClock.now().millis() + self.0.load(Relaxed))
    }
}

struct World {
    images: Images,
    clock: Arc<Ahead>,
    engine: &'static str,
    _database: Database,
    _files: tempfile::TempDir,
}

fn schema() -> Vec<Migration> {
    [
        store::SCHEMA,
        identity::SCHEMA,
        keys::SCHEMA,
        volumes::SCHEMA,
        images::SCHEMA,
    ]
    .concat()
}

async fn worlds() -> Vec<World> {
    let mut worlds = Vec::new();
    for database in testkit::databases(&schema()).await {
        worlds.push(World::new(database).await);
    }
    worlds
}

fn region(name: &str) -> Region {
    Region::parse(name).unwrap()
}

fn call(account: &str, at: &str) -> Call {
    Call {
        caller: Caller::root(AccountId::parse(account).unwrap()),
        region: region(at),
        request_id: "r".into(),
        now: SystemClock.now(),
        dry_run: false,
        context: identity::Context::new(),
    }
}

impl World {
    async fn new(database: Database) -> World {
        let files = tempfile::tempdir().unwrap();
        let clock = Arc::new(Ahead::default());
        let (cache, index) = (
            Cache::new(1 << 20, 1 << 20),
            volumes::index(database.db.clone()),
        );
        let mut stores = BTreeMap::new();
        for name in [EAST, WEST] {
            let backend = Backend::directory(files.path().join("packs")).unwrap();
            let store = Store::open(backend, name, index.clone(), cache.clone())
                .await
                .unwrap();
            stores.insert(region(name), store);
        }
        let volumes = Volumes::start(volumes::Config {
            db: database.db.clone(),
            clock: clock.clone(),
            entropy: Arc::new(SystemEntropy),
            stores,
            folder: files.path().join("volumes"),
            socket: files.path().join("nbd.sock"),
            limits: volumes::Limits {
                image_copies: 3,
                ..volumes::Limits::default()
            },
            keys: keys::Keys {
                db: database.db.clone(),
                master: Arc::new(
                    MasterKey::load(&files.path().join("master.key"), &SystemEntropy).unwrap(),
                ),
                entropy: Arc::new(SystemEntropy),
                clock: clock.clone(),
            },
        });
        let images = Images {
            db: database.db.clone(),
            volumes: volumes.await.unwrap(),
            entropy: Arc::new(SystemEntropy),
            clock: clock.clone(),
            rules: images::Rules::default(),
        };
        World {
            images,
            clock,
            engine: database.engine,
            _database: database,
            _files: files,
        }
    }

    /// Runs jobs until none is left.
    async fn settle(&self) {
        for _ in 0..100 {
            while let Some(lease) = self
                .images
                .db
                .lease("worker", self.clock.now())
                .await
                .unwrap()
            {
                let done = match volumes::run_job(&self.images.volumes, &lease).await {
                    Some(done) => done,
                    None => images::run_job(&self.images, &lease).await.unwrap(),
                };
                done.unwrap();
            }
            if self.images.db.jobs_left().await.unwrap() == 0 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("the jobs do not end");
    }

    async fn snapshot(&self, by: &Call) -> SnapshotId {
        let volumes = &self.images.volumes;
        let request = volumes::CreateVolume {
            encryption: volumes::Asked::default(),
            zone: by.region.zones()[0].clone(),
            size_gib: Some(1),
            snapshot: None,
            kind: None,
            iops: None,
            throughput: None,
            tags: Tags::new(),
            client_token: None,
        };
        let volume = volumes::create_volume(volumes, by, request).await.unwrap();
        let request = volumes::CreateSnapshot {
            volume: volume.id,
            spec: SnapshotSpec::default(),
        };
        let snapshot = volumes::create_snapshot(volumes, by, request)
            .await
            .unwrap();
        self.settle().await;
        snapshot.id
    }

    async fn register(&self, name: &str) -> ImageId {
        let by = call(OWNER, EAST);
        let snapshot = self.snapshot(&by).await;
        images::register(&self.images, &by, request(name, &snapshot))
            .await
            .unwrap()
    }

    async fn list(&self, by: &Call, request: Describe) -> Vec<images::Described> {
        images::describe(&self.images, by, &request)
            .await
            .unwrap()
            .0
    }

    async fn names(&self, by: &Call, request: Describe) -> Vec<String> {
        let mut names: Vec<String> = self
            .list(by, request)
            .await
            .into_iter()
            .map(|d| d.image.name)
            .collect();
        names.sort();
        names
    }
}

fn disk(snapshot: &SnapshotId) -> MappingRequest {
    let ebs = EbsRequest {
        snapshot: Some(snapshot.clone()),
        ..EbsRequest::default()
    };
    MappingRequest {
        device: "/dev/xvda".into(),
        ebs: Some(ebs),
        ..MappingRequest::default()
    }
}

fn request(name: &str, snapshot: &SnapshotId) -> Register {
    Register {
        name: name.into(),
        architecture: Some("x86_64".into()),
        virtualization: Some("hvm".into()),
        root_device: Some("/dev/xvda".into()),
        mappings: vec![disk(snapshot)],
        ..Register::default()
    }
}

fn copy_of(source: &ImageId, name: &str) -> Copy {
    Copy {
        encryption: volumes::Asked::default(),
        source: source.clone(),
        source_region: region(EAST),
        name: name.into(),
        description: String::new(),
        copy_tags: false,
        image_tags: Tags::new(),
        snapshot_tags: Tags::new(),
        client_token: None,
    }
}

fn filter(name: &str, value: &str) -> Filter {
    Filter {
        name: name.into(),
        values: vec![value.into()],
    }
}

#[tokio::test]
async fn a_name_is_used_once_for_each_owner_and_region_and_comes_back_with_the_image_gone() {
    for world in worlds().await {
        let by = call(OWNER, EAST);
        let first = world.register("web").await;
        let snapshot = world.snapshot(&by).await;
        let again = images::register(&world.images, &by, request("web", &snapshot)).await;
        let error = again.unwrap_err();
        assert_eq!(
            (error.reason, error.subject),
            (Reason::Duplicate, Subject::ImageName)
        );
        assert_eq!(
            error.message,
            format!("AMI name web is already in use by AMI {first}")
        );
        let gone = Deregister {
            image: first.clone(),
            delete_snapshots: false,
        };
        assert!(
            images::deregister(&world.images, &by, gone.clone())
                .await
                .unwrap()
                .is_empty()
        );
        images::register(&world.images, &by, request("web", &snapshot))
            .await
            .unwrap();
        let error = images::deregister(&world.images, &by, gone)
            .await
            .unwrap_err();
        assert_eq!(error.reason, Reason::Unavailable, "{}", world.engine);
    }
}

#[tokio::test]
async fn registering_at_once_under_one_name_gives_one_image() {
    for world in worlds().await {
        let by = call(OWNER, EAST);
        let snapshot = world.snapshot(&by).await;
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let (images, by, request) = (
                    world.images.clone(),
                    by.clone(),
                    request("raced", &snapshot),
                );
                tokio::spawn(async move {
                    loop {
                        match images::register(&images, &by, request.clone()).await {
                            Err(error) if error.is_conflict() => {}
                            done => return done.is_ok(),
                        }
                    }
                })
            })
            .collect();
        let mut made = 0;
        for task in tasks {
            made += i32::from(task.await.unwrap());
        }
        assert_eq!(made, 1, "{}", world.engine);
    }
}

#[tokio::test]
async fn who_sees_an_image_is_its_owner_and_those_it_is_shared_with() {
    for world in worlds().await {
        let (owner, friend, stranger) =
            (call(OWNER, EAST), call(FRIEND, EAST), call(STRANGER, EAST));
        let id = world.register("shared").await;
        let only = || Describe {
            ids: vec![id.clone()],
            ..Describe::default()
        };
        for other in [&friend, &stranger] {
            let error = images::describe(&world.images, other, &only())
                .await
                .unwrap_err();
            assert_eq!(
                error.message,
                format!("The image id '[{id}]' does not exist")
            );
        }
        let share = |who: Who| Change::Launch {
            add: vec![who],
            remove: Vec::new(),
        };
        let account = Who::Account(AccountId::parse(FRIEND).unwrap());
        images::modify(&world.images, &owner, &id, share(account.clone()))
            .await
            .unwrap();
        images::modify(&world.images, &owner, &id, share(account.clone()))
            .await
            .unwrap();
        assert_eq!(world.names(&friend, Describe::default()).await, ["shared"]);
        assert!(world.names(&stranger, Describe::default()).await.is_empty());
        let mine = Describe {
            executable_by: vec!["self".into()],
            ..Describe::default()
        };
        assert_eq!(world.names(&friend, mine.clone()).await, ["shared"]);
        assert!(
            world.names(&owner, mine).await.is_empty(),
            "what one owns is not shared with one"
        );
        let theirs = images::modify(&world.images, &friend, &id, Change::Description("x".into()));
        let error = theirs.await.unwrap_err();
        assert_eq!(error.message, format!("Not authorized for image:{id}"));
        let blocked = images::modify(&world.images, &owner, &id, share(Who::All)).await;
        assert_eq!(blocked.unwrap_err().reason, Reason::NotPermitted);
        images::block_public_access(&world.images, &owner, false)
            .await
            .unwrap();
        images::modify(&world.images, &owner, &id, share(Who::All))
            .await
            .unwrap();
        assert_eq!(
            world.names(&stranger, Describe::default()).await,
            ["shared"]
        );
        images::reset_launch_permission(&world.images, &owner, &id)
            .await
            .unwrap();
        for other in [&friend, &stranger] {
            assert!(
                world.names(other, Describe::default()).await.is_empty(),
                "{}",
                world.engine
            );
        }
    }
}

#[tokio::test]
async fn a_right_to_launch_is_no_right_to_the_storage() {
    for world in worlds().await {
        let id = world.register("launch only").await;
        images::block_public_access(&world.images, &call(OWNER, EAST), false)
            .await
            .unwrap();
        let change = Change::Launch {
            add: vec![Who::All],
            remove: Vec::new(),
        };
        images::modify(&world.images, &call(OWNER, EAST), &id, change)
            .await
            .unwrap();
        let copied = images::copy(&world.images, &call(FRIEND, EAST), copy_of(&id, "mine")).await;
        let error = copied.unwrap_err();
        assert_eq!(
            (error.reason, error.subject),
            (Reason::Invalid, Subject::Storage)
        );
        assert_eq!(
            error.message,
            "You do not have permission to access the storage of this ami"
        );
        let hidden = world.register("hidden").await;
        let copied =
            images::copy(&world.images, &call(FRIEND, EAST), copy_of(&hidden, "mine")).await;
        assert!(copied.unwrap_err().is_not_found(), "{}", world.engine);
    }
}

#[tokio::test]
async fn a_copy_is_the_same_bytes_under_another_id_and_outlives_its_source() {
    for world in worlds().await {
        let id = world.register("source").await;
        let tags: Tags = [("k".to_owned(), "v".to_owned())].into();
        let mut tx = world.images.db.begin().await.unwrap();
        let action = identity::Action("ec2:CreateTags");
        let permit = identity::authorize_new(&mut tx, &call(OWNER, EAST), action)
            .await
            .unwrap();
        identity::put_tags(&mut tx, &permit, id.as_ref(), "image", &tags)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        for (at, copy_tags) in [(EAST, true), (WEST, false)] {
            let by = call(OWNER, at);
            let mut wanted = copy_of(&id, "copy");
            wanted.client_token = Some("token".into());
            wanted.copy_tags = copy_tags;
            let copy = images::copy(&world.images, &by, wanted.clone())
                .await
                .unwrap();
            assert_eq!(
                images::copy(&world.images, &by, wanted.clone())
                    .await
                    .unwrap(),
                copy
            );
            wanted.description = "other".into();
            let other = images::copy(&world.images, &by, wanted).await.unwrap_err();
            assert_eq!(other.reason, Reason::TokenReused);
            let only = || Describe {
                ids: vec![copy.clone()],
                ..Describe::default()
            };
            let before = world.list(&by, only()).await.remove(0);
            assert_eq!((before.image.state, before.digest), (State::Pending, None));
            world.settle().await;
            let after = world.list(&by, only()).await.remove(0);
            assert_eq!(after.image.state, State::Available, "{}", world.engine);
            assert_eq!(after.image.source_image, Some(id.clone()));
            assert_eq!(after.tags.is_empty(), !copy_tags);
            let source = call(OWNER, EAST);
            let first = Describe {
                ids: vec![id.clone()],
                ..Describe::default()
            };
            assert_eq!(
                after.digest,
                world.list(&source, first).await.remove(0).digest
            );
            assert!(after.digest.is_some());
        }
        let gone = Deregister {
            image: id,
            delete_snapshots: true,
        };
        let results = images::deregister(&world.images, &call(OWNER, EAST), gone)
            .await
            .unwrap();
        assert_eq!(
            results.iter().map(|r| r.outcome).collect::<Vec<_>>(),
            [Outcome::Deleted]
        );
        let left = world.list(&call(OWNER, WEST), Describe::default()).await;
        assert_eq!(left[0].image.state, State::Available);
    }
}

#[tokio::test]
async fn one_copy_more_than_may_be_in_flight_waits_for_another_to_end() {
    for world in worlds().await {
        let id = world.register("source").await;
        let (east, west) = (call(OWNER, EAST), call(OWNER, WEST));
        for name in ["one", "two", "three"] {
            let copied = images::copy(&world.images, &west, copy_of(&id, name)).await;
            copied.unwrap();
        }
        let copied = images::copy(&world.images, &west, copy_of(&id, "four")).await;
        let error = copied.unwrap_err();
        assert_eq!(error.reason, Reason::Limit, "{}", world.engine);
        images::copy(&world.images, &east, copy_of(&id, "four"))
            .await
            .unwrap();
        world.settle().await;
        images::copy(&world.images, &west, copy_of(&id, "four"))
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_snapshot_of_two_images_goes_with_the_last_of_them() {
    for world in worlds().await {
        let by = call(OWNER, EAST);
        let snapshot = world.snapshot(&by).await;
        let one = images::register(&world.images, &by, request("one", &snapshot))
            .await
            .unwrap();
        let two = images::register(&world.images, &by, request("two", &snapshot))
            .await
            .unwrap();
        let refused = volumes::delete_snapshot(&world.images.volumes, &by, &snapshot).await;
        assert_eq!(
            refused.unwrap_err().reason,
            Reason::InUse,
            "{}",
            world.engine
        );
        for (image, expected) in [(one, Outcome::Skipped), (two, Outcome::Deleted)] {
            let gone = Deregister {
                image,
                delete_snapshots: true,
            };
            let results = images::deregister(&world.images, &by, gone).await.unwrap();
            assert_eq!(
                (results.len(), results[0].outcome),
                (1, expected),
                "{}",
                world.engine
            );
        }
    }
}

#[tokio::test]
async fn a_rehearsal_changes_nothing_and_still_names_what_is_wrong() {
    for world in worlds().await {
        let id = world.register("kept").await;
        let by = Call {
            dry_run: true,
            ..call(OWNER, EAST)
        };
        let gone = Deregister {
            image: id.clone(),
            delete_snapshots: true,
        };
        let error = images::deregister(&world.images, &by, gone)
            .await
            .unwrap_err();
        assert_eq!(error.reason, Reason::DryRun);
        let error = images::copy(&world.images, &by, copy_of(&id, "copy"))
            .await
            .unwrap_err();
        assert_eq!(error.reason, Reason::DryRun);
        let nobody = ImageId::parse_or("ami-00000000000000000");
        let error = images::copy(&world.images, &by, copy_of(&nobody, "copy"))
            .await
            .unwrap_err();
        assert!(error.is_not_found());
        assert_eq!(
            world.names(&call(OWNER, EAST), Describe::default()).await,
            ["kept"]
        );
    }
}

trait Parse: Sized {
    fn parse_or(text: &str) -> Self;
}

impl Parse for ImageId {
    fn parse_or(text: &str) -> ImageId {
        base::ResourceId::parse(text).unwrap()
    }
}

#[tokio::test]
async fn filters_and_pages_select_as_documented() {
    for world in worlds().await {
        let by = call(OWNER, EAST);
        let snapshot = world.snapshot(&by).await;
        for n in 0..7 {
            let name = format!("web-{n}");
            images::register(&world.images, &by, request(&name, &snapshot))
                .await
                .unwrap();
        }
        for (name, value, expected) in [
            ("name", "web-?", 7),
            ("name", "web-3", 1),
            ("name", "WEB-3", 0),
            ("architecture", "x86_64", 7),
            ("is-public", "false", 7),
            ("state", "available", 7),
            ("block-device-mapping.snapshot-id", snapshot.as_ref(), 7),
            ("block-device-mapping.volume-size", "1", 7),
            ("block-device-mapping.delete-on-termination", "true", 7),
            ("platform", "windows", 0),
            ("owner-id", OWNER, 7),
        ] {
            let only = Describe {
                filters: vec![filter(name, value)],
                ..Describe::default()
            };
            assert_eq!(
                world.list(&by, only).await.len(),
                expected,
                "{name}={value} {}",
                world.engine
            );
        }
        let wrong = Describe {
            filters: vec![filter("colour", "red")],
            ..Describe::default()
        };
        let error = images::describe(&world.images, &by, &wrong)
            .await
            .unwrap_err();
        assert_eq!(error.message, "The filter 'colour' is invalid");
        let nobody = Describe {
            owners: vec!["amazon".into()],
            ..Describe::default()
        };
        assert!(world.list(&by, nobody).await.is_empty());
        let list = images::list_name(&by);
        let (mut seen, mut token) = (Vec::new(), None::<String>);
        loop {
            let page = Page::read(&list, Some(3), token.as_deref(), 1000).unwrap();
            let request = Describe {
                page,
                filters: vec![filter("name", "web-*")],
                ..Describe::default()
            };
            let (part, next) = images::describe(&world.images, &by, &request)
                .await
                .unwrap();
            assert!(part.len() <= 3);
            seen.extend(part.into_iter().map(|d| d.image.name));
            token = next;
            if token.is_none() {
                break;
            }
        }
        seen.sort();
        assert_eq!(seen.len(), 7, "{}", world.engine);
        seen.dedup();
        assert_eq!(seen.len(), 7, "no image comes twice");
    }
}

/// Puts a block of a snapshot.
async fn put(world: &World, snapshot: &SnapshotId, index: i64, data: Vec<u8>) {
    let put = PutBlock {
        snapshot: snapshot.clone(),
        index,
        checksum: STANDARD.encode(digest(&SHA256, &data)),
        data,
        progress: None,
    };
    let by = call(OWNER, EAST);
    put_snapshot_block(&world.images.volumes, &by, put)
        .await
        .unwrap();
}

#[tokio::test]
async fn an_image_of_an_upload_is_available_and_ends_as_the_upload_does() {
    for world in worlds().await {
        let by = call(OWNER, EAST);
        for completed in [true, false] {
            let start = StartSnapshot {
                size_gib: 1,
                parent: None,
                description: String::new(),
                encryption: volumes::Asked::default(),
                tags: Tags::new(),
                timeout_minutes: Some(10),
                client_token: None,
            };
            let volumes = &world.images.volumes;
            let started = start_snapshot(volumes, &by, start).await.unwrap();
            let snapshot = started.snapshot.id;
            let name = format!("upload {completed}");
            let early = images::register(&world.images, &by, request(&name, &snapshot)).await;
            assert_eq!(early.unwrap_err().reason, Reason::WrongState);

            let mut map = vec![0; usize::try_from(BLOCK_BYTES).unwrap()];
            map[..MARK.len()].copy_from_slice(MARK);
            map[HEAD] = 0b10;
            put(&world, &snapshot, 2048, map).await;
            let image = images::register(&world.images, &by, request(&name, &snapshot));
            let image = image.await.unwrap();
            let look = async || {
                let request = Describe {
                    ids: vec![image.clone()],
                    ..Describe::default()
                };
                world.list(&by, request).await.remove(0)
            };
            assert_eq!(look().await.image.state, State::Available);
            assert_eq!(look().await.digest, None);
            let copied = images::copy(&world.images, &by, copy_of(&image, "copy")).await;
            assert_eq!(copied.unwrap_err().reason, Reason::WrongState);

            if completed {
                put(&world, &snapshot, 1, vec![7; 524_288]).await;
                let complete = CompleteSnapshot {
                    snapshot: snapshot.clone(),
                    changed_blocks: 1,
                    checksum: None,
                };
                complete_snapshot(volumes, &by, complete).await.unwrap();
            }
            world.clock.0.fetch_add(601_000, Relaxed);
            world.settle().await;
            let image = look().await;
            let expected = if completed {
                State::Available
            } else {
                State::Failed
            };
            assert_eq!(image.image.state, expected);
            assert_eq!(image.digest.is_some(), completed);
            assert_eq!(image.image.state_reason.is_some(), !completed);
        }
    }
}
