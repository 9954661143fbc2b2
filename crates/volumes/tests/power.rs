//! The host loses power: what was acknowledged is there, whatever of the rest had reached the disk.
//!
//! A workload (snapshots of a volume that is written to, an upload, a deletion, a collection) runs
//! once under `strace`, plain or encrypted. Then power is lost at many moments, in many ways (`testkit::power`), and each
//! time a fresh start must find what had been acknowledged, finish what had been begun, and go on. The
//! same must hold after single calls have failed. `AMIABLE_POWER_SEEDS=1500` does both more often.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a suite that cannot be set up must fail loudly"
)]

mod world;

use aws_lc_rs::digest::{SHA256, digest};
use base::{Reason, ResourceId, SnapshotId, VolumeId};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use blocks::{Domain, Limits};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use testkit::power::{self, Crash, History};
use volumes::direct::*;
use volumes::{SnapshotState, delete_snapshot};
use world::*;

const FOLDER: &str = "AMIABLE_POWER_FOLDER";
const ACKS: &str = "AMIABLE_POWER_ACKS";
const ENCRYPTED: &str = "AMIABLE_POWER_ENCRYPTED";
const SEEDS: u64 = 30;
const FAULTS: u64 = 21;

const ROUNDS: u8 = 3;
const PUT: i64 = 3;
const SECTOR: u64 = 512;

/// Where, how much, and the byte.
type Writes = Vec<(u64, u64, u8)>;

/// What a round writes before its flush, and after it.
fn writes(round: u8) -> (Writes, Writes) {
    let mut random = Model::new(1, 40 + u64::from(round));
    let mut write = |n: u8| {
        let grains = 1 + random.next() % 24;
        // Some of them where earlier rounds wrote.
        let at = random.next() % 400 * 4096 + (random.next() % 3) * (64 << 20);
        (at, grains * 4096, round * 32 + n)
    };
    (
        (0..10).map(&mut write).collect(),
        (10..14).map(&mut write).collect(),
    )
}

fn block(index: i64) -> Vec<u8> {
    Model::new(1, 900 + u64::try_from(index).unwrap()).bytes(blocks::BLOCK)
}

/// A guest in this process: `strace` would take one of its own for a part of the service.
async fn guest(world: &World, id: &VolumeId) -> testkit::Guest {
    let export = volumes::open(&world.volumes, id).await.unwrap();
    testkit::Guest::connect(&export.socket, &export.name).unwrap()
}

fn write_all(guest: &mut testkit::Guest, all: &[(u64, u64, u8)]) {
    for (offset, length, byte) in all {
        let bytes = vec![*byte; usize::try_from(*length).unwrap()];
        guest.write(*offset, &bytes).unwrap();
    }
}

async fn world_in(folder: &Path) -> World {
    let url = folder.join("catalogue.db").to_str().unwrap().to_owned();
    let database = testkit::sqlite_in(url, &schema()).await;
    World::with(database, folder.to_owned(), None).await
}

/// A key, if disks are to be encrypted.
async fn asked(world: &World) -> volumes::Asked {
    if std::env::var_os(ENCRYPTED).is_none() {
        return volumes::Asked::default();
    }
    let request = keys::CreateKey {
        policy: None,
        description: String::new(),
        origin: keys::Origin::AwsKms,
        tags: Vec::new(),
        lockout: keys::Lockout::Checked,
    };
    let key = keys::create_key(world.volumes.keys(), &world.call(), request).await;
    volumes::Asked {
        encrypted: Some(true),
        key: Some(key.unwrap().id.to_string()),
    }
}

fn start(encryption: volumes::Asked) -> StartSnapshot {
    StartSnapshot {
        size_gib: 1,
        parent: None,
        description: String::new(),
        encryption,
        tags: base::Tags::new(),
        timeout_minutes: Some(60),
        client_token: None,
    }
}

async fn put(world: &World, snapshot: &SnapshotId, index: i64) {
    let data = block(index);
    let put = PutBlock {
        snapshot: snapshot.clone(),
        index,
        checksum: STANDARD.encode(digest(&SHA256, &data)),
        data,
        progress: None,
    };
    put_snapshot_block(&world.volumes, &world.call(), put)
        .await
        .unwrap();
}

async fn complete(
    world: &World,
    snapshot: &SnapshotId,
    blocks: i64,
) -> base::Result<SnapshotState> {
    let complete = CompleteSnapshot {
        snapshot: snapshot.clone(),
        changed_blocks: blocks,
        checksum: None,
    };
    complete_snapshot(&world.volumes, &world.call(), complete).await
}

async fn collect(world: &World, now: u64) {
    let index = volumes::collection(world.database.db.clone());
    let limits = Limits {
        delay_ms: 0,
        rows: 500,
        rows_per_second: u64::MAX,
        bytes_per_second: u64::MAX,
        compactions: 100,
    };
    world
        .store(EAST)
        .collect(&*index, &limits, now)
        .await
        .unwrap();
}

/// The disk that a snapshot holds, as text.
async fn held(world: &World, snapshot: &SnapshotId) -> Option<(SnapshotState, String)> {
    let mut tx = world.volumes.db().read().await.unwrap();
    let ids = [snapshot.clone()];
    let found = volumes::snapshots_by_id(&mut tx, &ids).await.unwrap();
    let found = found.get(snapshot)?;
    if let Some(message) = &found.state_message {
        println!("{snapshot}: {message}");
    }
    let tree = found.tree.as_ref().map(|tree| tree.digest().to_string());
    Some((found.state, tree.unwrap_or_default()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the others run it, under strace"]
async fn workload() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else {
        return;
    };
    let mut acks = File::create(std::env::var_os(ACKS).unwrap()).unwrap();
    let mut ack = |line: String| acks.write_all(format!("{line}\n").as_bytes()).unwrap();
    ack("begun".into());
    let world = world_in(&folder).await;
    let encryption = asked(&world).await;
    let request = volumes::CreateVolume {
        encryption: encryption.clone(),
        ..wanted(EAST, Some(1), None)
    };
    let made = volumes::create_volume(&world.volumes, &world.call(), request).await;
    let volume = made.unwrap().id;
    ack(format!("volume {volume}"));
    let mut guest = guest(&world, &volume).await;
    let mut first = None;
    for round in 0..ROUNDS {
        let (before, after) = writes(round);
        write_all(&mut guest, &before);
        guest.flush().unwrap();
        ack(format!("flushed {round}"));
        let snapshot = world.begin_snapshot(&volume).await.id;
        ack(format!("snapshot {snapshot}"));
        write_all(&mut guest, &after);
        world.run_jobs().await;
        let (_, digest) = held(&world, &snapshot).await.unwrap();
        ack(format!("completed {snapshot} {digest}"));
        first.get_or_insert(snapshot);
    }
    let started = start_snapshot(&world.volumes, &world.call(), start(encryption)).await;
    let direct = started.unwrap().snapshot.id;
    ack(format!("started {direct}"));
    for index in 0..PUT {
        put(&world, &direct, index).await;
        ack(format!("put {index}"));
    }
    complete(&world, &direct, PUT).await.unwrap();
    ack(format!("snapshot {direct}"));
    world.run_jobs().await;
    let (_, digest) = held(&world, &direct).await.unwrap();
    ack(format!("completed {direct} {digest}"));
    let first = first.unwrap();
    delete_snapshot(&world.volumes, &world.call(), &first)
        .await
        .unwrap();
    ack(format!("deleted {first}"));
    for now in 1..4 {
        collect(&world, now).await;
    }
    ack("collected".into());
}

fn words(ack: &str) -> Vec<&str> {
    ack.split(' ').collect()
}

/// What a start finds after power was lost.
struct Found<'a> {
    world: World,
    crash: &'a Crash,
    /// What each snapshot holds once it is completed.
    digests: &'a BTreeMap<String, String>,
    encrypted: bool,
}

impl Found<'_> {
    fn acks(&self, what: &str) -> impl Iterator<Item = &str> {
        let of = move |ack: &'_ String| words(ack)[0] == what;
        let acks = self.crash.acks.iter().filter(move |ack| of(ack));
        acks.map(|ack| ack.split_once(' ').map_or("", |(_, rest)| rest))
    }

    async fn check(&self) {
        self.upload().await;
        self.world.run_jobs().await;
        let deleted: BTreeSet<&str> = self.acks("deleted").collect();
        for id in self.acks("snapshot") {
            let found = held(&self.world, &SnapshotId::parse(id).unwrap()).await;
            if deleted.contains(id) {
                assert_eq!(found, None, "{id} was deleted");
            } else if let Some((state, digest)) = found {
                assert_eq!(state, SnapshotState::Completed, "{id}");
                if let Some(known) = self.digests.get(id) {
                    assert_eq!(&digest, known, "{id} holds something else");
                }
            } else {
                let last = self.crash.acks.last().unwrap();
                assert!(last.starts_with("completed"), "{id} is gone");
            }
        }
        self.whole().await;
        if let Some(id) = self.acks("volume").next() {
            self.volume(&VolumeId::parse(id).unwrap()).await;
        }
        self.whole().await;
    }

    /// An upload that was begun can be ended with what was acknowledged of it.
    async fn upload(&self) {
        let Some(id) = self.acks("started").next() else {
            return;
        };
        let id = SnapshotId::parse(id).unwrap();
        let (acknowledged, before) = (self.acks("put").count(), held(&self.world, &id).await);
        let mut blocks = i64::try_from(acknowledged).unwrap();
        let closed = |error: &base::Error| error.reason != Reason::Invalid;
        match complete(&self.world, &id, blocks).await {
            Ok(_) => {}
            Err(error) if closed(&error) => assert_eq!(blocks, PUT, "{error:?} {before:?}"),
            // One more may be there than was acknowledged.
            Err(_) => {
                blocks += 1;
                complete(&self.world, &id, blocks).await.unwrap();
            }
        }
        self.world.run_jobs().await;
        let read = self.blocks(&id).await;
        for index in 0..blocks {
            assert!(read[&index] == block(index), "block {index} is another");
        }
    }

    /// All blocks of a completed snapshot.
    async fn blocks(&self, id: &SnapshotId) -> BTreeMap<i64, Vec<u8>> {
        let (volumes, call) = (&self.world.volumes, self.world.call());
        let listed = list_snapshot_blocks(volumes, &call, id, ListBlocks::default()).await;
        let mut blocks = BTreeMap::new();
        for block in listed.unwrap().blocks {
            let index = i64::try_from(block.index).unwrap();
            let get = GetBlock {
                snapshot: id.clone(),
                index,
                token: block.token,
            };
            let read = get_snapshot_block(volumes, &call, get).await.unwrap();
            blocks.insert(index, read.data);
        }
        blocks
    }

    /// Each sector is as it was flushed, or as a later write left it; and writing goes on.
    async fn volume(&self, id: &VolumeId) {
        let mut guest = guest(&self.world, id).await;
        let flushed = self.acks("flushed").count();
        let mut allowed: BTreeMap<u64, BTreeSet<u8>> = BTreeMap::new();
        for round in 0..ROUNDS {
            let (before, after) = writes(round);
            for (late, all) in [(false, before), (true, after)] {
                let sure =
                    usize::from(round) < flushed && !late || usize::from(round) + 1 < flushed;
                for (offset, length, byte) in all {
                    for sector in offset / SECTOR..(offset + length) / SECTOR {
                        let bytes = allowed.entry(sector).or_insert_with(|| [0].into());
                        if sure {
                            bytes.clear();
                        }
                        bytes.insert(byte);
                    }
                }
            }
        }
        for (sector, bytes) in &allowed {
            let found = guest.read(sector * SECTOR, 512).unwrap();
            let is_one = bytes.contains(&found[0]) && found.iter().all(|byte| *byte == found[0]);
            assert!(
                is_one,
                "sector {sector} is {:?}, not of {bytes:?}",
                &found[..4]
            );
        }
        let more = (5 << 20, 8192, 250);
        write_all(&mut guest, &[more]);
        guest.flush().unwrap();
        assert_eq!(guest.read(more.0, 8192).unwrap(), vec![more.2; 8192]);
        let snapshot = self.world.snapshot(id).await;
        assert_eq!(snapshot.state, SnapshotState::Completed);
        let stored = self.blocks(&snapshot.id).await;
        assert_eq!(stored[&10][..8192], vec![more.2; 8192]);
    }

    /// Nothing that anybody refers to is lost or damaged.
    async fn whole(&self) {
        let mut stores = BTreeMap::new();
        for name in [EAST, WEST] {
            stores.insert(region(name), self.world.store(name).clone());
        }
        let db = self.world.volumes.db();
        let folder = self.world.files.path().join("volumes");
        for checked in volumes::fsck(db, &stores, &folder, 0).await.unwrap() {
            assert!(checked.ok(), "{checked:?}");
        }
        let mut tx = db.read().await.unwrap();
        let ids: Vec<_> = self
            .digests
            .keys()
            .map(|id| SnapshotId::parse(id).unwrap())
            .collect();
        let found = volumes::snapshots_by_id(&mut tx, &ids).await.unwrap();
        drop(tx);
        for (id, snapshot) in &found {
            let Some(tree) = &snapshot.tree else {
                continue;
            };
            assert_eq!(tree.is_sealed(), self.encrypted);
            if self.encrypted {
                self.blocks(id).await;
                continue;
            }
            let verified = self.world.store(EAST).verify(tree, &Domain::Plain).await;
            let verified = verified.unwrap();
            assert!(verified.ok(), "{verified:?}");
        }
    }
}

/// Folders name the boot of the machine that they were written under, which is over.
fn another_boot(folder: &Path) {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    let (this, other) = (boot.trim(), "00000000-0000-0000-0000-000000000000");
    let folders = std::fs::read_dir(folder).into_iter().flatten();
    for file in folders.flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap()) {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name == "written" {
            let file = File::options().write(true).open(&path).unwrap();
            if file.metadata().unwrap().len() >= 16 {
                file.write_all_at(&[0; 16], 0).unwrap();
            }
        } else if name.starts_with("manifest") || name.contains("draft") {
            let text = std::fs::read_to_string(&path).unwrap();
            let Some((line, sum)) = text.split_once('\n') else {
                continue;
            };
            if sum.trim_end() == blake3::hash(line.as_bytes()).to_string() {
                assert!(line.contains(this) || line.contains(other), "{line}");
                let line = line.replace(this, other);
                let sum = blake3::hash(line.as_bytes());
                std::fs::write(&path, format!("{line}\n{sum}\n")).unwrap();
            }
        }
    }
}

/// This program as the workload, on a folder.
fn working_on(folder: &Path, acks: &Path, encrypted: bool) -> Command {
    std::fs::create_dir(folder).unwrap();
    let mut program = Command::new(std::env::current_exe().unwrap());
    program.args(["--exact", "workload", "--ignored", "--nocapture"]);
    program.env(FOLDER, folder).env(ACKS, acks);
    if encrypted {
        program.env(ENCRYPTED, "yes");
    }
    program
}

fn recorded(encrypted: bool) -> History {
    let files = tempfile::tempdir().unwrap();
    let (folder, acks) = (files.path().join("data"), files.path().join("acks"));
    let mut program = working_on(&folder, &acks, encrypted);
    power::record(&mut program, &folder, &acks)
}

/// What each snapshot was said to hold.
fn digests<'a>(acks: impl Iterator<Item = &'a str>) -> BTreeMap<String, String> {
    let completed = acks.filter_map(|ack| match words(ack).as_slice() {
        ["completed", id, digest] => Some(((*id).to_owned(), (*digest).to_owned())),
        _ => None,
    });
    completed.collect()
}

fn seeds(usual: u64) -> u64 {
    std::env::var("AMIABLE_POWER_SEEDS").map_or(usual, |seeds| seeds.parse().unwrap())
}

/// The service starts on the folder, and finds what was acknowledged.
async fn found(folder: &Path, crash: &Crash, digests: &BTreeMap<String, String>, encrypted: bool) {
    let world = world_in(folder).await;
    world.database.db.free_all_leases().await.unwrap();
    // Not before what the workload did.
    world.clock.advance(200);
    let found = Found {
        world,
        crash,
        digests,
        encrypted,
    };
    found.check().await;
    found.world.volumes.shutdown();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_the_loss_of_power() {
    survives(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_of_encrypted_disks_survives_the_loss_of_power() {
    survives(true).await;
}

async fn survives(encrypted: bool) {
    let history = tokio::task::spawn_blocking(move || recorded(encrypted));
    let history = history.await.unwrap();
    let digests = digests(history.acks());
    assert_eq!(digests.len(), usize::from(ROUNDS) + 1);
    let seeds = seeds(SEEDS);
    let (changes, syncs) = history.counts();
    println!("{changes} changes and {syncs} syncs; power is lost {seeds} times");
    for seed in 0..seeds {
        let crash = history.crash(seed);
        let folder = tempfile::tempdir().unwrap();
        history.leave(&crash, folder.path());
        another_boot(&folder.path().join("volumes"));
        println!("seed {seed}, after {:?}", crash.acks.last());
        found(folder.path(), &crash, &digests, encrypted).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_fails_makes_nothing_acknowledged_untrue() {
    let calls = [
        "pwrite64",
        "fdatasync",
        "fsync",
        "ftruncate",
        "linkat",
        "rename",
        "pread64",
    ];
    let mut random = Model::new(1, 77);
    let mut ended_early = 0;
    for seed in 0..seeds(FAULTS) {
        let pick = |of: u64, next: u64| usize::try_from(next % of).unwrap();
        let call = calls[pick(7, seed)];
        let reads = call == "pread64";
        let error = ["EIO", "ENOSPC"][if reads { 0 } else { pick(2, random.next()) }];
        let calls_of_it = match call {
            "pwrite64" => 500,
            "pread64" => 150,
            _ => 7,
        };
        let nth = 1 + random.next() % calls_of_it;
        let encrypted = random.next().is_multiple_of(2);
        let files = tempfile::tempdir().unwrap();
        let (folder, acks) = (files.path().join("data"), files.path().join("acks"));
        let mut program = working_on(&folder, &acks, encrypted);
        let run = move || power::fail(&mut program, (call, error, nth));
        let ended = tokio::task::spawn_blocking(run).await.unwrap();
        ended_early += u32::from(!ended);
        let acks = std::fs::read_to_string(&acks).unwrap();
        println!("{error} of {call} {nth}, after {:?}", acks.lines().last());
        let digests = digests(acks.lines());
        found(&folder, &Crash::none(&acks), &digests, encrypted).await;
    }
    assert!(ended_early > 0, "no fault was noticed");
}
