//! Every SQL statement of this crate, and nothing else.

use crate::attach::Version;
use crate::organization::Unit;
use crate::{AccessKey, Account, Entity, Kind, Permit};
use base::{AccountId, Error, Region, Result, Tags, Timestamp};
use std::collections::BTreeMap;
use store::{Migration, Row, Tx, Value, doc};

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

const ENTITY: &str = "SELECT id, account, name, path, created, boundary, detail FROM iam_entities";

fn entity(row: &Row) -> Result<Entity> {
    Ok(Entity {
        id: row.text(0)?.to_owned(),
        account: AccountId::parse(row.text(1)?)?,
        name: row.text(2)?.to_owned(),
        path: row.text(3)?.to_owned(),
        created: Timestamp::from_millis(row.int(4)?),
        boundary: row.maybe_text(5)?.map(str::to_owned),
        detail: row.doc(6)?,
    })
}

pub(crate) async fn entity_by_id(tx: &mut Tx, id: &str) -> Result<Option<Entity>> {
    let row = tx
        .first(&format!("{ENTITY} WHERE id = ?1"), &[id.into()])
        .await?;
    row.map(|row| entity(&row)).transpose()
}

pub(crate) async fn entity_tags(tx: &mut Tx, holder: &str) -> Result<Tags> {
    let sql = "SELECT tag_key, tag_value FROM iam_tags WHERE holder = ?1";
    let rows = tx.query(sql, &[holder.into()]).await?;
    rows.iter()
        .map(|row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned())))
        .collect()
}

pub(crate) async fn boundary_of(tx: &mut Tx, holder: &str) -> Result<Option<String>> {
    let sql = "SELECT boundary FROM iam_entities WHERE id = ?1";
    let Some(row) = tx.first(sql, &[holder.into()]).await? else {
        return Ok(None);
    };
    Ok(row.maybe_text(0)?.map(str::to_owned))
}

/// The policies of a holder and of the groups it is in: names and documents. A policy without a
/// document is one of AWS's, and its name its ARN.
pub(crate) async fn policies_bearing_on(
    tx: &mut Tx,
    holder: &str,
) -> Result<Vec<(String, Option<String>)>> {
    let sql = "
SELECT name, document FROM iam_inline
    WHERE holder = ?1 OR holder IN (SELECT group_id FROM iam_members WHERE user_id = ?1)
UNION ALL
SELECT a.arn, v.document FROM iam_attachments a
    LEFT JOIN iam_entities p ON p.arn = a.arn AND p.kind = 'policy'
    LEFT JOIN iam_versions v ON v.policy = p.id AND v.in_force = 1
    WHERE a.holder = ?1 OR a.holder IN (SELECT group_id FROM iam_members WHERE user_id = ?1)";
    let rows = tx.query(sql, &[holder.into()]).await?;
    rows.iter()
        .map(|row| {
            let document = row.maybe_text(1)?.map(str::to_owned);
            Ok((row.text(0)?.to_owned(), document))
        })
        .collect()
}

/// The document of a managed policy that is in force.
pub(crate) async fn document_of(tx: &mut Tx, arn: &str) -> Result<Option<String>> {
    let sql = "SELECT v.document FROM iam_entities p JOIN iam_versions v ON v.policy = p.id
        WHERE p.arn = ?1 AND p.kind = 'policy' AND v.in_force = 1";
    let row = tx.first(sql, &[arn.into()]).await?;
    row.map(|row| row.text(0).map(str::to_owned)).transpose()
}

/// The unit that an account is in (nothing inside: the root); nothing if there is no such account.
pub(crate) async fn parent_of_account(
    tx: &mut Tx,
    account: &AccountId,
) -> Result<Option<Option<String>>> {
    let sql = "SELECT o.unit FROM accounts a
        LEFT JOIN organization_accounts o ON o.account = a.id WHERE a.id = ?1";
    let row = tx.first(sql, &[account.into()]).await?;
    row.map(|row| Ok(row.maybe_text(0)?.map(str::to_owned)))
        .transpose()
}

pub(crate) async fn unit(tx: &mut Tx, id: &str) -> Result<Option<Unit>> {
    let sql = "SELECT id, name, parent FROM organization_units WHERE id = ?1";
    tx.first(sql, &[id.into()])
        .await?
        .map(|row| unit_of(&row))
        .transpose()
}

fn unit_of(row: &Row) -> Result<Unit> {
    Ok(Unit {
        id: row.text(0)?.to_owned(),
        name: row.text(1)?.to_owned(),
        parent: row.maybe_text(2)?.map(str::to_owned),
    })
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

pub(crate) async fn entity_by_name(
    tx: &mut Tx,
    account: &AccountId,
    kind: Kind,
    name: &str,
) -> Result<Option<Entity>> {
    let sql = format!("{ENTITY} WHERE account = ?1 AND kind = ?2 AND name_key = ?3");
    let key = name.to_ascii_lowercase();
    let values = [account.into(), kind.as_str().into(), key.into()];
    let row = tx.first(&sql, &values).await?;
    row.map(|row| entity(&row)).transpose()
}

pub(crate) async fn entity_by_arn(tx: &mut Tx, arn: &str) -> Result<Option<Entity>> {
    let row = tx
        .first(&format!("{ENTITY} WHERE arn = ?1"), &[arn.into()])
        .await?;
    row.map(|row| entity(&row)).transpose()
}

pub(crate) async fn entities(tx: &mut Tx, account: &AccountId, kind: Kind) -> Result<Vec<Entity>> {
    let sql = format!("{ENTITY} WHERE account = ?1 AND kind = ?2 ORDER BY name_key");
    let rows = tx
        .query(&sql, &[account.into(), kind.as_str().into()])
        .await?;
    rows.iter().map(entity).collect()
}

pub(crate) async fn count_entities(tx: &mut Tx, account: &AccountId, kind: Kind) -> Result<usize> {
    let sql = "SELECT COUNT(*) FROM iam_entities WHERE account = ?1 AND kind = ?2";
    let row = tx
        .first(sql, &[account.into(), kind.as_str().into()])
        .await?;
    let count = row.map(|row| row.int(0)).transpose()?.unwrap_or(0);
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

pub(crate) async fn insert_entity(tx: &mut Tx, permit: &Permit, made: &Entity) -> Result<()> {
    let sql = "INSERT INTO iam_entities
        (id, account, kind, name, name_key, path, arn, created, boundary, detail)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    let row = [
        (&made.id).into(),
        permit.account().into(),
        made.kind().as_str().into(),
        (&made.name).into(),
        made.name.to_ascii_lowercase().into(),
        (&made.path).into(),
        made.arn().into(),
        made.created.into(),
        made.boundary.clone().into(),
        doc(&made.detail)?,
    ];
    tx.exec(sql, &row).await.map(drop)
}

pub(crate) async fn update_entity(tx: &mut Tx, permit: &Permit, changed: &Entity) -> Result<()> {
    let sql = "UPDATE iam_entities SET name = ?3, name_key = ?4, path = ?5, arn = ?6,
        boundary = ?7, detail = ?8 WHERE id = ?1 AND account = ?2";
    let row = [
        (&changed.id).into(),
        permit.account().into(),
        (&changed.name).into(),
        changed.name.to_ascii_lowercase().into(),
        (&changed.path).into(),
        changed.arn().into(),
        changed.boundary.clone().into(),
        doc(&changed.detail)?,
    ];
    tx.exec(sql, &row).await.map(drop)
}

/// With its tags and versions; nothing else hangs on it any more.
pub(crate) async fn delete_entity(tx: &mut Tx, permit: &Permit, gone: &Entity) -> Result<()> {
    let id: Value = (&gone.id).into();
    tx.exec(
        "DELETE FROM iam_tags WHERE holder = ?1",
        std::slice::from_ref(&id),
    )
    .await?;
    tx.exec(
        "DELETE FROM iam_versions WHERE policy = ?1",
        std::slice::from_ref(&id),
    )
    .await?;
    let sql = "DELETE FROM iam_entities WHERE id = ?1 AND account = ?2";
    tx.exec(sql, &[id, permit.account().into()]).await.map(drop)
}

pub(crate) async fn put_entity_tags(
    tx: &mut Tx,
    _permit: &Permit,
    holder: &str,
    tags: &Tags,
) -> Result<()> {
    let sql = "INSERT INTO iam_tags (holder, tag_key, tag_value) VALUES (?1, ?2, ?3)
        ON CONFLICT (holder, tag_key) DO UPDATE SET tag_value = excluded.tag_value";
    for (key, value) in tags {
        tx.exec(sql, &[holder.into(), key.into(), value.into()])
            .await?;
    }
    Ok(())
}

pub(crate) async fn delete_entity_tag(
    tx: &mut Tx,
    _permit: &Permit,
    holder: &str,
    key: &str,
) -> Result<()> {
    let sql = "DELETE FROM iam_tags WHERE holder = ?1 AND tag_key = ?2";
    tx.exec(sql, &[holder.into(), key.into()]).await.map(drop)
}

pub(crate) async fn put_inline(
    tx: &mut Tx,
    _permit: &Permit,
    holder: &str,
    (name, document): (&str, &str),
) -> Result<()> {
    let sql = "INSERT INTO iam_inline (holder, name, document) VALUES (?1, ?2, ?3)
        ON CONFLICT (holder, name) DO UPDATE SET document = excluded.document";
    let row = [holder.into(), name.into(), document.into()];
    tx.exec(sql, &row).await.map(drop)
}

pub(crate) async fn inline(tx: &mut Tx, holder: &str, name: &str) -> Result<Option<String>> {
    let sql = "SELECT document FROM iam_inline WHERE holder = ?1 AND name = ?2";
    let row = tx.first(sql, &[holder.into(), name.into()]).await?;
    row.map(|row| row.text(0).map(str::to_owned)).transpose()
}

async fn texts(tx: &mut Tx, sql: &str, value: &str) -> Result<Vec<String>> {
    let rows = tx.query(sql, &[value.into()]).await?;
    rows.iter()
        .map(|row| row.text(0).map(str::to_owned))
        .collect()
}

pub(crate) async fn inline_names(tx: &mut Tx, holder: &str) -> Result<Vec<String>> {
    texts(
        tx,
        "SELECT name FROM iam_inline WHERE holder = ?1 ORDER BY name",
        holder,
    )
    .await
}

pub(crate) async fn delete_inline(
    tx: &mut Tx,
    _permit: &Permit,
    holder: &str,
    name: &str,
) -> Result<u64> {
    let sql = "DELETE FROM iam_inline WHERE holder = ?1 AND name = ?2";
    tx.exec(sql, &[holder.into(), name.into()]).await
}

pub(crate) async fn attach(tx: &mut Tx, _permit: &Permit, holder: &str, arn: &str) -> Result<()> {
    let sql = "INSERT INTO iam_attachments (holder, arn) VALUES (?1, ?2)";
    tx.exec(sql, &[holder.into(), arn.into()]).await.map(drop)
}

pub(crate) async fn detach(tx: &mut Tx, _permit: &Permit, holder: &str, arn: &str) -> Result<u64> {
    let sql = "DELETE FROM iam_attachments WHERE holder = ?1 AND arn = ?2";
    tx.exec(sql, &[holder.into(), arn.into()]).await
}

pub(crate) async fn attachments_of(tx: &mut Tx, holder: &str) -> Result<Vec<String>> {
    texts(
        tx,
        "SELECT arn FROM iam_attachments WHERE holder = ?1 ORDER BY arn",
        holder,
    )
    .await
}

pub(crate) async fn holders_of(tx: &mut Tx, account: &AccountId, arn: &str) -> Result<Vec<Entity>> {
    let sql = format!(
        "{ENTITY} WHERE account = ?1 AND id IN (SELECT holder FROM iam_attachments WHERE arn = ?2)
        ORDER BY name_key"
    );
    let rows = tx.query(&sql, &[account.into(), arn.into()]).await?;
    rows.iter().map(entity).collect()
}

pub(crate) async fn limited_by(tx: &mut Tx, account: &AccountId, arn: &str) -> Result<Vec<Entity>> {
    let sql = format!("{ENTITY} WHERE account = ?1 AND boundary = ?2 ORDER BY name_key");
    let rows = tx.query(&sql, &[account.into(), arn.into()]).await?;
    rows.iter().map(entity).collect()
}

pub(crate) async fn is_used(tx: &mut Tx, arn: &str) -> Result<bool> {
    let sql = "SELECT id FROM iam_entities WHERE boundary = ?1
        UNION ALL SELECT holder FROM iam_attachments WHERE arn = ?1";
    Ok(tx.first(sql, &[arn.into()]).await?.is_some())
}

/// How many entities of the account each policy hangs on, and how many it limits.
pub(crate) async fn policy_counts(
    tx: &mut Tx,
    account: &AccountId,
) -> Result<BTreeMap<String, (usize, usize)>> {
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let sql = "SELECT a.arn FROM iam_attachments a JOIN iam_entities e ON e.id = a.holder
        WHERE e.account = ?1";
    for arn in texts(tx, sql, account.as_str()).await? {
        counts.entry(arn).or_default().0 += 1;
    }
    let sql = "SELECT boundary FROM iam_entities WHERE account = ?1 AND boundary IS NOT NULL";
    for arn in texts(tx, sql, account.as_str()).await? {
        counts.entry(arn).or_default().1 += 1;
    }
    Ok(counts)
}

pub(crate) async fn insert_member(
    tx: &mut Tx,
    _permit: &Permit,
    group: &str,
    user: &str,
) -> Result<()> {
    let sql = "INSERT INTO iam_members (group_id, user_id) VALUES (?1, ?2)";
    tx.exec(sql, &[group.into(), user.into()]).await.map(drop)
}

pub(crate) async fn delete_member(
    tx: &mut Tx,
    _permit: &Permit,
    group: &str,
    user: &str,
) -> Result<u64> {
    let sql = "DELETE FROM iam_members WHERE group_id = ?1 AND user_id = ?2";
    tx.exec(sql, &[group.into(), user.into()]).await
}

pub(crate) async fn groups_of(tx: &mut Tx, user: &str) -> Result<Vec<Entity>> {
    let sql = format!(
        "{ENTITY} WHERE id IN (SELECT group_id FROM iam_members WHERE user_id = ?1)
        ORDER BY name_key"
    );
    let rows = tx.query(&sql, &[user.into()]).await?;
    rows.iter().map(entity).collect()
}

pub(crate) async fn members_of(tx: &mut Tx, group: &str) -> Result<Vec<Entity>> {
    let sql = format!(
        "{ENTITY} WHERE id IN (SELECT user_id FROM iam_members WHERE group_id = ?1)
        ORDER BY name_key"
    );
    let rows = tx.query(&sql, &[group.into()]).await?;
    rows.iter().map(entity).collect()
}

pub(crate) async fn insert_version(
    tx: &mut Tx,
    permit: &Permit,
    policy: &str,
    number: u32,
    document: &str,
) -> Result<()> {
    let sql = "INSERT INTO iam_versions (policy, version, document, created, in_force)
        VALUES (?1, ?2, ?3, ?4, ?5)";
    let row = [
        policy.into(),
        number.into(),
        document.into(),
        permit.now().into(),
        (number == 1).into(),
    ];
    tx.exec(sql, &row).await.map(drop)
}

/// Makes this version the one that counts, and no other.
pub(crate) async fn put_in_force(
    tx: &mut Tx,
    _permit: &Permit,
    policy: &str,
    number: u32,
) -> Result<()> {
    let sql = "UPDATE iam_versions SET in_force = CASE WHEN version = ?2 THEN 1 ELSE 0 END
        WHERE policy = ?1";
    tx.exec(sql, &[policy.into(), number.into()])
        .await
        .map(drop)
}

pub(crate) async fn delete_version(
    tx: &mut Tx,
    _permit: &Permit,
    policy: &str,
    number: u32,
) -> Result<()> {
    let sql = "DELETE FROM iam_versions WHERE policy = ?1 AND version = ?2";
    tx.exec(sql, &[policy.into(), number.into()])
        .await
        .map(drop)
}

pub(crate) async fn versions(tx: &mut Tx, policy: &str) -> Result<Vec<Version>> {
    let sql = "SELECT version, document, created, in_force FROM iam_versions
        WHERE policy = ?1 ORDER BY version DESC";
    let rows = tx.query(sql, &[policy.into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(Version {
                number: u32::try_from(row.int(0)?).map_err(Error::internal)?,
                document: row.text(1)?.to_owned(),
                created: Timestamp::from_millis(row.int(2)?),
                is_default: row.int(3)? != 0,
            })
        })
        .collect()
}

pub(crate) async fn account_of_alias(tx: &mut Tx, alias: &str) -> Result<Option<AccountId>> {
    let sql = "SELECT account FROM iam_aliases WHERE alias = ?1";
    let row = tx.first(sql, &[alias.into()]).await?;
    row.map(|row| AccountId::parse(row.text(0)?)).transpose()
}

pub(crate) async fn alias_of(tx: &mut Tx, account: &AccountId) -> Result<Option<String>> {
    let sql = "SELECT alias FROM iam_aliases WHERE account = ?1";
    Ok(texts(tx, sql, account.as_str()).await?.pop())
}

pub(crate) async fn set_alias(tx: &mut Tx, permit: &Permit, alias: Option<&str>) -> Result<()> {
    let account = permit.account();
    tx.exec(
        "DELETE FROM iam_aliases WHERE account = ?1",
        &[account.into()],
    )
    .await?;
    if let Some(alias) = alias {
        let sql = "INSERT INTO iam_aliases (account, alias) VALUES (?1, ?2)";
        tx.exec(sql, &[account.into(), alias.into()]).await?;
    }
    Ok(())
}

pub(crate) async fn all_accounts(tx: &mut Tx) -> Result<Vec<(Account, Option<String>)>> {
    let sql = "SELECT a.id, a.name, a.created, o.unit FROM accounts a
        LEFT JOIN organization_accounts o ON o.account = a.id ORDER BY a.created, a.id";
    let rows = tx.query(sql, &[]).await?;
    rows.iter()
        .map(|row| Ok((account(row)?, row.maybe_text(3)?.map(str::to_owned))))
        .collect()
}

pub(crate) async fn units(tx: &mut Tx) -> Result<Vec<Unit>> {
    let sql = "SELECT id, name, parent FROM organization_units ORDER BY name, id";
    tx.query(sql, &[]).await?.iter().map(unit_of).collect()
}

pub(crate) async fn insert_unit(tx: &mut Tx, _permit: &Permit, unit: &Unit) -> Result<()> {
    let sql = "INSERT INTO organization_units (id, parent, name) VALUES (?1, ?2, ?3)";
    let row = [
        (&unit.id).into(),
        unit.parent.clone().into(),
        (&unit.name).into(),
    ];
    tx.exec(sql, &row).await.map(drop)
}

pub(crate) async fn delete_unit(tx: &mut Tx, _permit: &Permit, id: &str) -> Result<()> {
    tx.exec("DELETE FROM organization_units WHERE id = ?1", &[id.into()])
        .await
        .map(drop)
}

pub(crate) async fn rename_unit(tx: &mut Tx, _permit: &Permit, id: &str, name: &str) -> Result<()> {
    let sql = "UPDATE organization_units SET name = ?2 WHERE id = ?1";
    tx.exec(sql, &[id.into(), name.into()]).await.map(drop)
}

/// Puts an account into a unit; without one, beneath the root.
pub(crate) async fn move_account(
    tx: &mut Tx,
    _permit: &Permit,
    account: &AccountId,
    unit: Option<&str>,
) -> Result<()> {
    let sql = "DELETE FROM organization_accounts WHERE account = ?1";
    tx.exec(sql, &[account.into()]).await?;
    if let Some(unit) = unit {
        let sql = "INSERT INTO organization_accounts (account, unit) VALUES (?1, ?2)";
        tx.exec(sql, &[account.into(), unit.into()]).await?;
    }
    Ok(())
}
