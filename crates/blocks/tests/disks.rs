//! Whatever is written, in whatever steps, reads back; and the steps leave no trace.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may stop where it fails"
)]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_lossless,
    clippy::single_range_in_vec_init,
    reason = "small numbers, and lists of one range"
)]

mod support;

use blocks::{BLOCK, Domain, Error, GRAIN, Meter, SEGMENT, Tree, Unchanged, Write, diff, reseal};
use proptest::prelude::*;
use std::ops::Range;
use std::sync::Arc;
use support::*;

const G: usize = 4096;

/// One thing that happens to a disk: where (in grains), how long, and what to.
#[derive(Debug, Clone)]
enum Event {
    Noise {
        at: usize,
        len: usize,
        seed: u64,
    },
    /// Blocks that end as those of directories do.
    Directories {
        at: usize,
        len: usize,
        seed: u64,
    },
    Zero {
        at: usize,
        len: usize,
    },
    Move {
        from: usize,
        to: usize,
        len: usize,
    },
    Grow {
        by: usize,
    },
}

fn event() -> impl Strategy<Value = Event> {
    let len = prop_oneof![4 => 1..8_usize, 2 => 8..200_usize, 1 => 200..2000_usize];
    let at = 0..10_000_usize;
    prop_oneof![
        6 => (at.clone(), len.clone(), 0..6_u64)
            .prop_map(|(at, len, seed)| Event::Noise { at, len, seed }),
        4 => (at.clone(), 1..4_usize, 0..6_u64)
            .prop_map(|(at, len, seed)| Event::Directories { at, len, seed }),
        3 => (at.clone(), len.clone()).prop_map(|(at, len)| Event::Zero { at, len }),
        3 => (at.clone(), at, len).prop_map(|(from, to, len)| Event::Move { from, to, len }),
        1 => (1..40_000_000_usize).prop_map(|by| Event::Grow { by }),
    ]
}

/// Applies an event and gives the changed grains.
fn apply(disk: &mut Vec<u8>, event: &Event) -> Vec<Range<u64>> {
    let grains = disk.len() / G;
    let clip = |at: usize, len: usize| {
        let at = at % grains;
        at..(at + len).min(grains)
    };
    let (into, new) = match event {
        Event::Noise { at, len, seed } => {
            let into = clip(*at, *len);
            let new = noise(*seed, into.len() * G);
            (into, new)
        }
        Event::Directories { at, len, seed } => {
            let into = clip(*at, *len);
            let mut new = noise(*seed, into.len() * G);
            for grain in new.chunks_mut(G) {
                grain[G - 12..G - 4].copy_from_slice(&[0, 0, 0, 0, 12, 0, 0, 0xde]);
            }
            (into, new)
        }
        Event::Zero { at, len } => {
            let into = clip(*at, *len);
            let new = vec![0; into.len() * G];
            (into, new)
        }
        Event::Move { from, to, len } => {
            let from = clip(*from, *len);
            let into = clip(*to, from.len());
            let new = disk[from.start * G..(from.start + into.len()) * G].to_vec();
            (into, new)
        }
        Event::Grow { by } => {
            let len = (disk.len() + by).min(90 << 20);
            disk.resize(len, 0);
            return Vec::new();
        }
    };
    disk[into.start * G..into.end * G].copy_from_slice(&new);
    vec![into.start as u64..into.end as u64]
}

/// The recipe of docs/format/digest.md, from the raw bytes alone and written apart.
fn digest_by_recipe(disk: &[u8]) -> String {
    let zero = [0_u8; 32];
    let node = |level: u8, children: &[[u8; 32]], width: usize| {
        let mut all: Vec<[u8; 32]> = children.to_vec();
        all.resize(width, zero);
        if all.iter().all(|child| *child == zero) {
            return zero;
        }
        let mut input = vec![level];
        input.extend(all.concat());
        blake3::derive_key("amiable v1 digest node", &input)
    };
    let mut level: Vec<[u8; 32]> = disk
        .chunks(BLOCK as usize)
        .map(|block| {
            let mut block = block.to_vec();
            block.resize(BLOCK as usize, 0);
            if block.iter().all(|byte| *byte == 0) {
                zero
            } else {
                *blake3::hash(&block).as_bytes()
            }
        })
        .collect();
    level = level.chunks(32).map(|blocks| node(0, blocks, 32)).collect();
    let mut n = 0;
    while level.len() > 1 {
        n += 1;
        level = level.chunks(512).map(|nodes| node(n, nodes, 512)).collect();
    }
    let mut input = (disk.len() as u64).to_le_bytes().to_vec();
    input.extend(level[0]);
    hex::encode(blake3::derive_key("amiable v1 digest disk", &input))
}

/// The blocks in which two disks differ, found by comparing them.
fn changed_blocks(a: &[u8], b: &[u8]) -> Vec<u64> {
    let len = a.len().max(b.len());
    let (mut a, mut b) = (a.to_vec(), b.to_vec());
    a.resize(len, 0);
    b.resize(len, 0);
    let pairs = a
        .chunks(BLOCK as usize)
        .zip(b.chunks(BLOCK as usize))
        .enumerate();
    pairs
        .filter(|(_, (a, b))| a != b)
        .map(|(n, _)| n as u64)
        .collect()
}

async fn check(domain: Domain, start: usize, events: Vec<Event>) {
    let dir = tempfile::tempdir().unwrap();
    let store = store_in(dir.path()).await;
    let mut model = noise(99, start * 100 * G);
    model.resize(start * 100 * G + 5_000_000, 0);
    let first = model.clone();
    let first_tree = write_all(&store, &first, &domain).await;
    let mut tree = first_tree.clone();
    for event in &events {
        let changed = apply(&mut model, event);
        tree = write_on(&store, Some(&tree), &model, changed, &domain)
            .await
            .unwrap();
    }
    assert_eq!(read_all(&store, &tree, &domain).await.unwrap(), model);
    assert_eq!(read_all(&store, &first_tree, &domain).await.unwrap(), first);
    assert_eq!(tree.digest().to_string(), digest_by_recipe(&model));

    let elsewhere = tempfile::tempdir().unwrap();
    let scratch = write_all(&store_in(elsewhere.path()).await, &model, &domain).await;
    assert_eq!(scratch, tree, "steps leave a trace");

    let (a, b) = (
        store.disk(&first_tree, &domain).await,
        store.disk(&tree, &domain).await,
    );
    let (a, b) = (a.unwrap(), b.unwrap());
    let mut listed = Vec::new();
    let mut next = Some(0);
    while let Some(from) = next {
        let page = diff(&a, &b, from, 3).await.unwrap();
        assert!(page.blocks.len() <= 3);
        listed.extend(page.blocks);
        next = page.next;
    }
    assert_eq!(listed, changed_blocks(&first, &model));
    let held = b.blocks(0, usize::MAX - 1).await.unwrap();
    assert_eq!(held.blocks, changed_blocks(&[], &model));

    let mut mapped = vec![false; model.len().div_ceil(G)];
    for data in b.extents(0..b.size()).await.unwrap() {
        mapped[data.start as usize / G..(data.end as usize).div_ceil(G)].fill(true);
    }
    for (n, grain) in model.chunks(G).enumerate() {
        assert_eq!(mapped[n], grain.iter().any(|byte| *byte != 0), "grain {n}");
    }
    let verified = store.verify(&tree, &domain).await.unwrap();
    assert!(verified.ok(), "{:?}", verified.damage);
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_disk_written_in_steps_is_the_disk_written_at_once(
        start in 0..60_usize,
        events in prop::collection::vec(event(), 0..8),
    ) {
        runtime().block_on(check(Domain::Plain, start, events));
    }

    #[test]
    fn so_it_is_when_sealed(
        start in 0..60_usize,
        events in prop::collection::vec(event(), 0..6),
    ) {
        runtime().block_on(check(sealed(7), start, events));
    }

    #[test]
    fn any_part_reads_as_the_model_says_from_threads_too(
        parts in prop::collection::vec((0..40_000_000_usize, 0..3_000_000_usize), 1..20),
    ) {
        let runtime = runtime();
        let dir = tempfile::tempdir().unwrap();
        let mut model = noise(1, 6_000_000);
        model.resize(15_000_000, 0);
        model.extend(noise(2, 20_000_000));
        model.resize(40_000_001, 0);
        let disk = runtime.block_on(async {
            let store = store_in(dir.path()).await;
            let tree = write_all(&store, &model, &Domain::Plain).await;
            store.disk(&tree, &Domain::Plain).await.unwrap()
        });
        for (n, (at, len)) in parts.into_iter().enumerate() {
            let len = len.min(model.len() - at);
            let mut buf = vec![0xcc; len];
            if n % 2 == 0 {
                disk.read_at_blocking(at as u64, &mut buf).unwrap();
            } else {
                runtime.block_on(disk.read_at(at as u64, &mut buf)).unwrap();
            }
            prop_assert!(buf == model[at..at + len]);
        }
    }
}

#[tokio::test]
async fn a_sparse_disk_of_64_tib_costs_next_to_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = store_in(dir.path()).await;
    struct Far;
    impl blocks::Changes for Far {
        fn next(&self, from: u64) -> blocks::Result<Option<Range<u64>>> {
            let at = (63_u64 << 40) / GRAIN;
            Ok((from <= at).then_some(at..at + 1))
        }
        fn read_at(&self, _: u64, buf: &mut [u8]) -> blocks::Result<()> {
            buf.fill(b'x');
            Ok(())
        }
    }
    let size = 64 << 40;
    let write = |base| Write {
        base,
        size,
        domain: Domain::Plain,
        source: Arc::new(Far),
        meter: Meter::new(),
    };
    let tree = store.write(write(None)).await.unwrap();
    assert!(store.totals().await.unwrap().bytes < 8192);
    let disk = store.disk(&tree, &Domain::Plain).await.unwrap();
    assert_eq!(
        disk.blocks(0, 10).await.unwrap().blocks,
        [(63 << 40) / BLOCK]
    );
    let data = disk.extents(0..size).await.unwrap();
    assert_eq!(data, [63 << 40..(63 << 40) + 4096]);
    let mut buf = [0; 2];
    disk.read_at((63 << 40) + 4095, &mut buf).await.unwrap();
    assert_eq!(&buf, b"x\0");
    let empty = Tree::empty(size, &Domain::Plain).unwrap();
    assert_eq!(store.write(write(Some(empty))).await.unwrap(), tree);
}

#[tokio::test]
async fn growing_from_one_segment_to_three_levels_keeps_content_and_is_canonical() {
    let dir = tempfile::tempdir().unwrap();
    let store = store_in(dir.path()).await;
    let bytes = noise(5, 300_000);
    let mut tree = write_all(&store, &bytes, &Domain::Plain).await;
    for size in [SEGMENT, SEGMENT + 1, 9 << 30, 5 << 40] {
        let write = Write {
            base: Some(tree),
            size,
            domain: Domain::Plain,
            source: Arc::new(Unchanged),
            meter: Meter::new(),
        };
        tree = store.write(write).await.unwrap();
        let disk = store.disk(&tree, &Domain::Plain).await.unwrap();
        let mut buf = vec![1; 300_001];
        disk.read_at(0, &mut buf[..300_000]).await.unwrap();
        assert_eq!(buf[..300_000], bytes);
        let held = disk.blocks(0, 10).await.unwrap().blocks;
        assert_eq!(held, [0]);
    }
    let shrunk = Write {
        base: Some(tree),
        size: 1,
        domain: Domain::Plain,
        source: Arc::new(Unchanged),
        meter: Meter::new(),
    };
    assert!(matches!(
        store.write(shrunk).await,
        Err(Error::InvalidInput(_))
    ));
}

#[tokio::test]
async fn disks_of_different_sizes_differ_where_their_bytes_do() {
    let dir = tempfile::tempdir().unwrap();
    let store = store_in(dir.path()).await;
    let small = write_all(&store, &noise(1, 1_000_000), &Domain::Plain).await;
    let mut bytes = noise(1, 1_000_000);
    bytes.resize(40_000_000, 0);
    bytes[39_999_999] = 1;
    let large = write_all(&store, &bytes, &sealed(3)).await;
    let a = store.disk(&small, &Domain::Plain).await.unwrap();
    let b = store.disk(&large, &sealed(3)).await.unwrap();
    let expected = [39_999_999 / BLOCK];
    assert_eq!(diff(&a, &b, 0, 100).await.unwrap().blocks, expected);
    assert_eq!(diff(&b, &a, 0, 100).await.unwrap().blocks, expected);
    assert_eq!(
        diff(&b, &a, expected[0] + 1, 100).await.unwrap().blocks,
        [0; 0]
    );
}

#[tokio::test]
async fn a_small_change_stores_little_and_a_moved_file_almost_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = store_in(dir.path()).await;
    let mut bytes = noise(1, 48 << 20);
    let tree = write_all(&store, &bytes, &Domain::Plain).await;
    let before = store.totals().await.unwrap().bytes;

    bytes[20 << 20] ^= 1;
    let at = (20 << 20) / GRAIN;
    let meter = Meter::new();
    let changed = metered(
        &store,
        Some(&tree),
        &bytes,
        vec![at..at + 1],
        &Domain::Plain,
        meter.clone(),
    );
    let changed = changed.await.unwrap();
    let stats = meter.stats();
    assert!(stats.chunks_new <= 3, "{stats:?}");
    assert_eq!(meter.progress(), (4096, 4096));
    let after = store.totals().await.unwrap().bytes;
    assert_eq!(after - before, stats.bytes_stored);
    assert!(after - before < 400_000, "{} bytes", after - before);

    // The same content, three grains and some segments further on.
    let mut moved = vec![7; 3 * G + (20 << 20)];
    moved.extend(&bytes);
    write_all(&store, &moved, &Domain::Plain).await;
    let grew = store.totals().await.unwrap().bytes - after;
    assert!(grew < 3 << 20, "{grew} bytes for moved content");
    assert_eq!(
        read_all(&store, &changed, &Domain::Plain).await.unwrap(),
        bytes
    );
}

#[tokio::test]
async fn nothing_stored_of_a_sealed_disk_shows_what_it_holds() {
    let dir = tempfile::tempdir().unwrap();
    let store = store_in(dir.path()).await;
    let marker = b"SEVEN-SECRET-WORDS-NOBODY-MAY-READ";
    let mut bytes = noise(1, 20 << 20);
    for at in (0..bytes.len() - 4096).step_by(8192) {
        bytes[at..at + marker.len()].copy_from_slice(marker);
    }
    let tree = write_all(&store, &bytes, &sealed(1)).await;
    let plain_dir = tempfile::tempdir().unwrap();
    let plain = write_all(&store_in(plain_dir.path()).await, &bytes, &Domain::Plain).await;
    assert_eq!(plain.digest(), tree.digest());
    assert_ne!(plain, tree);

    let holds = |dir: &std::path::Path, needle: &[u8]| {
        files_under(dir).iter().any(|path| {
            let stored = std::fs::read(path).unwrap();
            stored.windows(needle.len()).any(|window| window == needle)
        })
    };
    assert!(
        holds(plain_dir.path(), marker),
        "the test would not notice a leak"
    );
    assert!(!holds(dir.path(), marker));
    // Neither a page nor an address nor a digest in the clear.
    for name in [
        &b"AmL1"[..],
        &b"AmI1"[..],
        &blake3::hash(&bytes[..BLOCK as usize]).as_bytes()[..],
    ] {
        assert!(holds(plain_dir.path(), name) || name == b"AmI1");
        assert!(!holds(dir.path(), name));
    }
    assert_eq!(read_all(&store, &tree, &sealed(1)).await.unwrap(), bytes);
}

#[tokio::test]
async fn a_disk_opens_with_its_own_keys_only() {
    let dir = tempfile::tempdir().unwrap();
    let store = store_in(dir.path()).await;
    let bytes = noise(1, 1 << 20);
    let tree = write_all(&store, &bytes, &sealed(1)).await;
    let fresh = store_in(dir.path()).await;
    assert_eq!(fresh.rebuild_index().await.unwrap().packs, 1);
    let wrong = fresh.disk(&tree, &sealed(2)).await;
    assert!(
        matches!(wrong, Err(Error::Corrupt { .. })),
        "{:?}",
        wrong.err()
    );
    let other_slot = fresh.disk(&tree, &Domain::Sealed(ring(2, 1))).await;
    assert!(matches!(other_slot, Err(Error::KeyMissing { slot: 1 })));
    assert!(matches!(
        fresh.disk(&tree, &Domain::Plain).await,
        Err(Error::KeyMissing { slot: 1 })
    ));
    // A cache full of plaintext opens nothing either.
    read_all(&store, &tree, &sealed(1)).await.unwrap();
    assert!(matches!(
        store.disk(&tree, &Domain::Sealed(ring(2, 1))).await,
        Err(Error::KeyMissing { slot: 1 })
    ));
}

#[tokio::test]
async fn trees_of_several_key_slots_read_and_grow() {
    let dir = tempfile::tempdir().unwrap();
    let store = store_in(dir.path()).await;
    let mut bytes = noise(1, 20 << 20);
    let first = ring(1, 1);
    let tree = write_all(&store, &bytes, &Domain::Sealed(first.clone())).await;
    let both = first
        .with(2, blocks::DataKey::new([2; 32]))
        .unwrap()
        .writing_with(2)
        .unwrap();
    let both = Domain::Sealed(both);
    bytes[5 << 20..6 << 20].copy_from_slice(&noise(2, 1 << 20));
    let range = (5 << 20) / GRAIN..(6 << 20) / GRAIN;
    let mixed = write_on(&store, Some(&tree), &bytes, vec![range], &both)
        .await
        .unwrap();
    assert_eq!(mixed.root_slot(), Some(2));
    assert_eq!(read_all(&store, &mixed, &both).await.unwrap(), bytes);
    assert_eq!(mixed.digest().to_string(), digest_by_recipe(&bytes));
    assert!(store.verify(&mixed, &both).await.unwrap().ok());
    let only_new = Domain::Sealed(ring(2, 2));
    let disk = store.disk(&mixed, &only_new).await.unwrap();
    let missing = disk.read_at(0, &mut [0; 10]).await;
    assert!(
        matches!(missing, Err(Error::KeyMissing { slot: 1 })),
        "{missing:?}"
    );
}

#[tokio::test]
async fn a_plain_disk_can_become_a_sealed_one_but_never_back() {
    let dir = tempfile::tempdir().unwrap();
    let store = store_in(dir.path()).await;
    let mut bytes = noise(1, 18 << 20);
    bytes.resize(60 << 20, 0);
    let plain = write_all(&store, &bytes, &Domain::Plain).await;
    bytes[100..200].fill(9);
    let key = sealed(4);
    let tree = write_on(&store, Some(&plain), &bytes, vec![0..1], &key)
        .await
        .unwrap();
    assert!(tree.is_sealed());
    assert_eq!(tree, write_all(&store, &bytes, &key).await);
    assert_eq!(read_all(&store, &tree, &key).await.unwrap(), bytes);

    let back = write_on(&store, Some(&tree), &bytes, vec![0..1], &Domain::Plain).await;
    assert!(matches!(back, Err(Error::InvalidInput(_))));
    let back = reseal(&tree, &key, &store, &store, Domain::Plain, Meter::new()).await;
    assert!(matches!(back, Err(Error::InvalidInput(_))));
    let other = reseal(&tree, &key, &store, &store, sealed(5), Meter::new())
        .await
        .unwrap();
    assert_eq!(other.digest(), tree.digest());
    assert_eq!(read_all(&store, &other, &sealed(5)).await.unwrap(), bytes);
}

#[tokio::test]
async fn a_plain_disk_is_sealed_without_being_compressed_again() {
    let (dir, sealed_dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (from, to) = (
        store_in(dir.path()).await,
        store_in(sealed_dir.path()).await,
    );
    let marker = b"SEVEN-SECRET-WORDS-NOBODY-MAY-READ";
    let mut bytes = noise(1, 20 << 20);
    bytes[4 << 20..6 << 20].fill(b'a');
    bytes.resize(70 << 20, 0);
    // The same chunks twice, and a segment apart.
    bytes.copy_within(0..1 << 20, 64 << 20);
    for at in (0..12 << 20).step_by(8192) {
        bytes[at..at + marker.len()].copy_from_slice(marker);
    }
    let plain = write_all(&from, &bytes, &Domain::Plain).await;
    let (key, meter) = (sealed(4), Meter::new());
    let tree = reseal(
        &plain,
        &Domain::Plain,
        &from,
        &to,
        key.clone(),
        meter.clone(),
    )
    .await
    .unwrap();
    let stats = meter.stats();
    assert!(stats.chunks_new > 100 && stats.bytes_new > 17 << 20);
    assert_eq!(stats.bytes_compressed, 0, "no chunk is compressed again");
    assert_eq!(meter.progress().0, plain.size());
    assert!(tree.is_sealed());
    assert_eq!(tree.digest(), plain.digest());
    assert_eq!(read_all(&to, &tree, &key).await.unwrap(), bytes);
    assert!(to.verify(&tree, &key).await.unwrap().ok());
    let holds = |dir: &std::path::Path| {
        files_under(dir).iter().any(|path| {
            let stored = std::fs::read(path).unwrap();
            stored.windows(marker.len()).any(|window| window == marker)
        })
    };
    assert!(holds(dir.path()), "the test would not notice a leak");
    assert!(!holds(sealed_dir.path()));

    let again = Meter::new();
    let same = reseal(
        &plain,
        &Domain::Plain,
        &from,
        &to,
        key.clone(),
        again.clone(),
    )
    .await
    .unwrap();
    assert_eq!(same, tree);
    assert_eq!(again.stats().chunks_new, 0, "a repeated job moves nothing");

    // Later writes on top keep what they do not touch, and a diff says what they touched.
    let mut changed = bytes.clone();
    changed[(5 << 20) + 7..(5 << 20) + 9000].fill(b'b');
    let meter = Meter::new();
    let grains = vec![1280..1284];
    let next = metered(&to, Some(&tree), &changed, grains, &key, meter.clone())
        .await
        .unwrap();
    assert!(meter.stats().bytes_new < 1 << 20, "{:?}", meter.stats());
    assert_eq!(read_all(&to, &next, &key).await.unwrap(), changed);
    let (old, new) = (
        to.disk(&tree, &key).await.unwrap(),
        to.disk(&next, &key).await.unwrap(),
    );
    let blocks = diff(&old, &new, 0, 100).await.unwrap();
    assert_eq!(blocks.blocks, changed_blocks(&bytes, &changed));

    // Written anew under another key, the cut is that of the key again.
    let other = sealed(5);
    let anew = reseal(&tree, &key, &to, &to, other.clone(), Meter::new())
        .await
        .unwrap();
    assert_eq!(anew, write_all(&to, &bytes, &other).await);
    assert_ne!(tree, write_all(&to, &bytes, &key).await);
}

#[tokio::test]
async fn a_damaged_plain_disk_does_not_become_a_sealed_one() {
    let (dir, sealed_dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let index = std::sync::Arc::new(blocks::MemoryIndex::default());
    let from = store_with(dir.path(), "eu-west-1", index.clone()).await;
    let plain = write_all(&from, &noise(3, 2 << 20), &Domain::Plain).await;
    let packs = files_under(dir.path());
    let pack = packs
        .iter()
        .max_by_key(|path| path.metadata().unwrap().len())
        .unwrap();
    let mut stored = std::fs::read(pack).unwrap();
    stored[1 << 20] ^= 1;
    std::fs::write(pack, stored).unwrap();
    // Opened again, so that nothing is cached.
    let from = store_with(dir.path(), "eu-west-1", index).await;
    let to = store_in(sealed_dir.path()).await;
    let sealed = reseal(&plain, &Domain::Plain, &from, &to, sealed(4), Meter::new()).await;
    assert!(matches!(sealed, Err(Error::Corrupt { .. })), "{sealed:?}");
}

#[tokio::test]
async fn a_tree_survives_json_and_a_tampered_one_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = store_in(dir.path()).await;
    let tree = write_all(&store, &noise(1, 100_000), &sealed(1)).await;
    let json = serde_json::to_string(&tree).unwrap();
    assert_eq!(serde_json::from_str::<Tree>(&json).unwrap(), tree);
    let tampered = json.replace("\"size\":100000", "\"size\":200000");
    assert_ne!(tampered, json);
    assert!(serde_json::from_str::<Tree>(&tampered).is_err());
    assert!(
        serde_json::from_str::<Tree>(&json.replace("\"sealed\":true", "\"sealed\":false")).is_err()
    );
}

#[tokio::test]
async fn many_writers_of_the_same_disk_all_succeed() {
    let dir = tempfile::tempdir().unwrap();
    let store = store_in(dir.path()).await;
    let bytes = noise(1, 20 << 20);
    let writers = (0..4).map(|_| write_all(&store, &bytes, &Domain::Plain));
    let trees = futures::future::join_all(writers).await;
    assert!(trees.iter().all(|tree| *tree == trees[0]));
    assert_eq!(
        read_all(&store, &trees[0], &Domain::Plain).await.unwrap(),
        bytes
    );
}

#[tokio::test]
async fn reads_outside_of_the_disk_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = store_in(dir.path()).await;
    let tree = write_all(&store, &noise(1, 10_000), &Domain::Plain).await;
    let disk = store.disk(&tree, &Domain::Plain).await.unwrap();
    for (at, len) in [(9_999, 2), (10_000, 1), (u64::MAX, 1)] {
        let outcome = disk.read_at(at, &mut vec![0; len]).await;
        assert!(matches!(outcome, Err(Error::InvalidInput(_))), "{at} {len}");
    }
    disk.read_at(10_000, &mut []).await.unwrap();
}

/// A block that ends as those of directories do.
fn directory(seed: u64) -> Vec<u8> {
    let mut block = noise(seed, G);
    block[G - 12..G - 4].copy_from_slice(&[0, 0, 0, 0, 12, 0, 0, 0xde]);
    block
}

#[tokio::test]
async fn what_follows_a_chunk_may_become_a_directory_and_cease_to_be_one() {
    let dir = tempfile::tempdir().unwrap();
    let store = store_in(dir.path()).await;
    let files = noise(1, 400 * G);
    let mut with = files.clone();
    for at in (5..400).step_by(7) {
        with[at * G..(at + 1) * G].copy_from_slice(&directory(at as u64));
    }
    let (without, one_by_one) = (
        write_all(&store, &files, &Domain::Plain).await,
        write_all(&store, &with, &Domain::Plain).await,
    );
    assert_ne!(without, one_by_one);
    let (mut files_now, mut with_now) = (without.clone(), one_by_one.clone());
    let (mut growing, mut shrinking) = (files.clone(), with.clone());
    for at in (5..400).step_by(7) {
        let (bytes, grain) = (at * G..(at + 1) * G, vec![at as u64..at as u64 + 1]);
        growing[bytes.clone()].copy_from_slice(&with[bytes.clone()]);
        shrinking[bytes.clone()].copy_from_slice(&files[bytes]);
        let base = Some(&files_now);
        let grown = write_on(&store, base, &growing, grain.clone(), &Domain::Plain).await;
        files_now = grown.unwrap();
        let base = Some(&with_now);
        let shrunk = write_on(&store, base, &shrinking, grain, &Domain::Plain).await;
        with_now = shrunk.unwrap();
    }
    assert_eq!(files_now, one_by_one);
    assert_eq!(with_now, without);
}

/// New bytes that a disk costs whose files are those of another, among new directories.
async fn cost_of_new_directories(domain: Domain) -> u64 {
    let dir = tempfile::tempdir().unwrap();
    let store = store_in(dir.path()).await;
    let night = |n: u64| {
        let mut disk = Vec::new();
        for at in 0..100 {
            disk.extend(directory(n * 1000 + at));
            disk.extend(noise(at, 7 * G));
        }
        disk
    };
    write_all(&store, &night(1), &domain).await;
    let (bytes, meter) = (night(2), Meter::new());
    let all = vec![0..bytes.len() as u64 / GRAIN];
    metered(&store, None, &bytes, all, &domain, meter.clone())
        .await
        .unwrap();
    meter.stats().bytes_new
}

#[tokio::test]
async fn new_directories_among_old_files_cost_only_themselves() {
    let directories = 100 * GRAIN;
    assert_eq!(cost_of_new_directories(Domain::Plain).await, directories);
    // Under a key the cut tells nothing of what is there.
    assert!(cost_of_new_directories(sealed(1)).await > 2 * directories);
}
