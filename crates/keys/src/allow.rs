//! Whether a call may do something with a key: the key's policy, the caller's policies where the
//! key's lets them count, then grants. What any policy denies stays denied.
//!
//! A grant counts as if the key's policy named the grantee: a role's session is still limited by
//! its boundary and session policy, and a grant to an account leaves it to the account's policies.
//! (KMS Developer Guide, "Troubleshooting key access", "Grants in AWS KMS".)

use crate::blob::EncryptionContext;
use crate::grant::Operation;
use crate::service::{Unusable, Via};
use crate::{Grant, Key, name, rows};
use base::{AccountId, Error, Reason, Result, Subject};
use identity::{Call, Question};
use policy::{Context, Decision, Kind, Named, Outcome};
use serde_json::json;
use store::{Lease, Tx};

/// The right to write what this crate keeps. Only this module makes one.
#[derive(Debug)]
pub(crate) struct Right {
    /// The grant that gave it, if no policy did.
    pub(crate) grant: Option<Grant>,
}

impl Right {
    /// The right of a job that an accepted request enqueued.
    pub(crate) fn of_job(_lease: &Lease) -> Right {
        Right { grant: None }
    }

    /// The right that a grant itself gives: to retire it.
    pub(crate) fn of_grant(grant: &Grant) -> Right {
        Right {
            grant: Some(grant.clone()),
        }
    }

    /// The right of the service to look after what it made itself.
    pub(crate) fn of_service() -> Right {
        Right { grant: None }
    }
}

/// A key that was found, with its policy and the alias that it was called by.
pub(crate) struct Found {
    pub(crate) key: Key,
    pub(crate) policy: String,
    pub(crate) alias: Option<String>,
}

/// What is asked of a key.
#[derive(Default)]
pub(crate) struct Asked<'a> {
    /// What is to be done, such as `kms:Decrypt`.
    pub(crate) action: &'static str,
    /// The service through which the caller asks.
    pub(crate) via: Option<&'a Via>,
    /// The encryption context, where there is one.
    pub(crate) context: Option<&'a EncryptionContext>,
    /// What else policies may ask.
    pub(crate) more: Context,
}

impl<'a> Asked<'a> {
    /// An action with nothing else to say.
    pub(crate) fn plain(action: &'static str) -> Asked<'a> {
        Asked {
            action,
            ..Asked::default()
        }
    }

    /// The same, with an encryption context.
    pub(crate) fn with(action: &'static str, context: &'a EncryptionContext) -> Asked<'a> {
        Asked {
            action,
            context: Some(context),
            ..Asked::default()
        }
    }
}

/// Whether the call may do this with the key. A rehearsal ends here, with DryRun.
pub(crate) async fn allow(
    tx: &mut Tx,
    call: &Call,
    found: &Found,
    asked: &Asked<'_>,
) -> Result<Right> {
    let (arn, owner) = (found.key.arn(), &found.key.account);
    let policy = named(&arn, &found.policy)?;
    let context = context(tx, call, found, asked).await?;
    let question = Question {
        action: asked.action,
        resource: &arn,
        owner,
        resource_policy: Some(&policy),
        resource_must_allow: true,
        context: &context,
    };
    let decision = ask(tx, call, question).await?;
    let grant = match decision.outcome {
        Outcome::Allowed => None,
        Outcome::ExplicitDeny => return Err(denied(call, asked.action, &found.key, &decision)),
        Outcome::ImplicitDeny => match granted(tx, call, found, asked, &context).await? {
            Some(grant) => Some(grant),
            None => return Err(denied(call, asked.action, &found.key, &decision)),
        },
    };
    if call.dry_run && asked.via.is_none() {
        return Err(Error::dry_run());
    }
    Ok(Right { grant })
}

/// Whether the call may do what is about no key: its own policies decide.
pub(crate) async fn allow_own(
    tx: &mut Tx,
    call: &Call,
    (action, resource): (&'static str, &str),
    mut more: Context,
) -> Result<Right> {
    more.set("kms:CallerAccount", call.account().as_str());
    let question = Question {
        action,
        resource,
        owner: call.account(),
        resource_policy: None,
        resource_must_allow: false,
        context: &more,
    };
    let decision = ask(tx, call, question).await?;
    if !decision.is_allowed() {
        let how = match decision.outcome {
            Outcome::ExplicitDeny => "with an explicit deny in an identity-based policy",
            Outcome::Allowed | Outcome::ImplicitDeny => {
                "because no identity-based policy allows it"
            }
        };
        return Err(refused(call, action, resource, how));
    }
    if call.dry_run {
        return Err(Error::dry_run());
    }
    Ok(Right { grant: None })
}

/// Whether the call may act as the principal that a grant names.
pub(crate) async fn is_principal(
    tx: &mut Tx,
    call: &Call,
    who: &str,
    (action, resource): (&'static str, &str),
    context: &Context,
) -> Result<bool> {
    let kind = if who.ends_with(".amazonaws.com") {
        "Service"
    } else {
        "AWS"
    };
    let text = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow", "Principal": {kind: who}, "Action": action, "Resource": "*",
        }],
    });
    let policy = named(&format!("grant to {who}"), &text.to_string())?;
    // As if the key were the caller's: a grant needs no policy of the caller's account beside it.
    let question = Question {
        action,
        resource,
        owner: call.account(),
        resource_policy: Some(&policy),
        resource_must_allow: true,
        context,
    };
    Ok(ask(tx, call, question).await?.is_allowed())
}

/// The one place where the caller's policies are asked.
async fn ask(tx: &mut Tx, call: &Call, question: Question<'_>) -> Result<Decision> {
    identity::decide(tx, call, question).await
}

async fn granted(
    tx: &mut Tx,
    call: &Call,
    found: &Found,
    asked: &Asked<'_>,
    context: &Context,
) -> Result<Option<Grant>> {
    let Some(operation) = Operation::of_action(asked.action) else {
        return Ok(None);
    };
    let none = EncryptionContext::new();
    let given = asked.context.unwrap_or(&none);
    for grant in rows::grants_on(tx, &found.key.id).await? {
        let fits = grant.resource.is_none() && grant.allows(operation, given);
        let what = (asked.action, grant.key_arn());
        if fits && is_principal(tx, call, &grant.grantee, (what.0, &what.1), context).await? {
            return Ok(Some(grant));
        }
    }
    Ok(None)
}

/// What policies may ask about the key and what is done with it.
async fn context(tx: &mut Tx, call: &Call, found: &Found, asked: &Asked<'_>) -> Result<Context> {
    let key = &found.key;
    let mut context = asked.more.clone();
    context.set("kms:CallerAccount", call.account().as_str());
    context.set("kms:KeyOrigin", key.origin.as_str());
    context.set("kms:KeySpec", "SYMMETRIC_DEFAULT");
    context.set("kms:KeyUsage", "ENCRYPT_DECRYPT");
    context.set("kms:MultiRegion", "false");
    context.set("aws:ResourceAccount", key.account.as_str());
    let aliases = rows::aliases_of(tx, &key.id).await?;
    context.set_many(
        "kms:ResourceAliases",
        aliases.into_iter().map(|alias| alias.name),
    );
    if let Some(alias) = &found.alias {
        context.set("kms:RequestAlias", alias);
    }
    if let Some(via) = asked.via {
        context.set("kms:ViaService", &via.service);
    }
    if let Some(encryption) = asked.context {
        context.set_many("kms:EncryptionContextKeys", encryption.keys());
        for (name, value) in encryption {
            context.set(format!("kms:EncryptionContext:{name}"), value);
        }
    }
    for (tag, value) in &key.tags {
        context.set(format!("aws:ResourceTag/{tag}"), value);
    }
    Ok(context)
}

/// A policy that was checked when it was written.
pub(crate) fn named(name: &str, text: &str) -> Result<Named> {
    Ok(Named {
        name: name.to_owned(),
        document: identity::document(text, Kind::Resource).map_err(Error::internal)?,
    })
}

fn denied(call: &Call, action: &str, key: &Key, decision: &Decision) -> Error {
    if key.account != *call.account() {
        return not_for(call, action, &key.arn());
    }
    let layer = match decision.by {
        Some(policy::Layer::Identity) => "an identity-based policy",
        Some(policy::Layer::Boundary) => "a permissions boundary",
        Some(policy::Layer::Session) => "a session policy",
        Some(policy::Layer::Resource) | None => "a resource-based policy",
    };
    let how = match decision.outcome {
        Outcome::ExplicitDeny => format!("with an explicit deny in {layer}"),
        Outcome::Allowed | Outcome::ImplicitDeny => {
            let layer = layer.trim_start_matches("an ").trim_start_matches("a ");
            format!("because no {layer} allows the {action} action")
        }
    };
    refused(call, action, &key.arn(), &how)
}

/// The same words for another account's key that is not there and one that is not shared.
pub(crate) fn not_for(call: &Call, action: &str, arn: &str) -> Error {
    let how = "because the resource does not exist in this Region, no resource-based policies allow \
               access, or a resource-based policy explicitly denies access";
    refused(call, action, arn, how)
}

fn refused(call: &Call, action: &str, arn: &str, how: &str) -> Error {
    let message = format!(
        "User: {} is not authorized to perform: {action} on resource: {} {how}",
        call.caller.arn,
        name::shown(arn)
    );
    Error::new(Reason::Denied, Subject::Key, message).with_source(Unusable::NotAccessible)
}

/// Whether a policy, once it is the key's, lets the caller or the account change it again.
pub(crate) async fn check_lockout(
    tx: &mut Tx,
    call: &Call,
    (arn, owner): (&str, &AccountId),
    text: &str,
) -> Result<()> {
    const ACTION: &str = "kms:PutKeyPolicy";
    let policy = named(arn, text)?;
    let mut context = Context::new();
    context.set("kms:CallerAccount", call.account().as_str());
    let question = Question {
        action: ACTION,
        resource: arn,
        owner,
        resource_policy: Some(&policy),
        resource_must_allow: true,
        context: &context,
    };
    if ask(tx, call, question).await?.is_allowed() {
        return Ok(());
    }
    let account = Call {
        caller: identity::Caller::root(owner.clone()),
        ..call.clone()
    };
    if ask(tx, &account, question).await?.is_allowed() {
        return Ok(());
    }
    let message = "The new key policy will not allow you to update the key policy in the future.";
    Err(Error::new(Reason::Malformed, Subject::Policy, message))
}
