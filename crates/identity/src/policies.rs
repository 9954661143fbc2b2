//! Which policies bear on a caller: its own, those of its groups, its boundary, its session's.

use crate::documents::document;
use crate::{Caller, managed, rows};
use base::{Error, Result};
use policy::{Kind, Named, Principal};
use store::Tx;

/// The policies of one caller.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bearing {
    pub(crate) identity: Vec<Named>,
    pub(crate) boundary: Option<Vec<Named>>,
    pub(crate) session: Option<Vec<Named>>,
}

/// The policies that bear on a caller now. The root user and services have none.
pub(crate) async fn bearing_on(tx: &mut Tx, caller: &Caller) -> Result<Bearing> {
    let holder = match &caller.principal {
        Principal::User { id, .. } => id,
        Principal::Session { role_id, .. } => role_id,
        Principal::Root { .. }
        | Principal::Service { .. }
        | Principal::Federated { .. }
        | Principal::Anonymous => return Ok(Bearing::default()),
    };
    let mut bearing = of_holder(tx, holder).await?;
    if let Some(session) = &caller.session {
        bearing.session = of_session(tx, session).await?;
    }
    Ok(bearing)
}

/// The policies of a user or role, without what a session adds.
pub(crate) async fn of_holder(tx: &mut Tx, holder: &str) -> Result<Bearing> {
    let boundary = match rows::boundary_of(tx, holder).await? {
        Some(arn) => Some(vec![by_arn(tx, &arn, Kind::Identity).await?]),
        None => None,
    };
    Ok(Bearing {
        identity: identity_policies(tx, holder).await?,
        boundary,
        session: None,
    })
}

async fn identity_policies(tx: &mut Tx, holder: &str) -> Result<Vec<Named>> {
    let mut found = Vec::new();
    for (name, document) in rows::policies_bearing_on(tx, holder).await? {
        found.push(match document {
            Some(text) => named(name, &text, Kind::Identity)?,
            None => managed::named(&name).ok_or_else(|| dangling(&name))?,
        });
    }
    Ok(found)
}

async fn of_session(tx: &mut Tx, session: &crate::Session) -> Result<Option<Vec<Named>>> {
    if session.policy.is_none() && session.managed.is_empty() {
        return Ok(None);
    }
    let mut found = Vec::new();
    if let Some(text) = &session.policy {
        found.push(named("session policy".into(), text, Kind::Session)?);
    }
    for arn in &session.managed {
        // A policy that was deleted since allows nothing.
        if rows::document_of(tx, arn).await?.is_some() || managed::named(arn).is_some() {
            found.push(by_arn(tx, arn, Kind::Identity).await?);
        }
    }
    Ok(Some(found))
}

/// A managed policy by its ARN, AWS's or an account's own.
pub(crate) async fn by_arn(tx: &mut Tx, arn: &str, kind: Kind) -> Result<Named> {
    if let Some(known) = managed::named(arn) {
        return Ok(known);
    }
    let text = rows::document_of(tx, arn).await?;
    named(arn.to_owned(), &text.ok_or_else(|| dangling(arn))?, kind)
}

/// A stored document was accepted once: one that is not accepted now is our fault, and allows
/// nothing.
pub(crate) fn named(name: String, text: &str, kind: Kind) -> Result<Named> {
    let document = document(text, kind)
        .map_err(|problem| Error::internal(format!("policy {name}: {}", problem.message)))?;
    Ok(Named { name, document })
}

fn dangling(arn: &str) -> Error {
    Error::internal(format!("the attached policy {arn} does not exist"))
}
