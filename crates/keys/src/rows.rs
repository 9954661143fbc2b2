//! Every SQL statement of this crate, and nothing else.

use crate::allow::Right;
use crate::{Grant, Key};
use base::{AccountId, Region, Result, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Migration, Row, Tx, doc};

/// The tables of keys, their material, aliases and grants.
pub const SCHEMA: &[Migration] = &[Migration {
    name: "keys-001",
    sql: "
CREATE TABLE kms_keys (
    id TEXT PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL,
    doc TEXT NOT NULL, policy TEXT NOT NULL);
CREATE INDEX kms_keys_by_place ON kms_keys (account, region, id);
CREATE TABLE kms_materials (
    key_id TEXT NOT NULL REFERENCES kms_keys (id), number BIGINT NOT NULL,
    doc TEXT NOT NULL, sealed BLOB NOT NULL,
    PRIMARY KEY (key_id, number));
CREATE TABLE kms_aliases (
    account TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, key_id TEXT NOT NULL,
    created BIGINT NOT NULL, updated BIGINT NOT NULL,
    PRIMARY KEY (account, region, name));
CREATE INDEX kms_aliases_by_key ON kms_aliases (key_id);
CREATE TABLE kms_grants (
    id TEXT PRIMARY KEY, key_id TEXT NOT NULL REFERENCES kms_keys (id),
    resource TEXT NOT NULL, retiring TEXT NOT NULL, doc TEXT NOT NULL);
CREATE INDEX kms_grants_by_key ON kms_grants (key_id);
CREATE INDEX kms_grants_by_resource ON kms_grants (resource);
CREATE INDEX kms_grants_by_retiring ON kms_grants (retiring)",
}];

/// What is known of one material beside its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// What tells it from others.
    pub(crate) id: String,
    /// When it began to encrypt.
    pub(crate) since: Timestamp,
    /// Why it came: nothing for the first.
    pub(crate) rotation: Option<Cause>,
}

/// Why a key was rotated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// Its time had come.
    Automatic,
    /// Its owner wanted it.
    OnDemand,
}

impl Cause {
    /// AWS's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Cause::Automatic => "AUTOMATIC",
            Cause::OnDemand => "ON_DEMAND",
        }
    }
}

pub(crate) async fn insert_key(tx: &mut Tx, _: &Right, key: &Key, policy: &str) -> Result<()> {
    let sql = "INSERT INTO kms_keys (id, account, region, doc, policy) VALUES (?1, ?2, ?3, ?4, ?5)";
    let row = [
        (&key.id).into(),
        (&key.account).into(),
        (&key.region).into(),
        doc(key)?,
        policy.into(),
    ];
    tx.exec(sql, &row).await.map(drop)
}

pub(crate) async fn put_key(tx: &mut Tx, _: &Right, key: &Key) -> Result<()> {
    let sql = "UPDATE kms_keys SET doc = ?2 WHERE id = ?1";
    tx.exec(sql, &[(&key.id).into(), doc(key)?]).await.map(drop)
}

pub(crate) async fn put_policy(tx: &mut Tx, _: &Right, key: &str, policy: &str) -> Result<()> {
    let sql = "UPDATE kms_keys SET policy = ?2 WHERE id = ?1";
    tx.exec(sql, &[key.into(), policy.into()]).await.map(drop)
}

/// A key and its policy.
pub(crate) async fn key(tx: &mut Tx, id: &str) -> Result<Option<(Key, String)>> {
    let sql = "SELECT doc, policy FROM kms_keys WHERE id = ?1";
    let row = tx.first(sql, &[id.into()]).await?;
    row.map(|row| Ok((row.doc(0)?, row.text(1)?.to_owned())))
        .transpose()
}

/// The ids of an account's keys in a Region, after one of them, at most so many.
pub(crate) async fn key_ids(
    tx: &mut Tx,
    (account, region): (&AccountId, &Region),
    after: &str,
    most: i64,
) -> Result<Vec<String>> {
    let sql = "SELECT id FROM kms_keys WHERE account = ?1 AND region = ?2 AND id > ?3
        ORDER BY id LIMIT ?4";
    let values = [account.into(), region.into(), after.into(), most.into()];
    let rows = tx.query(sql, &values).await?;
    rows.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
}

pub(crate) async fn count_keys(tx: &mut Tx, account: &AccountId, region: &Region) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM kms_keys WHERE account = ?1 AND region = ?2";
    let row = tx.first(sql, &[account.into(), region.into()]).await?;
    row.map_or(Ok(0), |row| row.int(0))
}

/// The key with everything that hangs on it.
pub(crate) async fn delete_key(tx: &mut Tx, _: &Right, id: &str) -> Result<()> {
    for sql in [
        "DELETE FROM kms_grants WHERE key_id = ?1",
        "DELETE FROM kms_aliases WHERE key_id = ?1",
        "DELETE FROM kms_materials WHERE key_id = ?1",
        "DELETE FROM kms_keys WHERE id = ?1",
    ] {
        tx.exec(sql, &[id.into()]).await?;
    }
    Ok(())
}

pub(crate) async fn put_material(
    tx: &mut Tx,
    _: &Right,
    (key, number): (&str, u32),
    kept: &Kept,
    sealed: &[u8],
) -> Result<()> {
    let sql = "INSERT INTO kms_materials (key_id, number, doc, sealed) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (key_id, number) DO UPDATE SET doc = excluded.doc, sealed = excluded.sealed";
    let row = [key.into(), number.into(), doc(kept)?, sealed.into()];
    tx.exec(sql, &row).await.map(drop)
}

/// Sealed material; an empty one has been deleted by its owner.
pub(crate) async fn material(
    tx: &mut Tx,
    key: &str,
    number: u32,
) -> Result<Option<(Kept, Vec<u8>)>> {
    let sql = "SELECT doc, sealed FROM kms_materials WHERE key_id = ?1 AND number = ?2";
    let row = tx.first(sql, &[key.into(), number.into()]).await?;
    row.map(|row| Ok((row.doc(0)?, row.blob(1)?.to_vec())))
        .transpose()
}

/// Every material of a key, oldest first.
pub(crate) async fn materials(tx: &mut Tx, key: &str) -> Result<Vec<Kept>> {
    let sql = "SELECT doc FROM kms_materials WHERE key_id = ?1 ORDER BY number";
    let rows = tx.query(sql, &[key.into()]).await?;
    rows.iter().map(|row| row.doc(0)).collect()
}

/// Every sealed material of the installation.
pub(crate) async fn all_sealed(tx: &mut Tx) -> Result<Vec<(String, u32, Vec<u8>)>> {
    let sql = "SELECT key_id, number, sealed FROM kms_materials ORDER BY key_id, number";
    let read = |row: &Row| {
        let number = u32::try_from(row.int(1)?).map_err(base::Error::internal)?;
        Ok((row.text(0)?.to_owned(), number, row.blob(2)?.to_vec()))
    };
    tx.query(sql, &[]).await?.iter().map(read).collect()
}

pub(crate) async fn reseal(tx: &mut Tx, key: &str, number: u32, sealed: &[u8]) -> Result<()> {
    let sql = "UPDATE kms_materials SET sealed = ?3 WHERE key_id = ?1 AND number = ?2";
    let values = [key.into(), number.into(), sealed.into()];
    tx.exec(sql, &values).await.map(drop)
}

/// An alias.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// Its name, with `alias/`.
    pub name: String,
    /// The id of the key that it stands for.
    pub key: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it last got another key.
    pub updated: Timestamp,
}

const ALIAS: &str = "SELECT name, key_id, created, updated FROM kms_aliases";

fn read_alias(row: &Row) -> Result<Alias> {
    Ok(Alias {
        name: row.text(0)?.to_owned(),
        key: row.text(1)?.to_owned(),
        created: Timestamp::from_millis(row.int(2)?),
        updated: Timestamp::from_millis(row.int(3)?),
    })
}

pub(crate) async fn alias(
    tx: &mut Tx,
    (account, region): (&AccountId, &Region),
    name: &str,
) -> Result<Option<Alias>> {
    let sql = format!("{ALIAS} WHERE account = ?1 AND region = ?2 AND name = ?3");
    let values = [account.into(), region.into(), name.into()];
    let row = tx.first(&sql, &values).await?;
    row.as_ref().map(read_alias).transpose()
}

pub(crate) async fn aliases_of(tx: &mut Tx, key: &str) -> Result<Vec<Alias>> {
    let sql = format!("{ALIAS} WHERE key_id = ?1 ORDER BY name");
    let rows = tx.query(&sql, &[key.into()]).await?;
    rows.iter().map(read_alias).collect()
}

pub(crate) async fn aliases_in(
    tx: &mut Tx,
    account: &AccountId,
    region: &Region,
) -> Result<Vec<Alias>> {
    let sql = format!("{ALIAS} WHERE account = ?1 AND region = ?2 ORDER BY name");
    let rows = tx.query(&sql, &[account.into(), region.into()]).await?;
    rows.iter().map(read_alias).collect()
}

pub(crate) async fn put_alias(
    tx: &mut Tx,
    _: &Right,
    (account, region): (&AccountId, &Region),
    alias: &Alias,
) -> Result<()> {
    let sql = "INSERT INTO kms_aliases (account, region, name, key_id, created, updated)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT (account, region, name)
        DO UPDATE SET key_id = excluded.key_id, updated = excluded.updated";
    let row = [
        account.into(),
        region.into(),
        (&alias.name).into(),
        (&alias.key).into(),
        alias.created.into(),
        alias.updated.into(),
    ];
    tx.exec(sql, &row).await.map(drop)
}

pub(crate) async fn delete_alias(
    tx: &mut Tx,
    _: &Right,
    (account, region): (&AccountId, &Region),
    name: &str,
) -> Result<()> {
    let sql = "DELETE FROM kms_aliases WHERE account = ?1 AND region = ?2 AND name = ?3";
    let values = [account.into(), region.into(), name.into()];
    tx.exec(sql, &values).await.map(drop)
}

pub(crate) async fn insert_grant(tx: &mut Tx, _: &Right, grant: &Grant) -> Result<()> {
    let sql = "INSERT INTO kms_grants (id, key_id, resource, retiring, doc)
        VALUES (?1, ?2, ?3, ?4, ?5)";
    let row = [
        (&grant.id.0).into(),
        (&grant.key).into(),
        grant.resource.as_deref().unwrap_or_default().into(),
        grant.retiring.as_deref().unwrap_or_default().into(),
        doc(grant)?,
    ];
    tx.exec(sql, &row).await.map(drop)
}

async fn grants(tx: &mut Tx, column: &str, value: &str) -> Result<Vec<Grant>> {
    let sql = format!("SELECT doc FROM kms_grants WHERE {column} = ?1 ORDER BY id");
    let rows = tx.query(&sql, &[value.into()]).await?;
    rows.iter().map(|row| row.doc(0)).collect()
}

pub(crate) async fn grants_on(tx: &mut Tx, key: &str) -> Result<Vec<Grant>> {
    grants(tx, "key_id", key).await
}

pub(crate) async fn grants_for(tx: &mut Tx, resource: &str) -> Result<Vec<Grant>> {
    grants(tx, "resource", resource).await
}

pub(crate) async fn grants_retired_by(tx: &mut Tx, principal: &str) -> Result<Vec<Grant>> {
    grants(tx, "retiring", principal).await
}

pub(crate) async fn grant(tx: &mut Tx, id: &str) -> Result<Option<Grant>> {
    Ok(grants(tx, "id", id).await?.pop())
}

pub(crate) async fn delete_grant(tx: &mut Tx, _: &Right, id: &str) -> Result<()> {
    tx.exec("DELETE FROM kms_grants WHERE id = ?1", &[id.into()])
        .await
        .map(drop)
}
