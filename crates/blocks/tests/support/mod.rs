//! Disks in memory and stores that go away, for the tests from outside.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]
#![allow(dead_code, reason = "each test file uses its part of this")]

use blocks::{
    Backend, Cache, Changes, DataKey, Domain, GRAIN, Index, KeyRing, MemoryIndex, Meter, Result,
    Store, Tree, Write,
};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

pub struct Given {
    pub bytes: Arc<Vec<u8>>,
    pub grains: Vec<Range<u64>>,
}

impl Changes for Given {
    fn next(&self, from: u64) -> Result<Option<Range<u64>>> {
        Ok(self.grains.iter().find(|range| range.end > from).cloned())
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<()> {
        let start = usize::try_from(offset).unwrap();
        buf.copy_from_slice(&self.bytes[start..start + buf.len()]);
        Ok(())
    }
}

pub fn cache() -> Arc<Cache> {
    Cache::new(64 << 20, 16 << 20)
}

pub async fn store_in(dir: &Path) -> Store {
    store_with(dir, "eu-west-1", Arc::new(MemoryIndex::default())).await
}

pub async fn store_with(dir: &Path, region: &str, index: Arc<dyn Index>) -> Store {
    Store::open(Backend::directory(dir).unwrap(), region, index, cache())
        .await
        .unwrap()
}

pub fn ring(slot: u8, fill: u8) -> KeyRing {
    KeyRing::new(slot, DataKey::new([fill; 32])).unwrap()
}

pub fn sealed(fill: u8) -> Domain {
    Domain::Sealed(ring(1, fill))
}

/// Stores all of `bytes`.
pub async fn write_all(store: &Store, bytes: &[u8], domain: &Domain) -> Tree {
    let all = 0..u64::try_from(bytes.len()).unwrap().div_ceil(GRAIN);
    write_on(store, None, bytes, vec![all], domain)
        .await
        .unwrap()
}

/// Stores `bytes`, of which `grains` differ from `base`.
pub async fn write_on(
    store: &Store,
    base: Option<&Tree>,
    bytes: &[u8],
    grains: Vec<Range<u64>>,
    domain: &Domain,
) -> Result<Tree> {
    metered(store, base, bytes, grains, domain, Meter::new()).await
}

pub async fn metered(
    store: &Store,
    base: Option<&Tree>,
    bytes: &[u8],
    grains: Vec<Range<u64>>,
    domain: &Domain,
    meter: Arc<Meter>,
) -> Result<Tree> {
    let write = Write {
        base: base.cloned(),
        size: u64::try_from(bytes.len()).unwrap(),
        domain: domain.clone(),
        source: Arc::new(Given {
            bytes: Arc::new(bytes.to_vec()),
            grains,
        }),
        meter,
    };
    store.write(write).await
}

pub async fn read_all(store: &Store, tree: &Tree, domain: &Domain) -> Result<Vec<u8>> {
    let disk = store.disk(tree, domain).await?;
    let mut bytes = vec![0xee; usize::try_from(tree.size()).unwrap()];
    disk.read_at(0, &mut bytes).await?;
    Ok(bytes)
}

/// Bytes that do not compress, the same for the same seed.
pub fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut out = vec![0; len];
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes());
    hasher.finalize_xof().fill(&mut out);
    out
}

pub fn files_under(dir: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut todo = vec![dir.to_path_buf()];
    while let Some(dir) = todo.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                todo.push(path)
            } else {
                found.push(path)
            }
        }
    }
    found.sort();
    found
}
