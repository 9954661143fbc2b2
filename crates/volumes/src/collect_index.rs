//! The index's part of collecting garbage, in SQL (docs/format/collection.md). Every method is one
//! transaction, so that a writer and the collector never see half of each other's work.

use crate::collect::hold_in;
use crate::index::{
    ROWS, SqlIndex, address, blob, failed, first_unknown, joined, number, pack_id, parted, retried,
    weigh,
};
use crate::lists::{exec_over, query_over};
use async_trait::async_trait;
use blocks::{
    Address, Audit, Collection, Error, Held, Location, Pack, PackId, PackState, Planned, Result,
    Swept, collected,
};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use store::{Row, Tx, Value};

const STATE: &str = "SELECT id, bytes, live, condemned, checked FROM packs WHERE region = ?1";

#[async_trait]
impl Collection for SqlIndex {
    async fn hold(&self, region: &str, holder: &str, roots: &[Address]) -> Result<()> {
        let wanted: BTreeSet<(String, Address)> = roots
            .iter()
            .map(|root| (region.to_owned(), *root))
            .collect();
        retried!(self.db, tx, {
            let held = hold_in(tx, holder, &wanted).await;
            held.map_err(failed)
        })
    }

    async fn count(&self, region: &str, limit: usize) -> Result<bool> {
        retried!(self.db, tx, count(tx, region, limit).await)
    }

    async fn notice(&self, region: &str, now: u64, limit: usize) -> Result<u64> {
        retried!(self.db, tx, notice(tx, region, now, limit).await)
    }

    async fn plan(&self, region: &str, cutoff: u64) -> Result<Planned> {
        let mut tx = self.db.read().await.map_err(failed)?;
        let garbage = "SELECT COUNT(*), CAST(COALESCE(SUM(ABS(length)), 0) AS BIGINT),
            CAST(0 AS BIGINT) FROM chunks WHERE region = ?1 AND refs = 0";
        let (unreferenced, unreferenced_bytes, _) =
            sums(&mut tx, garbage, &[region.into()]).await?;
        let due = format!("{garbage} AND since > 0 AND since <= ?2");
        let (due, due_bytes, _) = sums(&mut tx, &due, &[region.into(), int(cutoff)?]).await?;
        let packs = "SELECT COUNT(*), CAST(COALESCE(SUM(bytes), 0) AS BIGINT),
            CAST(COALESCE(SUM(live), 0) AS BIGINT) FROM packs WHERE region = ?1";
        let condemned = format!("{packs} AND condemned > 0 AND bytes > 0");
        let (condemned, condemned_bytes, _) = sums(&mut tx, &condemned, &[region.into()]).await?;
        let sparse = format!("{packs} AND condemned = 0 AND bytes > live * 2 AND live > 0");
        let (sparse, sparse_bytes, sparse_live_bytes) =
            sums(&mut tx, &sparse, &[region.into()]).await?;
        Ok(Planned {
            unreferenced,
            unreferenced_bytes,
            due,
            due_bytes,
            condemned,
            condemned_bytes,
            sparse,
            sparse_live_bytes,
            sparse_bytes,
        })
    }

    async fn sweep(&self, region: &str, cutoff: u64, now: u64, limit: usize) -> Result<Swept> {
        retried!(self.db, tx, sweep(tx, region, cutoff, now, limit).await)
    }

    async fn rehearse(&self, region: &str, cutoff: u64, now: u64, limit: usize) -> Result<Swept> {
        // Never committed.
        let mut tx = self.db.begin().await.map_err(failed)?;
        while !count(&mut tx, region, ROWS).await? {}
        notice(&mut tx, region, now, limit).await?;
        let mut all = Swept::default();
        while all.another(sweep(&mut tx, region, cutoff, now, ROWS).await?, limit) {}
        Ok(all)
    }

    async fn sparse(&self, region: &str, limit: usize) -> Result<Vec<PackState>> {
        let sql = format!(
            "{STATE} AND condemned = 0 AND bytes > live * 2 AND live > 0
            ORDER BY live, id LIMIT ?2"
        );
        self.states_of(&sql, &[region.into(), int(limit)?]).await
    }

    async fn condemned(&self, region: &str, cutoff: u64, limit: usize) -> Result<Vec<PackState>> {
        let sql = format!(
            "{STATE} AND condemned > 0 AND bytes > 0 AND condemned <= ?2 ORDER BY id LIMIT ?3"
        );
        self.states_of(&sql, &[region.into(), int(cutoff)?, int(limit)?])
            .await
    }

    async fn unchecked(&self, region: &str, before: u64, limit: usize) -> Result<Vec<PackState>> {
        let sql =
            format!("{STATE} AND condemned = 0 AND checked < ?2 ORDER BY checked, id LIMIT ?3");
        self.states_of(&sql, &[region.into(), int(before)?, int(limit)?])
            .await
    }

    async fn packs(&self, region: &str) -> Result<Vec<PackState>> {
        let sql = format!("{STATE} AND bytes > 0 ORDER BY id");
        self.states_of(&sql, &[region.into()]).await
    }

    async fn states(&self, region: &str, ids: &[PackId]) -> Result<Vec<Option<PackState>>> {
        let sql = format!("{STATE} AND id = ?2");
        let mut tx = self.db.read().await.map_err(failed)?;
        let mut states = Vec::with_capacity(ids.len());
        for id in ids {
            let row = tx.first(&sql, &[region.into(), blob(id.as_bytes())]).await;
            states.push(row.map_err(failed)?.as_ref().map(state).transpose()?);
        }
        Ok(states)
    }

    async fn contents(&self, region: &str, pack: &PackId) -> Result<Vec<Held>> {
        let sql = "SELECT address, place, length, refs FROM chunks
            WHERE region = ?1 AND pack = ?2 ORDER BY place";
        let mut tx = self.db.read().await.map_err(failed)?;
        let rows = tx.query(sql, &[region.into(), blob(pack.as_bytes())]).await;
        rows.map_err(failed)?
            .iter()
            .map(|row| held(pack, row))
            .collect()
    }

    async fn relocate(
        &self,
        region: &str,
        from: &PackId,
        to: Option<&Pack>,
        lost: &[Address],
        now: u64,
    ) -> Result<()> {
        retried!(self.db, tx, {
            if let Some(to) = to {
                relocate(tx, region, from, to).await?;
            }
            let sql = "UPDATE chunks SET length = -length
                WHERE region = ?1 AND length > 0 AND address = ?2 AND pack = ?3";
            for address in lost {
                let row = [
                    region.into(),
                    blob(address.as_bytes()),
                    blob(from.as_bytes()),
                ];
                tx.exec(sql, &row).await.map_err(failed)?;
            }
            weigh(tx, region, from).await.map_err(failed)?;
            condemn_empty(tx, region, now).await
        })
    }

    async fn condemn(&self, region: &str, pack: &PackId, bytes: u64, now: u64) -> Result<bool> {
        let sql = "INSERT INTO packs (region, id, bytes, live, condemned, checked)
            VALUES (?1, ?2, ?3, 0, ?4, 0) ON CONFLICT (region, id) DO NOTHING";
        let row = [region.into(), blob(pack.as_bytes()), int(bytes)?, int(now)?];
        retried!(
            self.db,
            tx,
            Ok(tx.exec(sql, &row).await.map_err(failed)? == 1)
        )
    }

    async fn bury(&self, region: &str, pack: &PackId) -> Result<()> {
        let sql = "UPDATE packs SET bytes = 0 WHERE region = ?1 AND id = ?2 AND condemned > 0";
        self.set(sql, &[region.into(), blob(pack.as_bytes())]).await
    }

    async fn note_checked(&self, region: &str, pack: &PackId, now: u64) -> Result<()> {
        let sql = "UPDATE packs SET checked = ?3 WHERE region = ?1 AND id = ?2";
        self.set(sql, &[region.into(), blob(pack.as_bytes()), int(now)?])
            .await
    }

    async fn holders(&self, region: &str, addresses: &[Address]) -> Result<Vec<String>> {
        let mut tx = self.db.read().await.map_err(failed)?;
        let mut reached: HashSet<Address> = addresses.iter().copied().collect();
        loop {
            let before = reached.len();
            for_pages(&mut tx, region, |page, children, _| {
                if children.iter().any(|child| reached.contains(child)) {
                    reached.insert(page);
                }
            })
            .await?;
            if reached.len() == before {
                break;
            }
        }
        let reached: Vec<Address> = reached.into_iter().collect();
        let sql = "SELECT holder FROM roots WHERE region = ?1 AND address IN ({})";
        let rows = query_over(&mut tx, region, sql, &reached)
            .await
            .map_err(failed)?;
        let names: Result<BTreeSet<String>> = rows
            .iter()
            .map(|row| Ok(row.text(0).map_err(failed)?.to_owned()))
            .collect();
        Ok(names?.into_iter().collect())
    }

    async fn history(&self, region: &str) -> Result<(u64, u64)> {
        let sql = "SELECT addresses, bytes FROM collections WHERE region = ?1";
        let mut tx = self.db.read().await.map_err(failed)?;
        let row = tx.first(sql, &[region.into()]).await.map_err(failed)?;
        row.map_or(Ok((0, 0)), |row| Ok((number(&row, 0)?, number(&row, 1)?)))
    }

    async fn roots(&self, region: &str) -> Result<Vec<(String, Address)>> {
        let sql = "SELECT holder, address FROM roots WHERE region = ?1";
        let mut tx = self.db.read().await.map_err(failed)?;
        let rows = tx.query(sql, &[region.into()]).await.map_err(failed)?;
        let roots: base::Result<BTreeSet<_>> = rows
            .iter()
            .map(|row| Ok((row.text(0)?.to_owned(), address(row, 1)?)))
            .collect();
        Ok(roots.map_err(failed)?.into_iter().collect())
    }

    async fn audit(&self, region: &str) -> Result<Audit> {
        let roots = self.roots(region).await?;
        let packs = Collection::packs(self, region).await?;
        let mut tx = self.db.read().await.map_err(failed)?;
        audit(&mut tx, region, &roots, &packs).await
    }

    async fn wipe(&self, region: &str) -> Result<()> {
        retried!(self.db, tx, {
            for sql in [
                "DELETE FROM chunks WHERE region = ?1",
                "DELETE FROM pages WHERE region = ?1",
                "DELETE FROM packs WHERE region = ?1 AND condemned = 0",
            ] {
                tx.exec(sql, &[region.into()]).await.map_err(failed)?;
            }
            grow(tx, region, 0, 0).await
        })
    }
}

impl SqlIndex {
    async fn states_of(&self, sql: &str, values: &[Value]) -> Result<Vec<PackState>> {
        let mut tx = self.db.read().await.map_err(failed)?;
        let rows = tx.query(sql, values).await.map_err(failed)?;
        rows.iter().map(state).collect()
    }

    async fn set(&self, sql: &str, values: &[Value]) -> Result<()> {
        retried!(self.db, tx, {
            tx.exec(sql, values).await.map_err(failed)?;
            Ok(())
        })
    }
}

/// The three numbers of a query's one row.
async fn sums(tx: &mut Tx, sql: &str, values: &[Value]) -> Result<(u64, u64, u64)> {
    let row = tx.first(sql, values).await.map_err(failed)?;
    let row = row.ok_or_else(|| failed(base::Error::internal("a sum without a row")))?;
    Ok((number(&row, 0)?, number(&row, 1)?, number(&row, 2)?))
}

fn int<T>(number: T) -> Result<Value>
where
    i64: TryFrom<T>,
    <i64 as TryFrom<T>>::Error: std::error::Error + Send + Sync + 'static,
{
    let number = i64::try_from(number).map_err(Error::store)?;
    Ok(Value::from(number))
}

fn addresses(rows: &[Row]) -> Result<Vec<Address>> {
    let named: base::Result<Vec<Address>> = rows.iter().map(|row| address(row, 0)).collect();
    named.map_err(failed)
}

fn state(row: &Row) -> Result<PackState> {
    Ok(PackState {
        id: pack_id(row, 0)?,
        bytes: number(row, 1)?,
        live: number(row, 2)?,
        condemned: number(row, 3)?,
        checked: number(row, 4)?,
    })
}

fn held(pack: &PackId, row: &Row) -> Result<Held> {
    let length: i64 = number(row, 2)?;
    let location = Location {
        pack: *pack,
        offset: number(row, 1)?,
        len: u32::try_from(length.unsigned_abs()).map_err(Error::store)?,
    };
    Ok(Held {
        address: address(row, 0).map_err(failed)?,
        location,
        lost: length < 0,
        references: number(row, 3)?,
    })
}

async fn count(tx: &mut Tx, region: &str, limit: usize) -> Result<bool> {
    let sql = "SELECT address, uncounted FROM pages
        WHERE region = ?1 AND counted = 0 ORDER BY address LIMIT ?2";
    let rows = tx
        .query(sql, &[region.into(), int(limit + 1)?])
        .await
        .map_err(failed)?;
    let add = "UPDATE chunks SET refs = refs + 1 WHERE region = ?1 AND address IN ({})";
    for row in rows.iter().take(limit) {
        let children = parted(row, 1).map_err(failed)?;
        if first_unknown(tx, region, &children)
            .await
            .map_err(failed)?
            .is_some()
        {
            let page = address(row, 0).map_err(failed)?;
            return Err(Error::Corrupt {
                what: format!(
                    "page {page} refers to what the index does not know: nothing is collected \
                     until the index is made again"
                ),
            });
        }
        exec_over(tx, region, add, &children)
            .await
            .map_err(failed)?;
    }
    let done = "UPDATE pages SET counted = 1, uncounted = ?3 WHERE region = ?1 AND address = ?2";
    for row in rows.iter().take(limit) {
        let page = address(row, 0).map_err(failed)?;
        let row = [region.into(), blob(page.as_bytes()), blob(&[])];
        tx.exec(done, &row).await.map_err(failed)?;
    }
    Ok(rows.len() <= limit)
}

async fn notice(tx: &mut Tx, region: &str, now: u64, limit: usize) -> Result<u64> {
    let sql = "SELECT address FROM chunks
        WHERE region = ?1 AND refs = 0 AND since = 0 ORDER BY address LIMIT ?2";
    let set = format!(
        "UPDATE chunks SET since = {now} WHERE region = ?1 AND refs = 0 AND address IN ({{}})"
    );
    let rows = tx
        .query(sql, &[region.into(), int(limit)?])
        .await
        .map_err(failed)?;
    let fresh = addresses(&rows)?;
    exec_over(tx, region, &set, &fresh).await.map_err(failed)
}

async fn sweep(tx: &mut Tx, region: &str, cutoff: u64, now: u64, limit: usize) -> Result<Swept> {
    let waiting = "SELECT 1 FROM pages WHERE region = ?1 AND counted = 0 LIMIT 1";
    if tx
        .first(waiting, &[region.into()])
        .await
        .map_err(failed)?
        .is_some()
    {
        let more = true;
        return Ok(Swept {
            more,
            ..Swept::default()
        });
    }
    let due = "SELECT address, pack, length FROM chunks WHERE region = ?1 AND refs = 0
        AND since > 0 AND since <= ?2 ORDER BY since, address LIMIT ?3";
    let rows = tx
        .query(due, &[region.into(), int(cutoff)?, int(limit)?])
        .await
        .map_err(failed)?;
    let (swept, gone, released, lighter) = choose(tx, region, &rows, limit).await?;
    if !gone.is_empty() {
        release(tx, region, released, cutoff).await?;
        for sql in [
            "DELETE FROM pages WHERE region = ?1 AND address IN ({})",
            "DELETE FROM chunks WHERE region = ?1 AND address IN ({})",
        ] {
            exec_over(tx, region, sql, &gone).await.map_err(failed)?;
        }
        for (pack, bytes) in lighter {
            let sql = "UPDATE packs SET live = live - ?3 WHERE region = ?1 AND id = ?2";
            let row = [region.into(), blob(pack.as_bytes()), int(bytes)?];
            tx.exec(sql, &row).await.map_err(failed)?;
        }
        grow(tx, region, swept.addresses, swept.bytes).await?;
    }
    condemn_empty(tx, region, now).await?;
    let left = tx
        .first(due, &[region.into(), int(cutoff)?, int(1_u32)?])
        .await;
    let more = left.map_err(failed)?.is_some();
    Ok(Swept { more, ..swept })
}

/// What of the garbage goes now, how often each thing is referred to by it, and how many bytes
/// each pack loses.
type Chosen = (
    Swept,
    Vec<Address>,
    BTreeMap<Address, i64>,
    BTreeMap<PackId, i64>,
);

async fn choose(tx: &mut Tx, region: &str, rows: &[Row], limit: usize) -> Result<Chosen> {
    let due = addresses(rows)?;
    let sql = "SELECT address, refs FROM pages WHERE region = ?1 AND address IN ({})";
    let mut pages = HashMap::new();
    for row in query_over(tx, region, sql, &due).await.map_err(failed)? {
        pages.insert(
            address(&row, 0).map_err(failed)?,
            parted(&row, 1).map_err(failed)?,
        );
    }
    let limit = u64::try_from(limit).unwrap_or(u64::MAX);
    let (mut swept, mut gone) = (Swept::default(), Vec::new());
    let (mut released, mut lighter) = (BTreeMap::new(), BTreeMap::new());
    for (address, row) in due.into_iter().zip(rows) {
        if swept.addresses + swept.references >= limit {
            break;
        }
        let bytes: i64 = number(row, 2)?;
        let length = bytes.unsigned_abs();
        swept.addresses += 1;
        swept.bytes += length;
        *lighter.entry(pack_id(row, 1)?).or_insert(0) += bytes.max(0);
        for child in pages.remove(&address).unwrap_or_default() {
            swept.references += 1;
            *released.entry(child).or_insert(0) += 1;
        }
        gone.push(address);
    }
    Ok((swept, gone, released, lighter))
}

/// Counts down. What only garbage referred to has been garbage for as long.
async fn release(
    tx: &mut Tx,
    region: &str,
    released: BTreeMap<Address, i64>,
    since: u64,
) -> Result<()> {
    let mut by_count: BTreeMap<i64, Vec<Address>> = BTreeMap::new();
    for (address, times) in released {
        by_count.entry(times).or_default().push(address);
    }
    for (times, addresses) in by_count {
        let sql = format!(
            "UPDATE chunks SET since = CASE WHEN refs <= {times} THEN {since} ELSE since END,
                refs = CASE WHEN refs <= {times} THEN 0 ELSE refs - {times} END
             WHERE region = ?1 AND address IN ({{}})"
        );
        exec_over(tx, region, &sql, &addresses)
            .await
            .map_err(failed)?;
    }
    Ok(())
}

/// The next generation: something was forgotten.
async fn grow(tx: &mut Tx, region: &str, addresses: u64, bytes: u64) -> Result<()> {
    let sql = "INSERT INTO collections (region, generation, addresses, bytes)
        VALUES (?1, 1, ?2, ?3) ON CONFLICT (region) DO UPDATE SET
            generation = collections.generation + 1,
            addresses = collections.addresses + excluded.addresses,
            bytes = collections.bytes + excluded.bytes";
    let row = [region.into(), int(addresses)?, int(bytes)?];
    tx.exec(sql, &row).await.map(drop).map_err(failed)
}

async fn condemn_empty(tx: &mut Tx, region: &str, now: u64) -> Result<()> {
    let sql = "UPDATE packs SET condemned = ?2
        WHERE region = ?1 AND condemned = 0 AND bytes > live * 2 AND live = 0
            AND NOT EXISTS (SELECT 1 FROM chunks WHERE region = ?1 AND pack = packs.id)";
    let row = [region.into(), int(now)?];
    tx.exec(sql, &row).await.map(drop).map_err(failed)
}

async fn relocate(tx: &mut Tx, region: &str, from: &PackId, to: &Pack) -> Result<()> {
    let sql = "INSERT INTO packs (region, id, bytes, live, condemned, checked)
        VALUES (?1, ?2, ?3, 0, 0, 0)
        ON CONFLICT (region, id) DO UPDATE SET bytes = excluded.bytes WHERE packs.condemned = 0";
    let row = [region.into(), blob(to.id.as_bytes()), int(to.bytes)?];
    if tx.exec(sql, &row).await.map_err(failed)? != 1 {
        return Err(collected(format!("pack {}", to.id)));
    }
    let sql = "UPDATE chunks SET pack = ?4, place = ?5, length = ?6
        WHERE region = ?1 AND address = ?2 AND pack = ?3";
    for (address, location) in &to.entries {
        let row = [
            region.into(),
            blob(address.as_bytes()),
            blob(from.as_bytes()),
            blob(to.id.as_bytes()),
            location.offset.into(),
            location.len.into(),
        ];
        tx.exec(sql, &row).await.map_err(failed)?;
    }
    weigh(tx, region, &to.id).await.map_err(failed)
}

/// Shows every page with what it refers to, and what of that is not counted yet.
async fn for_pages(
    tx: &mut Tx,
    region: &str,
    mut show: impl FnMut(Address, Vec<Address>, Vec<Address>),
) -> Result<()> {
    let sql = "SELECT address, refs, uncounted FROM pages
        WHERE region = ?1 AND address > ?2 ORDER BY address LIMIT 500";
    let mut after = blob(&[]);
    loop {
        let rows = tx
            .query(sql, &[region.into(), after])
            .await
            .map_err(failed)?;
        for row in &rows {
            let parts = |column| parted(row, column).map_err(failed);
            show(address(row, 0).map_err(failed)?, parts(1)?, parts(2)?);
        }
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = joined(&[address(last, 0).map_err(failed)?]);
    }
}

async fn audit(
    tx: &mut Tx,
    region: &str,
    roots: &[(String, Address)],
    packs: &[PackState],
) -> Result<Audit> {
    let mut audit = Audit::default();
    let mut counts: HashMap<Address, u64> = HashMap::new();
    let mut pages = Vec::new();
    let mut uncounted = 0;
    for_pages(tx, region, |page, children, left| {
        pages.push(page);
        uncounted += u64::from(!left.is_empty());
        for child in children {
            let counted = left.binary_search(&child).is_err();
            *counts.entry(child).or_default() += u64::from(counted);
        }
    })
    .await?;
    audit.pages = u64::try_from(pages.len()).unwrap_or(u64::MAX);
    audit.uncounted = uncounted;
    for (_, root) in roots {
        *counts.entry(*root).or_default() += 1;
    }
    let mut pages: HashSet<Address> = pages.into_iter().collect();
    let live: HashMap<PackId, u64> = packs
        .iter()
        .filter(|pack| pack.condemned == 0)
        .map(|pack| (pack.id, pack.live))
        .collect();
    let mut weights: HashMap<PackId, u64> = HashMap::new();
    let sql = "SELECT address, place, length, refs, pack FROM chunks
        WHERE region = ?1 AND address > ?2 ORDER BY address LIMIT 5000";
    let mut after = blob(&[]);
    loop {
        let rows = tx
            .query(sql, &[region.into(), after])
            .await
            .map_err(failed)?;
        for row in &rows {
            let pack = pack_id(row, 4)?;
            let found = held(&pack, row)?;
            pages.remove(&found.address);
            if !found.lost {
                *weights.entry(pack).or_default() += u64::from(found.location.len);
            }
            audit_address(&mut audit, &found, counts.remove(&found.address), &live);
        }
        let Some(last) = rows.last() else {
            break;
        };
        after = joined(&[address(last, 0).map_err(failed)?]);
    }
    for page in pages {
        audit.found(format!("page {page} has references but no place"));
    }
    for missing in counts.keys() {
        audit.found(format!("{missing} is referred to and not known"));
    }
    for (pack, live) in live {
        let weight = weights.get(&pack).copied().unwrap_or_default();
        if weight != live {
            audit.found(format!(
                "pack {pack} holds {weight} bytes, counted as {live}"
            ));
        }
    }
    Ok(audit)
}

fn audit_address(
    audit: &mut Audit,
    found: &Held,
    counted: Option<u64>,
    packs: &HashMap<PackId, u64>,
) {
    audit.addresses += 1;
    let (address, counted) = (found.address, counted.unwrap_or_default());
    if counted != found.references {
        audit.found(format!(
            "{address} has {counted} references, counted as {}",
            found.references
        ));
    }
    if found.lost {
        audit.lost += 1;
    } else if !packs.contains_key(&found.location.pack) {
        audit.found(format!(
            "{address} lies in pack {}, which is gone",
            found.location.pack
        ));
    }
}
