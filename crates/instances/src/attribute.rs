//! ModifyInstanceAttribute and ModifyInstanceMetadataOptions. (What DescribeInstanceAttribute
//! answers is the instance itself: [`attributes`].)

use crate::describe::{Described, of};
use crate::groups::{NameOrId, find, own_groups};
use crate::instance::{Instance, ShutdownBehavior, State};
use crate::look::look_alive;
use crate::run::MetadataRequest;
use crate::{Instances, instance_type, rows};
use base::{Error, Reason, Result, Subject};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use identity::{Action, Call, Permit, authorize};
use store::Tx;

/// One change of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The instance type. Stopped instances only.
    Type(String),
    /// User data, as bytes. Stopped instances only.
    UserData(Vec<u8>),
    /// Enhanced networking; cannot be taken back. Stopped instances only.
    Ena(bool),
    /// `simple`; cannot be taken back. Stopped instances only.
    Sriov(String),
    /// Kept and shown. Stopped instances only.
    EbsOptimized(bool),
    /// Whether termination is refused.
    DisableTermination(bool),
    /// Whether stopping is refused.
    DisableStop(bool),
    /// What the guest's own power-off means.
    Shutdown(ShutdownBehavior),
    /// Security groups, by id.
    Groups(Vec<String>),
    /// Whether packets of other addresses are dropped: always, so only `true` is possible.
    SourceDestCheck(bool),
    /// Devices, and whether their volumes go with the instance.
    DeleteOnTermination(Vec<(String, bool)>),
}

/// ModifyInstanceAttribute: exactly one change.
pub async fn modify_attribute(
    instances: &Instances,
    call: &Call,
    id: &str,
    changes: &[Change],
) -> Result<()> {
    let [change] = changes else {
        let message = match changes {
            [] => "No attributes specified.",
            _ => "Fields for multiple attribute types specified.",
        };
        return Err(Error::new(Reason::Combination, Subject::Parameter, message));
    };
    let mut tx = instances.db().begin().await?;
    let instance = look_alive(&mut tx, call, id).await?;
    let permit = authorize(
        &mut tx,
        call,
        Action("ec2:ModifyInstanceAttribute"),
        &[&instance],
    )
    .await?;
    if change.needs_stopped() && instance.state != State::Stopped {
        let message = format!(
            "The instance '{}' is not in the 'stopped' state.",
            instance.id
        );
        return Err(Error::new(Reason::WrongState, Subject::Instance, message));
    }
    let next = match change {
        Change::Groups(ids) => with_groups(&mut tx, call, &instance, ids).await?,
        Change::DeleteOnTermination(devices) => {
            set_devices(&mut tx, &permit, &instance, devices).await?;
            instance.clone()
        }
        other => other.apply(&instance)?,
    };
    rows::put_instance(&mut tx, &permit, &next).await?;
    tx.commit().await?;
    if matches!(change, Change::Groups(_)) {
        instances.apply_network(&next.interface.vpc).await?;
    }
    Ok(())
}

impl Change {
    fn needs_stopped(&self) -> bool {
        match self {
            Change::Type(_)
            | Change::UserData(_)
            | Change::Ena(_)
            | Change::Sriov(_)
            | Change::EbsOptimized(_) => true,
            Change::DisableTermination(_)
            | Change::DisableStop(_)
            | Change::Shutdown(_)
            | Change::Groups(_)
            | Change::SourceDestCheck(_)
            | Change::DeleteOnTermination(_) => false,
        }
    }

    /// The instance with a change that concerns nothing else.
    fn apply(&self, instance: &Instance) -> Result<Instance> {
        let mut next = instance.clone();
        match self {
            Change::Type(name) => {
                let kind = instance_type::find(name).map_err(bad_value)?;
                kind.check_architecture(&instance.from_image.architecture)?;
                next.kind = kind.name.to_owned();
            }
            Change::UserData(bytes) if bytes.len() > 16 * 1024 => {
                let message = "User data is limited to 16384 bytes";
                return Err(Error::new(Reason::Malformed, Subject::UserData, message));
            }
            Change::UserData(bytes) => {
                next.user_data = (!bytes.is_empty()).then(|| STANDARD.encode(bytes));
            }
            Change::Ena(true) => next.from_image.ena = true,
            Change::Ena(false) if next.from_image.ena => {
                return Err(attribute(
                    "Enhanced networking cannot be switched off again.",
                ));
            }
            Change::Ena(false) => {}
            Change::Sriov(value) if value == "simple" => {
                next.from_image.sriov = Some(value.clone())
            }
            Change::Sriov(_) => {
                return Err(attribute("The only value of sriovNetSupport is 'simple'."));
            }
            Change::EbsOptimized(yes) => next.ebs_optimized = *yes,
            Change::DisableTermination(yes) => next.disable_termination = *yes,
            Change::DisableStop(yes) => next.disable_stop = *yes,
            Change::Shutdown(behavior) => next.shutdown = *behavior,
            Change::SourceDestCheck(true) => {}
            Change::SourceDestCheck(false) => {
                let message = "Packets of other addresses are always dropped: sourceDestCheck cannot be false.";
                return Err(Error::unsupported(message));
            }
            Change::Groups(_) | Change::DeleteOnTermination(_) => {}
        }
        Ok(next)
    }
}

fn attribute(message: &str) -> Error {
    Error::new(Reason::Invalid, Subject::InstanceAttribute, message)
}

fn bad_value(error: Error) -> Error {
    Error::new(Reason::Invalid, Subject::InstanceAttribute, error.message)
}

async fn with_groups(
    tx: &mut Tx,
    call: &Call,
    instance: &Instance,
    ids: &[String],
) -> Result<Instance> {
    let groups = own_groups(tx, call).await?;
    let mut chosen = Vec::new();
    for id in ids {
        let which = NameOrId {
            id: Some(id.clone()),
            name: None,
        };
        let group = find(&groups, call, &which)?;
        if group.vpc != instance.interface.vpc {
            return Err(Error::invalid(
                "A security group of another VPC cannot be used.",
            ));
        }
        if !chosen.contains(&group.id) {
            chosen.push(group.id.clone());
        }
    }
    if chosen.is_empty() || chosen.len() > 16 {
        return Err(attribute("An instance has 1 to 16 security groups."));
    }
    let mut next = instance.clone();
    next.interface.groups = chosen;
    Ok(next)
}

async fn set_devices(
    tx: &mut Tx,
    permit: &Permit,
    instance: &Instance,
    devices: &[(String, bool)],
) -> Result<()> {
    let attached = volumes::attached_to(tx, &instance.id).await?;
    for (device, goes) in devices {
        let at = |volume: &&volumes::Volume| {
            volume
                .attachment
                .as_ref()
                .is_some_and(|attachment| attachment.device == *device)
        };
        let Some(volume) = attached.iter().find(at) else {
            let shown: String = device.chars().take(64).collect();
            let message = format!("No device is currently mapped at {shown}");
            return Err(attribute(&message));
        };
        volumes::set_delete_on_termination_in(tx, permit, volume, *goes).await?;
    }
    Ok(())
}

/// DescribeInstanceAttribute: everything about an instance; the caller picks.
pub async fn attributes(instances: &Instances, call: &Call, id: &str) -> Result<Described> {
    let mut tx = instances.db().read().await?;
    let instance = look_alive(&mut tx, call, id).await?;
    authorize(
        &mut tx,
        call,
        Action("ec2:DescribeInstanceAttribute"),
        &[&instance],
    )
    .await?;
    of(&mut tx, instance).await
}

/// ModifyInstanceMetadataOptions. It holds for the guest's next request.
pub async fn modify_metadata_options(
    instances: &Instances,
    call: &Call,
    id: &str,
    request: &MetadataRequest,
) -> Result<Instance> {
    let mut tx = instances.db().begin().await?;
    let mut instance = look_alive(&mut tx, call, id).await?;
    let action = Action("ec2:ModifyInstanceMetadataOptions");
    let permit = authorize(&mut tx, call, action, &[&instance]).await?;
    if !matches!(instance.state, State::Running | State::Stopped) {
        let message = format!(
            "The instance '{}' is not in the 'running' or 'stopped' state.",
            instance.id
        );
        return Err(Error::new(Reason::WrongState, Subject::Instance, message));
    }
    instance.metadata = request.over(instance.metadata)?;
    if instance.metadata.tags {
        let tags = identity::tags_of(&mut tx, &instance.owner, instance.id.as_ref()).await?;
        if !tags.keys().all(|key| crate::metadata::is_servable(key)) {
            let message = "With InstanceMetadataTags enabled, tag keys have only letters, digits and +-=.,_:@";
            return Err(Error::invalid(message));
        }
    }
    rows::put_instance(&mut tx, &permit, &instance).await?;
    tx.commit().await?;
    let hops = instance.metadata.hop_limit;
    // It does not run: the limit holds when it does.
    drop(
        instances
            .switch()
            .set_metadata_hop_limit(instance.id.as_ref(), hops),
    );
    Ok(instance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::instance;

    #[test]
    fn a_change_is_checked_before_it_is_made() {
        let apply = |change: Change| change.apply(&instance());
        assert_eq!(
            apply(Change::Type("t3.large".into())).unwrap().kind,
            "t3.large"
        );
        assert_eq!(
            apply(Change::UserData(b"x".to_vec()))
                .unwrap()
                .user_data
                .unwrap(),
            "eA=="
        );
        assert_eq!(apply(Change::UserData(vec![])).unwrap().user_data, None);
        for bad in [
            Change::Type("nope".into()),
            Change::UserData(vec![0; 16_385]),
            Change::Ena(false),
            Change::Sriov("x".into()),
            Change::SourceDestCheck(false),
        ] {
            assert!(apply(bad.clone()).is_err(), "{bad:?}");
        }
        assert_eq!(
            apply(Change::Type("nope".into())).unwrap_err().subject,
            Subject::InstanceAttribute
        );
    }
}
