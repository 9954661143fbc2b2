//! Every SQL statement of this crate, and nothing else.

use crate::lookup::{Attribute, Found, Search};
use crate::record::{Columns, Touched};
use base::{Result, Timestamp};
use store::{Migration, Row, Tx, Value};

/// The tables of the audit trail.
pub const SCHEMA: &[Migration] = &[
    Migration {
        name: "audit-001",
        sql: "
CREATE TABLE audit_head (
    id BIGINT PRIMARY KEY, records BIGINT NOT NULL, hash BLOB NOT NULL, code BLOB NOT NULL,
    sealed_key BLOB NOT NULL);
CREATE TABLE audit_records (
    seq BIGINT PRIMARY KEY, at BIGINT NOT NULL, id TEXT NOT NULL, account TEXT NOT NULL,
    region TEXT NOT NULL, source TEXT NOT NULL, name TEXT NOT NULL, management BIGINT NOT NULL,
    read_only BIGINT NOT NULL, user_name TEXT NOT NULL, access_key TEXT NOT NULL,
    event TEXT NOT NULL, previous BLOB NOT NULL, hash BLOB NOT NULL, code BLOB NOT NULL);
CREATE INDEX audit_records_by_place ON audit_records (account, region, management, seq);
CREATE INDEX audit_records_by_name ON audit_records (account, name, seq);
CREATE INDEX audit_records_by_id ON audit_records (id);
CREATE TABLE audit_touched (
    seq BIGINT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (seq, kind, name));
CREATE INDEX audit_touched_by_name ON audit_touched (name, seq)",
    },
    Migration {
        name: "audit-002",
        sql: "
CREATE TABLE audit_cut (
    id BIGINT PRIMARY KEY, records BIGINT NOT NULL, at BIGINT NOT NULL, hash BLOB NOT NULL,
    code BLOB NOT NULL)",
    },
];

/// How many records there are, and the hash of the last.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub records: i64,
    pub hash: Vec<u8>,
    pub code: Vec<u8>,
    pub sealed_key: Vec<u8>,
}

/// The checkpoint before the first record that is left.
#[derive(Clone, Debug)]
pub(crate) struct Cut {
    /// How many records were cut off.
    pub records: i64,
    /// When the last of them was.
    pub at: Timestamp,
    /// The hash of the last of them.
    pub hash: Vec<u8>,
    pub code: Vec<u8>,
}

/// What binds a record to the one before.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub previous: Vec<u8>,
    pub hash: Vec<u8>,
    pub code: Vec<u8>,
}

/// A record as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub seq: i64,
    pub at: Timestamp,
    pub columns: Columns,
    pub event: String,
    pub link: Link,
}

pub(crate) async fn head(tx: &mut Tx) -> Result<Option<Head>> {
    let sql = "SELECT records, hash, code, sealed_key FROM audit_head WHERE id = 1";
    let Some(row) = tx.first(sql, &[]).await? else {
        return Ok(None);
    };
    Ok(Some(Head {
        records: row.int(0)?,
        hash: row.blob(1)?.to_vec(),
        code: row.blob(2)?.to_vec(),
        sealed_key: row.blob(3)?.to_vec(),
    }))
}

pub(crate) async fn put_head(tx: &mut Tx, head: &Head) -> Result<()> {
    let sql = "INSERT INTO audit_head (id, records, hash, code, sealed_key) VALUES (1, ?1, ?2, ?3, ?4) \
               ON CONFLICT (id) DO UPDATE SET records = excluded.records, hash = excluded.hash, \
               code = excluded.code, sealed_key = excluded.sealed_key";
    let values = [
        head.records.into(),
        head.hash.as_slice().into(),
        head.code.as_slice().into(),
        head.sealed_key.as_slice().into(),
    ];
    tx.exec(sql, &values).await.map(|_| ())
}

pub(crate) async fn cut(tx: &mut Tx) -> Result<Option<Cut>> {
    let sql = "SELECT records, at, hash, code FROM audit_cut WHERE id = 1";
    let Some(row) = tx.first(sql, &[]).await? else {
        return Ok(None);
    };
    Ok(Some(Cut {
        records: row.int(0)?,
        at: Timestamp::from_millis(row.int(1)?),
        hash: row.blob(2)?.to_vec(),
        code: row.blob(3)?.to_vec(),
    }))
}

pub(crate) async fn put_cut(tx: &mut Tx, cut: &Cut) -> Result<()> {
    let sql = "INSERT INTO audit_cut (id, records, at, hash, code) VALUES (1, ?1, ?2, ?3, ?4) \
               ON CONFLICT (id) DO UPDATE SET records = excluded.records, at = excluded.at, \
               hash = excluded.hash, code = excluded.code";
    let values = [
        cut.records.into(),
        cut.at.into(),
        cut.hash.as_slice().into(),
        cut.code.as_slice().into(),
    ];
    tx.exec(sql, &values).await.map(drop)
}

/// The first record of that time or later.
pub(crate) async fn first_since(tx: &mut Tx, at: Timestamp) -> Result<Option<i64>> {
    let sql = "SELECT seq FROM audit_records WHERE at >= ?1 ORDER BY seq LIMIT 1";
    let row = tx.first(sql, &[at.into()]).await?;
    row.map(|row| row.int(0)).transpose()
}

pub(crate) async fn hash_of(tx: &mut Tx, seq: i64) -> Result<Option<Vec<u8>>> {
    let sql = "SELECT hash FROM audit_records WHERE seq = ?1";
    let row = tx.first(sql, &[seq.into()]).await?;
    row.map(|row| Ok(row.blob(0)?.to_vec())).transpose()
}

pub(crate) async fn delete_until(tx: &mut Tx, seq: i64) -> Result<()> {
    for table in ["audit_records", "audit_touched"] {
        let sql = format!("DELETE FROM {table} WHERE seq <= ?1");
        tx.exec(&sql, &[seq.into()]).await?;
    }
    Ok(())
}

pub(crate) async fn insert(tx: &mut Tx, kept: &Kept) -> Result<()> {
    let sql = "INSERT INTO audit_records (seq, at, id, account, region, source, name, management, \
               read_only, user_name, access_key, event, previous, hash, code) VALUES \
               (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
    let columns = &kept.columns;
    let values = [
        kept.seq.into(),
        kept.at.into(),
        (&columns.id).into(),
        (&columns.account).into(),
        (&columns.region).into(),
        (&columns.source).into(),
        (&columns.name).into(),
        columns.management.into(),
        columns.read_only.into(),
        (&columns.user_name).into(),
        (&columns.access_key).into(),
        (&kept.event).into(),
        kept.link.previous.as_slice().into(),
        kept.link.hash.as_slice().into(),
        kept.link.code.as_slice().into(),
    ];
    tx.exec(sql, &values).await?;
    for touched in &columns.touched {
        let sql = "INSERT INTO audit_touched (seq, kind, name) VALUES (?1, ?2, ?3)";
        tx.exec(
            sql,
            &[
                kept.seq.into(),
                (&touched.kind).into(),
                (&touched.name).into(),
            ],
        )
        .await?;
    }
    Ok(())
}

const COLUMNS: &str = "r.seq, r.at, r.id, r.account, r.region, r.source, r.name, r.management, \
                       r.read_only, r.user_name, r.access_key, r.event, r.previous, r.hash, r.code";

fn kept(row: &Row) -> Result<Kept> {
    Ok(Kept {
        seq: row.int(0)?,
        at: Timestamp::from_millis(row.int(1)?),
        columns: Columns {
            id: row.text(2)?.to_owned(),
            account: row.text(3)?.to_owned(),
            region: row.text(4)?.to_owned(),
            source: row.text(5)?.to_owned(),
            name: row.text(6)?.to_owned(),
            management: row.int(7)? != 0,
            read_only: row.int(8)? != 0,
            user_name: row.text(9)?.to_owned(),
            access_key: row.text(10)?.to_owned(),
            touched: Vec::new(),
        },
        event: row.text(11)?.to_owned(),
        link: Link {
            previous: row.blob(12)?.to_vec(),
            hash: row.blob(13)?.to_vec(),
            code: row.blob(14)?.to_vec(),
        },
    })
}

/// Records after one, in order, with what they touched.
pub(crate) async fn after(tx: &mut Tx, seq: i64, limit: i64) -> Result<Vec<Kept>> {
    let sql =
        format!("SELECT {COLUMNS} FROM audit_records r WHERE r.seq > ?1 ORDER BY r.seq LIMIT ?2");
    let rows = tx.query(&sql, &[seq.into(), limit.into()]).await?;
    let mut all = rows.iter().map(kept).collect::<Result<Vec<_>>>()?;
    let Some(last) = all.last().map(|kept| kept.seq) else {
        return Ok(all);
    };
    let sql = "SELECT seq, kind, name FROM audit_touched WHERE seq > ?1 AND seq <= ?2";
    for row in tx.query(sql, &[seq.into(), last.into()]).await? {
        let of = row.int(0)?;
        if let Ok(at) = all.binary_search_by_key(&of, |kept| kept.seq) {
            all[at].columns.touched.push(touched(&row)?);
        }
    }
    for kept in &mut all {
        kept.columns.touched.sort();
    }
    Ok(all)
}

fn touched(row: &Row) -> Result<Touched> {
    Ok(Touched {
        kind: row.text(1)?.to_owned(),
        name: row.text(2)?.to_owned(),
    })
}

/// How many rows of what was touched belong to no record.
pub(crate) async fn orphans(tx: &mut Tx) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM audit_touched t WHERE NOT EXISTS \
               (SELECT 1 FROM audit_records r WHERE r.seq = t.seq)";
    match tx.first(sql, &[]).await? {
        Some(row) => row.int(0),
        None => Ok(0),
    }
}

/// The newest records that a search means, at most `limit`.
pub(crate) async fn find(tx: &mut Tx, search: &Search, limit: i64) -> Result<Vec<Found>> {
    let mut values: Vec<Value> = Vec::new();
    let mut bind = |value: Value| {
        values.push(value);
        format!("?{}", values.len())
    };
    let mut wheres = Vec::new();
    if let Some((account, region)) = &search.place {
        wheres.push(format!("r.account = {}", bind(account.into())));
        wheres.push(format!("r.region = {}", bind(region.into())));
        wheres.push("r.management = 1".to_owned());
    }
    wheres.push(format!("r.at >= {}", bind(search.from.into())));
    wheres.push(format!("r.at <= {}", bind(search.until.into())));
    if let Some(before) = search.before {
        wheres.push(format!("r.seq < {}", bind(before.into())));
    }
    if let Some((attribute, value)) = &search.attribute {
        wheres.push(match attribute {
            Attribute::EventId => format!("r.id = {}", bind(value.into())),
            Attribute::EventName => format!("r.name = {}", bind(value.into())),
            Attribute::EventSource => format!("r.source = {}", bind(value.into())),
            Attribute::Username => format!("r.user_name = {}", bind(value.into())),
            Attribute::AccessKeyId => format!("r.access_key = {}", bind(value.into())),
            Attribute::ReadOnly => format!("r.read_only = {}", bind((value == "true").into())),
            Attribute::ResourceName => format!(
                "r.seq IN (SELECT seq FROM audit_touched WHERE name = {})",
                bind(value.into())
            ),
            Attribute::ResourceType => format!(
                "r.seq IN (SELECT seq FROM audit_touched WHERE kind = {})",
                bind(value.into())
            ),
        });
    }
    let wheres = wheres.join(" AND ");
    let last = bind(limit.into());
    let sql = format!(
        "SELECT {COLUMNS} FROM audit_records r WHERE {wheres} ORDER BY r.seq DESC LIMIT {last}"
    );
    let rows = tx.query(&sql, &values).await?;
    rows.iter().map(|row| kept(row).map(Found::of)).collect()
}
