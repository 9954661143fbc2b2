//! Who refers to which tree: written in the transaction that writes the row, so that nothing that
//! a row needs is ever garbage. The protocol is docs/format/collection.md.

use crate::index::{address, blob};
use base::{Error, Region, Result};
use blocks::{Address, Tree};
use std::collections::BTreeSet;
use store::Tx;

/// Makes these trees what `holder` refers to, instead of what it referred to before.
pub(crate) async fn hold_trees(
    tx: &mut Tx,
    holder: &str,
    trees: &[(&Region, &Tree)],
) -> Result<()> {
    let wanted = trees
        .iter()
        .filter_map(|(region, tree)| Some((region.to_string(), tree.root_address()?)))
        .collect();
    hold_in(tx, holder, &wanted).await
}

/// The same by the addresses of the trees' roots. A lost race if one of them is not known (any
/// more): whoever made the tree makes it again.
pub(crate) async fn hold_in(
    tx: &mut Tx,
    holder: &str,
    wanted: &BTreeSet<(String, Address)>,
) -> Result<()> {
    let sql = "SELECT region, address FROM roots WHERE holder = ?1";
    let rows = tx.query(sql, &[holder.into()]).await?;
    let held: Result<BTreeSet<(String, Address)>> = rows
        .iter()
        .map(|row| Ok((row.text(0)?.to_owned(), address(row, 1)?)))
        .collect();
    let held = held?;
    for (region, root) in wanted.difference(&held) {
        add(tx, holder, region, root).await?;
    }
    for (region, root) in held.difference(wanted) {
        remove(tx, holder, region, root).await?;
    }
    Ok(())
}

async fn add(tx: &mut Tx, holder: &str, region: &str, root: &Address) -> Result<()> {
    let sql = "UPDATE chunks SET refs = refs + 1 WHERE region = ?1 AND address = ?2";
    let row = [region.into(), blob(root.as_bytes())];
    if tx.exec(sql, &row).await? == 0 {
        let message = format!("the tree {root} of {holder} was collected before it was held");
        return Err(Error::conflict(message));
    }
    let sql = "INSERT INTO roots (region, address, holder) VALUES (?1, ?2, ?3)";
    let row = [region.into(), blob(root.as_bytes()), holder.into()];
    tx.exec(sql, &row).await.map(drop)
}

async fn remove(tx: &mut Tx, holder: &str, region: &str, root: &Address) -> Result<()> {
    let row = [region.into(), blob(root.as_bytes()), holder.into()];
    let sql = "DELETE FROM roots WHERE region = ?1 AND address = ?2 AND holder = ?3";
    tx.exec(sql, &row).await?;
    let sql = "UPDATE chunks SET since = CASE WHEN refs <= 1 THEN 0 ELSE since END,
            refs = CASE WHEN refs <= 1 THEN 0 ELSE refs - 1 END
        WHERE region = ?1 AND address = ?2";
    tx.exec(sql, &[region.into(), blob(root.as_bytes())])
        .await
        .map(drop)
}
