//! ListGrants, ListRetirableGrants, RevokeGrant and RetireGrant.

use crate::allow::{Asked, Right, allow, allow_own, is_principal};
use crate::find::{Reach, find};
use crate::grant::{self, Grant, Operation};
use crate::list::Wanted;
use crate::{Keys, name, rows};
use base::{AccountId, Error, Reason, Result, Subject};
use identity::Call;
use policy::Context;
use store::Tx;

/// Which grants of a key.
#[derive(Clone, Debug, Default)]
pub struct Which {
    /// The one of this id.
    pub id: Option<String>,
    /// Those of this principal.
    pub grantee: Option<String>,
}

/// The grants on a key, and where the next page begins.
pub async fn list_grants(
    keys: &Keys,
    call: &Call,
    given: &str,
    (which, wanted): (&Which, &Wanted),
) -> Result<(Vec<Grant>, Option<String>)> {
    const ACTION: &str = "kms:ListGrants";
    let mut tx = keys.db.read().await?;
    let found = find(&mut tx, call, given, (Reach::Any, ACTION)).await?;
    allow(&mut tx, call, &found, &Asked::plain(ACTION)).await?;
    let list = format!("grants on {}", found.key.id);
    let page = wanted.page(&list, 50)?;
    let mut grants = rows::grants_on(&mut tx, &found.key.id).await?;
    let fits = |wanted: &Option<String>, it: &str| wanted.as_deref().is_none_or(|w| w == it);
    grants.retain(|grant| fits(&which.id, &grant.id.0) && fits(&which.grantee, &grant.grantee));
    if grants.is_empty() && which.id.is_some() {
        return Err(no_grant());
    }
    Ok(page.cut(&list, grants, |grant| grant.id.0.clone()))
}

/// The account's grants that a principal may retire, and where the next page begins.
pub async fn list_retirable_grants(
    keys: &Keys,
    call: &Call,
    principal: &str,
    wanted: &Wanted,
) -> Result<(Vec<Grant>, Option<String>)> {
    let mut tx = keys.db.read().await?;
    let what = ("kms:ListRetirableGrants", "*");
    allow_own(&mut tx, call, what, Context::new()).await?;
    let named = match AccountId::parse(principal) {
        Ok(account) => format!("arn:aws:iam::{account}:root"),
        Err(_) => principal.to_owned(),
    };
    let list = format!("grants of {} that {named} retires", call.account());
    let page = wanted.page(&list, 50)?;
    let mut grants = rows::grants_retired_by(&mut tx, &named).await?;
    grants.retain(|grant| (&grant.account, &grant.region) == call.place());
    Ok(page.cut(&list, grants, |grant| grant.id.0.clone()))
}

/// Takes a grant away: the right of whoever looks after the key.
pub async fn revoke_grant(keys: &Keys, call: &Call, given: &str, id: &str) -> Result<()> {
    let mut tx = keys.db.begin().await?;
    let mut asked = Asked::plain("kms:RevokeGrant");
    let found = find(&mut tx, call, given, (Reach::Any, asked.action)).await?;
    let grant = rows::grant(&mut tx, id).await?;
    let grant = grant.filter(|grant| grant.key == found.key.id);
    let for_resource = grant.as_ref().is_some_and(|grant| grant.resource.is_some());
    asked
        .more
        .set("kms:GrantIsForAWSResource", for_resource.to_string());
    let right = allow(&mut tx, call, &found, &asked).await?;
    let grant = grant.ok_or_else(no_grant)?;
    rows::delete_grant(&mut tx, &right, &grant.id.0).await?;
    tx.commit().await
}

/// Which grant is retired.
#[derive(Clone, Debug)]
pub enum Retired {
    /// The one that a token names.
    Token(String),
    /// The one of this id on this key.
    Named {
        /// The key's ARN.
        key: String,
        /// The grant's id.
        id: String,
    },
}

/// Gives a grant back: the right of its retiring principal, of a grantee that may retire it, and
/// of the account that gave it.
pub async fn retire_grant(keys: &Keys, call: &Call, retired: Retired) -> Result<()> {
    const ACTION: &str = "kms:RetireGrant";
    let mut tx = keys.db.begin().await?;
    let found = match &retired {
        Retired::Token(token) => {
            let id = grant::of_token(token)?;
            let found = rows::grant(&mut tx, &id.0).await?;
            found.filter(|grant| grant.region == call.region)
        }
        Retired::Named { key, id } => {
            let key = find(&mut tx, call, key, (Reach::Any, ACTION)).await?.key;
            let found = rows::grant(&mut tx, id).await?;
            found.filter(|grant| grant.key == key.id)
        }
    };
    let grant = found.ok_or_else(no_grant)?;
    let right = may_retire(&mut tx, call, &grant).await?;
    rows::delete_grant(&mut tx, &right, &grant.id.0).await?;
    tx.commit().await
}

async fn may_retire(tx: &mut Tx, call: &Call, grant: &Grant) -> Result<Right> {
    const ACTION: &str = "kms:RetireGrant";
    let arn = grant.key_arn();
    if *call.account() == grant.issuer {
        let right = allow_own(tx, call, (ACTION, &arn), Context::new()).await;
        match right {
            Err(error) if error.reason == Reason::Denied => {}
            decided => return decided,
        }
    }
    let by_grantee = grant.operations.contains(&Operation::RetireGrant);
    let who = [
        grant.retiring.as_deref(),
        by_grantee.then_some(grant.grantee.as_str()),
    ];
    for who in who.into_iter().flatten() {
        if is_principal(tx, call, who, (ACTION, &arn), &Context::new()).await? {
            if call.dry_run {
                return Err(Error::dry_run());
            }
            return Ok(Right::of_grant(grant));
        }
    }
    let message = format!(
        "User: {} is not authorized to perform: {ACTION} on resource: {}",
        call.caller.arn,
        name::shown(&arn)
    );
    Err(Error::new(Reason::Denied, Subject::Grant, message))
}

fn no_grant() -> Error {
    Error::not_found(Subject::Grant, "The grant does not exist on this key.")
}
