//! Which policies hang on users, groups and roles: inline ones, managed ones, boundaries.

use crate::entities::{attachable, check_document, conflict, limit, reach};
use crate::entity::{self, Entity, Kind};
use crate::{Action, Call, Identity, authorize_arn, managed, rows};
use base::{Error, Reason, Result, Subject};
use policy::Context;

/// How many managed policies one entity may have.
const ATTACHED: usize = 20;

/// How many characters the inline policies of one entity may have, without blanks.
fn longest_inline(kind: Kind) -> usize {
    match kind {
        Kind::User => 2048,
        Kind::Group => 5120,
        Kind::Role | Kind::Profile | Kind::Policy => 10_240,
    }
}

/// Sets an inline policy.
pub async fn put_inline(
    identity: &Identity,
    call: &Call,
    action: Action,
    which: (Kind, &str),
    (name, document): (&str, &str),
) -> Result<()> {
    let good = (1..=128).contains(&name.len()) && name.bytes().all(entity::is_name_letter);
    if !good {
        let message = "The specified value for policyName is invalid.";
        return Err(Error::new(Reason::Malformed, Subject::Principal, message));
    }
    let checked = check_document(document, policy::Kind::Identity)?;
    let mut tx = identity.db.begin().await?;
    let (permit, holder) = reach(&mut tx, call, action, which, &Context::new()).await?;
    let mut size = checked.size();
    for other in rows::inline_names(&mut tx, &holder.id).await? {
        if other != name {
            let text = rows::inline(&mut tx, &holder.id, &other)
                .await?
                .unwrap_or_default();
            size += text.chars().filter(|c| !c.is_whitespace()).count();
        }
    }
    let most = longest_inline(which.0);
    if size > most {
        let message = format!(
            "Maximum policy size of {most} bytes exceeded for {} {}",
            which.0.as_str(),
            which.1
        );
        return Err(Error::new(Reason::Limit, Subject::Policy, message));
    }
    rows::put_inline(&mut tx, &permit, &holder.id, (name, document)).await?;
    tx.commit().await
}

fn no_inline(kind: Kind, name: &str, holder: &str) -> Error {
    let message = format!(
        "The {} policy with name {name} cannot be found for {holder}.",
        kind.as_str()
    );
    Error::not_found(Subject::Principal, message)
}

/// The document of an inline policy.
pub async fn get_inline(
    identity: &Identity,
    call: &Call,
    action: Action,
    which: (Kind, &str),
    name: &str,
) -> Result<String> {
    let mut tx = identity.db.read().await?;
    let (_, holder) = reach(&mut tx, call, action, which, &Context::new()).await?;
    let found = rows::inline(&mut tx, &holder.id, name).await?;
    found.ok_or_else(|| no_inline(which.0, name, which.1))
}

/// The names of the inline policies.
pub async fn list_inline(
    identity: &Identity,
    call: &Call,
    action: Action,
    which: (Kind, &str),
) -> Result<Vec<String>> {
    let mut tx = identity.db.read().await?;
    let (_, holder) = reach(&mut tx, call, action, which, &Context::new()).await?;
    rows::inline_names(&mut tx, &holder.id).await
}

/// Removes an inline policy.
pub async fn delete_inline(
    identity: &Identity,
    call: &Call,
    action: Action,
    which: (Kind, &str),
    name: &str,
) -> Result<()> {
    let mut tx = identity.db.begin().await?;
    let (permit, holder) = reach(&mut tx, call, action, which, &Context::new()).await?;
    if rows::delete_inline(&mut tx, &permit, &holder.id, name).await? == 0 {
        return Err(no_inline(which.0, name, which.1));
    }
    tx.commit().await
}

fn of_policy(arn: &str) -> Context {
    let mut context = Context::new();
    context.set("iam:PolicyARN", arn);
    context
}

/// Hangs a managed policy on an entity. It may hang there already.
pub async fn attach_policy(
    identity: &Identity,
    call: &Call,
    action: Action,
    which: (Kind, &str),
    arn: &str,
) -> Result<()> {
    let mut tx = identity.db.begin().await?;
    let (permit, holder) = reach(&mut tx, call, action, which, &of_policy(arn)).await?;
    attachable(&mut tx, call.account(), arn).await?;
    let attached = rows::attachments_of(&mut tx, &holder.id).await?;
    if attached.iter().any(|other| other == arn) {
        return Ok(());
    }
    if attached.len() >= ATTACHED {
        return Err(limit(&format!("PoliciesPer{}", which.0.word()), ATTACHED));
    }
    rows::attach(&mut tx, &permit, &holder.id, arn).await?;
    tx.commit().await
}

/// Takes a managed policy from an entity.
pub async fn detach_policy(
    identity: &Identity,
    call: &Call,
    action: Action,
    which: (Kind, &str),
    arn: &str,
) -> Result<()> {
    let mut tx = identity.db.begin().await?;
    let (permit, holder) = reach(&mut tx, call, action, which, &of_policy(arn)).await?;
    if rows::detach(&mut tx, &permit, &holder.id, arn).await? == 0 {
        let message = format!("Policy {arn} was not found.");
        return Err(Error::not_found(Subject::Principal, message));
    }
    tx.commit().await
}

/// The ARNs of the managed policies of an entity.
pub async fn attached_policies(
    identity: &Identity,
    call: &Call,
    action: Action,
    which: (Kind, &str),
) -> Result<Vec<String>> {
    let mut tx = identity.db.read().await?;
    let (_, holder) = reach(&mut tx, call, action, which, &Context::new()).await?;
    rows::attachments_of(&mut tx, &holder.id).await
}

/// Sets or removes the boundary of a user or role.
pub async fn set_boundary(
    identity: &Identity,
    call: &Call,
    action: Action,
    which: (Kind, &str),
    boundary: Option<&str>,
) -> Result<()> {
    let mut tx = identity.db.begin().await?;
    let mut context = Context::new();
    if let Some(arn) = boundary {
        context.set("iam:PermissionsBoundary", arn);
    }
    let (permit, mut holder) = reach(&mut tx, call, action, which, &context).await?;
    if let Some(arn) = boundary {
        attachable(&mut tx, call.account(), arn).await?;
    }
    if boundary.is_none() && holder.boundary.is_none() {
        let message = format!(
            "{} {} does not have a permissions boundary.",
            which.0.as_str(),
            which.1
        );
        return Err(Error::not_found(Subject::Principal, message));
    }
    holder.boundary = boundary.map(str::to_owned);
    rows::update_entity(&mut tx, &permit, &holder).await?;
    tx.commit().await
}

/// Whom a managed policy hangs on, and (second) whom it limits.
pub async fn holders_of(
    identity: &Identity,
    call: &Call,
    action: Action,
    arn: &str,
) -> Result<(Vec<Entity>, Vec<Entity>)> {
    let mut tx = identity.db.read().await?;
    authorize_arn(&mut tx, call, action, (arn, &Context::new())).await?;
    attachable(&mut tx, call.account(), arn).await?;
    let attached = rows::holders_of(&mut tx, call.account(), arn).await?;
    let limited = rows::limited_by(&mut tx, call.account(), arn).await?;
    Ok((attached, limited))
}

/// A version of a managed policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its number.
    pub number: u32,
    /// Its document.
    pub document: String,
    /// When it was made.
    pub created: base::Timestamp,
    /// Whether it is the one that counts.
    pub is_default: bool,
}

impl Version {
    /// `v1`
    pub fn id(&self) -> String {
        format!("v{}", self.number)
    }
}

/// How many versions a policy may have.
const VERSIONS: usize = 5;

/// Makes another version of a policy, and if wanted the one that counts.
pub async fn create_version(
    identity: &Identity,
    call: &Call,
    (arn, document): (&str, &str),
    is_default: bool,
) -> Result<Version> {
    check_document(document, policy::Kind::Identity)?;
    let mut tx = identity.db.begin().await?;
    let action = Action("iam:CreatePolicyVersion");
    let (permit, mut found) =
        reach(&mut tx, call, action, (Kind::Policy, arn), &Context::new()).await?;
    if rows::versions(&mut tx, &found.id).await?.len() >= VERSIONS {
        let message = "A managed policy can have up to 5 versions. Before you create a new \
                       version, you must delete an existing version.";
        return Err(Error::new(Reason::Limit, Subject::Policy, message));
    }
    let crate::Detail::Policy {
        last,
        default,
        updated,
        ..
    } = &mut found.detail
    else {
        return Err(Error::internal("a policy is no policy"));
    };
    *last += 1;
    let number = *last;
    if is_default {
        (*default, *updated) = (number, call.now);
    }
    rows::insert_version(&mut tx, &permit, &found.id, number, document).await?;
    rows::update_entity(&mut tx, &permit, &found).await?;
    if is_default {
        rows::put_in_force(&mut tx, &permit, &found.id, number).await?;
    }
    tx.commit().await?;
    Ok(Version {
        number,
        document: document.to_owned(),
        created: call.now,
        is_default,
    })
}

/// The versions of a policy, the newest first. Those of AWS's have one.
pub async fn versions(
    identity: &Identity,
    call: &Call,
    action: Action,
    arn: &str,
) -> Result<Vec<Version>> {
    let mut tx = identity.db.read().await?;
    if let Some(known) = managed::managed_policy(arn) {
        authorize_arn(&mut tx, call, action, (arn, &Context::new())).await?;
        return Ok(vec![Version {
            number: 1,
            document: known.text().to_owned(),
            created: base::Timestamp::from_millis(0),
            is_default: true,
        }]);
    }
    let (_, found) = reach(&mut tx, call, action, (Kind::Policy, arn), &Context::new()).await?;
    rows::versions(&mut tx, &found.id).await
}

/// One version of a policy, by `v1`.
pub async fn get_version(
    identity: &Identity,
    call: &Call,
    (arn, id): (&str, &str),
) -> Result<Version> {
    let all = versions(identity, call, Action("iam:GetPolicyVersion"), arn).await?;
    let found = all.into_iter().find(|version| version.id() == id);
    found.ok_or_else(|| no_version(arn, id))
}

fn no_version(arn: &str, id: &str) -> Error {
    let message = format!("Policy {arn} version {id} does not exist or is not attachable.");
    Error::not_found(Subject::Principal, message)
}

/// Makes a version the one that counts.
pub async fn set_default_version(
    identity: &Identity,
    call: &Call,
    (arn, id): (&str, &str),
) -> Result<()> {
    let mut tx = identity.db.begin().await?;
    let action = Action("iam:SetDefaultPolicyVersion");
    let (permit, mut found) =
        reach(&mut tx, call, action, (Kind::Policy, arn), &Context::new()).await?;
    let all = rows::versions(&mut tx, &found.id).await?;
    let chosen = all.iter().find(|version| version.id() == id);
    let number = chosen.ok_or_else(|| no_version(arn, id))?.number;
    if let crate::Detail::Policy {
        default, updated, ..
    } = &mut found.detail
    {
        (*default, *updated) = (number, call.now);
    }
    rows::update_entity(&mut tx, &permit, &found).await?;
    rows::put_in_force(&mut tx, &permit, &found.id, number).await?;
    tx.commit().await
}

/// Deletes a version that does not count.
pub async fn delete_version(
    identity: &Identity,
    call: &Call,
    (arn, id): (&str, &str),
) -> Result<()> {
    let mut tx = identity.db.begin().await?;
    let action = Action("iam:DeletePolicyVersion");
    let (permit, found) =
        reach(&mut tx, call, action, (Kind::Policy, arn), &Context::new()).await?;
    let all = rows::versions(&mut tx, &found.id).await?;
    let chosen = all.iter().find(|version| version.id() == id);
    let chosen = chosen.ok_or_else(|| no_version(arn, id))?;
    if chosen.is_default {
        return Err(conflict("Cannot delete the default version of a policy."));
    }
    rows::delete_version(&mut tx, &permit, &found.id, chosen.number).await?;
    tx.commit().await
}

/// How many entities each policy hangs on, by ARN.
pub async fn counts(
    identity: &Identity,
    call: &Call,
) -> Result<std::collections::BTreeMap<String, (usize, usize)>> {
    let mut tx = identity.db.read().await?;
    rows::policy_counts(&mut tx, call.account()).await
}
