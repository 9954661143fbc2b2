//! What the suites of this crate stand on: everything real beneath it, and a worker for its jobs.

#![allow(dead_code, reason = "each suite uses its part")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed step is a failed test"
)]
#![allow(
    clippy::print_stderr,
    reason = "what a job complains of helps to understand a failed test"
)]

use base::{AccountId, ImageId, Region, SystemClock, SystemEntropy, Tags, Zone};
use blocks::{Backend, Cache, Store};
use identity::{Call, Caller, MasterKey};
use images::{EbsRequest, Images, MappingRequest, Register};
use instances::{Config, Instances, List, Run, Settings, State};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::{Db, Migration};
use tempfile::TempDir;
use testkit::Database;
use tokio::task::JoinSet;
use volumes::{CreateSnapshot, CreateVolume, SnapshotSpec, SnapshotState, Volumes};

pub fn schema() -> Vec<Migration> {
    [
        store::SCHEMA,
        identity::SCHEMA,
        keys::SCHEMA,
        volumes::SCHEMA,
        images::SCHEMA,
        instances::SCHEMA,
    ]
    .concat()
}

pub struct World {
    pub volumes: Volumes,
    pub images: Images,
    pub instances: Instances,
    pub database: Database,
    pub files: Files,
}

/// The files of a world. Guests outlive their service, but not these.
pub struct Files(TempDir);

impl Files {
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        for folder in std::fs::read_dir(self.path().join("run"))
            .into_iter()
            .flatten()
            .flatten()
        {
            let Ok(pid) = std::fs::read_to_string(folder.path().join("pid")) else {
                continue;
            };
            let pid = pid.trim();
            let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let ours = folder.path().to_string_lossy().into_owned();
            if String::from_utf8_lossy(&line).contains(&ours) {
                drop(
                    std::process::Command::new("kill")
                        .args(["-9", pid])
                        .status(),
                );
            }
        }
    }
}

pub fn region() -> Region {
    Region::parse("us-east-1").unwrap()
}

pub fn call_of(account: &str) -> Call {
    Call {
        caller: Caller::root(AccountId::parse(account).unwrap()),
        region: region(),
        request_id: "test".into(),
        now: base::Clock::now(&SystemClock),
        dry_run: false,
        context: identity::Context::new(),
    }
}

pub fn call() -> Call {
    call_of("111122223333")
}

pub fn rehearsal() -> Call {
    Call {
        dry_run: true,
        ..call()
    }
}

async fn start(database: &Database, files: &Path) -> (Volumes, Images, Instances) {
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    let packs = files.join("packs");
    std::fs::create_dir_all(&packs).unwrap();
    let store = Store::open(
        Backend::directory(&packs).unwrap(),
        "us-east-1",
        volumes::index(database.db.clone()),
        Cache::new(64 << 20, 16 << 20),
    )
    .await
    .unwrap();
    let volumes = Volumes::start(volumes::Config {
        db: database.db.clone(),
        clock: clock.clone(),
        entropy: entropy.clone(),
        stores: BTreeMap::from([(region(), store)]),
        folder: files.join("volumes"),
        socket: files.join("nbd"),
        limits: volumes::Limits::default(),
        keys: keys::Keys {
            db: database.db.clone(),
            master: Arc::new(MasterKey::load(&files.join("master.key"), &SystemEntropy).unwrap()),
            entropy: entropy.clone(),
            clock: clock.clone(),
        },
    })
    .await
    .unwrap();
    let images = Images {
        db: database.db.clone(),
        volumes: volumes.clone(),
        entropy: entropy.clone(),
        clock: clock.clone(),
        rules: images::Rules::default(),
    };
    let mut settings = Settings::new(files.join("run"));
    settings.accel = machine::accel::Setting::Tcg;
    settings.memory_cap_mib = Some(256);
    settings.host_memory_mib = Some(1024);
    settings.patience = Duration::from_secs(2);
    let config = Config {
        db: database.db.clone(),
        clock,
        entropy,
        volumes: volumes.clone(),
        images: images.clone(),
        settings,
    };
    let instances = Instances::start(config).await.unwrap();
    (volumes, images, instances)
}

impl World {
    pub async fn new(database: Database) -> World {
        let files = Files(tempfile::tempdir().unwrap());
        let (volumes, images, instances) = start(&database, files.path()).await;
        World {
            volumes,
            images,
            instances,
            database,
            files,
        }
    }

    /// As if the process had ended and begun again.
    pub async fn restart(self) -> World {
        let World {
            volumes,
            images,
            instances,
            database,
            files,
        } = self;
        instances.shutdown();
        volumes.shutdown();
        drop((instances, images, volumes));
        database.db.free_all_leases().await.unwrap();
        let (volumes, images, instances) = start(&database, files.path()).await;
        World {
            volumes,
            images,
            instances,
            database,
            files,
        }
    }

    pub fn db(&self) -> &Db {
        &self.database.db
    }

    /// Runs what is due, until nothing is.
    pub async fn run_jobs(&self) {
        let mut running = JoinSet::new();
        let mut idle = 0;
        while idle < 3 {
            let now = base::Clock::now(&SystemClock);
            match self.db().lease("test", now).await.unwrap() {
                Some(lease) => {
                    idle = 0;
                    let (volumes, images, instances) = (
                        self.volumes.clone(),
                        self.images.clone(),
                        self.instances.clone(),
                    );
                    running.spawn(async move {
                        let result = if let Some(result) = volumes::run_job(&volumes, &lease).await
                        {
                            result
                        } else if let Some(result) = images::run_job(&images, &lease).await {
                            result
                        } else {
                            instances::run_job(&instances, &lease)
                                .await
                                .expect("somebody's job")
                        };
                        if let Err(error) = result {
                            eprintln!("{}: {}", lease.kind(), error.chain());
                            let at =
                                base::Clock::now(&SystemClock).plus(Duration::from_millis(100));
                            instances.db().put_back(&lease, at).await.unwrap();
                        }
                    });
                }
                None if running.is_empty() => {
                    idle += 1;
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                None => {
                    if tokio::time::timeout(Duration::from_millis(50), running.join_next())
                        .await
                        .is_ok()
                    {
                        while running.try_join_next().is_some() {}
                    }
                }
            }
        }
    }

    /// Runs jobs until something is so.
    pub async fn until(&self, what: &str, patience: u64, so: impl AsyncFn() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(patience);
        loop {
            self.run_jobs().await;
            if so().await {
                return;
            }
            assert!(Instant::now() < deadline, "not within {patience} s: {what}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    pub async fn described(&self, id: &str) -> instances::Described {
        let list = List {
            ids: vec![id.to_owned()],
            ..List::default()
        };
        let (mut found, _) = instances::describe(&self.instances, &call(), &list)
            .await
            .unwrap();
        found.remove(0).instances.remove(0)
    }

    pub async fn until_state(&self, id: &str, state: State, patience: u64) {
        let what = format!("{id} is {}", state.as_str());
        self.until(&what, patience, async || {
            self.described(id).await.instance.state == state
        })
        .await;
    }

    pub async fn console(&self, id: &str) -> String {
        let console = instances::console_output(&self.instances, &call(), id)
            .await
            .unwrap();
        String::from_utf8_lossy(&console.output).into_owned()
    }

    pub async fn until_printed(&self, id: &str, text: &str, times: usize) {
        let what = format!("{id} prints {text:?} {times} times");
        let printed = async || self.console(id).await.matches(text).count() >= times;
        let waited = tokio::time::timeout(Duration::from_secs(60), self.until(&what, 120, printed));
        if waited.await.is_err() {
            let instance = self.described(id).await.instance;
            panic!(
                "not within a minute: {what}: {instance:#?}\n{}",
                self.console(id).await
            );
        }
    }

    /// An image of a disk of one GiB: empty, or with a file's bytes at its beginning.
    pub async fn image(&self, name: &str, disk: Option<&Path>) -> ImageId {
        let zone = Zone::parse(&region(), "us-east-1a").unwrap();
        let request = CreateVolume {
            encryption: volumes::Asked::default(),
            zone,
            size_gib: Some(1),
            snapshot: None,
            kind: None,
            iops: None,
            throughput: None,
            tags: Tags::new(),
            client_token: None,
        };
        let volume = volumes::create_volume(&self.volumes, &call(), request)
            .await
            .unwrap();
        if let Some(disk) = disk {
            let export = volumes::open(&self.volumes, &volume.id).await.unwrap();
            let target = format!(
                "nbd+unix:///{}?socket={}",
                export.name,
                export.socket.display()
            );
            let copied = tokio::process::Command::new("qemu-img")
                .args([
                    "convert",
                    "-n",
                    "-f",
                    "raw",
                    "-O",
                    "raw",
                    disk.to_str().unwrap(),
                    &target,
                ])
                .output()
                .await
                .unwrap();
            assert!(
                copied.status.success(),
                "{}",
                String::from_utf8_lossy(&copied.stderr)
            );
            volumes::close(&self.volumes, &volume.id).await.unwrap();
        }
        let request = CreateSnapshot {
            volume: volume.id,
            spec: SnapshotSpec::default(),
        };
        let snapshot = volumes::create_snapshot(&self.volumes, &call(), request)
            .await
            .unwrap();
        self.until("the snapshot is complete", 60, async || {
            let mut tx = self.db().read().await.unwrap();
            let found = volumes::snapshots_by_id(&mut tx, std::slice::from_ref(&snapshot.id))
                .await
                .unwrap();
            found[&snapshot.id].state == SnapshotState::Completed
        })
        .await;
        let ebs = EbsRequest {
            snapshot: Some(snapshot.id),
            delete_on_termination: Some(true),
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
            .unwrap()
    }
}

pub fn launch_of(image: &ImageId) -> Run {
    Run {
        image: Some(image.to_string()),
        kind: Some("t3.nano".into()),
        least: Some(1),
        most: Some(1),
        ..Run::default()
    }
}
