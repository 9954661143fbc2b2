//! Looking things of this crate up by the ids that callers send.

use crate::groups::own_groups;
use crate::instance::{Instance, State, not_found};
use crate::network::{default_network, no_interface};
use crate::rows;
use base::{Error, GroupId, GroupRuleId, InstanceId, InterfaceId, KeyPairId, ResourceId, Result};
use base::{SubnetId, VpcId};
use identity::Call;
use store::Tx;

/// The caller's instance of that id, terminated ones included; otherwise not found.
pub(crate) async fn look(tx: &mut Tx, call: &Call, id: &str) -> Result<Instance> {
    let id = InstanceId::parse(id)?;
    let found = rows::instance(tx, &id).await?;
    let own =
        |instance: &Instance| instance.owner == *call.account() && instance.region == call.region;
    found
        .filter(own)
        .ok_or_else(|| not_found(&[id.to_string()]))
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
    if missing.is_empty() {
        Ok(found)
    } else {
        Err(not_found(&missing))
    }
}

/// [`look`], without instances that are terminated.
pub(crate) async fn look_alive(tx: &mut Tx, call: &Call, id: &str) -> Result<Instance> {
    let instance = look(tx, call, id).await?;
    match instance.state {
        State::Terminated => Err(not_found(&[id.to_owned()])),
        State::Pending
        | State::Running
        | State::Stopping
        | State::Stopped
        | State::ShuttingDown => Ok(instance),
    }
}

/// What kind of thing an id of this crate names, in AWS's word for tags, if the caller may see it;
/// not found if it may not; nothing if the id is another crate's.
pub async fn kind_of(tx: &mut Tx, call: &Call, id: &str) -> Result<Option<&'static str>> {
    let prefix = id.rsplit_once('-').map_or("", |(prefix, _)| prefix);
    match prefix {
        InstanceId::PREFIX => look(tx, call, id).await.map(|_| Some("instance")),
        KeyPairId::PREFIX => {
            let wanted = KeyPairId::parse(id)?;
            let there = rows::keys(tx, call.place())
                .await?
                .iter()
                .any(|key| key.id == wanted);
            seen::<KeyPairId>(there, id, "key pair", "key-pair")
        }
        GroupId::PREFIX => {
            let wanted = GroupId::parse(id)?;
            let there = own_groups(tx, call)
                .await?
                .iter()
                .any(|group| group.id == wanted);
            seen::<GroupId>(there, id, "security group", "security-group")
        }
        GroupRuleId::PREFIX => {
            let wanted = GroupRuleId::parse(id)?;
            let groups = own_groups(tx, call).await?;
            let mut rules = groups
                .iter()
                .flat_map(|group| group.ingress.iter().chain(&group.egress));
            let there = rules.any(|rule| rule.id == wanted);
            seen::<GroupRuleId>(there, id, "security group rule", "security-group-rule")
        }
        VpcId::PREFIX => {
            let wanted = VpcId::parse(id)?;
            let there = default_network(call.account(), &call.region).vpc.id == wanted;
            seen::<VpcId>(there, id, "vpc", "vpc")
        }
        SubnetId::PREFIX => {
            let wanted = SubnetId::parse(id)?;
            let subnets = default_network(call.account(), &call.region).subnets;
            let there = subnets.iter().any(|subnet| subnet.id == wanted);
            seen::<SubnetId>(there, id, "subnet", "subnet")
        }
        InterfaceId::PREFIX => {
            let wanted = InterfaceId::parse(id)?;
            let all = rows::instances(tx, call.place()).await?;
            let mut alive = all
                .iter()
                .filter(|instance| instance.state != State::Terminated);
            if alive.any(|instance| instance.interface.id == wanted) {
                return Ok(Some("network-interface"));
            }
            Err(no_interface(id))
        }
        _ => Ok(None),
    }
}

/// The name of a key pair: its ARN ends with it, and not with its id.
pub async fn key_pair_name(tx: &mut Tx, call: &Call, id: &str) -> Result<Option<String>> {
    let keys = rows::keys(tx, call.place()).await?;
    let found = keys.into_iter().find(|key| key.id.as_ref() == id);
    Ok(found.map(|key| key.name))
}

fn seen<I: ResourceId>(
    there: bool,
    id: &str,
    word: &str,
    kind: &'static str,
) -> Result<Option<&'static str>> {
    if there {
        return Ok(Some(kind));
    }
    Err(Error::not_found(
        I::SUBJECT,
        format!("The {word} ID '{id}' does not exist"),
    ))
}

/// The caller's default VPC, which every account has in every Region.
pub async fn default_vpc(instances: &crate::Instances, call: &Call) -> Result<VpcId> {
    let network = default_network(call.account(), &call.region);
    // It may have been replaced by one of another id some day; the row is right then.
    let mut tx = instances.db().read().await?;
    let vpcs = rows::vpcs(&mut tx, call.place()).await?;
    Ok(vpcs
        .into_iter()
        .find(|vpc| vpc.is_default)
        .map_or(network.vpc.id, |vpc| vpc.id))
}
