//! DescribeImageAttribute: its owner's view of one attribute.

use crate::ec2::describe_images::{mapping, product_codes};
use crate::run::Run;
use crate::{App, translate};
use base::{Error, Reason, Result, Subject};
use identity::Call;
use images::Image;
use protocol::ec2;

impl Run for ec2::DescribeImageAttribute {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::DescribeImageAttributeRequest,
    ) -> Result<ec2::ImageAttribute> {
        let id = translate::id(input.image_id, "ImageId")?;
        let image = images::attributes(&app.images, call, &id).await?;
        let name = translate::required(input.attribute, "Attribute")?;
        shown(&image, &name)
    }
}

/// Absent values are shown as an empty element.
fn value(text: Option<String>) -> Option<ec2::AttributeValue> {
    Some(ec2::AttributeValue { value: text })
}

fn shown(image: &Image, name: &str) -> Result<ec2::ImageAttribute> {
    let mut answer = ec2::ImageAttribute {
        image_id: Some(image.id.to_string()),
        ..ec2::ImageAttribute::default()
    };
    match name {
        "description" => answer.description = value(Some(image.description.clone())),
        "launchPermission" => answer.launch_permissions = Some(launch_permissions(image)),
        "sriovNetSupport" => answer.sriov_net_support = value(image.sriov.clone()),
        "bootMode" => answer.boot_mode = value(image.boot_mode.clone()),
        "tpmSupport" => answer.tpm_support = value(image.tpm_support.clone()),
        "imdsSupport" => answer.imds_support = value(image.imds_support.clone()),
        "kernel" => answer.kernel_id = value(None),
        "ramdisk" => answer.ramdisk_id = value(None),
        "uefiData" => answer.uefi_data = value(None),
        "deregistrationProtection" => {
            answer.deregistration_protection = value(Some("disabled".into()));
        }
        "lastLaunchedTime" => {
            answer.last_launched_time = value(image.last_launched.map(|time| time.to_string()));
        }
        "productCodes" => answer.product_codes = Some(product_codes(image)),
        "blockDeviceMapping" => {
            // AWS answers this one always so; the mapping itself is in DescribeImages.
            let devices: Vec<_> = image.mappings.iter().map(mapping).collect();
            let message = format!(
                "Unauthorized attempt to access restricted resource. DescribeImages shows the {} devices.",
                devices.len()
            );
            return Err(Error::new(Reason::NotAuthorized, Subject::Image, message));
        }
        other => return Err(unknown(other)),
    }
    Ok(answer)
}

/// The error for an attribute that images do not have.
pub(crate) fn unknown(name: &str) -> Error {
    let shown: String = name.chars().take(64).collect();
    let message = format!("Value ({shown}) for parameter attribute is invalid. Unknown attribute.");
    Error::invalid(message)
}

fn launch_permissions(image: &Image) -> Vec<ec2::LaunchPermission> {
    let everybody = image.launch.public.then(|| ec2::LaunchPermission {
        group: Some("all".into()),
        ..ec2::LaunchPermission::default()
    });
    let accounts = image
        .launch
        .accounts
        .iter()
        .map(|account| ec2::LaunchPermission {
            user_id: Some(account.to_string()),
            ..ec2::LaunchPermission::default()
        });
    let organizations = image.launch.organizations.iter();
    let organizations = organizations.map(|arn| ec2::LaunchPermission {
        organization_arn: Some(arn.clone()),
        ..ec2::LaunchPermission::default()
    });
    let units = image.launch.units.iter().map(|arn| ec2::LaunchPermission {
        organizational_unit_arn: Some(arn.clone()),
        ..ec2::LaunchPermission::default()
    });
    let groups = organizations.chain(units);
    everybody
        .into_iter()
        .chain(accounts)
        .chain(groups)
        .collect()
}
