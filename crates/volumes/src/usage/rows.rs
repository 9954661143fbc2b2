//! Every SQL statement about usage, and nothing else. Nothing here changes or removes a row.

use super::{Usage, UsageSearch};
use crate::Snapshot;
use crate::index::{address, parted};
use crate::lists::query_over;
use base::{AccountId, Region, Result, Timestamp};
use blocks::Address;
use store::{Migration, Row, Tx};

pub(crate) const SCHEMA: Migration = Migration {
    name: "volumes-usage",
    sql: "
CREATE TABLE usage_records (
    id TEXT PRIMARY KEY, at BIGINT NOT NULL, account TEXT NOT NULL, region TEXT NOT NULL,
    usage_type TEXT NOT NULL, operation TEXT NOT NULL, resource TEXT NOT NULL,
    quantity BIGINT NOT NULL, caused_by TEXT NOT NULL);
CREATE INDEX usage_records_by_time ON usage_records (at, id);
CREATE INDEX usage_records_by_account ON usage_records (account, at, id)",
};

const ALL: &str = "SELECT id, at, account, region, usage_type, operation, resource, quantity,
    caused_by FROM usage_records";

/// Adds a record. The same one again changes nothing.
pub(super) async fn add(tx: &mut Tx, usage: &Usage) -> Result<()> {
    let sql = "INSERT INTO usage_records
        (id, at, account, region, usage_type, operation, resource, quantity, caused_by)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (id) DO NOTHING";
    let row = [
        usage.id.as_str().into(),
        usage.at.millis().into(),
        (&usage.account).into(),
        (&usage.region).into(),
        usage.usage_type.as_str().into(),
        usage.operation.as_str().into(),
        usage.resource.as_str().into(),
        usage.quantity.into(),
        (&usage.caused_by).into(),
    ];
    tx.exec(sql, &row).await.map(drop)
}

pub(super) async fn one(tx: &mut Tx, id: &str) -> Result<Option<Usage>> {
    let sql = format!("{ALL} WHERE id = ?1");
    let row = tx.first(&sql, &[id.into()]).await?;
    row.as_ref().map(read).transpose()
}

pub(super) async fn found(tx: &mut Tx, search: &UsageSearch) -> Result<Vec<Usage>> {
    let since = search.since.map_or(i64::MIN, Timestamp::millis);
    let rows = match &search.account {
        Some(account) => {
            let sql = format!("{ALL} WHERE account = ?1 AND at >= ?2 ORDER BY at, id");
            tx.query(&sql, &[account.into(), since.into()]).await?
        }
        None => {
            let sql = format!("{ALL} WHERE at >= ?1 ORDER BY at, id");
            tx.query(&sql, &[since.into()]).await?
        }
    };
    rows.iter().map(read).collect()
}

/// The completed snapshots of an account, or of all.
pub(super) async fn completed(tx: &mut Tx, account: Option<&AccountId>) -> Result<Vec<Snapshot>> {
    let sql = "SELECT doc FROM snapshots WHERE state = 'completed'";
    let rows = match account {
        Some(account) => {
            let sql = format!("{sql} AND owner = ?1 ORDER BY owner, region, id");
            tx.query(&sql, &[account.into()]).await?
        }
        None => {
            let sql = format!("{sql} ORDER BY owner, region, id");
            tx.query(&sql, &[]).await?
        }
    };
    rows.iter().map(|row| row.doc(0)).collect()
}

/// Whether some references in a Region are not counted yet.
pub(super) async fn is_counting(tx: &mut Tx, region: &Region) -> Result<bool> {
    let sql = "SELECT address FROM pages WHERE region = ?1 AND counted = 0 LIMIT 1";
    Ok(tx.first(sql, &[region.into()]).await?.is_some())
}

/// Of each of these addresses: bytes of its frame, and how many refer to it.
pub(super) async fn counts(
    tx: &mut Tx,
    region: &Region,
    asked: &[Address],
) -> Result<Vec<(Address, u64, i64)>> {
    let sql = "SELECT address, length, refs FROM chunks WHERE region = ?1 AND address IN ({})";
    let rows = query_over(tx, region.as_str(), sql, asked).await?;
    let read = |row: &Row| Ok((address(row, 0)?, row.int(1)?.unsigned_abs(), row.int(2)?));
    rows.iter().map(read).collect()
}

/// What these pages name. What is not a page names nothing.
pub(super) async fn named_by(
    tx: &mut Tx,
    region: &Region,
    pages: &[Address],
) -> Result<Vec<Address>> {
    let sql = "SELECT refs FROM pages WHERE region = ?1 AND address IN ({})";
    let rows = query_over(tx, region.as_str(), sql, pages).await?;
    let mut named = Vec::new();
    for row in &rows {
        named.extend(parted(row, 0)?);
    }
    Ok(named)
}

fn read(row: &Row) -> Result<Usage> {
    Ok(Usage {
        id: row.text(0)?.to_owned(),
        at: Timestamp::from_millis(row.int(1)?),
        account: AccountId::parse(row.text(2)?)?,
        region: Region::parse(row.text(3)?)?,
        usage_type: row.text(4)?.to_owned(),
        operation: row.text(5)?.to_owned(),
        resource: row.text(6)?.to_owned(),
        quantity: row.int(7)?,
        caused_by: AccountId::parse(row.text(8)?)?,
    })
}
