//! Every SQL statement of this crate, and nothing else. Here: accounts, access keys, and the tags of
//! whatever has some.

mod entities;
mod organization;
mod policies;

pub(crate) use entities::*;
pub(crate) use organization::*;
pub(crate) use policies::*;

use crate::{AccessKey, Account, Permit};
use base::{AccountId, Region, Result, Tags, Timestamp};
use store::{Migration, Row, Tx, Value};

/// The tables of accounts, access keys and tags.
pub const SCHEMA: &[Migration] = &[
    Migration {
        name: "identity-001",
        sql: "
CREATE TABLE accounts (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, created BIGINT NOT NULL);
CREATE TABLE access_keys (
    id TEXT PRIMARY KEY, account TEXT NOT NULL REFERENCES accounts (id), secret BLOB NOT NULL);
CREATE TABLE tags (
    account TEXT NOT NULL, region TEXT NOT NULL, kind TEXT NOT NULL,
    resource TEXT NOT NULL, tag_key TEXT NOT NULL, tag_value TEXT NOT NULL,
    PRIMARY KEY (account, resource, tag_key));
CREATE INDEX tags_by_kind ON tags (account, region, kind);
CREATE INDEX tags_by_resource ON tags (resource)",
    },
    Migration {
        name: "identity-002",
        sql: "
ALTER TABLE access_keys ADD COLUMN holder TEXT;
ALTER TABLE access_keys ADD COLUMN active BIGINT NOT NULL DEFAULT 1;
ALTER TABLE access_keys ADD COLUMN created BIGINT NOT NULL DEFAULT 0;
CREATE INDEX access_keys_by_holder ON access_keys (account, holder);
CREATE TABLE iam_entities (
    id TEXT PRIMARY KEY, account TEXT NOT NULL REFERENCES accounts (id), kind TEXT NOT NULL,
    name TEXT NOT NULL, name_key TEXT NOT NULL, path TEXT NOT NULL, arn TEXT NOT NULL,
    created BIGINT NOT NULL, boundary TEXT, detail TEXT NOT NULL,
    UNIQUE (account, kind, name_key));
CREATE INDEX iam_entities_by_arn ON iam_entities (arn);
CREATE INDEX iam_entities_by_boundary ON iam_entities (boundary);
CREATE TABLE iam_members (
    group_id TEXT NOT NULL REFERENCES iam_entities (id),
    user_id TEXT NOT NULL REFERENCES iam_entities (id), PRIMARY KEY (group_id, user_id));
CREATE INDEX iam_members_by_user ON iam_members (user_id);
CREATE TABLE iam_inline (
    holder TEXT NOT NULL REFERENCES iam_entities (id), name TEXT NOT NULL,
    document TEXT NOT NULL, PRIMARY KEY (holder, name));
CREATE TABLE iam_versions (
    policy TEXT NOT NULL REFERENCES iam_entities (id), version BIGINT NOT NULL,
    document TEXT NOT NULL, created BIGINT NOT NULL, in_force BIGINT NOT NULL,
    PRIMARY KEY (policy, version));
CREATE TABLE iam_attachments (
    holder TEXT NOT NULL REFERENCES iam_entities (id), arn TEXT NOT NULL,
    PRIMARY KEY (holder, arn));
CREATE INDEX iam_attachments_by_arn ON iam_attachments (arn);
CREATE TABLE iam_tags (
    holder TEXT NOT NULL REFERENCES iam_entities (id), tag_key TEXT NOT NULL,
    tag_value TEXT NOT NULL, PRIMARY KEY (holder, tag_key));
CREATE TABLE iam_aliases (account TEXT PRIMARY KEY REFERENCES accounts (id), alias TEXT NOT NULL UNIQUE);
CREATE TABLE organization_units (
    id TEXT PRIMARY KEY, parent TEXT REFERENCES organization_units (id), name TEXT NOT NULL);
CREATE TABLE organization_accounts (
    account TEXT PRIMARY KEY REFERENCES accounts (id),
    unit TEXT NOT NULL REFERENCES organization_units (id))",
    },
    Migration {
        name: "identity-003",
        sql: "CREATE TABLE master_key (id BIGINT PRIMARY KEY, fingerprint TEXT NOT NULL)",
    },
];

/// What tells the master key that everything is sealed under.
pub(crate) async fn fingerprint(tx: &mut Tx) -> Result<Option<String>> {
    let sql = "SELECT fingerprint FROM master_key WHERE id = 1";
    let row = tx.first(sql, &[]).await?;
    row.map(|row| Ok(row.text(0)?.to_owned())).transpose()
}

pub(crate) async fn put_fingerprint(tx: &mut Tx, fingerprint: &str) -> Result<()> {
    let sql = "INSERT INTO master_key (id, fingerprint) VALUES (1, ?1)
        ON CONFLICT (id) DO UPDATE SET fingerprint = excluded.fingerprint";
    tx.exec(sql, &[fingerprint.into()]).await.map(drop)
}

/// Every access key with its sealed secret.
pub(crate) async fn all_sealed(tx: &mut Tx) -> Result<Vec<(String, AccountId, Vec<u8>)>> {
    let sql = "SELECT id, account, secret FROM access_keys ORDER BY id";
    let read = |row: &Row| {
        let account = AccountId::parse(row.text(1)?)?;
        Ok((row.text(0)?.to_owned(), account, row.blob(2)?.to_vec()))
    };
    tx.query(sql, &[]).await?.iter().map(read).collect()
}

pub(crate) async fn reseal(tx: &mut Tx, id: &str, sealed: &[u8]) -> Result<()> {
    let sql = "UPDATE access_keys SET secret = ?2 WHERE id = ?1";
    tx.exec(sql, &[id.into(), sealed.into()]).await.map(drop)
}

pub(crate) async fn insert_account(tx: &mut Tx, account: &Account) -> Result<()> {
    let sql = "INSERT INTO accounts (id, name, created) VALUES (?1, ?2, ?3)";
    let row = [
        (&account.id).into(),
        (&account.name).into(),
        account.created.into(),
    ];
    tx.exec(sql, &row).await.map(drop)
}

pub(crate) async fn account_named(tx: &mut Tx, name: &str) -> Result<Option<Account>> {
    let sql = "SELECT id, name, created FROM accounts WHERE name = ?1";
    tx.first(sql, &[name.into()])
        .await?
        .map(|row| account(&row))
        .transpose()
}

pub(crate) async fn accounts(tx: &mut Tx) -> Result<Vec<Account>> {
    let sql = "SELECT id, name, created FROM accounts ORDER BY created, id";
    tx.query(sql, &[]).await?.iter().map(account).collect()
}

fn account(row: &Row) -> Result<Account> {
    Ok(Account {
        id: AccountId::parse(row.text(0)?)?,
        name: row.text(1)?.to_owned(),
        created: Timestamp::from_millis(row.int(2)?),
    })
}

pub(crate) async fn first_account(tx: &mut Tx) -> Result<Option<Account>> {
    let sql = "SELECT id, name, created FROM accounts ORDER BY created, id LIMIT 1";
    tx.first(sql, &[])
        .await?
        .map(|row| account(&row))
        .transpose()
}

/// An access key as it is kept.
pub(crate) struct KeptKey {
    pub(crate) id: String,
    pub(crate) account: AccountId,
    /// The user's id; nothing if it is the root user's.
    pub(crate) holder: Option<String>,
    pub(crate) is_active: bool,
    pub(crate) created: Timestamp,
    pub(crate) sealed: Vec<u8>,
}

const KEY: &str = "SELECT id, account, holder, active, created, secret FROM access_keys";

fn kept_key(row: &Row) -> Result<KeptKey> {
    Ok(KeptKey {
        id: row.text(0)?.to_owned(),
        account: AccountId::parse(row.text(1)?)?,
        holder: row.maybe_text(2)?.map(str::to_owned),
        is_active: row.int(3)? != 0,
        created: Timestamp::from_millis(row.int(4)?),
        sealed: row.blob(5)?.to_vec(),
    })
}

pub(crate) async fn insert_key(
    tx: &mut Tx,
    key: &AccessKey,
    holder: Option<&str>,
    now: Timestamp,
    sealed: &[u8],
) -> Result<()> {
    let sql = "INSERT INTO access_keys (id, account, holder, active, created, secret)
        VALUES (?1, ?2, ?3, 1, ?4, ?5)";
    let row = [
        (&key.id).into(),
        (&key.account).into(),
        holder.into(),
        now.into(),
        sealed.into(),
    ];
    tx.exec(sql, &row).await.map(drop)
}

pub(crate) async fn key(tx: &mut Tx, id: &str) -> Result<Option<KeptKey>> {
    let row = tx
        .first(&format!("{KEY} WHERE id = ?1"), &[id.into()])
        .await?;
    row.map(|row| kept_key(&row)).transpose()
}

pub(crate) async fn put_tag(
    tx: &mut Tx,
    permit: &Permit,
    (resource, kind): (&str, &str),
    key: &str,
    value: &str,
) -> Result<()> {
    let sql = "INSERT INTO tags (account, region, kind, resource, tag_key, tag_value)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT (account, resource, tag_key) DO UPDATE SET tag_value = excluded.tag_value";
    let row = [
        permit.account().into(),
        permit.region().into(),
        kind.into(),
        resource.into(),
        key.into(),
        value.into(),
    ];
    tx.exec(sql, &row).await.map(drop)
}

pub(crate) async fn delete_tag(
    tx: &mut Tx,
    permit: &Permit,
    resource: &str,
    key: &str,
    value: Option<&str>,
) -> Result<()> {
    let mut sql =
        "DELETE FROM tags WHERE account = ?1 AND resource = ?2 AND tag_key = ?3".to_owned();
    let mut values: Vec<Value> = vec![permit.account().into(), resource.into(), key.into()];
    if let Some(value) = value {
        sql.push_str(" AND tag_value = ?4");
        values.push(value.into());
    }
    tx.exec(&sql, &values).await.map(drop)
}

pub(crate) async fn delete_all_tags(tx: &mut Tx, permit: &Permit, resource: &str) -> Result<()> {
    let sql = "DELETE FROM tags WHERE account = ?1 AND resource = ?2";
    tx.exec(sql, &[permit.account().into(), resource.into()])
        .await
        .map(drop)
}

pub(crate) async fn forget_tags(tx: &mut Tx, resource: &str) -> Result<()> {
    tx.exec("DELETE FROM tags WHERE resource = ?1", &[resource.into()])
        .await
        .map(drop)
}

pub(crate) async fn tags_of(tx: &mut Tx, account: &AccountId, resource: &str) -> Result<Tags> {
    let sql = "SELECT tag_key, tag_value FROM tags WHERE account = ?1 AND resource = ?2";
    let rows = tx.query(sql, &[account.into(), resource.into()]).await?;
    rows.iter()
        .map(|row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned())))
        .collect()
}

pub(crate) async fn all_tags(
    tx: &mut Tx,
    account: &AccountId,
    region: &Region,
    kind: Option<&str>,
) -> Result<Vec<(String, String, String, String)>> {
    let mut sql = "SELECT resource, kind, tag_key, tag_value FROM tags
        WHERE account = ?1 AND region = ?2"
        .to_owned();
    let mut values: Vec<Value> = vec![account.into(), region.into()];
    if let Some(kind) = kind {
        sql.push_str(" AND kind = ?3");
        values.push(kind.into());
    }
    sql.push_str(" ORDER BY resource, tag_key");
    let text = |row: &Row, column| row.text(column).map(str::to_owned);
    let rows = tx.query(&sql, &values).await?;
    rows.iter()
        .map(|r| Ok((text(r, 0)?, text(r, 1)?, text(r, 2)?, text(r, 3)?)))
        .collect()
}

pub(crate) async fn keys_of(
    tx: &mut Tx,
    account: &AccountId,
    holder: Option<&str>,
) -> Result<Vec<KeptKey>> {
    let sql =
        format!("{KEY} WHERE account = ?1 AND COALESCE(holder, '') = ?2 ORDER BY created, id");
    let rows = tx
        .query(&sql, &[account.into(), holder.unwrap_or_default().into()])
        .await?;
    rows.iter().map(kept_key).collect()
}

pub(crate) async fn set_key_active(
    tx: &mut Tx,
    permit: &Permit,
    (holder, id): (Option<&str>, &str),
    is_active: bool,
) -> Result<u64> {
    let sql = "UPDATE access_keys SET active = ?4
        WHERE account = ?1 AND COALESCE(holder, '') = ?2 AND id = ?3";
    let values = [
        permit.account().into(),
        holder.unwrap_or_default().into(),
        id.into(),
        is_active.into(),
    ];
    tx.exec(sql, &values).await
}

pub(crate) async fn delete_key(
    tx: &mut Tx,
    permit: &Permit,
    holder: Option<&str>,
    id: &str,
) -> Result<u64> {
    let sql =
        "DELETE FROM access_keys WHERE account = ?1 AND COALESCE(holder, '') = ?2 AND id = ?3";
    let values = [
        permit.account().into(),
        holder.unwrap_or_default().into(),
        id.into(),
    ];
    tx.exec(sql, &values).await
}

async fn texts(tx: &mut Tx, sql: &str, value: &str) -> Result<Vec<String>> {
    let rows = tx.query(sql, &[value.into()]).await?;
    rows.iter()
        .map(|row| row.text(0).map(str::to_owned))
        .collect()
}
