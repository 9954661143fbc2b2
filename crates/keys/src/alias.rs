//! CreateAlias, UpdateAlias and DeleteAlias. Each needs the right on the alias, by the caller's own
//! policies, and on every key that it stands for, by the keys'.

use crate::allow::{Asked, Found, Right, allow, allow_own};
use crate::find::{Reach, find};
use crate::rows::{self, Alias};
use crate::{Keys, name};
use base::{Error, Reason, Result, Subject};
use identity::Call;
use policy::Context;
use store::Tx;

/// How many aliases a key may have.
const MOST: usize = 50;

/// Gives a key a name.
pub async fn create_alias(keys: &Keys, call: &Call, alias: &str, key: &str) -> Result<()> {
    const ACTION: &str = "kms:CreateAlias";
    name::check_alias(alias)?;
    let mut tx = keys.db.begin().await?;
    let found = find(&mut tx, call, key, (Reach::Own, ACTION)).await?;
    let right = may(&mut tx, call, (ACTION, alias), &[&found]).await?;
    if rows::alias(&mut tx, call.place(), alias).await?.is_some() {
        let (account, region) = call.place();
        let arn = name::alias_arn(region, account, alias);
        let message = format!("An alias with the name {arn} already exists");
        return Err(Error::new(Reason::Duplicate, Subject::Alias, message));
    }
    check_target(&mut tx, &found).await?;
    let made = Alias {
        name: alias.to_owned(),
        key: found.key.id,
        created: call.now,
        updated: call.now,
    };
    rows::put_alias(&mut tx, &right, call.place(), &made).await?;
    tx.commit().await
}

/// Gives a name to another key.
pub async fn update_alias(keys: &Keys, call: &Call, alias: &str, key: &str) -> Result<()> {
    const ACTION: &str = "kms:UpdateAlias";
    name::check_alias(alias)?;
    let mut tx = keys.db.begin().await?;
    let mut kept = existing(&mut tx, call, alias).await?;
    let old = find(&mut tx, call, &kept.key, (Reach::Own, ACTION)).await?;
    let new = find(&mut tx, call, key, (Reach::Own, ACTION)).await?;
    let right = may(&mut tx, call, (ACTION, alias), &[&old, &new]).await?;
    if old.key.id != new.key.id {
        check_target(&mut tx, &new).await?;
    }
    kept.key = new.key.id;
    kept.updated = call.now;
    rows::put_alias(&mut tx, &right, call.place(), &kept).await?;
    tx.commit().await
}

/// Takes a name away. Its key stays.
pub async fn delete_alias(keys: &Keys, call: &Call, alias: &str) -> Result<()> {
    const ACTION: &str = "kms:DeleteAlias";
    name::check_alias(alias)?;
    let mut tx = keys.db.begin().await?;
    let kept = existing(&mut tx, call, alias).await?;
    let found = find(&mut tx, call, &kept.key, (Reach::Own, ACTION)).await?;
    let right = may(&mut tx, call, (ACTION, alias), &[&found]).await?;
    rows::delete_alias(&mut tx, &right, call.place(), alias).await?;
    tx.commit().await
}

async fn may(
    tx: &mut Tx,
    call: &Call,
    (action, alias): (&'static str, &str),
    targets: &[&Found],
) -> Result<Right> {
    let (account, region) = call.place();
    let arn = name::alias_arn(region, account, alias);
    let right = allow_own(tx, call, (action, &arn), Context::new()).await?;
    for found in targets {
        let mut asked = Asked::plain(action);
        asked.more.set("kms:RequestAlias", alias);
        allow(tx, call, found, &asked).await?;
    }
    Ok(right)
}

async fn existing(tx: &mut Tx, call: &Call, alias: &str) -> Result<Alias> {
    let (account, region) = call.place();
    let found = rows::alias(tx, (account, region), alias).await?;
    found.ok_or_else(|| {
        let arn = name::alias_arn(region, account, alias);
        Error::not_found(Subject::Alias, format!("Alias {arn} is not found."))
    })
}

async fn check_target(tx: &mut Tx, found: &Found) -> Result<()> {
    found.key.check_customers()?;
    found.key.check_stays()?;
    if rows::aliases_of(tx, &found.key.id).await?.len() < MOST {
        return Ok(());
    }
    let message = format!("A key can have {MOST} aliases.");
    Err(Error::new(Reason::Limit, Subject::Alias, message))
}
