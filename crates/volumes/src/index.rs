//! The index of chunks in the metadata database: which pack holds which address, for each Region.
//!
//! A pack of a thousand chunks goes in as a few statements of one transaction. Look-ups take
//! hundreds of addresses at a time, in a transaction that only reads, so that they never wait for
//! a writer. Every list is padded to one of a few lengths, so that the engines prepare a handful
//! of statements and not one for each length.

use async_trait::async_trait;
use blocks::{Address, Error, Index, Location, Pack, PackId, Result};
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;
use store::{Db, Migration, Row, Tx, Value};

pub(crate) const SCHEMA: Migration = Migration {
    name: "volumes-002-chunks",
    sql: "
CREATE TABLE packs (
    region TEXT NOT NULL, id BLOB NOT NULL, bytes BIGINT NOT NULL, PRIMARY KEY (region, id));
CREATE TABLE chunks (
    region TEXT NOT NULL, address BLOB NOT NULL, pack BLOB NOT NULL,
    place BIGINT NOT NULL, length BIGINT NOT NULL, PRIMARY KEY (region, address));
CREATE INDEX chunks_by_pack ON chunks (region, pack)",
};

const ROWS: usize = 500;
const ADDRESSES: [usize; 4] = [1, 16, 128, 500];
const ATTEMPTS: usize = 20;

/// The index of chunks in this database.
pub fn index(db: Db) -> Arc<dyn Index> {
    Arc::new(SqlIndex { db })
}

struct SqlIndex {
    db: Db,
}

#[async_trait]
impl Index for SqlIndex {
    async fn lookup(&self, region: &str, addresses: &[Address]) -> Result<Vec<Option<Location>>> {
        if addresses.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = HashMap::with_capacity(addresses.len());
        let mut tx = self.db.read().await.map_err(failed)?;
        for part in addresses.chunks(ADDRESSES[ADDRESSES.len() - 1]) {
            look_up(&mut tx, region, part, &mut found).await?;
        }
        Ok(addresses
            .iter()
            .map(|address| found.get(address).copied())
            .collect())
    }

    async fn insert_pack(&self, region: &str, pack: &Pack) -> Result<()> {
        let mut last = None;
        for _ in 0..ATTEMPTS {
            match insert(&self.db, region, pack).await {
                Ok(()) => return Ok(()),
                Err(error) if error.is_conflict() => last = Some(error),
                Err(error) => return Err(failed(error)),
            }
            // Whoever came first is done in a moment.
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        Err(last.map_or_else(
            || failed(base::Error::internal("no attempt was made")),
            failed,
        ))
    }

    async fn remove_pack(&self, region: &str, pack: &PackId) -> Result<()> {
        let key = [Value::from(region), blob(pack.as_bytes())];
        let mut tx = self.db.begin().await.map_err(failed)?;
        for sql in [
            "DELETE FROM chunks WHERE region = ?1 AND pack = ?2",
            "DELETE FROM packs WHERE region = ?1 AND id = ?2",
        ] {
            tx.exec(sql, &key).await.map_err(failed)?;
        }
        tx.commit().await.map_err(failed)
    }

    async fn list_packs(&self, region: &str) -> Result<Vec<(PackId, u64)>> {
        let sql = "SELECT id, bytes FROM packs WHERE region = ?1 ORDER BY id";
        let mut tx = self.db.read().await.map_err(failed)?;
        let rows = tx.query(sql, &[region.into()]).await.map_err(failed)?;
        rows.iter()
            .map(|row| Ok((pack_id(row, 0)?, number(row, 1)?)))
            .collect()
    }
}

async fn look_up(
    tx: &mut Tx,
    region: &str,
    addresses: &[Address],
    found: &mut HashMap<Address, Location>,
) -> Result<()> {
    let padded = ADDRESSES
        .into_iter()
        .find(|n| *n >= addresses.len())
        .unwrap_or(addresses.len());
    let last = addresses
        .last()
        .expect("a part of a list that is not empty is not empty");
    let mut values = Vec::with_capacity(padded + 1);
    values.push(Value::from(region));
    values.extend(addresses.iter().map(|address| blob(address.as_bytes())));
    values.resize(padded + 1, blob(last.as_bytes()));
    let rows = tx
        .query(&look_up_sql(padded), &values)
        .await
        .map_err(failed)?;
    for row in &rows {
        let location = Location {
            pack: pack_id(row, 1)?,
            offset: number(row, 2)?,
            len: number(row, 3)?,
        };
        found.insert(Address::from_bytes(bytes(row, 0)?), location);
    }
    Ok(())
}

fn look_up_sql(addresses: usize) -> String {
    let mut sql = "SELECT address, pack, place, length FROM chunks
        WHERE region = ?1 AND address IN ("
        .to_owned();
    for n in 0..addresses {
        let comma = if n == 0 { "" } else { ", " };
        write!(sql, "{comma}?{}", n + 2).expect("writing to a string cannot fail");
    }
    sql.push(')');
    sql
}

async fn insert(db: &Db, region: &str, pack: &Pack) -> base::Result<()> {
    let mut tx = db.begin().await?;
    let size = i64::try_from(pack.bytes).map_err(base::Error::internal)?;
    let sql = "INSERT INTO packs (region, id, bytes) VALUES (?1, ?2, ?3)
        ON CONFLICT (region, id) DO NOTHING";
    tx.exec(sql, &[region.into(), blob(pack.id.as_bytes()), size.into()])
        .await?;
    // In the order of the tree that they go into: neighbours share its pages, and two writers
    // that meet never wait for each other in a circle.
    let mut entries: Vec<&(Address, Location)> = pack.entries.iter().collect();
    entries.sort_by_key(|(address, _)| *address);
    entries.dedup_by_key(|(address, _)| *address);
    for part in entries.chunks(ROWS) {
        insert_rows(&mut tx, region, part).await?;
    }
    tx.commit().await
}

async fn insert_rows(tx: &mut Tx, region: &str, rows: &[&(Address, Location)]) -> base::Result<()> {
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

async fn insert_exactly(
    tx: &mut Tx,
    region: &str,
    rows: &[&(Address, Location)],
) -> base::Result<()> {
    let mut sql = "INSERT INTO chunks (region, address, pack, place, length) VALUES ".to_owned();
    let mut values = Vec::with_capacity(rows.len() * 4 + 1);
    values.push(Value::from(region));
    for (n, (address, location)) in rows.iter().enumerate() {
        let comma = if n == 0 { "" } else { ", " };
        let first = n * 4 + 2;
        write!(
            sql,
            "{comma}(?1, ?{first}, ?{}, ?{}, ?{})",
            first + 1,
            first + 2,
            first + 3
        )
        .expect("writing to a string cannot fail");
        values.push(blob(address.as_bytes()));
        values.push(blob(location.pack.as_bytes()));
        values.push(location.offset.into());
        values.push(location.len.into());
    }
    sql.push_str(" ON CONFLICT (region, address) DO NOTHING");
    tx.exec(&sql, &values).await.map(drop)
}

fn blob(bytes: &[u8]) -> Value {
    Value::from(bytes)
}

fn failed(error: base::Error) -> Error {
    Error::store(error)
}

fn pack_id(row: &Row, column: usize) -> Result<PackId> {
    Ok(PackId::from_bytes(bytes(row, column)?))
}

fn bytes<const N: usize>(row: &Row, column: usize) -> Result<[u8; N]> {
    row.blob(column)
        .map_err(failed)?
        .try_into()
        .map_err(Error::store)
}

fn number<T: TryFrom<i64>>(row: &Row, column: usize) -> Result<T>
where
    T::Error: std::error::Error + Send + Sync + 'static,
{
    T::try_from(row.int(column).map_err(failed)?).map_err(Error::store)
}
