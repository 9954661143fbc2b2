//! DescribeInstances, and an instance on the wire.

use crate::ec2::describe_images::marketplace;
use crate::{App, run::Run, translate};
use base::Result;
use identity::Call;
use instances::{Described, Group, Instance, List, MetadataOptions, Reservation, State};
use protocol::ec2;

impl Run for ec2::DescribeInstances {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::DescribeInstancesRequest,
    ) -> Result<ec2::DescribeInstancesResult> {
        let list = List {
            ids: input.instance_ids,
            filters: translate::filters(input.filters),
            max_results: input.max_results,
            next_token: input.next_token,
        };
        let (found, next_token) = instances::describe(&app.instances, call, &list).await?;
        let reservations = found.iter().map(|found| reservation(call, found)).collect();
        Ok(ec2::DescribeInstancesResult {
            reservations,
            next_token,
        })
    }
}

/// A reservation on the wire.
pub(super) fn reservation(call: &Call, reservation: &Reservation) -> ec2::Reservation {
    ec2::Reservation {
        reservation_id: Some(reservation.id.to_string()),
        owner_id: Some(call.account().to_string()),
        instances: reservation.instances.iter().map(instance).collect(),
        ..ec2::Reservation::default()
    }
}

/// A state on the wire.
pub(super) fn state(state: State) -> ec2::InstanceState {
    ec2::InstanceState {
        code: Some(state.code()),
        name: Some(state.as_str().into()),
    }
}

/// Groups by id and name.
pub(super) fn groups(groups: &[Group]) -> Vec<ec2::GroupIdentifier> {
    let group = |group: &Group| ec2::GroupIdentifier {
        group_id: Some(group.id.to_string()),
        group_name: Some(group.name.clone()),
    };
    groups.iter().map(group).collect()
}

fn instance(described: &Described) -> ec2::Instance {
    let instance = &described.instance;
    let from = &instance.from_image;
    let (platform_details, usage_operation) = from.billing.platform();
    let gone = instance.state == State::Terminated;
    let alive = |text: String| Some(text).filter(|_| !gone);
    ec2::Instance {
        instance_id: Some(instance.id.to_string()),
        image_id: Some(instance.image.to_string()),
        state: Some(state(instance.state)),
        // Both names are always there on the wire, if need be empty: clients read them unasked.
        private_dns_name: Some(alive(instance.private_name()).unwrap_or_default()),
        public_dns_name: Some(String::new()),
        private_ip_address: alive(instance.interface.address.to_string()),
        public_ip_address: instance.public_ip.map(|ip| ip.to_string()),
        state_transition_reason: Some(instance.transition.clone()),
        product_codes: marketplace(&described.product_codes()),
        state_reason: instance
            .state_reason
            .as_ref()
            .map(|reason| ec2::StateReason {
                code: Some(reason.code.clone()),
                message: Some(reason.message.clone()),
            }),
        key_name: instance.key.as_ref().map(|key| key.name.clone()),
        ami_launch_index: i32::try_from(instance.launch_index).ok(),
        instance_type: Some(instance.kind.clone()),
        launch_time: Some(translate::time(instance.launched)),
        placement: Some(ec2::Placement {
            availability_zone: Some(instance.zone.to_string()),
            availability_zone_id: Some(instance.zone.id()),
            group_name: Some(String::new()),
            tenancy: Some("default".into()),
            ..ec2::Placement::default()
        }),
        monitoring: Some(ec2::Monitoring {
            state: Some(on(instance.monitoring)),
        }),
        subnet_id: alive(instance.interface.subnet.to_string()),
        vpc_id: alive(instance.interface.vpc.to_string()),
        architecture: Some(from.architecture.clone()),
        root_device_type: Some("ebs".into()),
        root_device_name: Some(from.root_device.clone()),
        block_device_mappings: devices(described),
        virtualization_type: Some(from.virtualization.clone()),
        client_token: Some(instance.client_token.clone().unwrap_or_default()),
        tags: translate::tags(&described.tags),
        security_groups: if gone {
            vec![]
        } else {
            groups(&described.groups)
        },
        source_dest_check: Some(instance.interface.source_dest_check).filter(|_| !gone),
        hypervisor: Some("xen".into()),
        network_interfaces: if gone { vec![] } else { vec![card(described)] },
        ebs_optimized: Some(instance.ebs_optimized),
        ena_support: Some(from.ena),
        sriov_net_support: from.sriov.clone(),
        boot_mode: from.boot_mode.clone(),
        current_instance_boot_mode: Some(instance.current_boot_mode().into()),
        metadata_options: Some(metadata_options(&instance.metadata, instance.state)),
        hibernation_options: Some(ec2::HibernationOptions {
            configured: Some(false),
        }),
        enclave_options: Some(ec2::EnclaveOptions {
            enabled: Some(false),
        }),
        iam_instance_profile: instance.profile.as_ref().filter(|_| !gone).map(|profile| {
            ec2::IamInstanceProfile {
                id: Some(profile.id.clone()),
                arn: Some(profile.arn.clone()),
            }
        }),
        platform: from.billing.is_windows().then(|| "windows".into()),
        platform_details: Some(platform_details.into()),
        usage_operation: Some(usage_operation.into()),
        usage_operation_update_time: Some(translate::time(instance.created)),
        ..ec2::Instance::default()
    }
}

fn on(yes: bool) -> String {
    if yes {
        "enabled".into()
    } else {
        "disabled".into()
    }
}

/// The metadata service's options on the wire.
pub(super) fn metadata_options(
    options: &MetadataOptions,
    state: State,
) -> ec2::InstanceMetadataOptionsResponse {
    let tokens = if options.tokens_required {
        "required"
    } else {
        "optional"
    };
    ec2::InstanceMetadataOptionsResponse {
        state: Some(if state == State::Pending {
            "pending".into()
        } else {
            "applied".into()
        }),
        http_tokens: Some(tokens.into()),
        http_put_response_hop_limit: Some(i32::from(options.hop_limit)),
        http_endpoint: Some(on(options.enabled)),
        http_protocol_ipv6: Some("disabled".into()),
        instance_metadata_tags: Some(on(options.tags)),
    }
}

/// The volumes of an instance on the wire.
pub(super) fn devices(described: &Described) -> Vec<ec2::InstanceBlockDeviceMapping> {
    let device = |volume: &volumes::Volume| {
        let attachment = volume.attachment.as_ref()?;
        let ebs = ec2::EbsInstanceBlockDevice {
            volume_id: Some(volume.id.to_string()),
            status: Some(attachment.state.as_str().into()),
            attach_time: Some(translate::time(attachment.attached_at)),
            delete_on_termination: Some(attachment.delete_on_termination),
            ..ec2::EbsInstanceBlockDevice::default()
        };
        let device_name = Some(attachment.device.clone());
        Some(ec2::InstanceBlockDeviceMapping {
            device_name,
            ebs: Some(ebs),
        })
    };
    described.volumes.iter().filter_map(device).collect()
}

fn card(described: &Described) -> ec2::InstanceNetworkInterface {
    let instance = &described.instance;
    let card = &instance.interface;
    ec2::InstanceNetworkInterface {
        network_interface_id: Some(card.id.to_string()),
        owner_id: Some(instance.owner.to_string()),
        description: Some(card.description.clone()),
        mac_address: Some(card.mac.clone()),
        private_ip_address: Some(card.address.to_string()),
        private_dns_name: Some(instance.private_name()),
        source_dest_check: Some(card.source_dest_check),
        status: Some("in-use".into()),
        interface_type: Some("interface".into()),
        subnet_id: Some(card.subnet.to_string()),
        vpc_id: Some(card.vpc.to_string()),
        groups: groups(&described.groups),
        association: association(instance),
        private_ip_addresses: vec![ec2::InstancePrivateIpAddress {
            primary: Some(true),
            private_dns_name: Some(instance.private_name()),
            private_ip_address: Some(card.address.to_string()),
            association: association(instance),
        }],
        attachment: Some(ec2::InstanceNetworkInterfaceAttachment {
            attachment_id: Some(card.attachment.to_string()),
            attach_time: Some(translate::time(card.attached)),
            delete_on_termination: Some(true),
            device_index: Some(0),
            network_card_index: Some(0),
            status: Some("attached".into()),
            ..ec2::InstanceNetworkInterfaceAttachment::default()
        }),
        ..ec2::InstanceNetworkInterface::default()
    }
}

fn association(instance: &Instance) -> Option<ec2::InstanceNetworkInterfaceAssociation> {
    Some(ec2::InstanceNetworkInterfaceAssociation {
        public_ip: Some(instance.public_ip?.to_string()),
        public_dns_name: Some(String::new()),
        ip_owner_id: Some("amazon".into()),
        ..ec2::InstanceNetworkInterfaceAssociation::default()
    })
}
