//! A round of collecting garbage: count, notice, sweep, compact, delete (docs/format/collection.md).
//!
//! Everything that decides is a transaction of the [`Collection`]; this file puts them in order,
//! moves frames, deletes objects, and keeps to a pace. It may be killed anywhere and run again, by
//! several processes at once.

use crate::backend::blocking;
use crate::check::Totals;
use crate::error::{Error, Result};
use crate::frame;
use crate::geometry::as_u64;
use crate::index::{Collection, Held, Pack, PackState};
use crate::names::{Address, PackId};
use crate::pack::{Filling, pack_range};
use crate::store::Store;
use bytes::Bytes;
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

/// How a collection behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long what nobody needs is kept, and how long a pack is kept after it was emptied.
    pub delay_ms: u64,
    /// Rows that one transaction touches.
    pub rows: usize,
    /// Rows in a second.
    pub rows_per_second: u64,
    /// Bytes read or written in a second.
    pub bytes_per_second: u64,
    /// Packs that are compacted in one round.
    pub compactions: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            delay_ms: 60 * 60 * 1000,
            rows: 2000,
            rows_per_second: 50_000,
            bytes_per_second: 64 << 20,
            compactions: 8,
        }
    }
}

impl Limits {
    /// Waits for as long as this much work may take.
    pub(crate) async fn pace(&self, rows: u64, bytes: u64) {
        let millis = |n: u64, per: u64| n.saturating_mul(1000) / per.max(1);
        let wait = millis(rows, self.rows_per_second).max(millis(bytes, self.bytes_per_second));
        if wait > 0 {
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
    }
}

/// What a round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Collected {
    /// Addresses that nobody needs, seen for the first time.
    pub noticed: u64,
    /// Addresses forgotten.
    pub addresses: u64,
    /// Bytes of their frames.
    pub bytes: u64,
    /// Packs compacted.
    pub packs_compacted: u64,
    /// Bytes moved by that.
    pub bytes_moved: u64,
    /// Packs deleted.
    pub packs_deleted: u64,
    /// Their bytes: what the store now occupies less.
    pub bytes_deleted: u64,
}

/// What a look at everything that is stored found and removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tidied {
    /// Packs that no index has ever heard of, older than the delay, now condemned.
    pub orphans: u64,
    /// Their bytes.
    pub orphan_bytes: u64,
    /// Staged files of uploads that ended long ago, removed.
    pub leftovers: u64,
}

/// What is stored, compared with what should be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inspected {
    /// What is stored.
    pub totals: Totals,
    /// What disagrees.
    pub findings: Vec<String>,
}

impl Store {
    /// One round. Costs what there is to collect. `now` is this collector's clock.
    pub async fn collect(
        &self,
        index: &dyn Collection,
        limits: &Limits,
        now: u64,
    ) -> Result<Collected> {
        let region = self.region();
        let mut done = Collected::default();
        let cutoff = now.saturating_sub(limits.delay_ms);
        while !index.count(region, 16).await? {
            limits.pace(as_u64(limits.rows), 0).await;
        }
        loop {
            let noticed = index.notice(region, now, limits.rows).await?;
            done.noticed += noticed;
            if noticed < as_u64(limits.rows) {
                break;
            }
            limits.pace(noticed, 0).await;
        }
        loop {
            let swept = index.sweep(region, cutoff, now, limits.rows).await?;
            done.addresses += swept.addresses;
            done.bytes += swept.bytes;
            // Where writers are at work, there may be pages to count first.
            if !swept.more || (swept.addresses == 0 && !index.count(region, 16).await?) {
                break;
            }
            limits.pace(swept.addresses + swept.references, 0).await;
        }
        for pack in index.sparse(region, limits.compactions).await? {
            let rewritten = self.rewrite(index, &pack, &[], now).await?;
            done.packs_compacted += 1;
            done.bytes_moved += rewritten.bytes;
            limits.pace(0, rewritten.bytes.saturating_mul(2)).await;
        }
        self.delete_condemned(index, cutoff, &mut done).await?;
        Ok(done)
    }

    async fn delete_condemned(
        &self,
        index: &dyn Collection,
        cutoff: u64,
        done: &mut Collected,
    ) -> Result<()> {
        let region = self.region();
        loop {
            let packs = index.condemned(region, cutoff, 100).await?;
            for pack in &packs {
                self.inner.backend.delete(region, &pack.id).await?;
                index.bury(region, &pack.id).await?;
                done.packs_deleted += 1;
                done.bytes_deleted += pack.bytes;
            }
            if packs.is_empty() {
                return Ok(());
            }
        }
    }

    /// Looks at all that is stored for what no index has ever heard of: packs that were made durable
    /// by a writer which died, and staged files of uploads. Costs a listing.
    pub async fn tidy(&self, index: &dyn Collection, limits: &Limits, now: u64) -> Result<Tidied> {
        let region = self.region();
        let cutoff = now.saturating_sub(limits.delay_ms);
        let mut tidied = Tidied::default();
        for (id, bytes) in self.orphans(index, cutoff).await? {
            if index.condemn(region, &id, bytes, now).await? {
                tidied.orphans += 1;
                tidied.orphan_bytes += bytes;
            }
        }
        let backend = self.inner.backend.clone();
        let name = region.to_owned();
        let leftovers = blocking(move || backend.remove_leftovers(&name, cutoff)).await?;
        tidied.leftovers = as_u64(leftovers);
        Ok(tidied)
    }

    /// Compares what is stored with what the index says is stored. Costs a listing. What nobody
    /// knows counts only if it was not changed since `before`.
    pub async fn inspect(&self, index: &dyn Collection, before: u64) -> Result<Inspected> {
        let region = self.region();
        // Packs before the index: what is made meanwhile is then missing from neither.
        let listed = self.packs().await?;
        let mut inspected = Inspected::default();
        let stored: HashMap<PackId, u64> = listed.iter().copied().collect();
        inspected.totals.packs = as_u64(stored.len());
        inspected.totals.bytes = stored.values().sum();
        for pack in index
            .packs(region)
            .await?
            .iter()
            .filter(|pack| pack.condemned == 0)
        {
            match stored.get(&pack.id) {
                Some(bytes) if *bytes == pack.bytes => {}
                Some(bytes) => inspected.findings.push(format!(
                    "pack {} has {bytes} bytes and should have {}",
                    pack.id, pack.bytes
                )),
                None if self.inner.backend.get_all(region, &pack.id).await.is_ok() => {}
                None => inspected.findings.push(format!("pack {} is gone", pack.id)),
            }
        }
        for (id, bytes) in self.orphans(index, before).await? {
            let finding = format!("pack {id} ({bytes} bytes) is stored and nobody knows it");
            inspected.findings.push(finding);
        }
        let (backend, name) = (self.inner.backend.clone(), region.to_owned());
        for path in blocking(move || backend.leftovers(&name, before)).await? {
            let finding = format!("{} is left of an interrupted upload", path.display());
            inspected.findings.push(finding);
        }
        Ok(inspected)
    }

    /// Packs that the index has never heard of and that were not changed since `before`.
    pub(crate) async fn orphans(
        &self,
        index: &dyn Collection,
        before: u64,
    ) -> Result<Vec<(PackId, u64)>> {
        let region = self.region();
        let listed = self.inner.backend.list_dated(region).await?;
        let known: HashSet<PackId> = index.packs(region).await?.iter().map(|p| p.id).collect();
        let old = listed.into_iter().filter(|pack| pack.changed_ms <= before);
        let unknown: Vec<_> = old.filter(|pack| !known.contains(&pack.id)).collect();
        let ids: Vec<PackId> = unknown.iter().map(|pack| pack.id).collect();
        let states = index.states(region, &ids).await?;
        let pairs = unknown.into_iter().zip(states);
        let orphans = pairs.filter(|(_, state)| state.is_none());
        Ok(orphans.map(|(pack, _)| (pack.id, pack.bytes)).collect())
    }

    /// Writes what is needed of a pack into a new one. What is damaged is taken from the first of
    /// `peers` that has it whole, or noted as lost and left where it is.
    pub(crate) async fn rewrite(
        &self,
        index: &dyn Collection,
        pack: &PackState,
        peers: &[Store],
        now: u64,
    ) -> Result<Rewritten> {
        let region = self.region();
        let held = index.contents(region, &pack.id).await?;
        let bytes = match self.inner.backend.get_all(region, &pack.id).await {
            Ok(bytes) => bytes,
            Err(Error::NotFound(_) | Error::Corrupt { .. }) => Vec::new(),
            Err(other) => return Err(other),
        };
        let mut rewritten = Rewritten::default();
        let mut frames = Vec::with_capacity(held.len());
        for held in held {
            let place = held.location;
            let own = pack_range(&bytes, u64::from(place.offset), u64::from(place.len));
            let whole = own.filter(|own| frame::check(own, &held.address).is_ok());
            let repaired = match whole {
                Some(own) => Some(own.to_vec()),
                None => {
                    rewritten.damaged.push(held.address);
                    let found = self.ask_peers(&held, peers).await?;
                    rewritten.repaired += u64::from(found.is_some());
                    found
                }
            };
            match repaired {
                Some(frame) => frames.push((held.address, frame)),
                None => rewritten.lost.push(held.address),
            }
        }
        let new = self.refill(frames).await?;
        rewritten.bytes = new.as_ref().map_or(0, |pack| pack.bytes);
        index
            .relocate(region, &pack.id, new.as_ref(), &rewritten.lost, now)
            .await?;
        Ok(rewritten)
    }

    async fn ask_peers(&self, held: &Held, peers: &[Store]) -> Result<Option<Vec<u8>>> {
        for peer in peers.iter().filter(|peer| peer.region() != self.region()) {
            match peer.frame(&held.address, None).await {
                Ok(frame) if frame::check(&frame, &held.address).is_ok() => {
                    return Ok(Some(frame));
                }
                Ok(_) | Err(Error::NotFound(_) | Error::Corrupt { .. }) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(None)
    }

    /// Makes frames durable in a new pack.
    async fn refill(&self, frames: Vec<(Address, Vec<u8>)>) -> Result<Option<Pack>> {
        if frames.is_empty() {
            return Ok(None);
        }
        let mut filling = Filling::new();
        for (address, frame) in &frames {
            filling.push(*address, frame)?;
        }
        let mut id = [0; 16];
        self.inner.entropy.fill(&mut id)?;
        let (pack, bytes): (Pack, Bytes) = filling.close(PackId::from_bytes(id))?;
        self.inner
            .backend
            .put(self.region(), &pack.id, bytes)
            .await?;
        Ok(Some(pack))
    }
}

/// What came of rewriting a pack.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rewritten {
    /// Bytes of the new pack.
    pub(crate) bytes: u64,
    /// Damaged frames that a peer had.
    pub(crate) repaired: u64,
    /// Damaged frames.
    pub(crate) damaged: Vec<Address>,
    /// Those that nobody has.
    pub(crate) lost: Vec<Address>,
}
