//! Collecting garbage while writers, copies, deletions and crashes happen, in every order that is
//! small enough to try, and in many random ones.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    reason = "a test may stop where it fails"
)]

mod support;

use async_trait::async_trait;
use blocks::{
    Address, Audit, Backend, Collection, Domain, Error, Held, Index, Limits, Location, MemoryIndex,
    Pack, PackId, PackState, Planned, References, Result, Store, Swept, Tree,
};
use futures::FutureExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::SeqCst};
use support::*;

const HERE: &str = "eu-west-1";

fn address(n: u8) -> Address {
    Address::from_bytes([n; 32])
}

/// A pack with these addresses, of which some are pages.
fn pack(id: u8, entries: &[u8], pages: &[(u8, &[u8])]) -> Pack {
    let id = PackId::from_bytes([id; 16]);
    let located = |(n, name): (usize, &u8)| {
        let offset = u32::try_from(n).unwrap() * 100;
        (
            address(*name),
            Location {
                pack: id,
                offset,
                len: 100,
            },
        )
    };
    Pack {
        id,
        note: None,
        bytes: 100 * entries.len() as u64,
        entries: entries.iter().enumerate().map(located).collect(),
        pages: pages
            .iter()
            .map(|(page, children)| References {
                page: address(*page),
                children: children.iter().map(|child| address(*child)).collect(),
            })
            .collect(),
    }
}

fn now<T>(work: impl Future<Output = T>) -> T {
    work.now_or_never().expect("memory answers at once")
}

/// One actor of the small world: what it has done, and what it has seen.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Actor {
    /// Writes a disk of one page over chunk 1, which it stores only if a look-up does not find it.
    Writer {
        name: u8,
        step: u8,
        seen: u64,
        has: bool,
        tries: u8,
    },
    /// Deletes the disk "old", which has chunk 1 too.
    Deleter {
        step: u8,
    },
    Collector {
        step: u8,
    },
}

#[derive(Clone)]
struct World {
    index: MemoryIndex,
    actors: Vec<Actor>,
}

impl World {
    /// The next step of an actor; `false` if it has none.
    fn step(&mut self, at: usize) -> bool {
        let index = &self.index;
        match &mut self.actors[at] {
            Actor::Writer {
                name,
                step,
                seen,
                has,
                tries,
            } => {
                let page = 100 + *name;
                match *step {
                    0 => *seen = now(index.generation(HERE)).unwrap(),
                    1 => *has = now(index.lookup(HERE, &[address(1)])).unwrap()[0].is_some(),
                    2 => {
                        let id = *name * 10 + *tries;
                        let entries: &[u8] = if *has { &[page] } else { &[1, page] };
                        let pack = pack(id, entries, &[(page, &[1])]);
                        if now(index.insert_pack(HERE, &pack, *seen)).is_err() {
                            // Again, under another name.
                            (*step, *tries) = (0, *tries + 1);
                            return true;
                        }
                    }
                    3 => {
                        let holder = format!("disk-{name}");
                        if now(index.hold(HERE, &holder, &[address(page)])).is_err() {
                            (*step, *tries) = (0, *tries + 1);
                            return true;
                        }
                    }
                    _ => return false,
                }
                *step += 1;
            }
            Actor::Deleter { step } => {
                if *step > 0 {
                    return false;
                }
                now(index.hold(HERE, "old", &[])).unwrap();
                *step = 1;
            }
            Actor::Collector { step } => {
                // No delay at all: the protocol must not need one.
                match *step {
                    0 | 3 => drop(now(index.count(HERE, 1)).unwrap()),
                    1 | 4 => drop(now(index.notice(HERE, 1, 1)).unwrap()),
                    2 | 5 => drop(now(index.sweep(HERE, 1, 1, 1)).unwrap()),
                    _ => return false,
                }
                *step += 1;
            }
        }
        true
    }

    /// What is held is whole; nothing is counted wrong.
    fn check(&self) {
        let audit = now(self.index.audit(HERE)).unwrap();
        assert_eq!(audit.findings, [""; 0], "{:?}", self.actors);
        for (holder, root) in now(self.index.roots(HERE)).unwrap() {
            let found = now(self.index.lookup(HERE, &[root, address(1)])).unwrap();
            assert!(
                found.iter().all(Option::is_some),
                "{holder} is not whole: {:?}",
                self.actors
            );
        }
    }
}

/// Every order of the steps, and every state checked.
fn explore(world: &World, seen: &mut std::collections::HashSet<String>, states: &mut u64) {
    world.check();
    let state = format!("{:?}{:?}", world.actors, world.index);
    if !seen.insert(blake3::hash(state.as_bytes()).to_string()) {
        return;
    }
    *states += 1;
    for at in 0..world.actors.len() {
        let mut next = world.clone();
        if next.step(at) {
            explore(&next, seen, states);
        }
    }
}

#[test]
fn no_order_of_two_writers_a_deletion_and_two_sweeps_loses_what_is_held() {
    let index = MemoryIndex::default();
    let old = pack(200, &[1, 99], &[(99, &[1])]);
    now(index.insert_pack(HERE, &old, 0)).unwrap();
    now(index.hold(HERE, "old", &[address(99)])).unwrap();
    let writer = |name| Actor::Writer {
        name,
        step: 0,
        seen: 0,
        has: false,
        tries: 0,
    };
    let actors = vec![
        writer(1),
        writer(2),
        Actor::Deleter { step: 0 },
        Actor::Collector { step: 0 },
    ];
    let (mut seen, mut states) = (std::collections::HashSet::new(), 0);
    explore(&World { index, actors }, &mut seen, &mut states);
    println!("{states} states");
    assert!(states > 1000, "{states}");
}

/// An index whose every call waits for a random while, and that is killed after so many of them.
struct Shaken {
    index: Arc<MemoryIndex>,
    random: AtomicU64,
    left: AtomicI64,
}

impl Shaken {
    fn new(index: &Arc<MemoryIndex>, seed: u64, left: i64) -> Arc<Self> {
        Arc::new(Self {
            index: index.clone(),
            random: AtomicU64::new(seed),
            left: AtomicI64::new(left),
        })
    }

    async fn turn(&self) -> Result<()> {
        let n = self.random.fetch_add(0x9e37_79b9_7f4a_7c15, SeqCst);
        let n = (n ^ (n >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40;
        for _ in 0..n % 7 {
            tokio::task::yield_now().await;
        }
        if n.is_multiple_of(5) {
            tokio::time::sleep(std::time::Duration::from_micros(n % 900)).await;
        }
        if self.left.fetch_sub(1, SeqCst) > 0 {
            Ok(())
        } else {
            Err(Error::store(std::io::Error::other("killed")))
        }
    }
}

macro_rules! shaken {
    ($($trait:ident { $(fn $name:ident($($arg:ident: $ty:ty),*) -> $out:ty;)* })*) => {$(
        #[async_trait]
        impl $trait for Shaken {
            $(async fn $name(&self, region: &str, $($arg: $ty),*) -> Result<$out> {
                self.turn().await?;
                let done = $trait::$name(&*self.index, region, $($arg),*).await;
                // Killed after it was done, and before anybody heard of it.
                self.turn().await?;
                done
            })*
        }
    )*};
}

shaken! {
    Index {
        fn lookup(addresses: &[Address]) -> Vec<Option<Location>>;
        fn generation() -> u64;
        fn insert_pack(pack: &Pack, generation: u64) -> ();
        fn keep(addresses: &[Address]) -> ();
        fn remove_pack(pack: &PackId) -> ();
        fn list_packs() -> Vec<(PackId, u64)>;
        fn expand(mark: [u8; 8]) -> Vec<Address>;
    }
    Collection {
        fn hold(holder: &str, roots: &[Address]) -> ();
        fn count(limit: usize) -> bool;
        fn notice(now: u64, limit: usize) -> u64;
        fn plan(cutoff: u64) -> Planned;
        fn sweep(cutoff: u64, now: u64, limit: usize) -> Swept;
        fn rehearse(cutoff: u64, now: u64, limit: usize) -> Swept;
        fn sparse(limit: usize) -> Vec<PackState>;
        fn condemned(cutoff: u64, limit: usize) -> Vec<PackState>;
        fn unchecked(before: u64, limit: usize) -> Vec<PackState>;
        fn packs() -> Vec<PackState>;
        fn states(ids: &[PackId]) -> Vec<Option<PackState>>;
        fn contents(pack: &PackId) -> Vec<Held>;
        fn relocate(from: &PackId, to: Option<&Pack>, lost: &[Address], now: u64) -> ();
        fn condemn(pack: &PackId, bytes: u64, now: u64) -> bool;
        fn bury(pack: &PackId) -> ();
        fn note_checked(pack: &PackId, now: u64) -> ();
        fn holders(addresses: &[Address]) -> Vec<String>;
        fn roots() -> Vec<(String, Address)>;
        fn history() -> (u64, u64);
        fn audit() -> Audit;
        fn wipe() -> ();
    }
}

fn at_once() -> Limits {
    Limits {
        delay_ms: 0,
        rows: 40,
        rows_per_second: u64::MAX,
        bytes_per_second: u64::MAX,
        compactions: 100,
    }
}

/// A disk of a few chunks, many of them shared with the disks of other seeds.
fn patchwork(seed: u64) -> Vec<u8> {
    let pieces = (0..6).map(|n| noise((seed * 7 + n * n) % 11, 96 * 1024));
    pieces.collect::<Vec<_>>().concat()
}

async fn open(dir: &std::path::Path, index: Arc<dyn Index>) -> Store {
    Store::open(Backend::directory(dir).unwrap(), HERE, index, cache())
        .await
        .unwrap()
}

/// Writes a disk until it is held, as a job does; gives up when killed.
async fn write_held(
    store: &Store,
    index: &Shaken,
    name: &str,
    bytes: &[u8],
    domain: &Domain,
) -> Option<Tree> {
    loop {
        let all = 0..(bytes.len() as u64).div_ceil(4096);
        let tree = match write_on(store, None, bytes, vec![all], domain).await {
            Ok(tree) => tree,
            Err(error) if error.to_string().contains("was collected") => continue,
            Err(_) => return None,
        };
        match index
            .hold(HERE, name, &[tree.root_address().unwrap()])
            .await
        {
            Ok(()) => return Some(tree),
            Err(error) if error.to_string().contains("was collected") => {}
            // Killed: it may be held or not, which is for the next start to find out.
            Err(_) => return None,
        }
    }
}

/// Three writers and two collectors on one store, killed at a random step, several times over.
async fn storm(seed: u64) {
    let dir = tempfile::tempdir().unwrap();
    let index = Arc::new(MemoryIndex::default());
    let mut kept: Vec<(String, Tree, Vec<u8>, Domain)> = Vec::new();
    for life in 0..3 {
        let shaken = Shaken::new(
            &index,
            seed * 31 + life,
            150 + (seed * 97 + life * 53).cast_signed() % 500,
        );
        let store = open(dir.path(), shaken.clone()).await;
        let writers = (0..3).map(|n| {
            let (store, shaken, index) = (store.clone(), shaken.clone(), index.clone());
            tokio::spawn(async move {
                let mut kept = Vec::new();
                for round in 0..4 {
                    let bytes = patchwork(seed + n * 5 + round);
                    let domain = if n == 2 { sealed(3) } else { Domain::Plain };
                    let name = format!("disk-{life}-{n}-{round}");
                    let tree = write_held(&store, &shaken, &name, &bytes, &domain).await;
                    let Some(tree) = tree else { break };
                    if (seed + round).is_multiple_of(2) {
                        // What the row said before the kill is what counts.
                        let forgotten = shaken.hold(HERE, &name, &[]).await;
                        let roots = index.roots(HERE).await.unwrap();
                        if forgotten.is_ok() || !roots.iter().any(|(holder, _)| *holder == name) {
                            continue;
                        }
                    }
                    kept.push((name, tree, bytes, domain));
                }
                kept
            })
        });
        let writers: Vec<_> = writers.collect();
        let collectors = (0..2).map(|n| {
            let (store, shaken) = (store.clone(), shaken.clone());
            tokio::spawn(async move {
                for tick in 0..8 {
                    let now = 1 + life * 100 + tick * 2 + n;
                    if store.collect(&*shaken, &at_once(), now).await.is_err() {
                        break;
                    }
                }
            })
        });
        let collectors: Vec<_> = collectors.collect();
        for writer in writers {
            kept.extend(writer.await.unwrap());
        }
        for collector in collectors {
            collector.await.unwrap();
        }
        let audit = index.audit(HERE).await.unwrap();
        assert_eq!(audit.findings, [""; 0], "seed {seed}");
        // Past every cache.
        let fresh = open(dir.path(), index.clone()).await;
        for (name, tree, bytes, domain) in &kept {
            let verified = fresh.verify(tree, domain).await.unwrap();
            assert!(verified.ok(), "seed {seed}: {name}: {:?}", verified.damage);
            assert_eq!(
                read_all(&fresh, tree, domain).await.unwrap(),
                *bytes,
                "seed {seed}"
            );
        }
    }
    // In the end everything goes.
    for (holder, _) in index.roots(HERE).await.unwrap() {
        index.hold(HERE, &holder, &[]).await.unwrap();
    }
    let store = open(dir.path(), index.clone()).await;
    for tick in 0..4 {
        store
            .collect(&*index, &at_once(), 1_000_000 + tick)
            .await
            .unwrap();
        let far = u64::MAX / 2;
        store.tidy(&*index, &at_once(), far).await.unwrap();
        store
            .collect(&*index, &at_once(), far + tick)
            .await
            .unwrap();
    }
    assert_eq!(store.packs().await.unwrap(), [], "seed {seed}");
    assert_eq!(index.audit(HERE).await.unwrap().addresses, 0, "seed {seed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn storms_of_writers_collectors_and_kills_lose_nothing_and_leave_nothing() {
    let seeds = std::env::var("AMIABLE_SEEDS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(12);
    for seed in 0..seeds {
        storm(seed).await;
    }
}

#[tokio::test]
async fn deleting_one_of_many_disks_frees_what_only_it_had_and_touches_nothing_else() {
    let mut touched = Vec::new();
    for others in [3_u64, 60] {
        let dir = tempfile::tempdir().unwrap();
        let index = Arc::new(MemoryIndex::default());
        let store = open(dir.path(), index.clone()).await;
        let shaken = Shaken::new(&index, 1, i64::MAX);
        let shared = noise(9, 4 << 20);
        for n in 0..others {
            let bytes = [shared.clone(), noise(1000 + n, 1 << 20)].concat();
            write_held(
                &store,
                &shaken,
                &format!("disk-{n}"),
                &bytes,
                &Domain::Plain,
            )
            .await
            .unwrap();
        }
        store.collect(&*index, &at_once(), 1).await.unwrap();
        let before = store.totals().await.unwrap();
        index.hold(HERE, "disk-1", &[]).await.unwrap();
        // Its first collection empties its own packs, the second deletes them.
        let counting = Shaken::new(&index, 1, i64::MAX);
        let first = store.collect(&*counting, &at_once(), 10).await.unwrap();
        store.collect(&*counting, &at_once(), 11).await.unwrap();
        let calls = i64::MAX - counting.left.load(SeqCst);
        let freed = before.bytes - store.totals().await.unwrap().bytes;
        assert!(freed > (1 << 20) && freed < (1 << 20) + 100_000, "{freed}");
        touched.push((first.addresses, first.bytes, calls));
    }
    assert_eq!(touched[0], touched[1]);
}

#[tokio::test]
async fn the_delay_is_kept_and_the_plan_says_what_will_go() {
    let dir = tempfile::tempdir().unwrap();
    let index = Arc::new(MemoryIndex::default());
    let store = open(dir.path(), index.clone()).await;
    let shaken = Shaken::new(&index, 1, i64::MAX);
    let bytes = noise(1, 1 << 20);
    let tree = write_held(&store, &shaken, "disk", &bytes, &Domain::Plain)
        .await
        .unwrap();
    index.hold(HERE, "disk", &[]).await.unwrap();
    let limits = Limits {
        delay_ms: 1000,
        ..at_once()
    };
    store.collect(&*index, &limits, 10_000).await.unwrap();
    store.collect(&*index, &limits, 10_999).await.unwrap();
    let plan = index.plan(HERE, 10_000).await.unwrap();
    // Only the root is known to be garbage; what is below it follows.
    assert_eq!((plan.unreferenced, plan.due), (1, 1));
    assert_eq!(
        read_all(&store, &tree, &Domain::Plain).await.unwrap(),
        bytes
    );
    let done = store.collect(&*index, &limits, 11_000).await.unwrap();
    assert!(done.bytes > 1 << 20 && done.packs_deleted == 0);
    assert_eq!(index.plan(HERE, 0).await.unwrap().condemned, 1);
    let done = store.collect(&*index, &limits, 12_000).await.unwrap();
    assert_eq!(done.packs_deleted, 1);
    assert_eq!(store.totals().await.unwrap().bytes, 0);
}

#[tokio::test]
async fn a_compacted_pack_reads_the_same_and_readers_find_what_moved() {
    for domain in [Domain::Plain, sealed(5)] {
        let dir = tempfile::tempdir().unwrap();
        let index = Arc::new(MemoryIndex::default());
        let store = open(dir.path(), index.clone()).await;
        let shaken = Shaken::new(&index, 1, i64::MAX);
        let both = noise(1, 6 << 20);
        write_held(&store, &shaken, "both", &both, &domain)
            .await
            .unwrap();
        let half = both[..2 << 20].to_vec();
        let tree = write_held(&store, &shaken, "half", &half, &domain)
            .await
            .unwrap();
        let reader = store.disk(&tree, &domain).await.unwrap();
        index.hold(HERE, "both", &[]).await.unwrap();
        let mut moved = 0;
        for tick in 1..5 {
            moved += store
                .collect(&*index, &at_once(), tick * 10)
                .await
                .unwrap()
                .bytes_moved;
        }
        assert!(moved > 1_900_000 && moved < 3 << 20, "{moved}");
        let totals = store.totals().await.unwrap();
        assert!(totals.bytes < 3 << 20, "{totals:?}");
        let mut buf = vec![0; half.len()];
        reader.read_at(0, &mut buf).await.unwrap();
        assert!(buf == half);
        // From the packs alone, what refers to what is known again, keys or not.
        let again = Arc::new(MemoryIndex::default());
        let store = open(dir.path(), again.clone()).await;
        assert_eq!(store.rebuild_index().await.unwrap().damaged, []);
        again
            .hold(HERE, "half", &[tree.root_address().unwrap()])
            .await
            .unwrap();
        for tick in 1..5 {
            store.collect(&*again, &at_once(), tick * 10).await.unwrap();
        }
        assert_eq!(read_all(&store, &tree, &domain).await.unwrap(), half);
        assert_eq!(again.audit(HERE).await.unwrap().findings, [""; 0]);
        again.hold(HERE, "half", &[]).await.unwrap();
        for tick in 5..10 {
            store.collect(&*again, &at_once(), tick * 10).await.unwrap();
        }
        assert_eq!(store.totals().await.unwrap().bytes, 0);
    }
}

#[tokio::test]
async fn what_an_interrupted_upload_leaves_is_removed_after_the_delay() {
    let dir = tempfile::tempdir().unwrap();
    let index = Arc::new(MemoryIndex::default());
    let store = open(dir.path(), index.clone()).await;
    write_all(&store, &noise(1, 100_000), &Domain::Plain).await;
    let pack = files_under(dir.path()).pop().unwrap();
    let staged = pack.with_file_name(format!("{}#1", "ab".repeat(16)));
    let other = pack.with_file_name("notes#1");
    std::fs::write(&staged, b"half a pack").unwrap();
    std::fs::write(&other, b"somebody else's").unwrap();
    let clock = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let now = clock.as_millis() as u64;
    let limits = Limits {
        delay_ms: 60_000,
        ..at_once()
    };
    assert_eq!(
        store.tidy(&*index, &limits, now).await.unwrap().leftovers,
        0
    );
    // A pack that no index has heard of, as after a loss of the database.
    let empty = Arc::new(MemoryIndex::default());
    assert_eq!(store.tidy(&*empty, &limits, now).await.unwrap().orphans, 0);
    let later = now + 120_000;
    let tidied = store.tidy(&*index, &limits, later).await.unwrap();
    assert_eq!((tidied.leftovers, tidied.orphans), (1, 0));
    assert!(!staged.exists() && other.exists() && pack.exists());
    assert_eq!(
        store.tidy(&*empty, &limits, later).await.unwrap().orphans,
        1
    );
    // The writer that slept cannot bring it back.
    let id: PackId = pack.file_name().unwrap().to_str().unwrap().parse().unwrap();
    let late = Pack {
        id,
        bytes: 1,
        entries: Vec::new(),
        pages: Vec::new(),
        note: None,
    };
    assert!(empty.insert_pack(HERE, &late, 0).await.is_err());
}

/// Flips a bit in the middle of the first pack of a Region.
fn damage(dir: &std::path::Path, region: &str) {
    let pack = files_under(&dir.join(region)).remove(0);
    let mut bytes = std::fs::read(&pack).unwrap();
    let at = bytes.len() / 2;
    bytes[at] ^= 4;
    std::fs::remove_file(&pack).unwrap();
    std::fs::write(&pack, bytes).unwrap();
}

#[tokio::test]
async fn planted_damage_is_found_named_and_repaired_from_another_region_without_keys() {
    for domain in [Domain::Plain, sealed(7)] {
        let dir = tempfile::tempdir().unwrap();
        let index = Arc::new(MemoryIndex::default());
        let store = open(dir.path(), index.clone()).await;
        let shaken = Shaken::new(&index, 1, i64::MAX);
        let bytes = noise(1, 2 << 20);
        let tree = write_held(&store, &shaken, "snap-1", &bytes, &domain)
            .await
            .unwrap();
        let elsewhere = store_with(dir.path(), "us-east-1", index.clone()).await;
        blocks::copy(&tree, &domain, &store, &elsewhere, blocks::Meter::new())
            .await
            .unwrap();
        damage(dir.path(), HERE);
        let peers = [elsewhere];
        let store = open(dir.path(), index.clone()).await;
        let scrub = store
            .scrub(&*index, &peers, &at_once(), 5, 5, 10)
            .await
            .unwrap();
        assert_eq!((scrub.repaired, scrub.lost, scrub.damage.len()), (1, 0, 1));
        assert_eq!(scrub.damage[0].holders, ["snap-1"]);
        assert!(scrub.ok());
        assert!(store.verify(&tree, &domain).await.unwrap().ok());
        let again = store
            .scrub(&*index, &peers, &at_once(), 6, 6, 10)
            .await
            .unwrap();
        assert_eq!((again.damage, again.packs), (Vec::new(), 1));
        // What was scrubbed a moment ago is not scrubbed again.
        let due = store
            .scrub(&*index, &peers, &at_once(), 7, 6, 10)
            .await
            .unwrap();
        assert_eq!(due.packs, 0);
    }
}

#[tokio::test]
async fn damage_that_nobody_can_repair_is_named_and_heals_when_the_content_comes_again() {
    let dir = tempfile::tempdir().unwrap();
    let index = Arc::new(MemoryIndex::default());
    let store = open(dir.path(), index.clone()).await;
    let shaken = Shaken::new(&index, 1, i64::MAX);
    let bytes = noise(1, 2 << 20);
    let tree = write_held(&store, &shaken, "snap-1", &bytes, &Domain::Plain)
        .await
        .unwrap();
    damage(dir.path(), HERE);
    let store = open(dir.path(), index.clone()).await;
    for round in 1..3 {
        let scrub = store
            .scrub(&*index, &[], &at_once(), round, u64::MAX, 10)
            .await
            .unwrap();
        assert_eq!((scrub.repaired, scrub.lost), (0, 1), "round {round}");
        assert_eq!(scrub.damage[0].holders, ["snap-1"]);
        assert!(!scrub.ok() && !store.verify(&tree, &Domain::Plain).await.unwrap().ok());
        store.collect(&*index, &at_once(), 10).await.unwrap();
    }
    assert_eq!(index.audit(HERE).await.unwrap().lost, 1);
    write_held(&store, &shaken, "snap-2", &bytes, &Domain::Plain)
        .await
        .unwrap();
    let store = open(dir.path(), index.clone()).await;
    assert!(store.verify(&tree, &Domain::Plain).await.unwrap().ok());
    let audit = index.audit(HERE).await.unwrap();
    assert_eq!((audit.lost, audit.findings), (0, Vec::new()));
}
