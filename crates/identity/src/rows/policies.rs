//! Policies: inline, attached, and their versions.

use super::entities::{ENTITY, entity};
use super::texts;
use crate::attach::Version;
use crate::{Entity, Permit};
use base::{AccountId, Error, Result, Timestamp};
use std::collections::BTreeMap;
use store::Tx;

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
