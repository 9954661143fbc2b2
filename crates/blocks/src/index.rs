//! Which pack holds which address. The index is handed in by the caller and can always be rebuilt
//! from the packs, so it is a convenience and never the truth.

use crate::error::Result;
use crate::names::{Address, Location, PackId};
use async_trait::async_trait;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

/// A durable pack and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pack {
    /// Its name.
    pub id: PackId,
    /// The whole object's length, which is what its storage costs.
    pub bytes: u64,
    /// What it holds, in the order of the frames; every location names this pack.
    pub entries: Vec<(Address, Location)>,
}

/// The map from addresses to packs, one name space for each Region.
#[async_trait]
pub trait Index: Send + Sync {
    /// Where each address lies, in the same order and number; `None` where it is not stored.
    async fn lookup(&self, region: &str, addresses: &[Address]) -> Result<Vec<Option<Location>>>;

    /// Records a pack that is already durable, in one transaction. An address that is already
    /// known keeps its location. Doing it again only adds what is not known (any more).
    async fn insert_pack(&self, region: &str, pack: &Pack) -> Result<()>;

    /// Forgets a pack and every address that is located in it.
    async fn remove_pack(&self, region: &str, pack: &PackId) -> Result<()>;

    /// Every recorded pack with its length in bytes.
    async fn list_packs(&self, region: &str) -> Result<Vec<(PackId, u64)>>;
}

/// An index in memory, for tests and for reading a store whose database is lost.
#[derive(Debug, Default)]
pub struct MemoryIndex {
    regions: Mutex<HashMap<String, Held>>,
}

#[derive(Debug, Default)]
struct Held {
    addresses: HashMap<Address, Location>,
    packs: BTreeMap<PackId, u64>,
}

impl MemoryIndex {
    fn with<T>(&self, region: &str, act: impl FnOnce(&mut Held) -> T) -> T {
        let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        act(regions.entry(region.to_owned()).or_default())
    }
}

#[async_trait]
impl Index for MemoryIndex {
    async fn lookup(&self, region: &str, addresses: &[Address]) -> Result<Vec<Option<Location>>> {
        Ok(self.with(region, |held| {
            addresses
                .iter()
                .map(|address| held.addresses.get(address).copied())
                .collect()
        }))
    }

    async fn insert_pack(&self, region: &str, pack: &Pack) -> Result<()> {
        self.with(region, |held| {
            held.packs.insert(pack.id, pack.bytes);
            for (address, location) in &pack.entries {
                held.addresses.entry(*address).or_insert(*location);
            }
        });
        Ok(())
    }

    async fn remove_pack(&self, region: &str, pack: &PackId) -> Result<()> {
        self.with(region, |held| {
            held.packs.remove(pack);
            held.addresses.retain(|_, location| location.pack != *pack);
        });
        Ok(())
    }

    async fn list_packs(&self, region: &str) -> Result<Vec<(PackId, u64)>> {
        Ok(self.with(region, |held| {
            held.packs.iter().map(|(id, bytes)| (*id, *bytes)).collect()
        }))
    }
}
