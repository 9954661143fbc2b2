//! The index of chunks in the metadata database: which pack holds which address, for each Region,
//! and how many refer to it. What takes garbage out of it is in `collect.rs`.
//!
//! A pack of a thousand chunks goes in as a few statements of one transaction. Look-ups take
//! hundreds of addresses at a time, in a transaction that only reads, so that they never wait for
//! a writer. What lists look like in statements: `lists.rs`.

use crate::lists::{exec_over, look_up, places, query_over};
use crate::usage;
use async_trait::async_trait;
use blocks::{
    Address, Collection, Error, Index, Location, Pack, PackId, References, Result, collected,
};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write;
use std::sync::Arc;
use store::{Db, Migration, Row, Tx, Value};

pub(crate) const SCHEMA: Migration = Migration {
    name: "volumes-002-chunks",
    sql: "
CREATE TABLE packs (
    region TEXT NOT NULL, id BLOB NOT NULL, bytes BIGINT NOT NULL, live BIGINT NOT NULL,
    condemned BIGINT NOT NULL, checked BIGINT NOT NULL, PRIMARY KEY (region, id));
CREATE INDEX packs_condemned ON packs (region, condemned) WHERE condemned > 0 AND bytes > 0;
CREATE INDEX packs_sparse ON packs (region, id) WHERE condemned = 0 AND live * 2 < bytes;
CREATE INDEX packs_checked ON packs (region, checked, id) WHERE condemned = 0;
CREATE TABLE chunks (
    region TEXT NOT NULL, address BLOB NOT NULL, pack BLOB NOT NULL, place BIGINT NOT NULL,
    length BIGINT NOT NULL, refs BIGINT NOT NULL, since BIGINT NOT NULL,
    PRIMARY KEY (region, address));
CREATE INDEX chunks_garbage ON chunks (region, since, address) WHERE refs = 0;
CREATE TABLE pages (
    region TEXT NOT NULL, address BLOB NOT NULL, refs BLOB NOT NULL, uncounted BLOB NOT NULL,
    counted BIGINT NOT NULL, PRIMARY KEY (region, address));
CREATE INDEX pages_uncounted ON pages (region, address) WHERE counted = 0;
CREATE TABLE roots (
    region TEXT NOT NULL, holder TEXT NOT NULL, address BLOB NOT NULL,
    PRIMARY KEY (holder, region, address));
CREATE INDEX roots_by_address ON roots (region, address);
CREATE TABLE collections (
    region TEXT PRIMARY KEY, generation BIGINT NOT NULL, addresses BIGINT NOT NULL,
    bytes BIGINT NOT NULL);
CREATE INDEX chunks_by_pack ON chunks (region, pack)",
};

pub(crate) const ROWS: usize = 500;
pub(crate) const ATTEMPTS: usize = 20;

/// The index of chunks in this database. A negative length in `chunks` says that the frame is known
/// to be damaged or gone.
pub fn index(db: Db) -> Arc<dyn Index> {
    Arc::new(SqlIndex { db })
}

/// The same for whoever collects garbage.
pub fn collection(db: Db) -> Arc<dyn Collection> {
    Arc::new(SqlIndex { db })
}

pub(crate) struct SqlIndex {
    pub(crate) db: Db,
}

#[async_trait]
impl Index for SqlIndex {
    async fn lookup(&self, region: &str, addresses: &[Address]) -> Result<Vec<Option<Location>>> {
        if addresses.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = HashMap::with_capacity(addresses.len());
        let mut tx = self.db.read().await.map_err(failed)?;
        for row in look_up(&mut tx, region, addresses).await.map_err(failed)? {
            let location = Location {
                pack: pack_id(&row, 1)?,
                offset: number(&row, 2)?,
                len: number(&row, 3)?,
            };
            found.insert(Address::from_bytes(bytes(&row, 0)?), location);
        }
        Ok(addresses
            .iter()
            .map(|address| found.get(address).copied())
            .collect())
    }

    async fn generation(&self, region: &str) -> Result<u64> {
        let mut tx = self.db.read().await.map_err(failed)?;
        generation(&mut tx, region).await.map_err(failed)
    }

    async fn insert_pack(&self, region: &str, pack: &Pack, seen: u64) -> Result<()> {
        retried!(self.db, tx, insert(tx, region, pack, seen).await)?;
        if let Err(error) = self.db.survey(&["chunks", "pages", "packs", "roots"]).await {
            tracing::debug!(error = error.chain(), "the index was not surveyed");
        }
        Ok(())
    }

    async fn keep(&self, region: &str, addresses: &[Address]) -> Result<()> {
        let sql = "UPDATE chunks SET since = 0
            WHERE region = ?1 AND refs = 0 AND since > 0 AND address IN ({})";
        retried!(self.db, tx, {
            let kept = exec_over(tx, region, sql, addresses).await;
            kept.map(drop).map_err(failed)
        })
    }

    async fn remove_pack(&self, region: &str, pack: &PackId) -> Result<()> {
        let key = [Value::from(region), blob(pack.as_bytes())];
        retried!(self.db, tx, {
            for sql in [
                "UPDATE chunks SET length = -length WHERE region = ?1 AND pack = ?2 AND length > 0",
                "DELETE FROM packs WHERE region = ?1 AND id = ?2",
            ] {
                tx.exec(sql, &key).await.map_err(failed)?;
            }
            Ok(())
        })
    }

    async fn list_packs(&self, region: &str) -> Result<Vec<(PackId, u64)>> {
        let sql = "SELECT id, bytes FROM packs WHERE region = ?1 AND condemned = 0 ORDER BY id";
        let mut tx = self.db.read().await.map_err(failed)?;
        let rows = tx.query(sql, &[region.into()]).await.map_err(failed)?;
        rows.iter()
            .map(|row| Ok((pack_id(row, 0)?, number(row, 1)?)))
            .collect()
    }

    async fn expand(&self, region: &str, mark: [u8; 8]) -> Result<Vec<Address>> {
        let (mut first, mut last) = ([0; 32], [0xff; 32]);
        first[..8].copy_from_slice(&mark);
        last[..8].copy_from_slice(&mark);
        let sql = "SELECT address FROM chunks
            WHERE region = ?1 AND address >= ?2 AND address <= ?3 ORDER BY address";
        let mut tx = self.db.read().await.map_err(failed)?;
        let values = [region.into(), blob(&first), blob(&last)];
        let rows = tx.query(sql, &values).await.map_err(failed)?;
        rows.iter()
            .map(|row| Ok(Address::from_bytes(bytes(row, 0)?)))
            .collect()
    }

    fn collection(&self) -> Option<&dyn Collection> {
        Some(self)
    }
}

/// Runs a transaction again while others are faster: `retried!(db, tx, result)`.
macro_rules! retried {
    ($db:expr, $tx:ident, $work:expr) => {{
        let mut left = crate::index::ATTEMPTS;
        loop {
            let attempt: blocks::Result<_> = async {
                let mut begun = $db.begin().await.map_err(crate::index::failed)?;
                let $tx = &mut begun;
                let done: blocks::Result<_> = async { $work }.await;
                let done = done?;
                begun.commit().await.map_err(crate::index::failed)?;
                Ok(done)
            }
            .await;
            match attempt {
                Err(error) if crate::index::is_conflict(&error) && left > 0 => left -= 1,
                ended => break ended,
            }
            // Whoever came first is done in a moment.
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }};
}
pub(crate) use retried;

pub(crate) fn is_conflict(error: &Error) -> bool {
    let Error::Store(source) = error else {
        return false;
    };
    source
        .downcast_ref::<base::Error>()
        .is_some_and(base::Error::is_conflict)
}

pub(crate) async fn generation(tx: &mut Tx, region: &str) -> base::Result<u64> {
    let sql = "SELECT generation FROM collections WHERE region = ?1";
    match tx.first(sql, &[region.into()]).await? {
        Some(row) => u64::try_from(row.int(0)?).map_err(base::Error::internal),
        None => Ok(0),
    }
}

async fn insert(tx: &mut Tx, region: &str, pack: &Pack, seen: u64) -> Result<()> {
    if !enter_pack(tx, region, pack).await.map_err(failed)? {
        return Err(collected(format!("pack {}", pack.id)));
    }
    let pages = new_pages(tx, region, pack).await.map_err(failed)?;
    let moved = generation(tx, region).await.map_err(failed)? != seen;
    let inside: HashSet<Address> = pack.entries.iter().map(|(address, _)| *address).collect();
    let mut counts: HashMap<Address, i64> = HashMap::new();
    for page in pages.values() {
        let (within, beyond): (Vec<Address>, Vec<Address>) = page
            .children
            .iter()
            .partition(|child| inside.contains(child));
        within
            .iter()
            .for_each(|child| *counts.entry(*child).or_default() += 1);
        if moved && let Some(missing) = first_unknown(tx, region, &beyond).await.map_err(failed)? {
            return Err(collected(missing));
        }
        insert_page(tx, region, page, &beyond)
            .await
            .map_err(failed)?;
    }
    count_roots(tx, region, &pages, &mut counts)
        .await
        .map_err(failed)?;
    insert_entries(tx, region, pack, counts)
        .await
        .map_err(failed)?;
    match &pack.note {
        Some(note) => usage::arrived(tx, region, pack, note).await.map_err(failed),
        None => Ok(()),
    }
}

/// Records the pack itself; `false` if it was condemned.
async fn enter_pack(tx: &mut Tx, region: &str, pack: &Pack) -> base::Result<bool> {
    let size = i64::try_from(pack.bytes).map_err(base::Error::internal)?;
    let sql = "INSERT INTO packs (region, id, bytes, live, condemned, checked)
        VALUES (?1, ?2, ?3, 0, 0, 0)
        ON CONFLICT (region, id) DO UPDATE SET bytes = excluded.bytes WHERE packs.condemned = 0";
    let row = [region.into(), blob(pack.id.as_bytes()), size.into()];
    Ok(tx.exec(sql, &row).await? == 1)
}

/// The pages of a pack that are not known yet.
async fn new_pages<'a>(
    tx: &mut Tx,
    region: &str,
    pack: &'a Pack,
) -> base::Result<BTreeMap<Address, &'a References>> {
    let mut pages: BTreeMap<_, _> = pack.pages.iter().map(|page| (page.page, page)).collect();
    let named: Vec<Address> = pages.keys().copied().collect();
    let sql = "SELECT address FROM pages WHERE region = ?1 AND address IN ({})";
    for row in query_over(tx, region, sql, &named).await? {
        pages.remove(&address(&row, 0)?);
    }
    Ok(pages)
}

/// One of these that is not known, if there is one. What is known to be damaged is known.
pub(crate) async fn first_unknown(
    tx: &mut Tx,
    region: &str,
    asked: &[Address],
) -> base::Result<Option<Address>> {
    let sql = "SELECT address FROM chunks WHERE region = ?1 AND address IN ({})";
    let rows = query_over(tx, region, sql, asked).await?;
    let known: base::Result<HashSet<Address>> = rows.iter().map(|row| address(row, 0)).collect();
    let known = known?;
    Ok(asked.iter().find(|asked| !known.contains(asked)).copied())
}

async fn insert_page(
    tx: &mut Tx,
    region: &str,
    page: &References,
    uncounted: &[Address],
) -> base::Result<()> {
    let sql = "INSERT INTO pages (region, address, refs, uncounted, counted)
        VALUES (?1, ?2, ?3, ?4, ?5)";
    let row = [
        region.into(),
        blob(page.page.as_bytes()),
        joined(&page.children),
        joined(uncounted),
        uncounted.is_empty().into(),
    ];
    tx.exec(sql, &row).await.map(drop)
}

/// Roots that were there before the page: the index is being made again.
async fn count_roots(
    tx: &mut Tx,
    region: &str,
    pages: &BTreeMap<Address, &References>,
    counts: &mut HashMap<Address, i64>,
) -> base::Result<()> {
    let named: Vec<Address> = pages.keys().copied().collect();
    let sql = "SELECT address, holder FROM roots WHERE region = ?1 AND address IN ({})";
    for row in query_over(tx, region, sql, &named).await? {
        *counts.entry(address(&row, 0)?).or_default() += 1;
    }
    Ok(())
}

async fn insert_entries(
    tx: &mut Tx,
    region: &str,
    pack: &Pack,
    mut counts: HashMap<Address, i64>,
) -> base::Result<()> {
    // In the order of the tree that they go into: neighbours share its pages, and two writers
    // that meet never wait for each other in a circle.
    let mut entries: Vec<&(Address, Location)> = pack.entries.iter().collect();
    entries.sort_by_key(|(address, _)| *address);
    entries.dedup_by_key(|(address, _)| *address);
    let rows: Vec<_> = entries
        .into_iter()
        .map(|(address, location)| (*address, *location, counts.remove(address).unwrap_or(0)))
        .collect();
    for part in rows.chunks(ROWS) {
        insert_rows(tx, region, part).await?;
    }
    for (address, more) in counts {
        let sql = "UPDATE chunks SET refs = refs + ?3 WHERE region = ?1 AND address = ?2";
        let row = [region.into(), blob(address.as_bytes()), more.into()];
        tx.exec(sql, &row).await?;
    }
    weigh(tx, region, &pack.id).await
}

/// What the index leads to in a pack: of frames that were known before, it leads to the older ones.
pub(crate) async fn taken_in(
    tx: &mut Tx,
    region: &str,
    pack: &PackId,
) -> base::Result<Vec<(Address, i64)>> {
    let sql = "SELECT address, length FROM chunks WHERE region = ?1 AND pack = ?2 AND length > 0";
    let rows = tx
        .query(sql, &[region.into(), blob(pack.as_bytes())])
        .await?;
    rows.iter()
        .map(|row| Ok((address(row, 0)?, row.int(1)?)))
        .collect()
}

/// Writes down how much of a pack is needed.
pub(crate) async fn weigh(tx: &mut Tx, region: &str, pack: &PackId) -> base::Result<()> {
    let sql = "UPDATE packs SET live = (SELECT COALESCE(SUM(length), 0) FROM chunks
        WHERE region = ?1 AND pack = ?2 AND length > 0) WHERE region = ?1 AND id = ?2";
    tx.exec(sql, &[region.into(), blob(pack.as_bytes())])
        .await
        .map(drop)
}

/// An address with its place and how many refer to it.
type Entry = (Address, Location, i64);

async fn insert_rows(tx: &mut Tx, region: &str, rows: &[Entry]) -> base::Result<()> {
    let (whole, rest) = rows.split_at(rows.len() / 20 * 20);
    if rows.len() == ROWS {
        return insert_exactly(tx, region, rows).await;
    }
    for part in whole.chunks(20) {
        insert_exactly(tx, region, part).await?;
    }
    for one in rest.chunks(1) {
        insert_exactly(tx, region, one).await?;
    }
    Ok(())
}

async fn insert_exactly(tx: &mut Tx, region: &str, rows: &[Entry]) -> base::Result<()> {
    let mut sql =
        "INSERT INTO chunks (region, address, pack, place, length, refs, since) VALUES ".to_owned();
    let mut values = Vec::with_capacity(rows.len() * 5 + 1);
    values.push(Value::from(region));
    for (n, (address, location, references)) in rows.iter().enumerate() {
        let comma = if n == 0 { "" } else { ", " };
        write!(sql, "{comma}(?1, {}, 0)", places(5, n * 5 + 2))
            .expect("writing to a string cannot fail");
        values.push(blob(address.as_bytes()));
        values.push(blob(location.pack.as_bytes()));
        values.push(location.offset.into());
        values.push(location.len.into());
        values.push((*references).into());
    }
    // What is known keeps its place, unless that is known to be damaged.
    sql.push_str(
        " ON CONFLICT (region, address) DO UPDATE SET refs = chunks.refs + excluded.refs,
            pack = CASE WHEN chunks.length < 0 THEN excluded.pack ELSE chunks.pack END,
            place = CASE WHEN chunks.length < 0 THEN excluded.place ELSE chunks.place END,
            length = CASE WHEN chunks.length < 0 THEN excluded.length ELSE chunks.length END
        WHERE excluded.refs > 0 OR chunks.length < 0",
    );
    tx.exec(&sql, &values).await.map(drop)
}

pub(crate) fn blob(bytes: &[u8]) -> Value {
    Value::from(bytes)
}

/// Addresses one after the other.
pub(crate) fn joined(addresses: &[Address]) -> Value {
    let bytes: Vec<_> = addresses
        .iter()
        .map(|address| *address.as_bytes())
        .collect();
    Value::from(bytes.as_flattened())
}

/// What [`joined`] wrote.
pub(crate) fn parted(row: &Row, column: usize) -> base::Result<Vec<Address>> {
    let (addresses, rest) = row.blob(column)?.as_chunks::<32>();
    if !rest.is_empty() {
        return Err(base::Error::internal("a list of addresses is cut off"));
    }
    Ok(addresses
        .iter()
        .map(|bytes| Address::from_bytes(*bytes))
        .collect())
}

pub(crate) fn address(row: &Row, column: usize) -> base::Result<Address> {
    let bytes = row.blob(column)?.try_into();
    bytes
        .map(Address::from_bytes)
        .map_err(base::Error::internal)
}

pub(crate) fn failed(error: base::Error) -> Error {
    Error::store(error)
}

pub(crate) fn pack_id(row: &Row, column: usize) -> Result<PackId> {
    Ok(PackId::from_bytes(bytes(row, column)?))
}

fn bytes<const N: usize>(row: &Row, column: usize) -> Result<[u8; N]> {
    row.blob(column)
        .map_err(failed)?
        .try_into()
        .map_err(Error::store)
}

pub(crate) fn number<T: TryFrom<i64>>(row: &Row, column: usize) -> Result<T>
where
    T::Error: std::error::Error + Send + Sync + 'static,
{
    T::try_from(row.int(column).map_err(failed)?).map_err(Error::store)
}
