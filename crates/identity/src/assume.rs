//! Temporary credentials: sessions of roles, of users, of instances.

use crate::entity::{Detail, Entity};
use crate::session::{Holder, issue};
use crate::{
    Call, Caller, Credentials, Identity, Session, authorize, entities, keys, members, policies,
    rows,
};
use base::{Error, Reason, Result, Subject, Tags, Timestamp};
use policy::{Context, Decision, Kind, Outcome, Policies, Principal, Request};
use std::time::Duration;
use store::Tx;

/// A role to be assumed.
#[derive(Clone, Debug, Default)]
pub struct Assume {
    /// The role's ARN.
    pub role: String,
    /// What the session is called.
    pub name: String,
    /// What the trust policy may ask for.
    pub external_id: Option<String>,
    /// The document that limits the session.
    pub policy: Option<String>,
    /// The managed policies that limit it.
    pub managed: Vec<String>,
    /// Its tags.
    pub tags: Tags,
    /// Those of its tags that later sessions take over.
    pub transitive: Vec<String>,
    /// How long it lasts, in seconds.
    pub duration_s: Option<i32>,
    /// Who is behind it.
    pub source_identity: Option<String>,
}

/// A session that was begun.
#[derive(Clone, Debug)]
pub struct Assumed {
    /// Its credentials.
    pub credentials: Credentials,
    /// Its ARN.
    pub arn: String,
    /// The role's id and the session's name.
    pub id: String,
    /// Who is behind it.
    pub source_identity: Option<String>,
    /// How full its policies and tags are, in percent.
    pub packed_percent: u32,
}

const LONGEST_POLICY: usize = 2048;
const DEFAULT_S: i64 = 3600;
/// A session that was begun by a session lasts an hour at most.
const CHAINED_S: i64 = 3600;

/// Begins a session of a role whose trust policy, and whose caller's own policies, allow it.
pub async fn assume_role(identity: &Identity, call: &Call, assume: Assume) -> Result<Assumed> {
    check(&assume)?;
    let mut tx = identity.db.read().await?;
    let tags = inherited(&call.caller, &assume)?;
    let role = rows::entity_by_arn(&mut tx, &assume.role).await?;
    let role = role.filter(|role| matches!(role.detail, Detail::Role { .. }));
    let context = asked(&assume, &tags.0);
    let Some(role) = role else {
        return Err(refused(call, &assume.role, &context, implicit()));
    };
    trusts(&mut tx, call, &role, (&assume, &context)).await?;
    let seconds = duration_s(&call.caller, &role, assume.duration_s)?;
    for arn in &assume.managed {
        entities::attachable(&mut tx, &role.account, arn).await?;
    }
    let used = assume.policy.as_ref().map_or(0, String::len) * 100 / LONGEST_POLICY;
    let source_identity = source_identity(&call.caller, &assume)?;
    let session = Session {
        name: assume.name.clone(),
        issued: call.now,
        expires: call.now.plus(Duration::from_secs(seconds)),
        policy: assume.policy,
        managed: assume.managed,
        tags: tags.0,
        transitive: tags.1,
        source_identity: source_identity.clone(),
        instance: None,
    };
    let holder = Holder::Role(role.id.clone());
    let credentials = issue(
        &identity.master,
        &*identity.entropy,
        &role.account,
        holder,
        session,
    )?;
    Ok(Assumed {
        credentials,
        arn: keys::session_arn(&role, &assume.name),
        id: format!("{}:{}", role.id, assume.name),
        source_identity,
        packed_percent: u32::try_from(used).unwrap_or(100),
    })
}

fn check(assume: &Assume) -> Result<()> {
    let letters = |text: &str| text.bytes().all(crate::entity::is_name_letter);
    if !(2..=64).contains(&assume.name.len()) || !letters(&assume.name) {
        let shown: String = assume.name.chars().take(64).collect();
        return Err(validation(format!(
            "1 validation error detected: Value '{shown}' at 'roleSessionName' failed to satisfy \
             constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]* and have \
             length between 2 and 64"
        )));
    }
    if let Some(text) = &assume.policy {
        if text.len() > LONGEST_POLICY {
            let message = "The session policy is longer than 2048 characters.";
            return Err(Error::new(Reason::Limit, Subject::Session, message));
        }
        entities::check_document(text, Kind::Session)?;
    }
    if assume.managed.len() > 10 {
        return Err(validation("A session has at most 10 managed policies."));
    }
    entities::check_tags(&assume.tags)
}

fn validation(message: impl Into<String>) -> Error {
    Error::new(Reason::Invalid, Subject::Session, message)
}

/// The session's tags with those that the caller's session hands on, and which it hands on itself.
fn inherited(caller: &Caller, assume: &Assume) -> Result<(Tags, Vec<String>)> {
    let mut tags = assume.tags.clone();
    let mut transitive = assume.transitive.clone();
    for key in &transitive {
        if !tags.contains_key(key) {
            return Err(validation(format!(
                "The transitive tag key {key} is not among the tags."
            )));
        }
    }
    let session = caller.session.iter();
    for key in session.clone().flat_map(|session| &session.transitive) {
        let value = session.clone().find_map(|session| session.tags.get(key));
        if assume.tags.contains_key(key) {
            let message = format!("The transitive tag {key} cannot be given another value.");
            return Err(validation(message));
        }
        tags.insert(key.clone(), value.cloned().unwrap_or_default());
        transitive.push(key.clone());
    }
    Ok((tags, transitive))
}

fn source_identity(caller: &Caller, assume: &Assume) -> Result<Option<String>> {
    let kept = caller
        .session
        .as_ref()
        .and_then(|session| session.source_identity.clone());
    match (kept, &assume.source_identity) {
        (Some(kept), Some(wanted)) if kept != *wanted => Err(validation(
            "The source identity of a session cannot be changed.",
        )),
        (Some(kept), _) => Ok(Some(kept)),
        (None, wanted) => Ok(wanted.clone()),
    }
}

/// What the trust policy may ask beyond what the call knows.
fn asked(assume: &Assume, tags: &Tags) -> Context {
    let mut context = Context::new();
    context.set("sts:RoleSessionName", assume.name.clone());
    if let Some(id) = &assume.external_id {
        context.set("sts:ExternalId", id.clone());
    }
    if let Some(identity) = &assume.source_identity {
        context.set("sts:SourceIdentity", identity.clone());
    }
    for (key, value) in tags {
        context.set(format!("aws:RequestTag/{key}"), value.clone());
    }
    context.set_many("aws:TagKeys", tags.keys().cloned());
    context.set_many("sts:TransitiveTagKeys", assume.transitive.clone());
    context
}

fn implicit() -> Decision {
    Decision {
        outcome: Outcome::ImplicitDeny,
        statements: Vec::new(),
        missing_context: Vec::new(),
        by: None,
    }
}

fn refused(call: &Call, role: &str, context: &Context, decision: Decision) -> Error {
    let question = authorize::Question {
        action: "sts:AssumeRole",
        resource: role,
        owner: call.account(),
        resource_policy: None,
        resource_must_allow: true,
        context,
    };
    crate::Denial::new(call, &question, context, decision).into_error()
}

/// Whether the role trusts the caller with each of the actions that this needs. The trust policy
/// alone decides within its account if it names the caller; if it names the account, the caller's
/// own policies decide; across accounts both must allow.
async fn trusts(
    tx: &mut Tx,
    call: &Call,
    role: &Entity,
    (assume, context): (&Assume, &Context),
) -> Result<()> {
    let Detail::Role { trust, .. } = &role.detail else {
        return Err(Error::internal("a role is no role"));
    };
    if call.caller.is_root() {
        let message = "Roles may not be assumed by root accounts.";
        return Err(Error::new(Reason::NotPermitted, Subject::Session, message));
    }
    let trust = policies::named("trust policy".into(), trust, Kind::Trust)?;
    let mut actions = vec!["sts:AssumeRole"];
    if !assume.tags.is_empty() {
        actions.push("sts:TagSession");
    }
    if assume.source_identity.is_some() {
        actions.push("sts:SetSourceIdentity");
    }
    for action in actions {
        let question = authorize::Question {
            action,
            resource: &role.arn(),
            owner: &role.account,
            resource_policy: Some(&trust),
            resource_must_allow: true,
            context,
        };
        let decision = authorize::decide(tx, call, question).await?;
        if !decision.is_allowed() {
            let denial = crate::Denial::new(call, &question, context, decision);
            return Err(denial.into_error());
        }
    }
    Ok(())
}

fn duration_s(caller: &Caller, role: &Entity, wanted: Option<i32>) -> Result<u64> {
    let is_session = matches!(caller.principal, Principal::Session { .. });
    let longest = match &role.detail {
        Detail::Role { max_session_s, .. } => i64::from(*max_session_s),
        _ => DEFAULT_S,
    };
    let seconds = wanted.map_or(DEFAULT_S.min(longest), i64::from);
    if is_session && seconds > CHAINED_S {
        return Err(validation(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by \
             role chaining",
        ));
    }
    if seconds > longest {
        return Err(validation(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    u64::try_from(seconds).ok().filter(|seconds| *seconds >= 900).ok_or_else(|| {
        validation(format!(
            "1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy \
             constraint: Member must have value greater than or equal to 900"
        ))
    })
}

/// Temporary credentials of the caller itself.
pub async fn session_token(
    identity: &Identity,
    call: &Call,
    duration: Option<i32>,
) -> Result<Credentials> {
    let (holder, usual, longest) = match &call.caller.principal {
        _ if call.caller.session.is_some() => {
            let message = "Cannot call GetSessionToken with session credentials";
            return Err(Error::new(Reason::NotPermitted, Subject::Session, message));
        }
        Principal::Root { .. } => (Holder::Root, 3600, 3600),
        Principal::User { id, .. } => (Holder::User(id.clone()), 43_200, 129_600),
        _ => return Err(Error::internal("nobody else signs with a lasting key")),
    };
    let seconds = duration.map_or(usual, i64::from);
    let seconds = u64::try_from(seconds.min(longest))
        .ok()
        .filter(|s| *s >= 900);
    let Some(seconds) = seconds else {
        return Err(validation(
            "1 validation error detected: Value at 'durationSeconds' failed to satisfy constraint: \
             Member must have value greater than or equal to 900",
        ));
    };
    let session = Session {
        issued: call.now,
        expires: call.now.plus(Duration::from_secs(seconds)),
        ..Session::default()
    };
    issue(
        &identity.master,
        &*identity.entropy,
        call.account(),
        holder,
        session,
    )
}

/// How long credentials that an instance gets are good for.
const INSTANCE_S: u64 = 6 * 3600;

/// What the metadata service of an instance hands out.
#[derive(Clone, Debug)]
pub struct InstanceSession {
    /// The name of the role.
    pub role: String,
    /// Its credentials.
    pub credentials: Credentials,
    /// When they were made.
    pub issued: Timestamp,
}

/// The instance profile of this id; nothing if it is gone.
pub async fn profile(tx: &mut Tx, id: &str) -> Result<Option<Entity>> {
    let found = rows::entity_by_id(tx, id).await?;
    Ok(found.filter(|found| matches!(found.detail, Detail::Profile { .. })))
}

/// The role in an instance profile (by its id); nothing if the profile is gone or empty, or the
/// role does not trust EC2.
pub async fn instance_role(tx: &mut Tx, profile_id: &str) -> Result<Option<Entity>> {
    let Some(profile) = profile(tx, profile_id).await? else {
        return Ok(None);
    };
    let Some(role) = members::role_in(tx, &profile).await? else {
        return Ok(None);
    };
    Ok(trusts_ec2(&role)?.then_some(role))
}

/// Credentials of the role in an instance profile ([`instance_role`]), for an instance (by its ARN).
pub fn instance_session(
    identity: &Identity,
    role: &Entity,
    instance_arn: &str,
    now: Timestamp,
) -> Result<InstanceSession> {
    let id = instance_arn.rsplit('/').next().unwrap_or_default();
    let session = Session {
        name: id.to_owned(),
        issued: now,
        expires: now.plus(Duration::from_secs(INSTANCE_S)),
        instance: Some(instance_arn.to_owned()),
        ..Session::default()
    };
    let holder = Holder::Role(role.id.clone());
    let credentials = issue(
        &identity.master,
        &*identity.entropy,
        &role.account,
        holder,
        session,
    )?;
    Ok(InstanceSession {
        role: role.name.clone(),
        credentials,
        issued: now,
    })
}

fn trusts_ec2(role: &Entity) -> Result<bool> {
    let Detail::Role { trust, .. } = &role.detail else {
        return Ok(false);
    };
    let trust = policies::named("trust policy".into(), trust, Kind::Trust)?;
    let policies = Policies {
        resource: Some(&trust),
        resource_must_allow: true,
        ..Policies::default()
    };
    let request = Request {
        principal: &Principal::Service {
            name: "ec2.amazonaws.com".into(),
        },
        action: "sts:AssumeRole",
        resource: &role.arn(),
        resource_owner: role.account.as_str(),
        context: &Context::new(),
    };
    Ok(policy::decide(&policies, &request).is_allowed())
}
