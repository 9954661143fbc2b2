//! DescribeNetworkInterfaces: wire to request, answer to wire, nothing else.

use crate::{App, run::Run, translate};
use base::{Result, Tags};
use identity::Call;
use instances::{Instance, List};
use protocol::ec2;
use std::collections::BTreeMap;

impl Run for ec2::DescribeNetworkInterfaces {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::DescribeNetworkInterfacesRequest,
    ) -> Result<ec2::DescribeNetworkInterfacesResult> {
        let list = List {
            ids: input.network_interface_ids,
            filters: translate::filters(input.filters),
            max_results: input.max_results,
            next_token: input.next_token,
        };
        let (found, next_token) =
            instances::describe_network_interfaces(&app.instances, call, &list).await?;
        let groups = List::default();
        let (groups, _) =
            instances::describe_security_groups(&app.instances, call, &groups, &[]).await?;
        let names: BTreeMap<String, String> = groups
            .into_iter()
            .map(|(group, _)| (group.id.to_string(), group.name))
            .collect();
        let network_interfaces = found
            .iter()
            .map(|(instance, tags)| card(instance, tags, &names))
            .collect();
        Ok(ec2::DescribeNetworkInterfacesResult {
            network_interfaces,
            next_token,
        })
    }
}

fn card(
    instance: &Instance,
    tags: &Tags,
    names: &BTreeMap<String, String>,
) -> ec2::NetworkInterface {
    let card = &instance.interface;
    let association = instance
        .public_ip
        .map(|ip| ec2::NetworkInterfaceAssociation {
            public_ip: Some(ip.to_string()),
            public_dns_name: Some(String::new()),
            ip_owner_id: Some("amazon".into()),
            ..ec2::NetworkInterfaceAssociation::default()
        });
    let group = |id: &base::GroupId| ec2::GroupIdentifier {
        group_id: Some(id.to_string()),
        group_name: names.get(id.as_ref()).cloned(),
    };
    ec2::NetworkInterface {
        network_interface_id: Some(card.id.to_string()),
        owner_id: Some(instance.owner.to_string()),
        description: Some(card.description.clone()),
        mac_address: Some(card.mac.clone()),
        availability_zone: Some(instance.zone.to_string()),
        subnet_id: Some(card.subnet.to_string()),
        vpc_id: Some(card.vpc.to_string()),
        private_ip_address: Some(card.address.to_string()),
        private_dns_name: Some(instance.private_name()),
        private_ip_addresses: vec![ec2::NetworkInterfacePrivateIpAddress {
            primary: Some(true),
            private_dns_name: Some(instance.private_name()),
            private_ip_address: Some(card.address.to_string()),
            association: association.clone(),
        }],
        association,
        groups: card.groups.iter().map(group).collect(),
        attachment: Some(ec2::NetworkInterfaceAttachment {
            attachment_id: Some(card.attachment.to_string()),
            attach_time: Some(translate::time(card.attached)),
            delete_on_termination: Some(true),
            device_index: Some(0),
            network_card_index: Some(0),
            instance_id: Some(instance.id.to_string()),
            instance_owner_id: Some(instance.owner.to_string()),
            status: Some("attached".into()),
            ..ec2::NetworkInterfaceAttachment::default()
        }),
        interface_type: Some("interface".into()),
        requester_managed: Some(false),
        source_dest_check: Some(card.source_dest_check),
        status: Some("in-use".into()),
        tag_set: translate::tags(tags),
        ..ec2::NetworkInterface::default()
    }
}
