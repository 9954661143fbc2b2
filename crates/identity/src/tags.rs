//! Tags: each account's own labels on resources it can see.
//!
//! A tag belongs to the account that set it, so that tags never cross accounts: two accounts may
//! tag the same public image, and neither sees the other's.

use crate::{Permit, rows};
use base::{AccountId, Error, Reason, Region, Result, Subject, Tags};
use std::collections::BTreeMap;
use store::Tx;

const TAGS_PER_RESOURCE: usize = 50;

/// Adds tags to a resource; a key that is there already gets the new value.
pub async fn put_tags(
    tx: &mut Tx,
    permit: &Permit,
    resource: &str,
    kind: &str,
    tags: &Tags,
) -> Result<()> {
    if tags.is_empty() {
        return Ok(());
    }
    let mut merged = tags_of(tx, permit.account(), resource).await?;
    merged.extend(tags.iter().map(|(key, value)| (key.clone(), value.clone())));
    if merged.len() > TAGS_PER_RESOURCE {
        let message = format!("The maximum number of tags of a resource is {TAGS_PER_RESOURCE}.");
        return Err(Error::new(Reason::Limit, Subject::Tag, message));
    }
    for (key, value) in tags {
        rows::put_tag(tx, permit, (resource, kind), key, value).await?;
    }
    Ok(())
}

/// Removes tags: a key without a value whatever its value, a key with a value only if it has that
/// value, and all of them if no keys are given.
pub async fn delete_tags(
    tx: &mut Tx,
    permit: &Permit,
    resource: &str,
    keys: &[(String, Option<String>)],
) -> Result<()> {
    if keys.is_empty() {
        return rows::delete_all_tags(tx, permit, resource).await;
    }
    for (key, value) in keys {
        rows::delete_tag(tx, permit, resource, key, value.as_deref()).await?;
    }
    Ok(())
}

/// Removes everybody's tags of a resource that is gone.
pub async fn forget_tags(tx: &mut Tx, _permit: &Permit, resource: &str) -> Result<()> {
    rows::forget_tags(tx, resource).await
}

/// The account's tags on a resource.
pub async fn tags_of(tx: &mut Tx, account: &AccountId, resource: &str) -> Result<Tags> {
    rows::tags_of(tx, account, resource).await
}

/// The account's tags in a Region on every resource of a kind (`image`, `snapshot`, …), by
/// resource id.
pub async fn tags_of_many(
    tx: &mut Tx,
    account: &AccountId,
    region: &Region,
    kind: &str,
) -> Result<BTreeMap<String, Tags>> {
    let mut map: BTreeMap<String, Tags> = BTreeMap::new();
    for (resource, _, key, value) in rows::all_tags(tx, account, region, Some(kind)).await? {
        map.entry(resource).or_default().insert(key, value);
    }
    Ok(map)
}

/// Every tag that the account set in a Region: resource id, kind, key and value, in that order.
pub async fn all_tags(
    tx: &mut Tx,
    account: &AccountId,
    region: &Region,
) -> Result<Vec<(String, String, String, String)>> {
    rows::all_tags(tx, account, region, None).await
}
