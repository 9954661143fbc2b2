//! An index in memory: for tests, for reading a store whose database is lost, and the shortest
//! statement of what an index has to do. The one in SQL is compared with it, step by step.

use crate::error::{Error, Result};
use crate::index::{Audit, Collection, Held, Index, Pack, PackState, Planned, Swept, collected};
use crate::names::{Address, Location, PackId};
use async_trait::async_trait;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

/// An index in memory.
#[derive(Debug, Default)]
pub struct MemoryIndex {
    regions: Mutex<HashMap<String, Known>>,
}

#[derive(Debug, Clone, Default)]
struct Known {
    generation: u64,
    /// Addresses and bytes, ever.
    forgotten: (u64, u64),
    chunks: BTreeMap<Address, Row>,
    packs: BTreeMap<PackId, PackRow>,
    pages: BTreeMap<Address, PageRow>,
    roots: BTreeSet<(String, Address)>,
}

#[derive(Debug, Clone, Copy)]
struct Row {
    location: Location,
    lost: bool,
    references: u64,
    /// When it was noticed that nothing refers to it; 0 until then.
    since: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct PackRow {
    bytes: u64,
    live: u64,
    condemned: u64,
    checked: u64,
}

#[derive(Debug, Clone)]
struct PageRow {
    children: Vec<Address>,
    /// Those that are not counted yet.
    uncounted: Vec<Address>,
}

impl Clone for MemoryIndex {
    fn clone(&self) -> Self {
        let regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        Self {
            regions: Mutex::new(regions.clone()),
        }
    }
}

impl MemoryIndex {
    fn with<T>(&self, region: &str, act: impl FnOnce(&mut Known) -> T) -> T {
        let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        act(regions.entry(region.to_owned()).or_default())
    }
}

impl Known {
    fn insert(&mut self, pack: &Pack, generation: u64) -> Result<()> {
        if self
            .packs
            .get(&pack.id)
            .is_some_and(|row| row.condemned > 0)
        {
            return Err(collected(format!("pack {}", pack.id)));
        }
        let inside: BTreeSet<Address> = pack.entries.iter().map(|(address, _)| *address).collect();
        let mut new = BTreeMap::new();
        for page in &pack.pages {
            if !self.pages.contains_key(&page.page) {
                new.insert(page.page, page);
            }
        }
        let (mut counted, mut rows) = (BTreeMap::<Address, u64>::new(), Vec::new());
        for (address, page) in new {
            let (within, beyond): (Vec<_>, Vec<_>) = page
                .children
                .iter()
                .partition(|child| inside.contains(child));
            within
                .iter()
                .for_each(|child| *counted.entry(*child).or_default() += 1);
            let roots = self
                .roots
                .iter()
                .filter(|(_, root)| *root == address)
                .count();
            if roots > 0 {
                // The index is being made again under roots that were kept.
                *counted.entry(address).or_default() += crate::geometry::as_u64(roots);
            }
            let missing = beyond.iter().find(|child| !self.chunks.contains_key(child));
            if let Some(missing) = missing
                && generation != self.generation
            {
                return Err(collected(missing));
            }
            let children = page.children.clone();
            let uncounted = beyond;
            rows.push((
                address,
                PageRow {
                    children,
                    uncounted,
                },
            ));
        }
        self.pages.extend(rows);
        self.packs.entry(pack.id).or_default().bytes = pack.bytes;
        for (address, location) in &pack.entries {
            self.take_in(
                *address,
                *location,
                counted.remove(address).unwrap_or_default(),
            );
        }
        for (address, references) in counted {
            if let Some(row) = self.chunks.get_mut(&address) {
                row.references += references;
            }
        }
        self.weigh();
        Ok(())
    }

    fn take_in(&mut self, address: Address, location: Location, references: u64) {
        let fresh = Row {
            location,
            lost: false,
            references: 0,
            since: 0,
        };
        let row = self.chunks.entry(address).or_insert(fresh);
        row.references += references;
        if row.lost {
            (row.location, row.lost) = (location, false);
        }
    }

    fn weigh(&mut self) {
        for (id, pack) in &mut self.packs {
            let rows = self.chunks.values();
            let inside = rows.filter(|row| row.location.pack == *id && !row.lost);
            pack.live = inside.map(|row| u64::from(row.location.len)).sum();
        }
    }

    fn condemn_empty(&mut self, now: u64) {
        self.weigh();
        let located: BTreeSet<PackId> = self.chunks.values().map(|row| row.location.pack).collect();
        for (id, pack) in &mut self.packs {
            if !located.contains(id) && pack.condemned == 0 {
                pack.condemned = now;
            }
        }
    }

    fn hold(&mut self, holder: &str, roots: &[Address]) -> Result<()> {
        let wanted: BTreeSet<Address> = roots.iter().copied().collect();
        if let Some(missing) = wanted.iter().find(|root| !self.chunks.contains_key(root)) {
            return Err(collected(missing));
        }
        let held: BTreeSet<Address> = self
            .roots
            .iter()
            .filter(|(name, _)| name == holder)
            .map(|(_, root)| *root)
            .collect();
        for root in wanted.difference(&held) {
            self.roots.insert((holder.to_owned(), *root));
            if let Some(row) = self.chunks.get_mut(root) {
                row.references += 1;
            }
        }
        for root in held.difference(&wanted) {
            self.roots.remove(&(holder.to_owned(), *root));
            self.release(root, 0);
        }
        Ok(())
    }

    fn release(&mut self, address: &Address, since: u64) {
        if let Some(row) = self.chunks.get_mut(address) {
            row.references = row.references.saturating_sub(1);
            if row.references == 0 {
                row.since = since;
            }
        }
    }

    fn count(&mut self, limit: usize) -> Result<bool> {
        let known = |page: &PageRow| page.uncounted.iter().all(|c| self.chunks.contains_key(c));
        let waiting = |(_, page): &(&Address, &PageRow)| !page.uncounted.is_empty();
        let some: Vec<_> = self.pages.iter().filter(waiting).take(limit).collect();
        if let Some((address, _)) = some.iter().find(|(_, page)| !known(page)) {
            return Err(incomplete(address));
        }
        let some: Vec<Address> = some.into_iter().map(|(address, _)| *address).collect();
        for address in some {
            let page = self.pages.get_mut(&address);
            for child in page
                .map(|page| std::mem::take(&mut page.uncounted))
                .into_iter()
                .flatten()
            {
                if let Some(row) = self.chunks.get_mut(&child) {
                    row.references += 1;
                }
            }
        }
        Ok(self.counted())
    }

    fn counted(&self) -> bool {
        self.pages.values().all(|page| page.uncounted.is_empty())
    }

    /// Garbage that is due, the oldest first.
    fn notice(&mut self, now: u64, limit: usize) -> u64 {
        let rows = self.chunks.values_mut();
        let fresh = rows.filter(|row| row.references == 0 && row.since == 0);
        let noticed = fresh.take(limit).map(|row| row.since = now).count();
        crate::geometry::as_u64(noticed)
    }

    fn due(&self, cutoff: u64) -> Vec<Address> {
        let due = |row: &Row| row.references == 0 && row.since > 0 && row.since <= cutoff;
        let rows = self.chunks.iter().filter(|(_, row)| due(row));
        let mut rows: Vec<_> = rows.map(|(address, row)| (row.since, *address)).collect();
        rows.sort_unstable();
        rows.into_iter().map(|(_, address)| address).collect()
    }

    fn sweep(&mut self, cutoff: u64, now: u64, limit: usize) -> Swept {
        let mut swept = Swept::default();
        if !self.counted() {
            return Swept {
                more: true,
                ..swept
            };
        }
        for address in self.due(cutoff) {
            if swept.addresses + swept.references >= crate::geometry::as_u64(limit) {
                break;
            }
            if let Some(row) = self.chunks.remove(&address) {
                swept.bytes += u64::from(row.location.len);
            }
            swept.addresses += 1;
            for child in self
                .pages
                .remove(&address)
                .map(|page| page.children)
                .unwrap_or_default()
            {
                swept.references += 1;
                self.release(&child, cutoff);
            }
        }
        if swept.addresses > 0 {
            self.generation += 1;
            self.forgotten.0 += swept.addresses;
            self.forgotten.1 += swept.bytes;
        }
        self.condemn_empty(now);
        swept.more = !self.due(cutoff).is_empty();
        swept
    }

    fn relocate(
        &mut self,
        from: &PackId,
        to: Option<&Pack>,
        lost: &[Address],
        now: u64,
    ) -> Result<()> {
        if let Some(to) = to {
            if self.packs.get(&to.id).is_some_and(|row| row.condemned > 0) {
                return Err(collected(format!("pack {}", to.id)));
            }
            self.packs.entry(to.id).or_default().bytes = to.bytes;
            for (address, location) in &to.entries {
                if let Some(row) = self.chunks.get_mut(address)
                    && row.location.pack == *from
                {
                    (row.location, row.lost) = (*location, false);
                }
            }
        }
        for address in lost {
            if let Some(row) = self.chunks.get_mut(address)
                && row.location.pack == *from
            {
                row.lost = true;
            }
        }
        self.condemn_empty(now);
        Ok(())
    }

    fn state(&self, id: &PackId) -> Option<PackState> {
        self.packs.get(id).map(|row| PackState {
            id: *id,
            bytes: row.bytes,
            live: row.live,
            condemned: row.condemned,
            checked: row.checked,
        })
    }

    fn states(&self, wanted: impl Fn(&PackRow) -> bool) -> Vec<PackState> {
        let some = self.packs.iter().filter(|(_, row)| wanted(row));
        some.filter_map(|(id, _)| self.state(id)).collect()
    }

    fn audit(&self) -> Audit {
        let mut audit = Audit {
            addresses: crate::geometry::as_u64(self.chunks.len()),
            pages: crate::geometry::as_u64(self.pages.len()),
            ..Audit::default()
        };
        let mut counts: BTreeMap<Address, u64> = BTreeMap::new();
        for (address, page) in &self.pages {
            if !self.chunks.contains_key(address) {
                audit.found(format!("page {address} has references but no place"));
            }
            if !page.uncounted.is_empty() {
                audit.uncounted += 1;
            }
            for child in &page.children {
                if !self.chunks.contains_key(child) {
                    audit.found(format!(
                        "page {address} refers to {child}, which is not known"
                    ));
                }
                if !page.uncounted.contains(child) {
                    *counts.entry(*child).or_default() += 1;
                }
            }
        }
        for (holder, root) in &self.roots {
            *counts.entry(*root).or_default() += 1;
            if !self.chunks.contains_key(root) {
                audit.found(format!("{holder} holds {root}, which is not known"));
            }
        }
        for (address, row) in &self.chunks {
            let counted = counts.get(address).copied().unwrap_or_default();
            if counted != row.references {
                audit.found(format!(
                    "{address} has {counted} references, counted as {}",
                    row.references
                ));
            }
            if row.lost {
                audit.lost += 1;
            } else if self
                .packs
                .get(&row.location.pack)
                .is_none_or(|pack| pack.condemned > 0)
            {
                audit.found(format!(
                    "{address} lies in pack {}, which is gone",
                    row.location.pack
                ));
            }
        }
        audit
    }
}

fn incomplete(page: &Address) -> Error {
    Error::corrupt(format!(
        "page {page} refers to what the index does not know: nothing is collected until the index is made again"
    ))
}

fn sparse(row: &PackRow) -> bool {
    row.condemned == 0 && row.live > 0 && row.live * 2 < row.bytes
}

#[async_trait]
impl Index for MemoryIndex {
    async fn lookup(&self, region: &str, addresses: &[Address]) -> Result<Vec<Option<Location>>> {
        let find = |known: &mut Known, address| {
            let row: Option<&Row> = known.chunks.get(address);
            row.filter(|row| !row.lost).map(|row| row.location)
        };
        Ok(self.with(region, |known| {
            addresses
                .iter()
                .map(|address| find(known, address))
                .collect()
        }))
    }

    async fn generation(&self, region: &str) -> Result<u64> {
        Ok(self.with(region, |known| known.generation))
    }

    async fn insert_pack(&self, region: &str, pack: &Pack, generation: u64) -> Result<()> {
        self.with(region, |known| known.insert(pack, generation))
    }

    async fn keep(&self, region: &str, addresses: &[Address]) -> Result<()> {
        self.with(region, |known| {
            for address in addresses {
                if let Some(row) = known.chunks.get_mut(address)
                    && row.references == 0
                {
                    row.since = 0;
                }
            }
        });
        Ok(())
    }

    async fn remove_pack(&self, region: &str, pack: &PackId) -> Result<()> {
        self.with(region, |known| {
            known.packs.remove(pack);
            for row in known.chunks.values_mut() {
                row.lost |= row.location.pack == *pack;
            }
        });
        Ok(())
    }

    async fn list_packs(&self, region: &str) -> Result<Vec<(PackId, u64)>> {
        let live = self.with(region, |known| known.states(|row| row.condemned == 0));
        Ok(live.into_iter().map(|pack| (pack.id, pack.bytes)).collect())
    }

    fn collection(&self) -> Option<&dyn Collection> {
        Some(self)
    }

    async fn expand(&self, region: &str, mark: [u8; 8]) -> Result<Vec<Address>> {
        let mut first = [0; 32];
        first[..8].copy_from_slice(&mark);
        let same = |address: &&Address| address.as_bytes().starts_with(&mark);
        Ok(self.with(region, |known| {
            let from = known.chunks.range(Address::from_bytes(first)..);
            from.map(|(address, _)| address)
                .take_while(same)
                .copied()
                .collect()
        }))
    }
}

#[async_trait]
impl Collection for MemoryIndex {
    async fn hold(&self, region: &str, holder: &str, roots: &[Address]) -> Result<()> {
        self.with(region, |known| known.hold(holder, roots))
    }

    async fn count(&self, region: &str, limit: usize) -> Result<bool> {
        self.with(region, |known| known.count(limit))
    }

    async fn notice(&self, region: &str, now: u64, limit: usize) -> Result<u64> {
        Ok(self.with(region, |known| known.notice(now, limit)))
    }

    async fn plan(&self, region: &str, cutoff: u64) -> Result<Planned> {
        Ok(self.with(region, |known| {
            let mut planned = Planned::default();
            for row in known.chunks.values().filter(|row| row.references == 0) {
                planned.unreferenced += 1;
                planned.unreferenced_bytes += u64::from(row.location.len);
                if row.since > 0 && row.since <= cutoff {
                    planned.due += 1;
                    planned.due_bytes += u64::from(row.location.len);
                }
            }
            for row in known.packs.values() {
                if row.condemned > 0 && row.bytes > 0 {
                    planned.condemned += 1;
                    planned.condemned_bytes += row.bytes;
                } else if sparse(row) {
                    planned.sparse += 1;
                    planned.sparse_live_bytes += row.live;
                    planned.sparse_bytes += row.bytes;
                }
            }
            planned
        }))
    }

    async fn sweep(&self, region: &str, cutoff: u64, now: u64, limit: usize) -> Result<Swept> {
        Ok(self.with(region, |known| known.sweep(cutoff, now, limit)))
    }

    async fn rehearse(&self, region: &str, cutoff: u64, now: u64, limit: usize) -> Result<Swept> {
        let mut known = self.with(region, |known| known.clone());
        while !known.count(limit)? {}
        known.notice(now, limit);
        let mut all = Swept::default();
        while all.another(known.sweep(cutoff, now, limit), limit) {}
        Ok(all)
    }

    async fn sparse(&self, region: &str, limit: usize) -> Result<Vec<PackState>> {
        let mut packs = self.with(region, |known| known.states(sparse));
        packs.sort_by_key(|pack| (pack.live, pack.id));
        packs.truncate(limit);
        Ok(packs)
    }

    async fn condemned(&self, region: &str, cutoff: u64, limit: usize) -> Result<Vec<PackState>> {
        let due = |row: &PackRow| row.condemned > 0 && row.condemned <= cutoff && row.bytes > 0;
        let mut packs = self.with(region, |known| known.states(due));
        packs.truncate(limit);
        Ok(packs)
    }

    async fn unchecked(&self, region: &str, before: u64, limit: usize) -> Result<Vec<PackState>> {
        let due = |row: &PackRow| row.condemned == 0 && row.checked < before;
        let mut packs = self.with(region, |known| known.states(due));
        packs.sort_by_key(|pack| (pack.checked, pack.id));
        packs.truncate(limit);
        Ok(packs)
    }

    async fn packs(&self, region: &str) -> Result<Vec<PackState>> {
        Ok(self.with(region, |known| known.states(|row| row.bytes > 0)))
    }

    async fn states(&self, region: &str, ids: &[PackId]) -> Result<Vec<Option<PackState>>> {
        Ok(self.with(region, |known| {
            ids.iter().map(|id| known.state(id)).collect()
        }))
    }

    async fn contents(&self, region: &str, pack: &PackId) -> Result<Vec<Held>> {
        Ok(self.with(region, |known| {
            let inside = known
                .chunks
                .iter()
                .filter(|(_, row)| row.location.pack == *pack);
            let mut held: Vec<Held> = inside
                .map(|(address, row)| Held {
                    address: *address,
                    location: row.location,
                    lost: row.lost,
                    references: row.references,
                })
                .collect();
            held.sort_by_key(|held| held.location.offset);
            held
        }))
    }

    async fn relocate(
        &self,
        region: &str,
        from: &PackId,
        to: Option<&Pack>,
        lost: &[Address],
        now: u64,
    ) -> Result<()> {
        self.with(region, |known| known.relocate(from, to, lost, now))
    }

    async fn condemn(&self, region: &str, pack: &PackId, bytes: u64, now: u64) -> Result<bool> {
        Ok(self.with(region, |known| {
            if known.packs.contains_key(pack) {
                return false;
            }
            let row = PackRow {
                bytes,
                condemned: now,
                ..PackRow::default()
            };
            known.packs.insert(*pack, row);
            true
        }))
    }

    async fn bury(&self, region: &str, pack: &PackId) -> Result<()> {
        self.with(region, |known| {
            if let Some(row) = known.packs.get_mut(pack)
                && row.condemned > 0
            {
                row.bytes = 0;
            }
        });
        Ok(())
    }

    async fn note_checked(&self, region: &str, pack: &PackId, now: u64) -> Result<()> {
        self.with(region, |known| {
            if let Some(row) = known.packs.get_mut(pack) {
                row.checked = now;
            }
        });
        Ok(())
    }

    async fn holders(&self, region: &str, addresses: &[Address]) -> Result<Vec<String>> {
        Ok(self.with(region, |known| {
            let mut reached: BTreeSet<Address> = addresses.iter().copied().collect();
            loop {
                let reaches = |page: &PageRow| page.children.iter().any(|c| reached.contains(c));
                let above = known.pages.iter().filter(|(_, page)| reaches(page));
                let above: Vec<Address> = above.map(|(address, _)| *address).collect();
                let before = reached.len();
                reached.extend(above);
                if reached.len() == before {
                    break;
                }
            }
            let holders = known
                .roots
                .iter()
                .filter(|(_, root)| reached.contains(root));
            let holders: BTreeSet<_> = holders.map(|(holder, _)| holder.clone()).collect();
            holders.into_iter().collect()
        }))
    }

    async fn history(&self, region: &str) -> Result<(u64, u64)> {
        Ok(self.with(region, |known| known.forgotten))
    }

    async fn roots(&self, region: &str) -> Result<Vec<(String, Address)>> {
        Ok(self.with(region, |known| known.roots.iter().cloned().collect()))
    }

    async fn audit(&self, region: &str) -> Result<Audit> {
        Ok(self.with(region, |known| known.audit()))
    }

    async fn wipe(&self, region: &str) -> Result<()> {
        self.with(region, |known| {
            *known = Known {
                generation: known.generation + 1,
                roots: std::mem::take(&mut known.roots),
                packs: std::mem::take(&mut known.packs),
                ..Known::default()
            };
            known.packs.retain(|_, row| row.condemned > 0);
        });
        Ok(())
    }
}
