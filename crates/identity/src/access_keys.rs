//! Access keys of users and of the root user: made, listed, switched off and on, deleted.

use crate::entities::{limit, own_name, reach};
use crate::entity::Kind;
use crate::{AccessKey, Action, Call, Identity, authorize_arn, keys, rows};
use base::{AccountId, Error, Result, Subject, Timestamp};
use policy::Context;
use store::Tx;

const KEYS: usize = 2;

/// An access key without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    /// Its id.
    pub id: String,
    /// Whether it signs.
    pub is_active: bool,
    /// When it was made.
    pub created: Timestamp,
}

/// Whose keys are meant: a user's by name; without one the caller's own.
async fn holder(
    tx: &mut Tx,
    call: &Call,
    action: Action,
    user: Option<&str>,
) -> Result<(crate::Permit, Option<(String, String)>)> {
    if user.is_none() && call.caller.is_root() {
        let arn = &call.caller.arn;
        let permit = authorize_arn(tx, call, action, (arn, &Context::new())).await?;
        return Ok((permit, None));
    }
    let name = match user {
        Some(name) => name.to_owned(),
        None => own_name(call)?,
    };
    let (permit, found) = reach(tx, call, action, (Kind::User, &name), &Context::new()).await?;
    Ok((permit, Some((found.id, found.name))))
}

/// Makes an access key; its secret is answered once. The name is the user's.
pub async fn create_access_key(
    identity: &Identity,
    call: &Call,
    user: Option<&str>,
) -> Result<(AccessKey, Option<String>)> {
    let mut tx = identity.db.begin().await?;
    let (_permit, holder) = holder(&mut tx, call, Action("iam:CreateAccessKey"), user).await?;
    let id = holder.as_ref().map(|(id, _)| id.as_str());
    if rows::keys_of(&mut tx, call.account(), id).await?.len() >= KEYS {
        return Err(limit("AccessKeysPerUser", KEYS));
    }
    let key = keys::fresh("AKIA", call.account().clone(), &*identity.entropy);
    let sealed = identity.master.seal(&key, &*identity.entropy)?;
    rows::insert_key(&mut tx, &key, id, call.now, &sealed).await?;
    tx.commit().await?;
    Ok((key, holder.map(|(_, name)| name)))
}

/// The access keys of a user, and the user's name.
pub async fn list_access_keys(
    identity: &Identity,
    call: &Call,
    user: Option<&str>,
) -> Result<(Vec<KeyInfo>, Option<String>)> {
    let mut tx = identity.db.read().await?;
    let (_, holder) = holder(&mut tx, call, Action("iam:ListAccessKeys"), user).await?;
    let id = holder.as_ref().map(|(id, _)| id.as_str());
    let keys = rows::keys_of(&mut tx, call.account(), id).await?;
    let keys = keys.into_iter().map(|key| KeyInfo {
        id: key.id,
        is_active: key.is_active,
        created: key.created,
    });
    Ok((keys.collect(), holder.map(|(_, name)| name)))
}

fn unknown(id: &str) -> Error {
    let message = format!("The Access Key with id {id} cannot be found.");
    Error::not_found(Subject::AccessKey, message)
}

/// Switches a key on or off.
pub async fn update_access_key(
    identity: &Identity,
    call: &Call,
    user: Option<&str>,
    (id, is_active): (&str, bool),
) -> Result<()> {
    let mut tx = identity.db.begin().await?;
    let (permit, holder) = holder(&mut tx, call, Action("iam:UpdateAccessKey"), user).await?;
    let holder = holder.map(|(id, _)| id);
    if rows::set_key_active(&mut tx, &permit, (holder.as_deref(), id), is_active).await? == 0 {
        return Err(unknown(id));
    }
    tx.commit().await
}

/// Deletes a key.
pub async fn delete_access_key(
    identity: &Identity,
    call: &Call,
    user: Option<&str>,
    id: &str,
) -> Result<()> {
    let mut tx = identity.db.begin().await?;
    let (permit, holder) = holder(&mut tx, call, Action("iam:DeleteAccessKey"), user).await?;
    let holder = holder.map(|(id, _)| id);
    if rows::delete_key(&mut tx, &permit, holder.as_deref(), id).await? == 0 {
        return Err(unknown(id));
    }
    tx.commit().await
}

/// Removes the account's alias, if it is this one.
pub async fn remove_alias(
    identity: &Identity,
    call: &Call,
    action: Action,
    alias: &str,
) -> Result<()> {
    let mut tx = identity.db.begin().await?;
    let permit = crate::admit(&mut tx, call, action).await?;
    if rows::alias_of(&mut tx, call.account()).await?.as_deref() != Some(alias) {
        let message = format!("The account alias {alias} cannot be found.");
        return Err(Error::not_found(Subject::Account, message));
    }
    rows::set_alias(&mut tx, &permit, None).await?;
    tx.commit().await
}

/// Gives the account an alias in place of the one it has.
pub async fn set_alias(
    identity: &Identity,
    call: &Call,
    action: Action,
    alias: &str,
) -> Result<()> {
    check_alias(alias)?;
    let mut tx = identity.db.begin().await?;
    let permit = crate::admit(&mut tx, call, action).await?;
    let other = rows::account_of_alias(&mut tx, alias).await?;
    if other.is_some_and(|other| other != *call.account()) {
        let message = format!("The account alias {alias} already exists.");
        return Err(Error::new(
            base::Reason::Duplicate,
            Subject::Account,
            message,
        ));
    }
    rows::set_alias(&mut tx, &permit, Some(alias)).await?;
    tx.commit().await
}

fn check_alias(alias: &str) -> Result<()> {
    let good = (3..=63).contains(&alias.len())
        && alias
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !alias.starts_with('-')
        && !alias.ends_with('-')
        && !alias.contains("--");
    if good {
        return Ok(());
    }
    Err(Error::invalid(
        "An account alias has 3 to 63 lower case letters, digits and single dashes.",
    ))
}

/// The account's alias.
pub async fn alias(identity: &Identity, call: &Call) -> Result<Option<String>> {
    let mut tx = identity.db.read().await?;
    crate::admit(&mut tx, call, Action("iam:ListAccountAliases")).await?;
    rows::alias_of(&mut tx, call.account()).await
}

/// The account of a key id, for sts:GetAccessKeyInfo.
pub async fn account_of_key(identity: &Identity, id: &str) -> Result<Option<AccountId>> {
    let mut tx = identity.db.read().await?;
    Ok(rows::key(&mut tx, id).await?.map(|key| key.account))
}
