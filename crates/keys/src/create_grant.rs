//! CreateGrant.

use crate::allow::{Asked, Found, allow};
use crate::find::{Reach, find};
use crate::grant::{self, Constraints, Grant, GrantId, Operation};
use crate::service::Via;
use crate::{Keys, name, rows};
use base::{AccountId, Entropy, Error, Reason, Result, Subject};
use identity::Call;
use policy::Context;
use std::collections::BTreeSet;
use store::Tx;

/// How many grants a key may have.
const MOST: usize = 50_000;

/// A request for a grant.
#[derive(Clone, Debug)]
pub struct CreateGrant {
    /// The key: its id or ARN.
    pub key: String,
    /// Who may.
    pub grantee: String,
    /// Who may give it back, beside its issuer.
    pub retiring: Option<String>,
    /// What may be done.
    pub operations: Vec<Operation>,
    /// With which contexts.
    pub constraints: Constraints,
    /// A name; the same request under the same name gets the same grant.
    pub name: Option<String>,
    /// Tokens of grants that are too new to be known everywhere.
    pub tokens: Vec<String>,
}

/// Gives a grant, and answers it.
pub async fn create_grant(keys: &Keys, call: &Call, request: CreateGrant) -> Result<Grant> {
    let mut tx = keys.db.begin().await?;
    check_tokens(&mut tx, &request.tokens).await?;
    let reach = (Reach::Any, "kms:CreateGrant");
    let found = find(&mut tx, call, &request.key, reach).await?;
    let grant = Grant {
        id: fresh_id(&*keys.entropy),
        key: found.key.id.clone(),
        account: found.key.account.clone(),
        region: found.key.region.clone(),
        name: request.name,
        grantee: principal(&request.grantee, "GranteePrincipal")?,
        retiring: request
            .retiring
            .map(|who| principal(&who, "RetiringPrincipal"))
            .transpose()?,
        issuer: call.account().clone(),
        operations: operations(request.operations)?,
        constraints: request.constraints,
        created: call.now,
        resource: None,
    };
    check_grant(&grant)?;
    let id = give(&mut tx, call, &found, &grant, None).await?;
    let given = rows::grant(&mut tx, &id.0).await?.unwrap_or(grant);
    tx.commit().await?;
    Ok(given)
}

/// Writes a grant if the caller may give it. The same grant under the same name is given once.
pub(crate) async fn give(
    tx: &mut Tx,
    call: &Call,
    found: &Found,
    grant: &Grant,
    via: Option<&Via>,
) -> Result<GrantId> {
    let asked = Asked {
        action: "kms:CreateGrant",
        via,
        context: via.map(|via| &via.context),
        more: conditions(grant),
    };
    let right = allow(tx, call, found, &asked).await?;
    found.key.check_usable(call.now)?;
    if let Some(parent) = &right.grant {
        check_narrower(parent, grant)?;
    }
    let others = rows::grants_on(tx, &found.key.id).await?;
    if others.len() >= MOST {
        let message = format!("A key can have {MOST} grants.");
        return Err(Error::new(Reason::Limit, Subject::Grant, message));
    }
    if let Some(earlier) = others.iter().find(|other| is_same(other, grant)) {
        return Ok(earlier.id.clone());
    }
    rows::insert_grant(tx, &right, grant).await?;
    Ok(grant.id.clone())
}

/// What policies may ask about a grant.
fn conditions(grant: &Grant) -> Context {
    let mut more = Context::new();
    more.set(
        "kms:GrantIsForAWSResource",
        grant.resource.is_some().to_string(),
    );
    more.set("kms:GranteePrincipal", &grant.grantee);
    if let Some(retiring) = &grant.retiring {
        more.set("kms:RetiringPrincipal", retiring);
    }
    let operations = grant.operations.iter().map(|operation| operation.as_str());
    more.set_many("kms:GrantOperations", operations);
    more.set_many("kms:GrantConstraintType", grant.constraints.kinds());
    more
}

/// Who got the right to give grants by a grant can give no more than it has.
fn check_narrower(parent: &Grant, grant: &Grant) -> Result<()> {
    let has_all = grant
        .operations
        .iter()
        .all(|operation| parent.operations.contains(operation));
    if has_all && is_as_strict(&parent.constraints, &grant.constraints) {
        return Ok(());
    }
    let message = "A grant that is given by the right of another grant can allow no more than that \
                   one: its operations, within its constraints.";
    Err(Error::new(Reason::Denied, Subject::Grant, message))
}

fn is_as_strict(parent: &Constraints, child: &Constraints) -> bool {
    let equals = parent
        .equals
        .as_ref()
        .is_none_or(|wanted| child.equals.as_ref() == Some(wanted));
    let subset = parent.subset.as_ref().is_none_or(|wanted| {
        let holds = |given: &crate::EncryptionContext| {
            wanted
                .iter()
                .all(|(name, value)| given.get(name) == Some(value))
        };
        child.subset.as_ref().is_some_and(holds) || child.equals.as_ref().is_some_and(holds)
    });
    equals && subset
}

fn is_same(one: &Grant, other: &Grant) -> bool {
    let named = one.name.is_some() || one.resource.is_some();
    named
        && one.name == other.name
        && one.resource == other.resource
        && one.grantee == other.grantee
        && one.retiring == other.retiring
        && one.issuer == other.issuer
        && one.operations == other.operations
        && one.constraints == other.constraints
}

fn operations(given: Vec<Operation>) -> Result<Vec<Operation>> {
    let sorted: BTreeSet<Operation> = given.into_iter().collect();
    if sorted.is_empty() {
        return Err(Error::invalid("A grant allows at least one operation."));
    }
    Ok(sorted.into_iter().collect())
}

fn check_grant(grant: &Grant) -> Result<()> {
    let name_is_good = grant.name.as_ref().is_none_or(|name| {
        (1..=256).contains(&name.len())
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b":/_-".contains(&b))
    });
    if !name_is_good {
        let message = "A grant's name has 1 to 256 letters, digits, ':', '/', '_' or '-'.";
        return Err(Error::invalid(message));
    }
    let Constraints { equals, subset } = &grant.constraints;
    let constraints = equals.iter().chain(subset);
    if constraints
        .clone()
        .any(|context| context.is_empty() || context.len() > 8)
    {
        let message = "A constraint on the encryption context has 1 to 8 pairs.";
        return Err(Error::invalid(message));
    }
    Ok(())
}

/// A principal as grants name it: an ARN, an account's id (which becomes its ARN), or a service.
pub(crate) fn principal(given: &str, parameter: &str) -> Result<String> {
    if let Ok(account) = AccountId::parse(given) {
        return Ok(format!("arn:aws:iam::{account}:root"));
    }
    let parts: Vec<&str> = given.splitn(6, ':').collect();
    let is_arn = matches!(parts[..], ["arn", "aws", "iam" | "sts", "", account, what]
        if AccountId::parse(account).is_ok() && is_principal(what));
    let is_service = given.strip_suffix(".amazonaws.com").is_some_and(|name| {
        name.bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b))
    });
    if given.len() <= 256 && (is_arn || is_service) {
        return Ok(given.to_owned());
    }
    let message = format!(
        "ARN does not refer to a valid principal in {parameter}: {}",
        name::shown(given)
    );
    Err(Error::new(Reason::Malformed, Subject::Key, message))
}

fn is_principal(what: &str) -> bool {
    what == "root"
        || ["user/", "role/", "assumed-role/", "federated-user/"]
            .iter()
            .any(|kind| what.len() > kind.len() && what.starts_with(kind))
}

/// Every token must name a grant that exists. Grants are known everywhere at once here, so that
/// a token gives nothing that its grant does not.
pub(crate) async fn check_tokens(tx: &mut Tx, tokens: &[String]) -> Result<()> {
    if tokens.len() > 10 {
        return Err(Error::invalid("A request has at most 10 grant tokens."));
    }
    for token in tokens {
        let id = grant::of_token(token)?;
        if rows::grant(tx, &id.0).await?.is_none() {
            let message = "The grant of the grant token does not exist.";
            return Err(Error::new(Reason::Invalid, Subject::GrantToken, message));
        }
    }
    Ok(())
}

pub(crate) fn fresh_id(entropy: &dyn Entropy) -> GrantId {
    let mut bytes = [0u8; 32];
    entropy.fill(&mut bytes);
    GrantId(hex::encode(bytes))
}
