//! What the suites of this crate stand on: a running [`Volumes`] over a real database and a real
//! directory of packs for each of two Regions, a clock that is moved by hand, and a guest that is
//! `qemu-io`.

#![allow(dead_code, reason = "each suite uses its part")]

pub mod link;

use base::{AccountId, Clock, Region, SystemEntropy, Tags, Timestamp, VolumeId, Zone};
use blocks::{Backend, Cache, Domain, FileChanges, MemoryIndex, Meter, Store, Tree, Write};
use identity::{Call, Caller, MasterKey};
use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use store::{Lease, Migration};
use tempfile::TempDir;
use testkit::Database;
use volumes::{Config, CreateVolume, Export, GIB, Snapshot, SnapshotState, Volume, Volumes};

pub fn schema() -> Vec<Migration> {
    [
        store::SCHEMA,
        identity::SCHEMA,
        keys::SCHEMA,
        volumes::SCHEMA,
    ]
    .concat()
}

#[derive(Default)]
pub struct HandClock(AtomicI64);

impl HandClock {
    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, Ordering::Relaxed);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000 + self.0.load(Ordering::Relaxed))
    }
}

pub struct World {
    pub volumes: Volumes,
    pub database: Database,
    pub clock: Arc<HandClock>,
    pub files: Files,
    /// Where the eastern packs are, if not in a directory.
    far: Option<Backend>,
}

/// A folder that goes with this, or stays.
pub struct Files {
    path: PathBuf,
    _goes: Option<TempDir>,
}

impl Files {
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl From<TempDir> for Files {
    fn from(folder: TempDir) -> Files {
        Files {
            path: folder.path().to_owned(),
            _goes: Some(folder),
        }
    }
}

impl From<PathBuf> for Files {
    fn from(path: PathBuf) -> Files {
        Files { path, _goes: None }
    }
}

pub const EAST: &str = "us-east-1";
pub const WEST: &str = "us-west-2";

pub fn region(name: &str) -> Region {
    Region::parse(name).unwrap()
}

impl World {
    pub async fn new(database: Database) -> World {
        World::with(database, tempfile::tempdir().unwrap(), None).await
    }

    pub async fn with(database: Database, files: impl Into<Files>, far: Option<Backend>) -> World {
        let files = files.into();
        let clock = Arc::new(HandClock::default());
        let volumes = start(&database, &clock, files.path(), &far).await;
        World {
            volumes,
            database,
            clock,
            files,
            far,
        }
    }

    /// As if the process had ended and begun again.
    pub async fn restart(self) -> World {
        let World {
            volumes,
            database,
            clock,
            files,
            far,
        } = self;
        volumes.shutdown();
        drop(volumes);
        database.db.free_all_leases().await.unwrap();
        let volumes = start(&database, &clock, files.path(), &far).await;
        World {
            volumes,
            database,
            clock,
            files,
            far,
        }
    }

    pub fn packs(&self, region: &str) -> PathBuf {
        self.files.path().join("packs").join(region)
    }

    pub fn store(&self, name: &str) -> &Store {
        self.volumes.store(&region(name)).unwrap()
    }

    pub fn call(&self) -> Call {
        self.call_as("111111111111", EAST)
    }

    pub fn call_as(&self, account: &str, at: &str) -> Call {
        Call {
            caller: Caller::root(AccountId::parse(account).unwrap()),
            region: region(at),
            request_id: "r".into(),
            now: self.clock.now(),
            dry_run: false,
            context: identity::Context::new(),
        }
    }

    pub async fn volume(&self, size_gib: i64) -> Volume {
        self.volume_of(Some(size_gib), None).await
    }

    pub async fn volume_of(&self, size_gib: Option<i64>, from: Option<&Snapshot>) -> Volume {
        let request = wanted(EAST, size_gib, from);
        volumes::create_volume(&self.volumes, &self.call(), request)
            .await
            .unwrap()
    }

    pub async fn begin_snapshot(&self, id: &VolumeId) -> Snapshot {
        let request = volumes::CreateSnapshot {
            volume: id.clone(),
            spec: Default::default(),
        };
        volumes::create_snapshot(&self.volumes, &self.call(), request)
            .await
            .unwrap()
    }

    pub async fn snapshot(&self, id: &VolumeId) -> Snapshot {
        let begun = self.begin_snapshot(id).await;
        assert_eq!((begun.state, begun.progress), (SnapshotState::Pending, 0));
        self.run_jobs().await;
        self.look(&begun).await
    }

    /// The snapshot as it is now.
    pub async fn look(&self, snapshot: &Snapshot) -> Snapshot {
        let mut tx = self.volumes.db().read().await.unwrap();
        let ids = [snapshot.id.clone()];
        let mut found = volumes::snapshots_by_id(&mut tx, &ids).await.unwrap();
        found.remove(&snapshot.id).unwrap()
    }

    pub async fn look_volume(&self, id: &VolumeId) -> base::Result<Volume> {
        let mut tx = self.volumes.db().read().await.unwrap();
        volumes::volume_for(&mut tx, self.call().account(), id).await
    }

    pub async fn lease(&self) -> Option<Lease> {
        self.volumes
            .db()
            .lease("worker", self.clock.now())
            .await
            .unwrap()
    }

    pub async fn run(&self, lease: &Lease) -> base::Result<()> {
        volumes::run_job(&self.volumes, lease)
            .await
            .expect("every job here is of this crate")
    }

    /// Runs what is due, and what becomes due within a few seconds, until nothing is left of it.
    pub async fn run_jobs(&self) {
        for _ in 0..5 {
            while let Some(lease) = self.lease().await {
                self.run(&lease).await.unwrap();
            }
            self.clock.advance(2);
        }
    }

    /// The snapshot's disk has these bytes, and reads as they do.
    pub async fn assert_holds(&self, snapshot: &Snapshot, model: &Model) {
        assert_eq!(
            snapshot.state,
            SnapshotState::Completed,
            "{:?}",
            snapshot.state_message
        );
        let tree = snapshot.tree.as_ref().unwrap();
        let disk = self.volumes.store(&snapshot.region).unwrap();
        let disk = disk.disk(tree, &Domain::Plain).await.unwrap();
        assert_eq!(disk.size(), model.size);
        for range in disk.extents(0..disk.size()).await.unwrap() {
            let mut at = range.start;
            while at < range.end {
                let take = (range.end - at).min(1 << 20);
                let mut found = vec![0; usize::try_from(take).unwrap()];
                disk.read_at(at, &mut found).await.unwrap();
                assert!(found == model.read(at, take), "the disk differs near {at}");
                at += take;
            }
        }
        assert_eq!(tree.digest(), model.tree().await.digest());
    }
}

pub fn wanted(at: &str, size_gib: Option<i64>, from: Option<&Snapshot>) -> CreateVolume {
    CreateVolume {
        zone: Zone::parse(&region(at), &format!("{at}a")).unwrap(),
        size_gib,
        snapshot: from.map(|snapshot| snapshot.id.clone()),
        kind: None,
        iops: None,
        throughput: None,
        encryption: volumes::Asked::default(),
        tags: Tags::new(),
        client_token: None,
    }
}

async fn start(
    database: &Database,
    clock: &Arc<HandClock>,
    files: &Path,
    far: &Option<Backend>,
) -> Volumes {
    let (index, cache) = (
        volumes::index(database.db.clone()),
        Cache::new(64 << 20, 16 << 20),
    );
    let mut stores = BTreeMap::new();
    for name in [EAST, WEST] {
        let near = || Backend::directory(files.join("packs")).unwrap();
        let backend = far.clone().filter(|_| name == EAST).unwrap_or_else(near);
        let store = Store::open(backend, name, index.clone(), cache.clone())
            .await
            .unwrap();
        stores.insert(region(name), store);
    }
    let config = Config {
        db: database.db.clone(),
        clock: clock.clone(),
        entropy: Arc::new(SystemEntropy),
        stores,
        folder: files.join("volumes"),
        socket: files.join("nbd.sock"),
        limits: volumes::Limits::default(),
        keys: keys::Keys {
            db: database.db.clone(),
            master: Arc::new(MasterKey::load(&files.join("master.key"), &SystemEntropy).unwrap()),
            entropy: Arc::new(SystemEntropy),
            clock: clock.clone(),
        },
    };
    Volumes::start(config).await.unwrap()
}

/// What a disk should hold, in a sparse file.
pub struct Model {
    pub size: u64,
    file: File,
    folder: TempDir,
    random: u64,
}

impl Model {
    pub fn new(size_gib: u64, seed: u64) -> Model {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("disk");
        let file = File::options()
            .read(true)
            .write(true)
            .create_new(true)
            .open(path)
            .unwrap();
        file.set_len(size_gib * GIB).unwrap();
        Model {
            size: size_gib * GIB,
            file,
            folder,
            random: seed,
        }
    }

    pub fn copy(&self) -> Model {
        let copy = Model::new(self.size / GIB, self.random);
        let (from, to) = (
            self.folder.path().join("disk"),
            copy.folder.path().join("disk"),
        );
        let done = Command::new("cp")
            .arg("--sparse=always")
            .args([&from, &to])
            .status()
            .unwrap();
        assert!(done.success());
        let file = File::options().read(true).write(true).open(to).unwrap();
        Model { file, ..copy }
    }

    pub fn grow(&mut self, size_gib: u64) {
        self.size = size_gib * GIB;
        self.file.set_len(self.size).unwrap();
    }

    pub fn read(&self, offset: u64, length: u64) -> Vec<u8> {
        let mut bytes = vec![0; usize::try_from(length).unwrap()];
        self.file.read_exact_at(&mut bytes, offset).unwrap();
        bytes
    }

    pub fn next(&mut self) -> u64 {
        // xorshift: enough to be different everywhere, and the same each time.
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }

    pub fn bytes(&mut self, length: u64) -> Vec<u8> {
        let words = length.div_ceil(8);
        let mut bytes: Vec<u8> = (0..words).flat_map(|_| self.next().to_le_bytes()).collect();
        bytes.truncate(usize::try_from(length).unwrap());
        bytes
    }

    pub fn write(&mut self, offset: u64, bytes: &[u8]) {
        self.file.write_all_at(bytes, offset).unwrap();
    }

    /// The disk as the block store sees it, stored elsewhere.
    pub async fn tree(&self) -> Tree {
        let files = tempfile::tempdir().unwrap();
        let backend = Backend::directory(files.path()).unwrap();
        let index = Arc::new(MemoryIndex::default());
        let store = Store::open(backend, EAST, index, Cache::new(1 << 20, 1 << 20))
            .await
            .unwrap();
        let source = FileChanges::whole(self.file.try_clone().unwrap()).unwrap();
        let write = Write {
            base: None,
            size: self.size,
            domain: Domain::Plain,
            source: Arc::new(source),
            meter: Meter::new(),
        };
        store.write(write).await.unwrap()
    }

    /// Writes random bytes at random places, through the guest and here, some of them not aligned,
    /// and zeroes a stretch.
    pub fn scribble(&mut self, guest: &Guest, writes: usize) {
        let mut commands = Vec::new();
        for n in 0..writes {
            let length = 512 * (1 + self.next() % 600);
            let within = if n % 2 == 0 { 64 << 20 } else { self.size };
            let offset = self.next() % (within - length) / 512 * 512;
            let bytes = self.bytes(length);
            let path = self.folder.path().join(format!("write-{n}"));
            std::fs::write(&path, &bytes).unwrap();
            commands.push(format!("write -s {} {offset} {length}", path.display()));
            self.write(offset, &bytes);
        }
        let offset = self.next() % (32 << 20) / 4096 * 4096;
        commands.push(format!("write -z {offset} 262144"));
        self.write(offset, &vec![0; 262_144]);
        guest.run(&commands).unwrap();
    }
}

/// A guest with one disk.
pub struct Guest(String);

impl Guest {
    pub fn of(export: &Export) -> Guest {
        Guest(format!(
            "nbd+unix:///{}?socket={}",
            export.name,
            export.socket.display()
        ))
    }

    pub async fn open(world: &World, id: &VolumeId) -> Guest {
        Guest::of(&volumes::open(&world.volumes, id).await.unwrap())
    }

    pub fn run(&self, commands: &[String]) -> Result<String, String> {
        let mut program = Command::new("qemu-io");
        program.args(["-f", "raw"]);
        for command in commands {
            program.args(["-c", command]);
        }
        let done = program.arg(&self.0).output().unwrap();
        let text = format!(
            "{}{}",
            String::from_utf8_lossy(&done.stdout),
            String::from_utf8_lossy(&done.stderr)
        );
        if done.status.success() && !text.contains("failed") {
            Ok(text)
        } else {
            Err(text)
        }
    }

    pub fn compare(&self, model: &Model) {
        let path = model.folder.path().join("disk");
        let done = Command::new("qemu-img")
            .args(["compare", "-f", "raw", "-F", "raw", &self.0])
            .arg(path)
            .output()
            .unwrap();
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stdout)
        );
    }
}

pub async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(120), what)
        .await
        .expect("it takes too long")
}
