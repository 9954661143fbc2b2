//! Which users are in which groups, and which role is in which instance profile.

use crate::entities::{find, limit, profiles_with, reach};
use crate::entity::{self, Detail, Entity, Kind};
use crate::{Action, Call, Identity, Question, authorize, rows};
use base::{Error, Reason, Result, Subject};
use policy::Context;
use store::Tx;

const GROUPS_PER_USER: usize = 10;

async fn user(tx: &mut Tx, call: &Call, name: &str) -> Result<Entity> {
    let found = find(tx, call.account(), Kind::User, name).await?;
    found.ok_or_else(|| entity::unknown(Kind::User, name))
}

/// Puts a user into a group. It may be there already.
pub async fn add_to_group(identity: &Identity, call: &Call, group: &str, name: &str) -> Result<()> {
    let mut tx = identity.db.begin().await?;
    let action = Action("iam:AddUserToGroup");
    let (permit, group) =
        reach(&mut tx, call, action, (Kind::Group, group), &Context::new()).await?;
    let user = user(&mut tx, call, name).await?;
    let groups = rows::groups_of(&mut tx, &user.id).await?;
    if groups.iter().any(|other| other.id == group.id) {
        return Ok(());
    }
    if groups.len() >= GROUPS_PER_USER {
        return Err(limit("GroupsPerUser", GROUPS_PER_USER));
    }
    rows::insert_member(&mut tx, &permit, &group.id, &user.id).await?;
    tx.commit().await
}

/// Takes a user out of a group.
pub async fn remove_from_group(
    identity: &Identity,
    call: &Call,
    group: &str,
    name: &str,
) -> Result<()> {
    let mut tx = identity.db.begin().await?;
    let action = Action("iam:RemoveUserFromGroup");
    let (permit, group) =
        reach(&mut tx, call, action, (Kind::Group, group), &Context::new()).await?;
    let user = user(&mut tx, call, name).await?;
    if rows::delete_member(&mut tx, &permit, &group.id, &user.id).await? == 0 {
        return Err(entity::unknown(Kind::User, name));
    }
    tx.commit().await
}

/// The groups of a user.
pub async fn groups_of_user(identity: &Identity, call: &Call, name: &str) -> Result<Vec<Entity>> {
    let mut tx = identity.db.read().await?;
    let action = Action("iam:ListGroupsForUser");
    let (_, user) = reach(&mut tx, call, action, (Kind::User, name), &Context::new()).await?;
    rows::groups_of(&mut tx, &user.id).await
}

/// A group and its users.
pub async fn group_with_users(
    identity: &Identity,
    call: &Call,
    name: &str,
) -> Result<(Entity, Vec<Entity>)> {
    let mut tx = identity.db.read().await?;
    let action = Action("iam:GetGroup");
    let (_, group) = reach(&mut tx, call, action, (Kind::Group, name), &Context::new()).await?;
    let users = rows::members_of(&mut tx, &group.id).await?;
    Ok((group, users))
}

/// Puts a role into an instance profile that has none.
pub async fn add_role_to_profile(
    identity: &Identity,
    call: &Call,
    profile: &str,
    role: &str,
) -> Result<()> {
    let mut tx = identity.db.begin().await?;
    let action = Action("iam:AddRoleToInstanceProfile");
    let which = (Kind::Profile, profile);
    let (permit, mut profile) = reach(&mut tx, call, action, which, &Context::new()).await?;
    let found = find(&mut tx, call.account(), Kind::Role, role).await?;
    let role = found.ok_or_else(|| entity::unknown(Kind::Role, role))?;
    may_pass(&mut tx, call, &role, "ec2.amazonaws.com").await?;
    if matches!(&profile.detail, Detail::Profile { role: Some(_) }) {
        return Err(limit("InstanceSessionsPerInstanceProfile", 1));
    }
    profile.detail = Detail::Profile {
        role: Some(role.id.clone()),
    };
    rows::update_entity(&mut tx, &permit, &profile).await?;
    tx.commit().await
}

/// Takes a role out of an instance profile.
pub async fn remove_role_from_profile(
    identity: &Identity,
    call: &Call,
    profile: &str,
    role: &str,
) -> Result<()> {
    let mut tx = identity.db.begin().await?;
    let action = Action("iam:RemoveRoleFromInstanceProfile");
    let which = (Kind::Profile, profile);
    let (permit, mut profile) = reach(&mut tx, call, action, which, &Context::new()).await?;
    let found = find(&mut tx, call.account(), Kind::Role, role).await?;
    let id = found.map(|role| role.id);
    if id.is_none() || profile.detail != (Detail::Profile { role: id }) {
        return Err(entity::unknown(Kind::Role, role));
    }
    profile.detail = Detail::Profile { role: None };
    rows::update_entity(&mut tx, &permit, &profile).await?;
    tx.commit().await
}

/// The instance profiles that a role is in.
pub async fn profiles_of_role(identity: &Identity, call: &Call, role: &str) -> Result<Vec<Entity>> {
    let mut tx = identity.db.read().await?;
    let action = Action("iam:ListInstanceProfilesForRole");
    let (_, role) = reach(&mut tx, call, action, (Kind::Role, role), &Context::new()).await?;
    profiles_with(&mut tx, &role).await
}

/// The role in an instance profile, for answers.
pub async fn role_of(identity: &Identity, profile: &Entity) -> Result<Option<Entity>> {
    let mut tx = identity.db.read().await?;
    role_in(&mut tx, profile).await
}

pub(crate) async fn role_in(tx: &mut Tx, profile: &Entity) -> Result<Option<Entity>> {
    match &profile.detail {
        Detail::Profile { role: Some(id) } => rows::entity_by_id(tx, id).await,
        _ => Ok(None),
    }
}

/// Whether the caller may hand this role to a service (`iam:PassRole`).
pub(crate) async fn may_pass(tx: &mut Tx, call: &Call, role: &Entity, to: &str) -> Result<()> {
    let mut context = Context::new();
    context.set("iam:PassedToService", to);
    let question = Question {
        action: "iam:PassRole",
        resource: &role.arn(),
        owner: &role.account,
        resource_policy: None,
        resource_must_allow: false,
        context: &context,
    };
    if call.caller.is_root() {
        return Ok(());
    }
    authorize::demand(tx, call, question).await
}

/// An instance profile that a caller hands to an instance: by its name or its ARN. The caller must
/// have the right to pass on the role in it.
pub async fn profile_to_pass(
    tx: &mut Tx,
    call: &Call,
    (name, arn): (Option<&str>, Option<&str>),
) -> Result<Entity> {
    let unknown = |what: &str| {
        let message = format!(
            "Value ({what}) for parameter iamInstanceProfile is invalid. Invalid IAM Instance Profile"
        );
        Error::new(Reason::Invalid, Subject::Parameter, message)
    };
    let found = match (name, arn) {
        (Some(_), Some(_)) => {
            let message = "The parameter 'iamInstanceProfile.name' may not be used in combination with 'iamInstanceProfile.arn'";
            return Err(Error::new(Reason::Combination, Subject::Parameter, message));
        }
        (Some(name), None) => find(tx, call.account(), Kind::Profile, name).await?,
        (None, Some(arn)) => rows::entity_by_arn(tx, arn)
            .await?
            .filter(|found| found.account == *call.account() && found.kind() == Kind::Profile),
        (None, None) => None,
    };
    let profile = found.ok_or_else(|| unknown(name.or(arn).unwrap_or_default()))?;
    if let Some(role) = role_in(tx, &profile).await? {
        may_pass(tx, call, &role, "ec2.amazonaws.com").await?;
    }
    Ok(profile)
}
