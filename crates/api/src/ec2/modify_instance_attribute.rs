//! ModifyInstanceAttribute: wire to request, nothing to answer.

use crate::{App, run::Run, translate};
use base::{Error, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use identity::Call;
use instances::{Change, ShutdownBehavior};
use protocol::{Unit, ec2};

impl Run for ec2::ModifyInstanceAttribute {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::ModifyInstanceAttributeRequest,
    ) -> Result<Unit> {
        let id = translate::required(translate::present(input.instance_id.clone()), "InstanceId")?;
        let changes = changes(input)?;
        instances::modify_attribute(&app.instances, call, &id, &changes).await?;
        Ok(Unit {})
    }
}

fn changes(input: ec2::ModifyInstanceAttributeRequest) -> Result<Vec<Change>> {
    let yes = |value: Option<ec2::AttributeBooleanValue>| value.and_then(|value| value.value);
    let text = |value: Option<ec2::AttributeValue>| value.and_then(|value| value.value);
    let mut changes = Vec::new();
    changes.extend(text(input.instance_type).map(Change::Type));
    let bytes = input
        .user_data
        .map(|data| data.value.unwrap_or_default().to_vec());
    changes.extend(bytes.map(Change::UserData));
    changes.extend(yes(input.disable_api_termination).map(Change::DisableTermination));
    changes.extend(yes(input.disable_api_stop).map(Change::DisableStop));
    changes.extend(yes(input.source_dest_check).map(Change::SourceDestCheck));
    changes.extend(yes(input.ebs_optimized).map(Change::EbsOptimized));
    changes.extend(yes(input.ena_support).map(Change::Ena));
    changes.extend(text(input.sriov_net_support).map(Change::Sriov));
    if let Some(behavior) = text(input.instance_initiated_shutdown_behavior) {
        changes.push(Change::Shutdown(ShutdownBehavior::parse(&behavior)?));
    }
    if !input.groups.is_empty() {
        changes.push(Change::Groups(input.groups));
    }
    if !input.block_device_mappings.is_empty() {
        changes.push(devices(input.block_device_mappings)?);
    }
    if let Some(value) = input.value {
        let attribute = translate::required(translate::present(input.attribute), "Attribute")?;
        changes.push(named(&attribute, value)?);
    }
    Ok(changes)
}

/// An entry without a value means that the volume goes with the instance. (EC2 API Reference.)
fn devices(entries: Vec<ec2::InstanceBlockDeviceMappingSpecification>) -> Result<Change> {
    let device = |entry: ec2::InstanceBlockDeviceMappingSpecification| {
        if entry
            .ebs
            .as_ref()
            .is_some_and(|ebs| ebs.volume_id.is_some())
        {
            return Err(Error::unsupported(
                "The volume of a device cannot be exchanged here: detach and attach it.",
            ));
        }
        let name = translate::required(translate::present(entry.device_name), "DeviceName")?;
        Ok((
            name,
            entry
                .ebs
                .and_then(|ebs| ebs.delete_on_termination)
                .unwrap_or(true),
        ))
    };
    entries
        .into_iter()
        .map(device)
        .collect::<Result<_>>()
        .map(Change::DeleteOnTermination)
}

/// The older form: the attribute's name and its value as a text.
fn named(attribute: &str, value: String) -> Result<Change> {
    let yes = || match value.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Error::invalid(
            "The value of this attribute is 'true' or 'false'.",
        )),
    };
    Ok(match attribute {
        "instanceType" => Change::Type(value),
        "userData" => {
            let bad = |_| Error::invalid("Invalid BASE64 encoding of user data");
            Change::UserData(STANDARD.decode(&value).map_err(bad)?)
        }
        "disableApiTermination" => Change::DisableTermination(yes()?),
        "disableApiStop" => Change::DisableStop(yes()?),
        "sourceDestCheck" => Change::SourceDestCheck(yes()?),
        "ebsOptimized" => Change::EbsOptimized(yes()?),
        "enaSupport" => Change::Ena(yes()?),
        "sriovNetSupport" => Change::Sriov(value),
        "instanceInitiatedShutdownBehavior" => Change::Shutdown(ShutdownBehavior::parse(&value)?),
        other => {
            let shown: String = other.chars().take(64).collect();
            let message =
                format!("Value ({shown}) for parameter attribute is invalid. Unknown attribute.");
            return Err(Error::invalid(message));
        }
    })
}
