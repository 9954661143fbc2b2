//! Looking instances up by the ids that callers send.

use crate::instance::{Instance, State, not_found};
use crate::rows;
use base::{InstanceId, ResourceId, Result};
use identity::Call;
use store::Tx;

/// The caller's instance of that id, terminated ones included; otherwise not found.
pub(crate) async fn look(tx: &mut Tx, call: &Call, id: &str) -> Result<Instance> {
    let id = InstanceId::parse(id)?;
    let found = rows::instance(tx, &id).await?;
    let own = |instance: &Instance| {
        instance.owner == *call.account() && instance.region == call.region
    };
    found.filter(own).ok_or_else(|| not_found(&[id.to_string()]))
}

/// The caller's instances of those ids, in that order; if any is missing, all that are missing are
/// named.
pub(crate) async fn look_all(tx: &mut Tx, call: &Call, ids: &[String]) -> Result<Vec<Instance>> {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for id in ids {
        match look(tx, call, id).await {
            Ok(instance) if found.iter().all(|other: &Instance| other.id != instance.id) => {
                found.push(instance);
            }
            Ok(_) => {}
            Err(error) if error.is_not_found() => missing.push(id.clone()),
            Err(error) => return Err(error),
        }
    }
    if missing.is_empty() { Ok(found) } else { Err(not_found(&missing)) }
}

/// [`look`], without instances that are terminated.
pub(crate) async fn look_alive(tx: &mut Tx, call: &Call, id: &str) -> Result<Instance> {
    let instance = look(tx, call, id).await?;
    match instance.state {
        State::Terminated => Err(not_found(&[id.to_owned()])),
        State::Pending | State::Running | State::Stopping | State::Stopped | State::ShuttingDown => {
            Ok(instance)
        }
    }
}
