//! ListKeys and ListAliases: what the caller's account has in a Region.

use crate::allow::{Asked, allow, allow_own};
use crate::find::{Reach, find};
use crate::managed::EBS_ALIAS;
use crate::rows::{self, Alias};
use crate::{Keys, name};
use base::{Error, Result};
use identity::Call;
use policy::Context;
use store::Page;

/// How many items a page has if nobody says.
const USUAL: i32 = 100;
const MOST: usize = 1000;

/// Which page of a list.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// How many items.
    pub limit: Option<i32>,
    /// Where the page before ended.
    pub marker: Option<String>,
}

impl Wanted {
    /// The page of a list, which has a name of its own, so that no other list's marker fits.
    pub(crate) fn page(&self, list: &str, usual: i32) -> Result<Page> {
        let limit = Some(self.limit.unwrap_or(usual));
        Page::read(list, limit, self.marker.as_deref(), MOST)
    }
}

fn list_of(call: &Call, what: &str) -> String {
    format!("{what} of {} in {}", call.account(), call.region)
}

/// The ids and ARNs of the account's keys, and where the next page begins.
pub async fn list_keys(
    keys: &Keys,
    call: &Call,
    wanted: &Wanted,
) -> Result<(Vec<(String, String)>, Option<String>)> {
    let list = list_of(call, "keys");
    let page = wanted.page(&list, USUAL)?;
    let mut tx = keys.db.read().await?;
    allow_own(&mut tx, call, ("kms:ListKeys", "*"), Context::new()).await?;
    // One more than the page has says whether there is another.
    let most = page.limit().unwrap_or(MOST).saturating_add(1);
    let most = i64::try_from(most).map_err(Error::internal)?;
    let after = page.after().unwrap_or_default();
    let ids = rows::key_ids(&mut tx, call.place(), after, most).await?;
    let (ids, next) = page.cut(&list, ids, String::clone);
    let (account, region) = call.place();
    let named = |id: String| {
        let arn = name::key_arn(region, account, &id);
        (id, arn)
    };
    Ok((ids.into_iter().map(named).collect(), next))
}

/// An alias as lists show it: `alias/aws/ebs` is there before its key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedAlias {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// The alias, unless it has no key yet.
    pub alias: Option<Alias>,
}

/// The account's aliases, or those of one key, and where the next page begins.
pub async fn list_aliases(
    keys: &Keys,
    call: &Call,
    key: Option<&str>,
    wanted: &Wanted,
) -> Result<(Vec<ListedAlias>, Option<String>)> {
    let list = list_of(call, "aliases");
    let page = wanted.page(&list, 50)?;
    let (account, region) = call.place();
    let mut tx = keys.db.read().await?;
    allow_own(&mut tx, call, ("kms:ListAliases", "*"), Context::new()).await?;
    let found = match key {
        Some(key) => {
            let found = find(&mut tx, call, key, (Reach::Own, "kms:ListAliases")).await?;
            rows::aliases_of(&mut tx, &found.key.id).await?
        }
        None => rows::aliases_in(&mut tx, account, region).await?,
    };
    let listed = |name: String, alias: Option<Alias>| ListedAlias {
        arn: name::alias_arn(region, account, &name),
        name,
        alias,
    };
    let mut all: Vec<ListedAlias> = found
        .into_iter()
        .map(|alias| listed(alias.name.clone(), Some(alias)))
        .collect();
    if key.is_none() && !all.iter().any(|alias| alias.name == EBS_ALIAS) {
        all.push(listed(EBS_ALIAS.to_owned(), None));
        all.sort_by(|one, other| one.name.cmp(&other.name));
    }
    Ok(page.cut(&list, all, |alias| alias.name.clone()))
}

/// ListResourceTags: the tags of a key, and where the next page begins.
pub async fn list_tags(
    keys: &Keys,
    call: &Call,
    key: &str,
    wanted: &Wanted,
) -> Result<(Vec<(String, String)>, Option<String>)> {
    const ACTION: &str = "kms:ListResourceTags";
    let mut tx = keys.db.read().await?;
    let found = find(&mut tx, call, key, (Reach::Own, ACTION)).await?;
    allow(&mut tx, call, &found, &Asked::plain(ACTION)).await?;
    let list = format!("tags of {}", found.key.id);
    let page = wanted.page(&list, 50)?;
    let tags = found.key.tags.into_iter().collect();
    Ok(page.cut(&list, tags, |(name, _): &(String, String)| name.clone()))
}
