//! What the catalogue's calls cost, counted in SQLite's own steps and not in seconds, at two sizes.

#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

use base::pattern::Filter;
use base::{AccountId, Clock, Region, SnapshotId, SystemClock, SystemEntropy, Tags};
use blocks::{Backend, Cache, Store};
use identity::{Call, Caller, MasterKey};
use images::{Describe, EbsRequest, Images, MappingRequest, Register};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::Page;
use testkit::Database;
use volumes::{SnapshotSpec, Volumes};

const EAST: &str = "us-east-1";

struct World {
    images: Images,
    database: Database,
    snapshot: Option<SnapshotId>,
    _files: tempfile::TempDir,
}

fn region() -> Region {
    Region::parse(EAST).unwrap()
}

fn call() -> Call {
    Call {
        caller: Caller::root(AccountId::parse("111111111111").unwrap()),
        region: region(),
        request_id: "r".into(),
        now: SystemClock.now(),
        dry_run: false,
        context: identity::Context::new(),
    }
}

impl World {
    async fn new() -> World {
        let schema = [
            store::SCHEMA,
            identity::SCHEMA,
            keys::SCHEMA,
            volumes::SCHEMA,
            images::SCHEMA,
        ];
        let database = testkit::sqlite(&schema.concat()).await;
        let (files, db) = (tempfile::tempdir().unwrap(), database.db.clone());
        let backend = Backend::directory(files.path().join("packs")).unwrap();
        let cache = Cache::new(1 << 20, 1 << 20);
        let store = Store::open(backend, EAST, volumes::index(db.clone()), cache).await;
        let master = MasterKey::load(&files.path().join("master.key"), &SystemEntropy);
        let volumes = Volumes::start(volumes::Config {
            limits: volumes::Limits::default(),
            db: db.clone(),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            stores: BTreeMap::from([(region(), store.unwrap())]),
            folder: files.path().join("volumes"),
            socket: files.path().join("nbd.sock"),
            keys: keys::Keys {
                db: db.clone(),
                master: Arc::new(master.unwrap()),
                entropy: Arc::new(SystemEntropy),
                clock: Arc::new(SystemClock),
            },
        });
        let images = Images {
            db,
            volumes: volumes.await.unwrap(),
            entropy: Arc::new(SystemEntropy),
            clock: Arc::new(SystemClock),
            rules: images::Rules::default(),
        };
        World {
            images,
            database,
            snapshot: None,
            _files: files,
        }
    }

    fn steps(&self) -> u64 {
        self.database.db.steps().unwrap()
    }

    async fn settle(&self) {
        while let Some(lease) = self
            .images
            .db
            .lease("worker", SystemClock.now())
            .await
            .unwrap()
        {
            let done = match volumes::run_job(&self.images.volumes, &lease).await {
                Some(done) => done,
                None => images::run_job(&self.images, &lease).await.unwrap(),
            };
            done.unwrap();
        }
    }

    /// A catalogue with so many images of one snapshot.
    async fn with_images(count: usize) -> World {
        let mut world = World::new().await;
        let volumes = &world.images.volumes;
        let wanted = volumes::CreateVolume {
            encryption: volumes::Asked::default(),
            zone: region().zones()[0].clone(),
            size_gib: Some(1),
            snapshot: None,
            kind: None,
            iops: None,
            throughput: None,
            tags: Tags::new(),
            client_token: None,
        };
        let volume = volumes::create_volume(volumes, &call(), wanted)
            .await
            .unwrap()
            .id;
        let wanted = volumes::CreateSnapshot {
            volume,
            spec: SnapshotSpec::default(),
        };
        let snapshot = volumes::create_snapshot(volumes, &call(), wanted)
            .await
            .unwrap();
        world.settle().await;
        world.snapshot = Some(snapshot.id);
        for number in 0..count {
            world.register(&format!("image-{number:05}")).await;
        }
        world
    }

    async fn register(&self, name: &str) {
        let ebs = EbsRequest {
            snapshot: self.snapshot.clone(),
            ..EbsRequest::default()
        };
        let mapping = MappingRequest {
            device: "/dev/xvda".into(),
            ebs: Some(ebs),
            ..MappingRequest::default()
        };
        let request = Register {
            name: name.into(),
            architecture: Some("x86_64".into()),
            virtualization: Some("hvm".into()),
            root_device: Some("/dev/xvda".into()),
            mappings: vec![mapping],
            ..Register::default()
        };
        images::register(&self.images, &call(), request)
            .await
            .unwrap();
    }

    /// Steps of one page of 50 behind `token`, and the token of the next.
    async fn page(
        &self,
        token: Option<&str>,
        filters: Vec<Filter>,
        owners: &[&str],
    ) -> (u64, usize, Option<String>) {
        let page = Page::read(&images::list_name(&call()), Some(50), token, 1000).unwrap();
        let request = Describe {
            page,
            filters,
            owners: owners.iter().map(|owner| (*owner).to_owned()).collect(),
            ..Describe::default()
        };
        let before = self.steps();
        let (found, next) = images::describe(&self.images, &call(), &request)
            .await
            .unwrap();
        (self.steps() - before, found.len(), next)
    }
}

fn alike(few: u64, many: u64, what: &str) {
    assert!(
        few > 0 && many * 10 <= few * 11,
        "{what}: {few} steps, {many} with ten times as many"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_costs_what_is_on_it_and_not_what_the_catalogue_holds() {
    let (few, many) = (
        World::with_images(120).await,
        World::with_images(1200).await,
    );
    for owners in [&["self"][..], &[]] {
        let (small, large) = (
            few.page(None, vec![], owners).await,
            many.page(None, vec![], owners).await,
        );
        assert_eq!((small.1, large.1), (50, 50));
        alike(small.0, large.0, "the first page");
        let mut token = large.2;
        for _ in 0..19 {
            token = many.page(token.as_deref(), vec![], owners).await.2;
        }
        let late = many.page(token.as_deref(), vec![], owners).await;
        assert_eq!(late.1, 50);
        alike(small.0, late.0, "a late page");
    }
    let named = || {
        vec![Filter {
            name: "name".into(),
            values: vec!["image-00077".into()],
        }]
    };
    let (small, large) = (
        few.page(None, named(), &["self"]).await,
        many.page(None, named(), &["self"]).await,
    );
    assert_eq!((small.1, large.1), (1, 1));
    alike(small.0, large.0, "one name");
}

#[tokio::test(flavor = "multi_thread")]
async fn registering_costs_the_same_however_many_there_are() {
    let mut steps = Vec::new();
    for count in [50, 500] {
        let world = World::with_images(count).await;
        let before = world.steps();
        world.register("one more").await;
        steps.push(world.steps() - before);
    }
    alike(steps[0], steps[1], "RegisterImage");
}
