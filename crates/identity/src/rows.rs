//! Every SQL statement of this crate, and nothing else.

use crate::{AccessKey, Account, Permit};
use base::{AccountId, Region, Result, Tags, Timestamp};
use store::{Migration, Row, Tx, Value};

/// The tables of accounts, access keys and tags.
pub const SCHEMA: &[Migration] = &[Migration {
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
}];

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

pub(crate) async fn insert_key(tx: &mut Tx, key: &AccessKey, sealed: &[u8]) -> Result<()> {
    let sql = "INSERT INTO access_keys (id, account, secret) VALUES (?1, ?2, ?3)";
    tx.exec(
        sql,
        &[(&key.id).into(), (&key.account).into(), sealed.into()],
    )
    .await
    .map(drop)
}

pub(crate) async fn key(tx: &mut Tx, id: &str) -> Result<Option<(AccountId, Vec<u8>)>> {
    let sql = "SELECT account, secret FROM access_keys WHERE id = ?1";
    let Some(row) = tx.first(sql, &[id.into()]).await? else {
        return Ok(None);
    };
    Ok(Some((
        AccountId::parse(row.text(0)?)?,
        row.blob(1)?.to_vec(),
    )))
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
