//! DescribeInstanceAttribute: wire to request, answer to wire, nothing else.

use super::describe_images::marketplace;
use super::describe_instances::{devices, groups};
use crate::{App, run::Run, translate};
use base::{Error, Result};
use identity::Call;
use instances::Described;
use protocol::ec2;

impl Run for ec2::DescribeInstanceAttribute {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::DescribeInstanceAttributeRequest,
    ) -> Result<ec2::InstanceAttribute> {
        let attribute = translate::required(input.attribute, "Attribute")?;
        let id = translate::required(translate::present(input.instance_id), "InstanceId")?;
        let described = instances::attributes(&app.instances, call, &id).await?;
        answer(&described, &attribute)
    }
}

fn answer(described: &Described, attribute: &str) -> Result<ec2::InstanceAttribute> {
    let instance = &described.instance;
    let mut answer = ec2::InstanceAttribute {
        instance_id: Some(instance.id.to_string()),
        ..ec2::InstanceAttribute::default()
    };
    // An attribute without a value is an element without a value.
    let text = |value: Option<&str>| {
        Some(ec2::AttributeValue {
            value: value.map(str::to_owned),
        })
    };
    let yes = |value: bool| Some(ec2::AttributeBooleanValue { value: Some(value) });
    match attribute {
        "instanceType" => answer.instance_type = text(Some(&instance.kind)),
        "userData" => answer.user_data = text(instance.user_data.as_deref()),
        "disableApiTermination" => {
            answer.disable_api_termination = yes(instance.disable_termination);
        }
        "disableApiStop" => answer.disable_api_stop = yes(instance.disable_stop),
        "instanceInitiatedShutdownBehavior" => {
            answer.instance_initiated_shutdown_behavior = text(Some(instance.shutdown.as_str()));
        }
        "rootDeviceName" => answer.root_device_name = text(Some(&instance.from_image.root_device)),
        "blockDeviceMapping" => answer.block_device_mappings = Some(devices(described)),
        "groupSet" => answer.groups = Some(groups(&described.groups)),
        "sourceDestCheck" => answer.source_dest_check = yes(instance.interface.source_dest_check),
        "ebsOptimized" => answer.ebs_optimized = yes(instance.ebs_optimized),
        "enaSupport" => answer.ena_support = yes(instance.from_image.ena),
        "sriovNetSupport" => {
            answer.sriov_net_support = text(instance.from_image.sriov.as_deref());
        }
        "enclaveOptions" => {
            answer.enclave_options = Some(ec2::EnclaveOptions {
                enabled: Some(false),
            });
        }
        "kernel" => answer.kernel_id = text(None),
        "ramdisk" => answer.ramdisk_id = text(None),
        "productCodes" => {
            answer.product_codes = Some(marketplace(&described.product_codes()));
        }
        other => {
            let shown: String = other.chars().take(64).collect();
            let message =
                format!("Value ({shown}) for parameter attribute is invalid. Unknown attribute.");
            return Err(Error::invalid(message));
        }
    }
    Ok(answer)
}
