//! Crashes, damage and hostile bytes: an error or the truth, never wrong bytes and never a panic.

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

use async_trait::async_trait;
use blocks::{
    Address, Backend, Domain, Error, GRAIN, Index, Location, MemoryIndex, Meter, Pack, PackId,
    Result, Store, copy,
};
use proptest::prelude::*;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};
use support::*;

/// An index that works so many times and then fails, as if the process had been killed: before
/// the pack is recorded, or (`late`) after.
struct Dying {
    index: Arc<MemoryIndex>,
    left: AtomicI64,
    late: bool,
}

#[async_trait]
impl Index for Dying {
    async fn lookup(&self, region: &str, addresses: &[Address]) -> Result<Vec<Option<Location>>> {
        self.index.lookup(region, addresses).await
    }

    async fn generation(&self, region: &str) -> Result<u64> {
        self.index.generation(region).await
    }

    async fn insert_pack(&self, region: &str, pack: &Pack, generation: u64) -> Result<()> {
        if self.left.fetch_sub(1, SeqCst) > 0 {
            return self.index.insert_pack(region, pack, generation).await;
        }
        if self.late {
            self.index.insert_pack(region, pack, generation).await?;
        }
        Err(Error::store(std::io::Error::other("killed")))
    }

    async fn keep(&self, region: &str, addresses: &[Address]) -> Result<()> {
        self.index.keep(region, addresses).await
    }

    async fn remove_pack(&self, region: &str, pack: &PackId) -> Result<()> {
        self.index.remove_pack(region, pack).await
    }

    async fn list_packs(&self, region: &str) -> Result<Vec<(PackId, u64)>> {
        self.index.list_packs(region).await
    }

    async fn expand(&self, region: &str, mark: [u8; 8]) -> Result<Vec<Address>> {
        self.index.expand(region, mark).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_killed_at_any_pack_leaves_earlier_disks_whole_and_can_be_repeated() {
    let dir = tempfile::tempdir().unwrap();
    let bytes = noise(1, 70 << 20);
    let index = Arc::new(MemoryIndex::default());
    let small = noise(2, 1 << 20);
    let store = store_with(dir.path(), "eu-west-1", index.clone()).await;
    let earlier = write_all(&store, &small, &Domain::Plain).await;
    for (left, late) in [(0, false), (1, true), (1, false)] {
        let dying = Arc::new(Dying {
            index: index.clone(),
            left: AtomicI64::new(left),
            late,
        });
        let store = store_with(dir.path(), "eu-west-1", dying).await;
        let all = 0..(70 << 20) / GRAIN;
        let killed = write_on(&store, None, &bytes, vec![all], &Domain::Plain).await;
        let told = format!("{:?}", killed.err());
        assert!(told.contains("killed"), "the reason is lost: {told}");
        assert!(store.verify(&earlier, &Domain::Plain).await.unwrap().ok());
    }
    // What was indexed before each kill is not stored again.
    let meter = Meter::new();
    let all = vec![0..(70 << 20) / GRAIN];
    let tree = metered(&store, None, &bytes, all, &Domain::Plain, meter.clone())
        .await
        .unwrap();
    assert!(meter.stats().chunks_reused > 0);
    assert!(read_all(&store, &tree, &Domain::Plain).await.unwrap() == bytes);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_killed_at_any_pack_goes_on_and_ends_the_same() {
    let (from_dir, to_dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let from = store_in(from_dir.path()).await;
    let bytes = noise(1, 70 << 20);
    for domain in [Domain::Plain, sealed(3)] {
        let tree = write_all(&from, &bytes, &domain).await;
        let index = Arc::new(MemoryIndex::default());
        let region = if domain_is_plain(&domain) {
            "us-east-1"
        } else {
            "us-east-2"
        };
        let mut moved = 0;
        for left in [0, 1, 2, 9] {
            let dying = Arc::new(Dying {
                index: index.clone(),
                left: AtomicI64::new(left),
                late: false,
            });
            let to = store_with(to_dir.path(), region, dying).await;
            let meter = Meter::new();
            let outcome = copy(&tree, &domain, &from, &to, meter.clone()).await;
            moved = meter.stats().chunks_new;
            assert_eq!(outcome.is_ok(), left == 9, "{outcome:?}");
        }
        assert!(
            moved > 0 && moved < 2000,
            "the last try moved {moved} chunks"
        );
        let to = store_with(to_dir.path(), region, index).await;
        assert!(read_all(&to, &tree, &domain).await.unwrap() == bytes);
        assert!(to.verify(&tree, &domain).await.unwrap().ok());
        let again = Meter::new();
        copy(&tree, &domain, &from, &to, again.clone())
            .await
            .unwrap();
        assert_eq!((again.stats().chunks_new, again.stats().packs), (0, 0));
        assert_eq!(again.progress(), (70 << 20, 70 << 20));
    }
}

fn domain_is_plain(domain: &Domain) -> bool {
    matches!(domain, Domain::Plain)
}

#[tokio::test]
async fn the_index_can_be_made_again_from_the_packs() {
    let dir = tempfile::tempdir().unwrap();
    let first = Arc::new(MemoryIndex::default());
    let store = store_with(dir.path(), "eu-west-1", first.clone()).await;
    let bytes = noise(1, 20 << 20);
    let tree = write_all(&store, &bytes, &sealed(1)).await;
    let second = Arc::new(MemoryIndex::default());
    let store = store_with(dir.path(), "eu-west-1", second.clone()).await;
    assert!(matches!(
        store.disk(&tree, &sealed(1)).await,
        Err(Error::NotFound(_))
    ));
    let rebuilt = store.rebuild_index().await.unwrap();
    assert_eq!((rebuilt.damaged.len(), rebuilt.gone.len()), (0, 0));
    assert_eq!(read_all(&store, &tree, &sealed(1)).await.unwrap(), bytes);
    assert_eq!(
        first.list_packs("eu-west-1").await.unwrap(),
        second.list_packs("eu-west-1").await.unwrap()
    );

    // A pack that went away is forgotten, and what it held is not found rather than wrong.
    let (id, _) = store.packs().await.unwrap()[0];
    let path = files_under(dir.path())
        .into_iter()
        .find(|p| p.ends_with(id.to_string()))
        .unwrap();
    std::fs::remove_file(path).unwrap();
    let store = store_with(dir.path(), "eu-west-1", second).await;
    assert_eq!(store.rebuild_index().await.unwrap().gone, [id]);
    assert!(matches!(
        read_all(&store, &tree, &sealed(1)).await,
        Err(Error::NotFound(_))
    ));
    assert!(!store.verify(&tree, &sealed(1)).await.unwrap().ok());
    let all = store
        .verify_all(&[(tree.clone(), sealed(1))])
        .await
        .unwrap();
    let named = format!("disk {}, in the 16 MiB or more", tree.digest());
    assert!(all.damage[0].starts_with(&named), "{:?}", all.damage);
}

#[tokio::test]
async fn a_pack_that_moved_is_found_where_the_index_says_now() {
    let dir = tempfile::tempdir().unwrap();
    let index = Arc::new(MemoryIndex::default());
    let store = store_with(dir.path(), "eu-west-1", index.clone()).await;
    let bytes = noise(1, 3 << 20);
    let tree = write_all(&store, &bytes, &Domain::Plain).await;
    let store = store_with(dir.path(), "eu-west-1", index.clone()).await;
    let disk = store.disk(&tree, &Domain::Plain).await.unwrap();
    let old = store.packs().await.unwrap()[0].0;
    let new: PackId = "00112233445566778899aabbccddeeff".parse().unwrap();
    let old_path = files_under(dir.path())
        .into_iter()
        .find(|p| p.ends_with(old.to_string()));
    let new_path = dir.path().join("eu-west-1/packs/00").join(new.to_string());
    std::fs::create_dir_all(new_path.parent().unwrap()).unwrap();
    std::fs::rename(old_path.unwrap(), new_path).unwrap();
    let rebuilt = store.rebuild_index().await.unwrap();
    assert_eq!(rebuilt.gone, [old]);
    // Opened before the move, with places in memory that are wrong now.
    let mut buf = vec![0; 3 << 20];
    disk.read_at(0, &mut buf).await.unwrap();
    assert_eq!(buf, bytes);
}

/// Damages the only pack of a small disk and looks at it in every way there is.
async fn look_at_damaged(domain: &Domain, damage: impl Fn(&mut Vec<u8>)) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let index = Arc::new(MemoryIndex::default());
    let store = store_with(dir.path(), "eu-west-1", index.clone()).await;
    let mut bytes = noise(1, 200_000);
    bytes.extend(vec![b'a'; 100_000]);
    let tree = write_all(&store, &bytes, domain).await;
    let path = files_under(dir.path()).pop().unwrap();
    let mut pack = std::fs::read(&path).unwrap();
    let whole = pack.clone();
    damage(&mut pack);
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, &pack).unwrap();

    let store = store_with(dir.path(), "eu-west-1", index).await;
    let mut findings = Vec::new();
    match read_all(&store, &tree, domain).await {
        Ok(read) => assert!(read == bytes, "wrong bytes were read"),
        Err(Error::Corrupt { what }) => findings.push(what),
        Err(other) => panic!("{other}"),
    }
    let (id, _) = store.packs().await.unwrap()[0];
    let scrubbed = store.scrub_pack(&id).await.unwrap();
    if whole != pack {
        assert!(!scrubbed.ok(), "scrub did not notice");
    }
    findings.extend(scrubbed.damage);
    findings.extend(store.verify(&tree, domain).await.unwrap().damage);
    let fresh = store_with(dir.path(), "eu-west-1", Arc::new(MemoryIndex::default())).await;
    for (_, why) in fresh.rebuild_index().await.unwrap().damaged {
        findings.push(why);
    }
    findings
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(work)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn a_flipped_bit_anywhere_in_a_pack_is_noticed(
        at in any::<prop::sample::Index>(), bit in 0..8_u8, sealed_too in any::<bool>(),
    ) {
        let domain = if sealed_too { sealed(1) } else { Domain::Plain };
        let found = run(look_at_damaged(&domain, |pack| {
            let at = at.index(pack.len());
            pack[at] ^= 1 << bit;
        }));
        prop_assert!(!found.is_empty());
    }

    #[test]
    fn a_pack_cut_off_anywhere_is_noticed(at in any::<prop::sample::Index>()) {
        let found = run(look_at_damaged(&Domain::Plain, |pack| {
            let at = at.index(pack.len());
            pack.truncate(at);
        }));
        prop_assert!(!found.is_empty());
    }
}

#[test]
fn a_pack_cut_off_in_each_field_of_its_trailer_is_noticed() {
    for cut in 1..=120 {
        let found = run(look_at_damaged(&Domain::Plain, |pack| {
            pack.truncate(pack.len() - cut)
        }));
        assert!(!found.is_empty(), "{cut} bytes cut off");
    }
    assert_eq!(run(look_at_damaged(&sealed(1), |_| {})), [""; 0]);
}

/// An object store that overwrites what was to be created, as some engines do.
#[derive(Debug)]
struct Overwriting(object_store::memory::InMemory);

impl std::fmt::Display for Overwriting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("overwriting")
    }
}

#[async_trait]
impl object_store::ObjectStore for Overwriting {
    async fn put_opts(
        &self,
        path: &object_store::path::Path,
        payload: object_store::PutPayload,
        _: object_store::PutOptions,
    ) -> object_store::Result<object_store::PutResult> {
        self.0
            .put_opts(path, payload, object_store::PutOptions::default())
            .await
    }

    async fn put_multipart_opts(
        &self,
        path: &object_store::path::Path,
        options: object_store::PutMultipartOptions,
    ) -> object_store::Result<Box<dyn object_store::MultipartUpload>> {
        self.0.put_multipart_opts(path, options).await
    }

    async fn get_opts(
        &self,
        path: &object_store::path::Path,
        options: object_store::GetOptions,
    ) -> object_store::Result<object_store::GetResult> {
        self.0.get_opts(path, options).await
    }

    fn delete_stream(
        &self,
        paths: futures::stream::BoxStream<'static, object_store::Result<object_store::path::Path>>,
    ) -> futures::stream::BoxStream<'static, object_store::Result<object_store::path::Path>> {
        self.0.delete_stream(paths)
    }

    fn list(
        &self,
        prefix: Option<&object_store::path::Path>,
    ) -> futures::stream::BoxStream<'static, object_store::Result<object_store::ObjectMeta>> {
        self.0.list(prefix)
    }

    async fn list_with_delimiter(
        &self,
        prefix: Option<&object_store::path::Path>,
    ) -> object_store::Result<object_store::ListResult> {
        self.0.list_with_delimiter(prefix).await
    }

    async fn copy_opts(
        &self,
        from: &object_store::path::Path,
        to: &object_store::path::Path,
        options: object_store::CopyOptions,
    ) -> object_store::Result<()> {
        self.0.copy_opts(from, to, options).await
    }
}

#[tokio::test]
async fn an_object_store_that_ignores_put_if_absent_is_refused() {
    let engine = Arc::new(Overwriting(object_store::memory::InMemory::new()));
    let index = Arc::new(MemoryIndex::default());
    let backend = Backend::object_store(engine);
    let opened = Store::open(backend, "eu-west-1", index.clone(), cache()).await;
    assert!(
        matches!(opened.err(), Some(Error::InvalidInput(why)) if why.contains("If-None-Match"))
    );

    let good = Backend::object_store(Arc::new(object_store::memory::InMemory::new()));
    let store = Store::open(good, "eu-west-1", index, cache())
        .await
        .unwrap();
    let bytes = noise(1, 3 << 20);
    let tree = write_all(&store, &bytes, &sealed(1)).await;
    assert_eq!(read_all(&store, &tree, &sealed(1)).await.unwrap(), bytes);
    let disk = store.disk(&tree, &sealed(1)).await.unwrap();
    let read = tokio::task::spawn_blocking(move || {
        let mut buf = vec![0; 3 << 20];
        disk.read_at_blocking(0, &mut buf).map(|()| buf)
    });
    assert_eq!(read.await.unwrap().unwrap(), bytes);
}

#[tokio::test]
async fn a_region_name_cannot_leave_its_directory() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["", "..", "a/b", "A", "x y"] {
        let backend = Backend::directory(dir.path()).unwrap();
        let index = Arc::new(MemoryIndex::default());
        let opened = Store::open(backend, name, index, cache()).await;
        assert!(
            matches!(opened.err(), Some(Error::InvalidInput(_))),
            "{name:?}"
        );
    }
    assert_eq!(files_under(Path::new(dir.path())).len(), 0);
}
