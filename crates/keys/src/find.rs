//! From what a caller calls a key to the key.

use crate::allow::{self, Found};
use crate::name::{self, Name, What};
use crate::rows;
use crate::service::Unusable;
use base::{AccountId, Error, Region, Result, Subject};
use identity::Call;
use store::Tx;

/// Whose keys, by which names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The caller's own, by id or ARN.
    Own,
    /// Anybody's, by id or ARN.
    Any,
    /// Anybody's, by aliases too.
    AnyOrAlias,
}

/// The key that a call is about.
pub(crate) async fn find(
    tx: &mut Tx,
    call: &Call,
    given: &str,
    (reach, action): (Reach, &str),
) -> Result<Found> {
    let name = name::parse(given)?;
    if reach != Reach::AnyOrAlias && matches!(name.what, What::Alias(_)) {
        return Err(name::unknown(given));
    }
    let account = name
        .account
        .clone()
        .unwrap_or_else(|| call.account().clone());
    let is_own = account == *call.account();
    if !is_own && reach == Reach::Own {
        return Err(allow::not_for(call, action, given));
    }
    let region = name.region.clone().unwrap_or_else(|| call.region.clone());
    let found = if region == call.region {
        at(tx, &account, &region, &name).await?
    } else {
        None
    };
    match found {
        Some(found) => Ok(found),
        None if is_own => Err(missing(&account, &region, &name)),
        None => Err(allow::not_for(call, action, given)),
    }
}

/// The key of this name in an account and Region.
pub(crate) async fn at(
    tx: &mut Tx,
    account: &AccountId,
    region: &Region,
    name: &Name,
) -> Result<Option<Found>> {
    let (id, alias) = match &name.what {
        What::Key(id) => (id.clone(), None),
        What::Alias(alias) => match rows::alias(tx, (account, region), alias).await? {
            Some(found) => (found.key, Some(alias.clone())),
            None => return Ok(None),
        },
    };
    let Some((key, policy)) = rows::key(tx, &id).await? else {
        return Ok(None);
    };
    let is_there = key.account == *account && key.region == *region;
    Ok(is_there.then_some(Found { key, policy, alias }))
}

/// The refusal of a key that its own account does not have.
pub(crate) fn missing(account: &AccountId, region: &Region, name: &Name) -> Error {
    let message = match &name.what {
        What::Key(id) => {
            let arn = name::key_arn(region, account, id);
            format!("Key '{}' does not exist", name::shown(&arn))
        }
        What::Alias(alias) => {
            let arn = name::alias_arn(region, account, alias);
            format!("Alias {} is not found.", name::shown(&arn))
        }
    };
    Error::not_found(Subject::Key, message).with_source(Unusable::Gone)
}
