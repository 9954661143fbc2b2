//! The verdict on a request: all policies that bear on it, weighed as AWS documents it.

use crate::document::Statement;
use crate::principal::{Grade, Principal};
use crate::{Context, Document, Effect};
use std::sync::Arc;

/// What is asked: may this principal do this to this?
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Who asks.
    pub principal: &'a Principal,
    /// What it wants to do: `ec2:RunInstances`.
    pub action: &'a str,
    /// To what: an ARN, or `*` for operations that are about no resource.
    pub resource: &'a str,
    /// The account that the resource is in. A service that decides about sharing itself, without a
    /// resource policy, gives the caller's account here, and its own verdict beside this one.
    pub resource_owner: &'a str,
    /// What else is known.
    pub context: &'a Context,
}

/// A policy with the name that it is known by.
#[derive(Debug, Clone)]
pub struct Named {
    /// The ARN of a managed policy, or the name of an inline one.
    pub name: String,
    /// The policy.
    pub document: Arc<Document>,
}

/// All policies that bear on a request.
#[derive(Debug, Clone, Copy, Default)]
pub struct Policies<'a> {
    /// The caller's own and those of its groups. An account itself needs none.
    pub identity: &'a [Named],
    /// The caller's permissions boundary, if it has one: what it does not allow, no identity policy
    /// can give.
    pub boundary: Option<&'a [Named]>,
    /// The policies of the session, if it was made with any: the same, for the session.
    pub session: Option<&'a [Named]>,
    /// The policy of the resource, if it has one.
    pub resource: Option<&'a Named>,
    /// The policy of the resource decides alone: identity policies count only where it hands the
    /// decision to the account. So for keys, and for the trust policies of roles.
    pub resource_must_allow: bool,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The request may go on.
    Allowed,
    /// Nothing that had to allow it did.
    ImplicitDeny,
    /// A statement denies it.
    ExplicitDeny,
}

/// Which of the policies decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// The caller's own.
    Identity,
    /// Its permissions boundary.
    Boundary,
    /// The policies of its session.
    Session,
    /// The policy of the resource.
    Resource,
}

/// A statement that bore on the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// Where its policy was found.
    pub layer: Layer,
    /// The name of its policy.
    pub policy: String,
    /// Its Sid, if it has one.
    pub sid: Option<String>,
    /// Its place in the policy, from 0.
    pub index: usize,
    /// What it does.
    pub effect: Effect,
}

/// The verdict, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// How it ended.
    pub outcome: Outcome,
    /// The statements that deny, if any does; else those that allow.
    pub statements: Vec<Matched>,
    /// Condition keys that statements on this action ask for and the request does not have.
    pub missing_context: Vec<String>,
    /// The layer that denied, by a statement or by not allowing. Nothing if it was allowed.
    pub by: Option<Layer>,
}

impl Decision {
    /// Whether the request may go on.
    pub fn is_allowed(&self) -> bool {
        self.outcome == Outcome::Allowed
    }
}

/// Weighs all policies that bear on a request.
///
/// 1. A statement that denies, in any of them, decides.
/// 2. Within the account of the resource, an identity policy (within boundary and session policy) or
///    the policy of the resource allows. If the latter names the user or the session itself, no
///    boundary and no session policy limits it; if it names the role, or anyone, they do; if it names
///    the account, it only lets the account's identity policies decide.
/// 3. Across accounts, both must allow.
/// 4. An account itself may do everything within itself.
pub fn decide(policies: &Policies<'_>, request: &Request<'_>) -> Decision {
    let mut weighing = Weighing::default();
    let identity = weighing
        .layer(Layer::Identity, policies.identity, request)
        .is_some()
        || matches!(request.principal, Principal::Root { .. });
    let mut limit = |layer, limit: Option<&[Named]>| {
        limit.is_none_or(|named| weighing.layer(layer, named, request).is_some())
    };
    let boundary = limit(Layer::Boundary, policies.boundary);
    let session = limit(Layer::Session, policies.session);
    let resource = match policies.resource {
        Some(named) => weighing.layer(Layer::Resource, std::slice::from_ref(named), request),
        None => None,
    };
    let allows = Allows {
        identity,
        boundary,
        session,
        resource,
    };
    weighing.verdict(allows.denier(policies, request))
}

/// What each layer says, once it is known that none denies.
struct Allows {
    identity: bool,
    boundary: bool,
    session: bool,
    resource: Option<Grade>,
}

impl Allows {
    /// The layer for whose lack of permission the request is denied, or nothing if it is allowed.
    fn denier(&self, policies: &Policies<'_>, request: &Request<'_>) -> Option<Layer> {
        let Some(account) = request.principal.account() else {
            // Services, and those who are not known, have no policies of their own.
            return self.resource.is_none().then_some(Layer::Resource);
        };
        let needs_resource = account != request.resource_owner || policies.resource_must_allow;
        match self.resource {
            None if needs_resource => Some(Layer::Resource),
            Some(_) if account != request.resource_owner => self.own(),
            Some(Grade::Direct) => None,
            Some(Grade::Role) => self.limits(),
            Some(Grade::Account) | None => self.own(),
        }
    }

    /// The caller's side: its policies within their limits.
    fn own(&self) -> Option<Layer> {
        if self.identity {
            self.limits()
        } else {
            Some(Layer::Identity)
        }
    }

    fn limits(&self) -> Option<Layer> {
        if !self.boundary {
            Some(Layer::Boundary)
        } else if !self.session {
            Some(Layer::Session)
        } else {
            None
        }
    }
}

#[derive(Default)]
struct Weighing {
    denying: Vec<Matched>,
    allowing: Vec<Matched>,
    missing: Vec<String>,
}

impl Weighing {
    /// Weighs the policies of one layer: how closely a statement that allows names the caller, if
    /// any allows.
    fn layer(&mut self, layer: Layer, policies: &[Named], request: &Request<'_>) -> Option<Grade> {
        let mut best = None;
        for named in policies {
            for (index, statement) in named.document.statements.iter().enumerate() {
                let Some(grade) = statement.applies(request, &mut self.missing) else {
                    continue;
                };
                let matched = matched(layer, named, index, statement);
                match statement.effect {
                    Effect::Deny => self.denying.push(matched),
                    Effect::Allow => {
                        self.allowing.push(matched);
                        best = best.max(Some(grade));
                    }
                }
            }
        }
        best
    }

    fn verdict(self, denier: Option<Layer>) -> Decision {
        let (outcome, statements, by) = match (self.denying.first(), denier) {
            (Some(first), _) => {
                let by = Some(first.layer);
                (Outcome::ExplicitDeny, self.denying, by)
            }
            (None, Some(layer)) => (Outcome::ImplicitDeny, self.allowing, Some(layer)),
            (None, None) => (Outcome::Allowed, self.allowing, None),
        };
        Decision {
            outcome,
            statements,
            missing_context: self.missing,
            by,
        }
    }
}

fn matched(layer: Layer, named: &Named, index: usize, statement: &Statement) -> Matched {
    Matched {
        layer,
        policy: named.name.clone(),
        sid: statement.sid.clone(),
        index,
        effect: statement.effect,
    }
}
