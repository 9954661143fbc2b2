//! What policies would say: the answers of the simulator, from the evaluator that decides for real.

use crate::entities::{check_document, own_name};
use crate::policies::{self, Bearing};
use crate::{Action, Call, Entity, Identity, Kind, about, authorize_arn, keys, rows};
use base::{AccountId, Error, Reason, Result, Subject};
use policy::{Context, Decision, Named, Policies, Principal, Request};
use std::sync::Arc;
use store::Tx;

/// What is to be simulated.
#[derive(Clone, Debug, Default)]
pub struct Simulation {
    /// The user, group or role whose policies count; nothing for those of the request alone.
    pub source: Option<String>,
    /// Policies beside those of the source.
    pub policies: Vec<String>,
    /// What limits the source in place of its boundary.
    pub boundary: Vec<String>,
    /// What is to be done.
    pub actions: Vec<String>,
    /// With what; `*` if there is none.
    pub resources: Vec<String>,
    /// The resource's own policy.
    pub resource_policy: Option<String>,
    /// The account of the resource.
    pub resource_owner: Option<String>,
    /// The ARN of the user who calls, if it is not the source.
    pub caller: Option<String>,
    /// What is known of the request.
    pub context: Context,
}

/// One answer.
#[derive(Clone, Debug)]
pub struct Simulated {
    /// What was to be done.
    pub action: String,
    /// With what.
    pub resource: String,
    /// The answer.
    pub decision: Decision,
    /// Whether the boundary allows it; nothing without one.
    pub boundary_allows: Option<bool>,
}

/// The most pairs of action and resource of one request.
const PAIRS: usize = 1000;

/// Answers for each pair of action and resource.
pub async fn simulate(
    identity: &Identity,
    call: &Call,
    simulation: Simulation,
) -> Result<Vec<Simulated>> {
    let mut tx = identity.db.read().await?;
    let found = source(&mut tx, call, &simulation).await?;
    let mut bearing = match &found {
        Some(found) => policies::of_holder(&mut tx, &found.id).await?,
        None => Bearing::default(),
    };
    for (number, text) in simulation.policies.iter().enumerate() {
        bearing
            .identity
            .push(given("PolicyInputList", number, text)?);
    }
    if !simulation.boundary.is_empty() {
        let texts = simulation.boundary.iter().enumerate();
        let named: Result<_> = texts
            .map(|(number, text)| given("PermissionsBoundaryPolicyInputList", number, text))
            .collect();
        bearing.boundary = Some(named?);
    }
    let (principal, mut context) = caller(&mut tx, call, found.as_ref(), &simulation).await?;
    context.extend(&simulation.context);
    let mut resources = simulation.resources.clone();
    if resources.is_empty() {
        resources.push("*".into());
    }
    if simulation.actions.len().saturating_mul(resources.len()) > PAIRS {
        return Err(Error::invalid("Too many pairs of actions and resources."));
    }
    let resource_policy = match &simulation.resource_policy {
        Some(text) => Some(Named {
            name: "resource policy".into(),
            document: Arc::new(check_document(text, policy::Kind::Resource)?),
        }),
        None => None,
    };
    let policies = Policies {
        identity: &bearing.identity,
        boundary: bearing.boundary.as_deref(),
        session: None,
        resource: resource_policy.as_ref(),
        resource_must_allow: false,
    };
    let account = principal
        .account()
        .unwrap_or(call.account().as_str())
        .to_owned();
    let owner = owner(&simulation, &account)?;
    let ask = |policies: &Policies<'_>, action: &str, resource: &str| {
        policy::decide(
            policies,
            &Request {
                principal: &principal,
                action,
                resource,
                resource_owner: &owner,
                context: &context,
            },
        )
    };
    let mut answers = Vec::new();
    for action in &simulation.actions {
        for resource in &resources {
            let boundary_allows = policies.boundary.map(|boundary| {
                let alone = Policies {
                    identity: boundary,
                    ..Policies::default()
                };
                ask(&alone, action, resource).is_allowed()
            });
            answers.push(Simulated {
                decision: ask(&policies, action, resource),
                action: action.clone(),
                resource: resource.clone(),
                boundary_allows,
            });
        }
    }
    Ok(answers)
}

fn given(list: &str, number: usize, text: &str) -> Result<Named> {
    Ok(Named {
        name: format!("{list}.{}", number + 1),
        document: Arc::new(check_document(text, policy::Kind::Identity)?),
    })
}

/// The entity whose policies count, if the caller may read them.
async fn source(tx: &mut Tx, call: &Call, simulation: &Simulation) -> Result<Option<Entity>> {
    let Some(arn) = &simulation.source else {
        crate::admit(tx, call, Action("iam:SimulateCustomPolicy")).await?;
        return Ok(None);
    };
    let action = Action("iam:SimulatePrincipalPolicy");
    authorize_arn(tx, call, action, (arn, &Context::new())).await?;
    let found = rows::entity_by_arn(tx, arn).await?;
    let found = found.filter(|found| {
        found.account == *call.account()
            && matches!(found.kind(), Kind::User | Kind::Group | Kind::Role)
    });
    found.map(Some).ok_or_else(|| {
        Error::not_found(Subject::Principal, format!("Entity {arn} does not exist."))
    })
}

/// Who asks, in the simulation, and what policies may ask of it.
async fn caller(
    tx: &mut Tx,
    call: &Call,
    source: Option<&Entity>,
    simulation: &Simulation,
) -> Result<(Principal, Context)> {
    let entity = match &simulation.caller {
        Some(arn) => {
            let found = rows::entity_by_arn(tx, arn).await?;
            Some(
                found
                    .filter(|found| found.kind() == Kind::User)
                    .ok_or_else(|| Error::invalid(format!("Invalid caller ARN: {arn}.")))?,
            )
        }
        None => source.cloned(),
    };
    let Some(entity) = entity else {
        let name = own_name(call).unwrap_or_else(|_| "nobody".into());
        let arn = format!("arn:aws:iam::{}:user/{name}", call.account());
        let caller = crate::Caller::user(call.account().clone(), arn, String::new());
        return Ok((caller.principal, Context::new()));
    };
    let caller = match entity.kind() {
        Kind::Role => keys::of_role(&entity, "simulation"),
        _ => crate::Caller::user(entity.account.clone(), entity.arn(), entity.id.clone()),
    };
    let context = about(tx, &caller).await?;
    Ok((caller.principal, context))
}

fn owner(simulation: &Simulation, account: &str) -> Result<String> {
    let Some(owner) = &simulation.resource_owner else {
        return Ok(account.to_owned());
    };
    let digits = owner.split(':').nth(4).unwrap_or(owner);
    AccountId::parse(digits)
        .map(|id| id.to_string())
        .map_err(|_| {
            let message = format!("Invalid resource owner: {owner}");
            Error::new(Reason::Invalid, Subject::Parameter, message)
        })
}
