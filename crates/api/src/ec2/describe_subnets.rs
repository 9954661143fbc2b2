//! DescribeSubnets: wire to request, answer to wire, nothing else.

use crate::{App, run::Run, translate};
use base::{Result, Tags};
use identity::{Call, Resource};
use instances::{DescribedSubnet, List};
use protocol::ec2;

impl Run for ec2::DescribeSubnets {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::DescribeSubnetsRequest,
    ) -> Result<ec2::DescribeSubnetsResult> {
        let list = List {
            ids: input.subnet_ids,
            filters: translate::filters(input.filters),
            max_results: input.max_results,
            next_token: input.next_token,
        };
        let (found, next_token) = instances::describe_subnets(&app.instances, call, &list).await?;
        let subnets = found
            .iter()
            .map(|(found, tags)| subnet(found, tags))
            .collect();
        Ok(ec2::DescribeSubnetsResult {
            subnets,
            next_token,
        })
    }
}

fn subnet(described: &DescribedSubnet, tags: &Tags) -> ec2::Subnet {
    let subnet = &described.subnet;
    ec2::Subnet {
        subnet_id: Some(subnet.id.to_string()),
        subnet_arn: Some(subnet.arn()),
        vpc_id: Some(subnet.vpc.to_string()),
        owner_id: Some(subnet.owner.to_string()),
        cidr_block: Some(subnet.cidr.clone()),
        availability_zone: Some(subnet.zone.to_string()),
        availability_zone_id: Some(subnet.zone.id()),
        available_ip_address_count: i32::try_from(described.free).ok(),
        default_for_az: Some(subnet.is_default),
        map_public_ip_on_launch: Some(subnet.public_by_default),
        map_customer_owned_ip_on_launch: Some(false),
        assign_ipv6_address_on_creation: Some(false),
        ipv6_native: Some(false),
        enable_dns64: Some(false),
        state: Some("available".into()),
        tags: translate::tags(tags),
        ..ec2::Subnet::default()
    }
}
