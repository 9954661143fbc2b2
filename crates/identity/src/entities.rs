//! Making, finding, changing and deleting of users, groups, roles, instance profiles and policies.

use crate::entity::{self, Detail, Entity, Kind};
use crate::{Action, Call, MasterKey, Permit, authorize_arn, managed, rows};
use base::{AccountId, Entropy, Error, Reason, Result, Subject, Tags};
use policy::{Context, Document};
use std::sync::Arc;
use store::{Db, Tx};

/// What the verbs of this crate work with. Cheap to clone.
#[derive(Clone)]
pub struct Identity {
    /// The database.
    pub db: Db,
    /// Seals secrets and sessions.
    pub master: Arc<MasterKey>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity(..)")
    }
}

/// What is to be made.
#[derive(Clone, Debug)]
pub struct New {
    /// Its name.
    pub name: String,
    /// Its path; `/` if there is none.
    pub path: Option<String>,
    /// The ARN of the policy that limits it.
    pub boundary: Option<String>,
    /// What only its kind has.
    pub detail: Detail,
    /// Its tags.
    pub tags: Tags,
    /// The document of a managed policy.
    pub document: Option<String>,
}

/// Makes an entity.
pub async fn create_entity(
    identity: &Identity,
    call: &Call,
    action: Action,
    new: New,
) -> Result<Entity> {
    let kind = new.detail.kind();
    entity::check_name(kind, &new.name)?;
    let path = new.path.clone().unwrap_or_else(|| "/".into());
    entity::check_path(&path)?;
    check_detail(&new)?;
    let made = Entity {
        id: entity::fresh_id(kind, &*identity.entropy),
        account: call.account().clone(),
        name: new.name.clone(),
        path,
        created: call.now,
        boundary: new.boundary.clone(),
        detail: new.detail.clone(),
    };
    let mut tx = identity.db.begin().await?;
    let mut context = Context::new();
    if let Some(boundary) = &new.boundary {
        context.set("iam:PermissionsBoundary", boundary.clone());
    }
    let permit = authorize_arn(&mut tx, call, action, (&made.arn(), &context)).await?;
    if let Some(boundary) = &new.boundary {
        attachable(&mut tx, call.account(), boundary).await?;
    }
    if find(&mut tx, call.account(), kind, &new.name)
        .await?
        .is_some()
    {
        return Err(exists(kind, &new.name));
    }
    if rows::count_entities(&mut tx, call.account(), kind).await? >= kind.most() {
        return Err(limit(kind.word(), kind.most()));
    }
    rows::insert_entity(&mut tx, &permit, &made).await?;
    rows::put_entity_tags(&mut tx, &permit, &made.id, &new.tags).await?;
    if let Some(document) = &new.document {
        rows::insert_version(&mut tx, &permit, &made.id, 1, document).await?;
    }
    tx.commit().await?;
    Ok(made)
}

fn check_detail(new: &New) -> Result<()> {
    match &new.detail {
        Detail::Role {
            trust,
            max_session_s,
            description,
        } => {
            check_document(trust, policy::Kind::Trust)?;
            check_description(description.as_deref())?;
            check_longest_session(*max_session_s)?;
        }
        Detail::Policy { description, .. } => {
            check_document(
                new.document.as_deref().unwrap_or_default(),
                policy::Kind::Identity,
            )?;
            check_description(description.as_deref())?;
        }
        Detail::User | Detail::Group | Detail::Profile { .. } => {}
    }
    check_tags(&new.tags)
}

/// A policy document that the grammar of its kind accepts.
pub(crate) fn check_document(text: &str, kind: policy::Kind) -> Result<Document> {
    Document::parse(text, kind)
        .map_err(|problem| Error::new(Reason::Malformed, Subject::Policy, problem.message))
}

fn check_description(text: Option<&str>) -> Result<()> {
    if text.is_none_or(|text| text.chars().count() <= 1000) {
        return Ok(());
    }
    Err(Error::invalid("A description has at most 1000 characters."))
}

fn check_longest_session(seconds: u32) -> Result<()> {
    if (3600..=43_200).contains(&seconds) {
        return Ok(());
    }
    Err(Error::invalid(
        "The longest session of a role, MaxSessionDuration, is between 3600 and 43200 seconds.",
    ))
}

pub(crate) const TAGS: usize = 50;

pub(crate) fn check_tags(tags: &Tags) -> Result<()> {
    if tags.len() > TAGS {
        return Err(limit("tags", TAGS));
    }
    Ok(())
}

fn exists(kind: Kind, name: &str) -> Error {
    let message = match kind {
        Kind::Policy => {
            format!("A policy called {name} already exists. Duplicate names are not allowed.")
        }
        Kind::Profile => format!("Instance Profile {name} already exists."),
        Kind::User | Kind::Group | Kind::Role => {
            let mut word = kind.as_str().to_owned();
            word[..1].make_ascii_uppercase();
            format!("{word} with name {name} already exists.")
        }
    };
    Error::new(Reason::Duplicate, Subject::Principal, message)
}

pub(crate) fn limit(what: &str, most: usize) -> Error {
    let message = format!("Cannot exceed quota for {what}: {most}");
    Error::new(Reason::Limit, Subject::Principal, message)
}

pub(crate) fn conflict(message: impl Into<String>) -> Error {
    Error::new(Reason::InUse, Subject::Principal, message)
}

/// One entity of an account by its name, or a policy by its ARN.
pub(crate) async fn find(
    tx: &mut Tx,
    account: &AccountId,
    kind: Kind,
    name: &str,
) -> Result<Option<Entity>> {
    if kind == Kind::Policy && name.starts_with("arn:") {
        let found = rows::entity_by_arn(tx, name).await?;
        return Ok(found.filter(|found| found.account == *account && found.kind() == kind));
    }
    rows::entity_by_name(tx, account, kind, name).await
}

/// Looks, then asks whether the caller may. What does not exist is asked about by the ARN that it
/// would have, so that a caller without the right does not learn whether it exists.
pub(crate) async fn reach(
    tx: &mut Tx,
    call: &Call,
    action: Action,
    (kind, name): (Kind, &str),
    context: &Context,
) -> Result<(Permit, Entity)> {
    let found = find(tx, call.account(), kind, name).await?;
    let arn = match &found {
        Some(found) => found.arn(),
        None if name.starts_with("arn:") => name.to_owned(),
        None => entity::arn(call.account(), kind, "/", name),
    };
    let mut context = context.clone();
    if let Some(found) = &found {
        for (key, value) in rows::entity_tags(tx, &found.id).await? {
            context.set(format!("iam:ResourceTag/{key}"), value.clone());
            context.set(format!("aws:ResourceTag/{key}"), value);
        }
        if let Some(boundary) = &found.boundary
            && context.get("iam:PermissionsBoundary").is_none()
        {
            context.set("iam:PermissionsBoundary", boundary.clone());
        }
    }
    let permit = authorize_arn(tx, call, action, (&arn, &context)).await?;
    Ok((permit, found.ok_or_else(|| entity::unknown(kind, name))?))
}

/// An entity and its tags.
pub async fn get_entity(
    identity: &Identity,
    call: &Call,
    action: Action,
    (kind, name): (Kind, &str),
) -> Result<(Entity, Tags)> {
    let mut tx = identity.db.read().await?;
    let (_, found) = reach(&mut tx, call, action, (kind, name), &Context::new()).await?;
    let tags = rows::entity_tags(&mut tx, &found.id).await?;
    Ok((found, tags))
}

/// The caller itself, if it is a user.
pub fn own_name(call: &Call) -> Result<String> {
    let name = match &call.caller.principal {
        policy::Principal::User { arn, .. } => arn.rsplit('/').next(),
        _ => None,
    };
    let message = "Must specify userName when calling with non-User credentials";
    name.map(str::to_owned)
        .ok_or_else(|| Error::invalid(message))
}

/// Every entity of a kind under a path, in the order of names.
pub async fn list_entities(
    identity: &Identity,
    call: &Call,
    action: Action,
    (kind, path): (Kind, Option<&str>),
) -> Result<Vec<Entity>> {
    let mut tx = identity.db.read().await?;
    let arn = format!("arn:aws:iam::{}:{}/", call.account(), kind.as_str());
    authorize_arn(&mut tx, call, action, (&arn, &Context::new())).await?;
    let mut found = rows::entities(&mut tx, call.account(), kind).await?;
    found.retain(|entity| entity.path.starts_with(path.unwrap_or("/")));
    Ok(found)
}

/// What is to change. What is absent stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// A new name.
    pub name: Option<String>,
    /// A new path.
    pub path: Option<String>,
    /// Who may assume the role.
    pub trust: Option<String>,
    /// What describes the role.
    pub description: Option<String>,
    /// The role's longest session, in seconds.
    pub max_session_s: Option<u32>,
}

/// Changes an entity.
pub async fn update_entity(
    identity: &Identity,
    call: &Call,
    action: Action,
    (kind, name): (Kind, &str),
    change: Change,
) -> Result<()> {
    let mut tx = identity.db.begin().await?;
    let (permit, found) = reach(&mut tx, call, action, (kind, name), &Context::new()).await?;
    let changed = found.changed(&change)?;
    let renamed = !changed.name.eq_ignore_ascii_case(&found.name);
    if renamed
        && find(&mut tx, call.account(), kind, &changed.name)
            .await?
            .is_some()
    {
        return Err(exists(kind, &changed.name));
    }
    rows::update_entity(&mut tx, &permit, &changed).await?;
    tx.commit().await
}

impl Entity {
    fn changed(&self, change: &Change) -> Result<Entity> {
        let mut changed = self.clone();
        if let Some(name) = &change.name {
            entity::check_name(self.kind(), name)?;
            changed.name.clone_from(name);
        }
        if let Some(path) = &change.path {
            entity::check_path(path)?;
            changed.path.clone_from(path);
        }
        if let Detail::Role {
            trust,
            description,
            max_session_s,
        } = &mut changed.detail
        {
            if let Some(text) = &change.trust {
                check_document(text, policy::Kind::Trust)?;
                trust.clone_from(text);
            }
            if let Some(text) = &change.description {
                check_description(Some(text))?;
                *description = Some(text.clone());
            }
            if let Some(seconds) = change.max_session_s {
                check_longest_session(seconds)?;
                *max_session_s = seconds;
            }
        }
        Ok(changed)
    }
}

/// Deletes an entity that nothing hangs on any more.
pub async fn delete_entity(
    identity: &Identity,
    call: &Call,
    action: Action,
    (kind, name): (Kind, &str),
) -> Result<()> {
    let mut tx = identity.db.begin().await?;
    let (permit, found) = reach(&mut tx, call, action, (kind, name), &Context::new()).await?;
    if let Some(what) = hanging(&mut tx, &found).await? {
        return Err(conflict(format!(
            "Cannot delete entity, must {what} first."
        )));
    }
    rows::delete_entity(&mut tx, &permit, &found).await?;
    tx.commit().await
}

/// What must go before an entity can be deleted.
async fn hanging(tx: &mut Tx, found: &Entity) -> Result<Option<&'static str>> {
    let (id, account) = (&found.id, &found.account);
    let what = match &found.detail {
        Detail::User if !rows::keys_of(tx, account, Some(id)).await?.is_empty() => {
            Some("delete access keys")
        }
        Detail::User if !rows::groups_of(tx, id).await?.is_empty() => {
            Some("remove users from group")
        }
        Detail::Group if !rows::members_of(tx, id).await?.is_empty() => {
            Some("remove users from group")
        }
        Detail::Role { .. } if !profiles_with(tx, found).await?.is_empty() => {
            Some("remove roles from instance profile")
        }
        Detail::Profile { role: Some(_) } => Some("remove roles from instance profile"),
        Detail::Policy { .. } if rows::versions(tx, id).await?.len() > 1 => {
            Some("delete all non-default versions of the policy")
        }
        Detail::Policy { .. } if rows::is_used(tx, &found.arn()).await? => {
            Some("detach the policy from all entities")
        }
        Detail::User
        | Detail::Group
        | Detail::Role { .. }
        | Detail::Profile { .. }
        | Detail::Policy { .. } => None,
    };
    if what.is_some() {
        return Ok(what);
    }
    Ok(match rows::attachments_of(tx, id).await?.is_empty() {
        false => Some("detach all policies"),
        true if rows::inline_names(tx, id).await?.is_empty() => None,
        true => Some("delete policies"),
    })
}

/// The instance profiles that a role is in.
pub(crate) async fn profiles_with(tx: &mut Tx, role: &Entity) -> Result<Vec<Entity>> {
    let mut profiles = rows::entities(tx, &role.account, Kind::Profile).await?;
    profiles.retain(
        |profile| matches!(&profile.detail, Detail::Profile { role: Some(id) } if *id == role.id),
    );
    Ok(profiles)
}

/// A policy that this account may attach: AWS's or its own.
pub(crate) async fn attachable(tx: &mut Tx, account: &AccountId, arn: &str) -> Result<()> {
    if managed::managed_policy(arn).is_some() {
        return Ok(());
    }
    match find(tx, account, Kind::Policy, arn).await? {
        Some(_) if arn.starts_with("arn:") => Ok(()),
        _ => Err(entity::unknown(Kind::Policy, arn)),
    }
}

/// Adds tags to an entity; a key that is there already gets the new value.
pub async fn tag_entity(
    identity: &Identity,
    call: &Call,
    action: Action,
    which: (Kind, &str),
    tags: &Tags,
) -> Result<()> {
    let mut tx = identity.db.begin().await?;
    let (permit, found) = reach(&mut tx, call, action, which, &Context::new()).await?;
    let mut merged = rows::entity_tags(&mut tx, &found.id).await?;
    merged.extend(tags.iter().map(|(key, value)| (key.clone(), value.clone())));
    check_tags(&merged)?;
    rows::put_entity_tags(&mut tx, &permit, &found.id, tags).await?;
    tx.commit().await
}

/// Removes tags from an entity.
pub async fn untag_entity(
    identity: &Identity,
    call: &Call,
    action: Action,
    which: (Kind, &str),
    keys: &[String],
) -> Result<()> {
    let mut tx = identity.db.begin().await?;
    let (permit, found) = reach(&mut tx, call, action, which, &Context::new()).await?;
    for key in keys {
        rows::delete_entity_tag(&mut tx, &permit, &found.id, key).await?;
    }
    tx.commit().await
}
