//! DescribeVpcs: wire to request, answer to wire, nothing else.

use crate::{App, run::Run, translate};
use base::{Result, Tags};
use identity::Call;
use instances::{List, Vpc};
use protocol::ec2;

impl Run for ec2::DescribeVpcs {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::DescribeVpcsRequest,
    ) -> Result<ec2::DescribeVpcsResult> {
        let list = List {
            ids: input.vpc_ids,
            filters: translate::filters(input.filters),
            max_results: input.max_results,
            next_token: input.next_token,
        };
        let (found, next_token) = instances::describe_vpcs(&app.instances, call, &list).await?;
        let vpcs = found.iter().map(|(found, tags)| vpc(found, tags)).collect();
        Ok(ec2::DescribeVpcsResult { vpcs, next_token })
    }
}

fn vpc(vpc: &Vpc, tags: &Tags) -> ec2::Vpc {
    ec2::Vpc {
        vpc_id: Some(vpc.id.to_string()),
        owner_id: Some(vpc.owner.to_string()),
        cidr_block: Some(vpc.cidr.clone()),
        dhcp_options_id: Some("default".into()),
        instance_tenancy: Some("default".into()),
        is_default: Some(vpc.is_default),
        state: Some("available".into()),
        cidr_block_association_set: vec![ec2::VpcCidrBlockAssociation {
            association_id: Some(vpc.id.to_string().replacen("vpc-", "vpc-cidr-assoc-", 1)),
            cidr_block: Some(vpc.cidr.clone()),
            cidr_block_state: Some(ec2::VpcCidrBlockState {
                state: Some("associated".into()),
                ..ec2::VpcCidrBlockState::default()
            }),
        }],
        tags: translate::tags(tags),
        ..ec2::Vpc::default()
    }
}
