//! Users, groups, roles and policies, who is in which group, and their tags.

use crate::{Entity, Kind, Permit};
use base::{AccountId, Result, Tags, Timestamp};
use store::{Row, Tx, Value, doc};

pub(super) const ENTITY: &str =
    "SELECT id, account, name, path, created, boundary, detail FROM iam_entities";

pub(super) fn entity(row: &Row) -> Result<Entity> {
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
