//! The collector of garbage on both databases: step by step like the model in memory, and beside
//! snapshots and volumes as they come and go.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a suite that cannot be set up must fail loudly"
)]

mod world;

use blocks::{
    Address, Collection, Index, Limits, Location, MemoryIndex, Pack, PackId, References, Result,
    Swept,
};
use std::collections::BTreeSet;
use volumes::{delete_snapshot, delete_volume};
use world::{EAST, Guest, Model, World, schema};

const CHUNKS: u8 = 40;
const PAGES: u8 = 16;

fn address(n: u8) -> Address {
    // Some share their first eight bytes.
    let mut bytes = [n / 2; 32];
    bytes[31] = n;
    Address::from_bytes(bytes)
}

/// What a page names depends on nothing but the page: some chunks, and some pages below it.
fn page(n: u8) -> References {
    let mut random = Model::new(1, 1000 + u64::from(n));
    let mut children = BTreeSet::new();
    for _ in 0..1 + random.next() % 6 {
        children.insert(address(random.next().to_le_bytes()[2] % CHUNKS));
    }
    if n > 0 && random.next().is_multiple_of(2) {
        children.insert(address(CHUNKS + random.next().to_le_bytes()[2] % n));
    }
    References {
        page: address(CHUNKS + n),
        children: children.into_iter().collect(),
    }
}

struct Pair<'a> {
    model: &'a MemoryIndex,
    sql: &'a dyn Collection,
    packs: Vec<Pack>,
}

/// Both say the same, or both refuse.
fn same<T: PartialEq + std::fmt::Debug>(model: &Result<T>, sql: &Result<T>, what: &str) {
    match (model, sql) {
        (Ok(model), Ok(sql)) => assert_eq!(model, sql, "{what}"),
        (Err(_), Err(_)) => {}
        _ => panic!("{what}: {model:?} and {sql:?}"),
    }
}

impl Pair<'_> {
    fn new_pack(&self, random: &mut Model, stale: bool, known: &BTreeSet<Address>) -> Pack {
        let number = u8::try_from(self.packs.len()).unwrap();
        let id = PackId::from_bytes([number; 16]);
        let mut names = BTreeSet::new();
        for _ in 0..random.next() % 5 {
            names.insert(address(random.next().to_le_bytes()[3] % CHUNKS));
        }
        let mut pages = Vec::new();
        for _ in 0..random.next() % 3 {
            let page = page(random.next().to_le_bytes()[3] % PAGES);
            let whole = page
                .children
                .iter()
                .all(|c| known.contains(c) || names.contains(c));
            if whole || stale {
                names.insert(page.page);
                pages.push(page);
            } else if random.next().is_multiple_of(2) {
                // With all that it needs; pages below it only if they are there.
                let chunks = page.children.iter().filter(|c| c.as_bytes()[31] < CHUNKS);
                names.extend(chunks.copied());
            }
        }
        let located = |(n, address): (usize, &Address)| {
            let offset = u32::try_from(n).unwrap() * 100;
            (
                *address,
                Location {
                    pack: id,
                    offset,
                    len: 100,
                },
            )
        };
        let entries: Vec<_> = names.iter().enumerate().map(located).collect();
        let bytes = 100 * u64::try_from(entries.len()).unwrap() + 8;
        Pack {
            id,
            bytes,
            entries,
            pages,
            note: None,
        }
    }

    /// Both plan the same, and nothing is done by it.
    async fn rehearsed(&self, cutoff: u64, now: u64) -> Option<Swept> {
        let (model, sql) = (self.model, self.sql);
        let before = model.history(EAST).await.unwrap();
        let a = model.rehearse(EAST, cutoff, now, 1000).await;
        let b = sql.rehearse(EAST, cutoff, now, 1000).await;
        same(&a, &b, "rehearse");
        for index in [model as &dyn Collection, sql] {
            assert_eq!(before, index.history(EAST).await.unwrap());
        }
        a.ok()
    }

    /// What was planned is what is then swept.
    async fn swept_as_planned(&self, now: u64) {
        let Some(planned) = self.rehearsed(now, now).await else {
            return;
        };
        let index = self.sql;
        while !index.count(EAST, 100).await.unwrap() {}
        index.notice(EAST, now, 1000).await.unwrap();
        let mut done = Swept::default();
        while done.another(index.sweep(EAST, now, now, 3).await.unwrap(), 1000) {}
        assert_eq!(done, planned);
    }

    async fn step(&mut self, random: &mut Model, now: u64) {
        let (model, sql) = (self.model, self.sql);
        let pick = |random: &mut Model, packs: &[Pack]| {
            let at = usize::try_from(random.next()).unwrap() % packs.len().max(1);
            packs.get(at).cloned()
        };
        match random.next() % 13 {
            0..=3 => {
                let generation = model.generation(EAST).await.unwrap();
                let stale = random.next().is_multiple_of(3);
                let seen = if stale {
                    generation.wrapping_sub(1)
                } else {
                    generation
                };
                let all: Vec<Address> = (0..CHUNKS + PAGES).map(address).collect();
                let found = model.lookup(EAST, &all).await.unwrap();
                let known = all.iter().zip(found).filter(|(_, place)| place.is_some());
                let known = known.map(|(address, _)| *address).collect();
                let pack = match pick(random, &self.packs) {
                    Some(old) if random.next().is_multiple_of(6) => Pack {
                        pages: Vec::new(),
                        ..old
                    },
                    _ => self.new_pack(random, stale, &known),
                };
                let a = model.insert_pack(EAST, &pack, seen).await;
                let b = sql.insert_pack(EAST, &pack, seen).await;
                same(&a, &b, "insert");
                self.packs.push(pack);
            }
            4 | 5 => {
                let holder = format!("snap-{}", random.next() % 4);
                let mut roots = Vec::new();
                for _ in 0..random.next() % 3 {
                    roots.push(address(CHUNKS + random.next().to_le_bytes()[1] % PAGES));
                }
                let a = model.hold(EAST, &holder, &roots).await;
                let b = sql.hold(EAST, &holder, &roots).await;
                same(&a, &b, "hold");
            }
            6 => same(
                &model.count(EAST, 2).await,
                &sql.count(EAST, 2).await,
                "count",
            ),
            7 => same(
                &model.notice(EAST, now, 3).await,
                &sql.notice(EAST, now, 3).await,
                "notice",
            ),
            8 | 9 => {
                let (cutoff, limit) = (now.saturating_sub(3), 4);
                let a = model.sweep(EAST, cutoff, now, limit).await;
                same(&a, &sql.sweep(EAST, cutoff, now, limit).await, "sweep");
            }
            10 => {
                let Some(from) = pick(random, &self.packs) else {
                    return;
                };
                let held = model.contents(EAST, &from.id).await.unwrap();
                let (lost, kept): (Vec<_>, Vec<_>) =
                    held.iter().partition(|_| random.next().is_multiple_of(5));
                let id = PackId::from_bytes([u8::try_from(self.packs.len()).unwrap(); 16]);
                let entries: Vec<_> = kept
                    .iter()
                    .map(|held: &&blocks::Held| {
                        (
                            held.address,
                            Location {
                                pack: id,
                                ..held.location
                            },
                        )
                    })
                    .collect();
                let to = Pack {
                    id,
                    bytes: 300,
                    entries,
                    pages: Vec::new(),
                    note: None,
                };
                let lost: Vec<Address> = lost.iter().map(|held| held.address).collect();
                let to = (!random.next().is_multiple_of(4)).then_some(&to);
                let a = model.relocate(EAST, &from.id, to, &lost, now).await;
                let b = sql.relocate(EAST, &from.id, to, &lost, now).await;
                same(&a, &b, "relocate");
                self.packs.extend(to.cloned());
            }
            11 => {
                let some = |n: &u8| n.is_multiple_of(2);
                let some: Vec<_> = (0..CHUNKS + PAGES).filter(some).map(address).collect();
                let a = model.keep(EAST, &some).await;
                same(&a, &sql.keep(EAST, &some).await, "keep");
            }
            _ => {
                let Some(pack) = pick(random, &self.packs) else {
                    return;
                };
                match random.next() % 4 {
                    0 => {
                        let a = model.remove_pack(EAST, &pack.id).await;
                        same(&a, &sql.remove_pack(EAST, &pack.id).await, "remove");
                    }
                    1 => {
                        let a = model.condemn(EAST, &pack.id, 7, now).await;
                        same(&a, &sql.condemn(EAST, &pack.id, 7, now).await, "condemn");
                    }
                    2 => {
                        let a = model.bury(EAST, &pack.id).await;
                        same(&a, &sql.bury(EAST, &pack.id).await, "bury");
                    }
                    _ => {
                        let a = model.note_checked(EAST, &pack.id, now).await;
                        same(&a, &sql.note_checked(EAST, &pack.id, now).await, "checked");
                    }
                }
            }
        }
    }

    async fn compare(&self, now: u64) {
        let (model, sql) = (self.model, self.sql);
        let all: Vec<Address> = (0..CHUNKS + PAGES).map(address).collect();
        let found = model.lookup(EAST, &all).await;
        same(&found, &sql.lookup(EAST, &all).await, "lookup");
        same(
            &model.generation(EAST).await,
            &sql.generation(EAST).await,
            "generation",
        );
        same(
            &Collection::packs(model, EAST).await,
            &sql.packs(EAST).await,
            "packs",
        );
        same(
            &model.list_packs(EAST).await,
            &sql.list_packs(EAST).await,
            "list",
        );
        same(&model.roots(EAST).await, &sql.roots(EAST).await, "roots");
        same(
            &model.plan(EAST, now).await,
            &sql.plan(EAST, now).await,
            "plan",
        );
        same(
            &model.history(EAST).await,
            &sql.history(EAST).await,
            "history",
        );
        same(
            &model.sparse(EAST, 3).await,
            &sql.sparse(EAST, 3).await,
            "sparse",
        );
        let gone = model.condemned(EAST, now, 3).await;
        same(&gone, &sql.condemned(EAST, now, 3).await, "condemned");
        let due = model.unchecked(EAST, now, 3).await;
        same(&due, &sql.unchecked(EAST, now, 3).await, "unchecked");
        let some = [address(3), address(CHUNKS + 1)];
        same(
            &model.holders(EAST, &some).await,
            &sql.holders(EAST, &some).await,
            "holders",
        );
        same(
            &model.expand(EAST, [2; 8]).await,
            &sql.expand(EAST, [2; 8]).await,
            "expand",
        );
        for pack in &self.packs {
            let held = model.contents(EAST, &pack.id).await;
            let mut found = sql.contents(EAST, &pack.id).await;
            if let Ok(found) = &mut found {
                found.sort_by_key(|held| (held.location.offset, held.address));
            }
            let held = held.map(|mut held| {
                held.sort_by_key(|held| (held.location.offset, held.address));
                held
            });
            same(&held, &found, "contents");
        }
        let counts =
            |audit: blocks::Audit| (audit.addresses, audit.pages, audit.uncounted, audit.lost);
        let audit = model.audit(EAST).await.map(counts);
        same(&audit, &sql.audit(EAST).await.map(counts), "audit");
    }
}

#[tokio::test]
async fn the_index_in_sql_does_what_the_model_does_step_by_step() {
    for database in testkit::databases(&schema()).await {
        for seed in 1..5 {
            let (model, sql) = (
                MemoryIndex::default(),
                volumes::collection(database.db.clone()),
            );
            for (holder, _) in sql.roots(EAST).await.unwrap() {
                sql.hold(EAST, &holder, &[]).await.unwrap();
            }
            let mut tx = database.db.begin().await.unwrap();
            for table in ["chunks", "pages", "packs", "roots", "collections"] {
                tx.exec(&format!("DELETE FROM {table}"), &[]).await.unwrap();
            }
            tx.commit().await.unwrap();
            let mut random = Model::new(1, 77 * seed);
            let mut pair = Pair {
                model: &model,
                sql: &*sql,
                packs: Vec::new(),
            };
            for now in 1..120 {
                pair.step(&mut random, now).await;
                pair.compare(now).await;
            }
            pair.swept_as_planned(120).await;
        }
    }
}

fn at_once() -> Limits {
    Limits {
        delay_ms: 0,
        rows: 500,
        rows_per_second: u64::MAX,
        bytes_per_second: u64::MAX,
        compactions: 100,
    }
}

impl World {
    /// Collects without any delay, and checks everything.
    async fn collect(&self, now: u64) {
        let index = volumes::collection(self.database.db.clone());
        let mut stores = std::collections::BTreeMap::new();
        for name in [EAST, world::WEST] {
            let store = self.store(name);
            store.collect(&*index, &at_once(), now).await.unwrap();
            stores.insert(world::region(name), store.clone());
        }
        let folder = self.files.path().join("volumes");
        for checked in volumes::fsck(&self.database.db, &stores, &folder, 0)
            .await
            .unwrap()
        {
            assert!(checked.ok(), "{checked:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn snapshots_and_volumes_keep_what_they_need_and_leave_nothing_behind() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database).await;
        let mut model = Model::new(1, 5);
        let volume = world.volume(1).await;
        let guest = Guest::open(&world, &volume.id).await;
        let (mut kept, mut now) = (Vec::new(), 1);
        for _ in 0..3 {
            model.scribble(&guest, 6);
            let begun = world.begin_snapshot(&volume.id).await;
            // Between any two jobs, nothing that is needed goes.
            while let Some(lease) = world.lease().await {
                world.collect(now).await;
                world.run(&lease).await.unwrap();
                now += 1;
            }
            world.run_jobs().await;
            world.collect(now).await;
            kept.push((world.look(&begun).await, model.copy()));
        }
        // The one in the middle goes; the others stay what they are.
        let (gone, _) = kept.remove(1);
        let index = volumes::collection(world.database.db.clone());
        let before = index.history(EAST).await.unwrap();
        delete_snapshot(&world.volumes, &world.call(), &gone.id)
            .await
            .unwrap();
        for _ in 0..3 {
            now += 1;
            world.collect(now).await;
        }
        // What only it had is at least its pages.
        let after = index.history(EAST).await.unwrap();
        assert!(
            after.0 > before.0 && after.1 > before.1,
            "{before:?} {after:?}"
        );
        for (snapshot, model) in &kept {
            world.assert_holds(snapshot, model).await;
        }
        guest.compare(&model);
        // A volume outlives the snapshots that it was made from.
        let (last, _) = kept.pop().unwrap();
        let second = world.volume_of(None, Some(&last)).await;
        for (snapshot, _) in kept.iter().chain([&(last, model.copy())]) {
            delete_snapshot(&world.volumes, &world.call(), &snapshot.id)
                .await
                .unwrap();
        }
        for _ in 0..3 {
            now += 1;
            world.collect(now).await;
        }
        guest.compare(&model);
        drop(guest);
        let copy = Guest::open(&world, &second.id).await;
        copy.compare(&model);
        drop(copy);
        for id in [&volume.id, &second.id] {
            volumes::close(&world.volumes, id).await.unwrap();
            delete_volume(&world.volumes, &world.call(), id)
                .await
                .unwrap();
        }
        world.run_jobs().await;
        for _ in 0..4 {
            now += 1;
            world.collect(now).await;
        }
        assert_eq!(world.store(EAST).totals().await.unwrap().bytes, 0);
    }
}
