//! GetKeyPolicy, PutKeyPolicy and ListKeyPolicies. A key has one policy, called `default`.

use crate::allow::{Asked, allow};
use crate::create_key::{Lockout, check_policy};
use crate::find::{Reach, find};
use crate::{Keys, name, rows};
use base::{Error, Result, Subject};
use identity::Call;

/// The name of a key's only policy.
pub const POLICY_NAME: &str = "default";

/// The policy of a key.
pub async fn get_policy(
    keys: &Keys,
    call: &Call,
    given: &str,
    policy: Option<&str>,
) -> Result<String> {
    const ACTION: &str = "kms:GetKeyPolicy";
    let mut tx = keys.db.read().await?;
    let found = find(&mut tx, call, given, (Reach::Own, ACTION)).await?;
    allow(&mut tx, call, &found, &Asked::plain(ACTION)).await?;
    check_name(policy)?;
    Ok(found.policy)
}

/// Whether the caller may list the names of the key's policies: there is one, [`POLICY_NAME`].
pub async fn list_policies(keys: &Keys, call: &Call, given: &str) -> Result<[&'static str; 1]> {
    const ACTION: &str = "kms:ListKeyPolicies";
    let mut tx = keys.db.read().await?;
    let found = find(&mut tx, call, given, (Reach::Own, ACTION)).await?;
    allow(&mut tx, call, &found, &Asked::plain(ACTION)).await?;
    Ok([POLICY_NAME])
}

/// Replaces the policy of a key.
pub async fn put_policy(
    keys: &Keys,
    call: &Call,
    (given, policy): (&str, Option<&str>),
    text: &str,
    lockout: Lockout,
) -> Result<()> {
    let mut tx = keys.db.begin().await?;
    let mut asked = Asked::plain("kms:PutKeyPolicy");
    asked.more.set(
        "kms:BypassPolicyLockoutSafetyCheck",
        (lockout == Lockout::Allowed).to_string(),
    );
    let found = find(&mut tx, call, given, (Reach::Own, asked.action)).await?;
    let right = allow(&mut tx, call, &found, &asked).await?;
    check_name(policy)?;
    found.key.check_customers()?;
    check_policy(&mut tx, call, &found.key, text, lockout).await?;
    rows::put_policy(&mut tx, &right, &found.key.id, text).await?;
    tx.commit().await
}

fn check_name(policy: Option<&str>) -> Result<()> {
    match policy {
        None | Some(POLICY_NAME) => Ok(()),
        Some(other) => {
            let message = format!("No such policy exists: '{}'", name::shown(other));
            Err(Error::not_found(Subject::Policy, message))
        }
    }
}
