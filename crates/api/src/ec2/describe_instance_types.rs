//! DescribeInstanceTypes: wire to request, answer to wire, nothing else.

use crate::{App, run::Run, translate};
use base::Result;
use identity::{Action, Call};
use instances::{InstanceType, instance_type};
use protocol::ec2;
use store::Page;

impl Run for ec2::DescribeInstanceTypes {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::DescribeInstanceTypesRequest,
    ) -> Result<ec2::DescribeInstanceTypesResult> {
        let filters = translate::filters(input.filters);
        let page = Page::read(
            "instance-types",
            input.max_results,
            input.next_token.as_deref(),
            100,
        )?;
        let found = instance_type::describe(&input.instance_types, &filters)?;
        let mut tx = app.db.read().await?;
        identity::authorize_new(&mut tx, call, Action("ec2:DescribeInstanceTypes")).await?;
        let (found, next_token) = page.cut("instance-types", found, |kind| kind.name.to_owned());
        Ok(ec2::DescribeInstanceTypesResult {
            instance_types: found.iter().map(kind).collect(),
            next_token,
        })
    }
}

fn kind(kind: &InstanceType) -> ec2::InstanceTypeInfo {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let vcpus = i32::try_from(kind.vcpus).ok();
    ec2::InstanceTypeInfo {
        instance_type: Some(kind.name.into()),
        current_generation: Some(kind.is_current()),
        free_tier_eligible: Some(kind.is_free_tier()),
        burstable_performance_supported: Some(kind.is_burstable()),
        bare_metal: Some(false),
        hypervisor: Some("nitro".into()),
        instance_storage_supported: Some(false),
        hibernation_supported: Some(false),
        dedicated_hosts_supported: Some(false),
        auto_recovery_supported: Some(false),
        nitro_enclaves_support: Some("unsupported".into()),
        nitro_tpm_support: Some("unsupported".into()),
        supported_usage_classes: texts(&["on-demand"]),
        supported_root_device_types: texts(&["ebs"]),
        supported_virtualization_types: texts(&["hvm"]),
        supported_boot_modes: texts(&instance_type::BOOT_MODES),
        processor_info: Some(ec2::ProcessorInfo {
            supported_architectures: texts(&instance_type::ARCHITECTURES),
            ..ec2::ProcessorInfo::default()
        }),
        v_cpu_info: Some(ec2::VCpuInfo {
            default_v_cpus: vcpus,
            default_cores: vcpus,
            default_threads_per_core: Some(1),
            valid_cores: vcpus.into_iter().collect(),
            valid_threads_per_core: vec![1],
        }),
        memory_info: Some(ec2::MemoryInfo {
            size_in_mi_b: Some(i64::from(kind.memory_mib)),
        }),
        ebs_info: Some(ec2::EbsInfo {
            ebs_optimized_support: Some("default".into()),
            encryption_support: Some("unsupported".into()),
            nvme_support: Some("unsupported".into()),
            maximum_ebs_attachments: Some(24),
            ..ec2::EbsInfo::default()
        }),
        network_info: Some(ec2::NetworkInfo {
            maximum_network_cards: Some(1),
            maximum_network_interfaces: Some(1),
            default_network_card_index: Some(0),
            ipv4_addresses_per_interface: Some(1),
            ipv6_addresses_per_interface: Some(0),
            ipv6_supported: Some(false),
            ena_support: Some("supported".into()),
            efa_supported: Some(false),
            ena_srd_supported: Some(false),
            encryption_in_transit_supported: Some(false),
            ..ec2::NetworkInfo::default()
        }),
        placement_group_info: Some(ec2::PlacementGroupInfo {
            supported_strategies: vec![],
        }),
        ..ec2::InstanceTypeInfo::default()
    }
}
