//! The decision, and the proof of it.
//!
//! Two questions are asked of each resource: may this account do this with it (it owns it, or its
//! owner shared it for this), and may this caller in the account (its policies). The root user
//! may whatever its account may.

use crate::policies::{Bearing, bearing_on};
use crate::{Call, Denial, actions, heard, tags};
use base::{AccountId, Error, Reason, Region, Result, Subject, Timestamp};
use policy::{Context, Decision, Named, Policies, Request};
use store::{Lease, Tx};

/// What is to be done, such as `ec2:CopyImage`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Action(pub &'static str);

/// Something that an action is about.
pub trait Resource: Sync {
    /// Its name, for the log and for policies.
    fn arn(&self) -> String;

    /// The account that owns it.
    fn owner(&self) -> &AccountId;

    /// The id that its tags are kept under.
    fn tagged_id(&self) -> String {
        let arn = self.arn();
        let id = arn.rsplit(['/', ':']).next();
        id.unwrap_or_default().to_owned()
    }

    /// Whether it does not exist yet: the action would make it.
    fn is_made(&self) -> bool {
        false
    }

    /// Whether its owner shared it with this account for this action.
    fn is_shared_for(&self, _action: Action, _account: &AccountId) -> bool {
        false
    }

    /// What policies may ask about it, such as `ec2:Owner`. Its tags are known without.
    fn conditions(&self, _context: &mut Context) {}

    /// What a caller reads who can see the resource, and may not do this with it.
    fn refusal(&self) -> Error {
        let message = format!(
            "You are not authorized to perform this operation on {}.",
            self.arn()
        );
        Error::new(Reason::NotAuthorized, Subject::Resource, message)
    }
}

/// The right to write, held by one operation. Only this module makes one.
#[derive(Clone, Debug)]
pub struct Permit {
    account: AccountId,
    region: Region,
    now: Timestamp,
    _only_made_here: Private,
}

#[derive(Clone, Debug)]
struct Private;

impl Permit {
    /// The account in whose name is written.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The Region in which is written.
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// When the operation began.
    pub fn now(&self) -> Timestamp {
        self.now
    }
}

/// One question about a caller.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// What is to be done.
    pub action: &'a str,
    /// With what: an ARN, or `*`.
    pub resource: &'a str,
    /// The account that owns it.
    pub owner: &'a AccountId,
    /// The resource's own policy.
    pub resource_policy: Option<&'a Named>,
    /// Whether the caller's policies count only if the resource's own lets them (KMS).
    pub resource_must_allow: bool,
    /// What policies may ask beyond what the call knows.
    pub context: &'a Context,
}

/// What the policies of the caller, and the resource's own, say to a question.
pub async fn decide(tx: &mut Tx, call: &Call, question: Question<'_>) -> Result<Decision> {
    let bearing = bearing_on(tx, &call.caller).await?;
    Ok(weigh(&bearing, call, &question))
}

/// [`decide`], where anything but a yes is an error that says why.
pub async fn demand(tx: &mut Tx, call: &Call, question: Question<'_>) -> Result<()> {
    let bearing = bearing_on(tx, &call.caller).await?;
    demand_of(&bearing, call, &question)
}

fn demand_of(bearing: &Bearing, call: &Call, question: &Question<'_>) -> Result<()> {
    let decision = weigh(bearing, call, question);
    if decision.is_allowed() {
        return Ok(());
    }
    Err(Denial::new(call, question, &context(call, question), decision).into_error())
}

fn context(call: &Call, question: &Question<'_>) -> Context {
    let mut context = call.context.clone();
    context.extend(question.context);
    context
}

fn weigh(bearing: &Bearing, call: &Call, question: &Question<'_>) -> Decision {
    let policies = Policies {
        identity: &bearing.identity,
        boundary: bearing.boundary.as_deref(),
        session: bearing.session.as_deref(),
        resource: question.resource_policy,
        resource_must_allow: question.resource_must_allow,
    };
    let decision = policy::decide(
        &policies,
        &Request {
            principal: &call.caller.principal,
            action: question.action,
            resource: question.resource,
            resource_owner: question.owner.as_str(),
            context: &context(call, question),
        },
    );
    heard::tell(question, &decision);
    decision
}

/// Whether the call may do this with these resources. A rehearsal ends here, with DryRun.
///
/// What the action makes is asked about too: its ARN has `*` for the id that it does not have yet,
/// and tags that are set on it need the right to set tags. Who knows more about it than its ARN
/// gives it as a [`crate::Made`] among the resources.
pub async fn authorize(
    tx: &mut Tx,
    call: &Call,
    action: Action,
    resources: &[&dyn Resource],
) -> Result<Permit> {
    let account = call.account();
    for resource in resources {
        if resource.owner() != account && !resource.is_shared_for(action, account) {
            return Err(resource.refusal());
        }
    }
    if !call.caller.is_root() {
        policies_allow(tx, call, action, resources).await?;
    }
    if call.dry_run {
        return Err(Error::dry_run());
    }
    Ok(permit(account.clone(), call.region.clone(), call.now))
}

async fn policies_allow(
    tx: &mut Tx,
    call: &Call,
    action: Action,
    resources: &[&dyn Resource],
) -> Result<()> {
    let bearing = bearing_on(tx, &call.caller).await?;
    // What others own was shared with the whole account: within it, its own policies decide.
    let ask = |action, resource: &str, context: &Context| {
        let question = Question {
            action,
            resource,
            owner: call.account(),
            resource_policy: None,
            resource_must_allow: false,
            context,
        };
        demand_of(&bearing, call, &question)
    };
    for resource in resources {
        let context = about(tx, *resource).await?;
        ask(action.0, &resource.arn(), &context)?;
    }
    let made = actions::made_by(action.0, call);
    if made.is_empty() && resources.is_empty() {
        ask(action.0, "*", &Context::new())?;
    }
    // The noun of what is made knows more than its ARN, where there is one.
    let asked: Vec<String> = resources.iter().map(|resource| resource.arn()).collect();
    for arn in made.iter().filter(|arn| !asked.contains(arn)) {
        ask(action.0, arn, &Context::new())?;
    }
    if call.context.get("aws:TagKeys").is_some() && action.0.starts_with("ec2:") {
        let mut context = Context::new();
        context.set("ec2:CreateAction", action.0.trim_start_matches("ec2:"));
        let named = resources.iter().filter(|resource| resource.is_made());
        let named = named.map(|resource| resource.arn());
        let mut made: Vec<String> = made.into_iter().chain(named).collect();
        made.sort();
        made.dedup();
        for arn in made.iter().filter(|arn| actions::is_tagged(arn, call)) {
            ask("ec2:CreateTags", arn, &context)?;
        }
    }
    Ok(())
}

/// What policies may ask about a resource.
async fn about(tx: &mut Tx, resource: &dyn Resource) -> Result<Context> {
    let mut context = Context::new();
    let arn = resource.arn();
    context.set("aws:ResourceAccount", resource.owner().as_str());
    for (key, value) in tags::tags_of(tx, resource.owner(), &resource.tagged_id()).await? {
        if arn.starts_with("arn:aws:ec2:") {
            context.set(format!("ec2:ResourceTag/{key}"), value.clone());
        }
        context.set(format!("aws:ResourceTag/{key}"), value);
    }
    resource.conditions(&mut context);
    Ok(context)
}

/// [`authorize`] for an action that makes something new and is about nothing that exists.
pub async fn authorize_new(tx: &mut Tx, call: &Call, action: Action) -> Result<Permit> {
    authorize(tx, call, action, &[]).await
}

/// [`authorize`] for an action that is about no resource, such as a list.
pub async fn admit(tx: &mut Tx, call: &Call, action: Action) -> Result<Permit> {
    authorize(tx, call, action, &[]).await
}

/// [`authorize`] for something of the caller's account that has an ARN and no noun.
pub async fn authorize_arn(
    tx: &mut Tx,
    call: &Call,
    action: Action,
    (arn, context): (&str, &Context),
) -> Result<Permit> {
    if !call.caller.is_root() {
        let question = Question {
            action: action.0,
            resource: arn,
            owner: call.account(),
            resource_policy: None,
            resource_must_allow: false,
            context,
        };
        demand(tx, call, question).await?;
    }
    if call.dry_run {
        return Err(Error::dry_run());
    }
    Ok(permit(
        call.account().clone(),
        call.region.clone(),
        call.now,
    ))
}

/// The right of a job to write for the account whose accepted request enqueued it. The lease is
/// the proof: only the database hands it out, and only an accepted request put the job there.
pub fn resume(_lease: &Lease, account: &AccountId, region: &Region, now: Timestamp) -> Permit {
    permit(account.clone(), region.clone(), now)
}

fn permit(account: AccountId, region: Region, now: Timestamp) -> Permit {
    Permit {
        account,
        region,
        now,
        _only_made_here: Private,
    }
}
