//! DescribeImages.

use crate::run::Run;
use crate::{App, translate};
use base::Result;
use identity::Call;
use images::{Describe, Described, Ebs, Image, Mapping, ProductCode, Target};
use protocol::ec2;
use std::collections::BTreeSet;
use store::Page;

const MOST: usize = 1000;

impl Run for ec2::DescribeImages {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::DescribeImagesRequest,
    ) -> Result<ec2::DescribeImagesResult> {
        let list = images::list_name(call);
        let page = Page::read(&list, input.max_results, input.next_token.as_deref(), MOST)?;
        let request = Describe {
            ids: translate::ids(&input.image_ids)?,
            owners: input.owners,
            executable_by: input.executable_users,
            filters: translate::filters(input.filters),
            page,
        };
        let (found, next_token) = images::describe(&app.images, call, &request).await?;
        let shown = |described: Described| image(call, described);
        Ok(ec2::DescribeImagesResult {
            images: found.into_iter().map(shown).collect(),
            next_token,
        })
    }
}

fn image(call: &Call, described: Described) -> ec2::Image {
    let Described {
        image,
        tags,
        digest,
        allowed,
    } = described;
    let (platform_details, usage_operation) = image.billing.platform();
    let is_owner = image.owner == *call.account();
    ec2::Image {
        image_id: Some(image.id.to_string()),
        image_location: Some(image.location()),
        state: Some(image.state.as_str().to_owned()),
        owner_id: Some(image.owner.to_string()),
        public: Some(image.launch.public),
        architecture: Some(image.architecture.clone()),
        image_type: Some("machine".into()),
        platform: image.billing.is_windows().then(|| "windows".into()),
        platform_details: Some(platform_details.into()),
        usage_operation: Some(usage_operation.into()),
        product_codes: product_codes(&image),
        image_allowed: allowed,
        block_device_mappings: mappings(&image),
        description: Some(image.description.clone()).filter(|text| !text.is_empty()),
        name: Some(image.name.clone()),
        ena_support: Some(image.ena),
        hypervisor: Some("xen".into()),
        root_device_name: Some(image.root_device.clone()),
        root_device_type: Some("ebs".into()),
        sriov_net_support: image.sriov.clone(),
        state_reason: image.state_reason.as_ref().map(|reason| ec2::StateReason {
            code: Some(reason.code.clone()),
            message: Some(reason.message.clone()),
        }),
        tags: translate::tags_and_digest(&tags, digest.as_deref()),
        virtualization_type: Some(image.virtualization.clone()),
        boot_mode: image.boot_mode.clone(),
        tpm_support: image.tpm_support.clone(),
        imds_support: image.imds_support.clone(),
        creation_date: Some(image.created.to_string()),
        source_instance_id: image.source_instance.as_ref().map(ToString::to_string),
        source_image_id: image.source_image.as_ref().map(ToString::to_string),
        source_image_region: image.source_region.as_ref().map(ToString::to_string),
        last_launched_time: image
            .last_launched
            .filter(|_| is_owner)
            .map(|time| time.to_string()),
        ..ec2::Image::default()
    }
}

pub(crate) fn product_codes(image: &Image) -> Vec<ec2::ProductCode> {
    image.billing.codes.iter().map(product_code).collect()
}

/// Product codes that are kept by themselves: all are the marketplace's.
pub(crate) fn marketplace(codes: &BTreeSet<String>) -> Vec<ec2::ProductCode> {
    let codes = codes.iter().map(|code| ProductCode::marketplace(code));
    codes.map(|code| product_code(&code)).collect()
}

fn product_code(code: &ProductCode) -> ec2::ProductCode {
    ec2::ProductCode {
        product_code_id: Some(code.code.clone()),
        product_code_type: Some(code.kind.clone()),
    }
}

fn mappings(image: &Image) -> Vec<ec2::BlockDeviceMapping> {
    image.mappings.iter().map(mapping).collect()
}

/// One device as the API shows it.
pub(crate) fn mapping(mapping: &Mapping) -> ec2::BlockDeviceMapping {
    let device_name = Some(mapping.device.clone());
    match &mapping.target {
        Target::Ephemeral(name) => ec2::BlockDeviceMapping {
            device_name,
            virtual_name: Some(name.clone()),
            ..ec2::BlockDeviceMapping::default()
        },
        Target::Ebs(shown) => ec2::BlockDeviceMapping {
            device_name,
            ebs: Some(ebs(shown)),
            ..ec2::BlockDeviceMapping::default()
        },
    }
}

fn ebs(ebs: &Ebs) -> ec2::EbsBlockDevice {
    let number = |value: Option<u32>| value.and_then(|value| i32::try_from(value).ok());
    ec2::EbsBlockDevice {
        delete_on_termination: Some(ebs.delete_on_termination),
        snapshot_id: ebs.snapshot.as_ref().map(ToString::to_string),
        volume_size: number(Some(ebs.size_gib)),
        volume_type: Some(ebs.kind.clone()),
        iops: number(ebs.iops),
        throughput: number(ebs.throughput),
        encrypted: Some(ebs.encrypted),
        ..ec2::EbsBlockDevice::default()
    }
}
