//! Units, what is in them, and what accounts are called.

use super::{account, texts};
use crate::organization::Unit;
use crate::{Account, Permit};
use base::{AccountId, Result};
use store::{Row, Tx};

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
