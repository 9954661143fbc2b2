//! DescribeInstanceStatus: wire to request, answer to wire, nothing else.

use super::describe_instances::state;
use crate::{App, run::Run, translate};
use base::Result;
use identity::Call;
use instances::{List, Status, Which};
use protocol::ec2;

impl Run for ec2::DescribeInstanceStatus {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::DescribeInstanceStatusRequest,
    ) -> Result<ec2::DescribeInstanceStatusResult> {
        let all = input.include_all_instances.unwrap_or(false);
        let list = List {
            ids: input.instance_ids,
            filters: translate::filters(input.filters),
            max_results: input.max_results,
            next_token: input.next_token,
        };
        let which = if all { Which::All } else { Which::Running };
        let (found, next_token) =
            instances::describe_status(&app.instances, call, &list, which).await?;
        let instance_statuses = found.iter().map(status).collect();
        Ok(ec2::DescribeInstanceStatusResult {
            instance_statuses,
            next_token,
        })
    }
}

fn status(status: &Status) -> ec2::InstanceStatus {
    let summary = ec2::InstanceStatusSummary {
        status: Some(status.summary.into()),
        details: status
            .reachability
            .iter()
            .map(|reachability| ec2::InstanceStatusDetails {
                name: Some("reachability".into()),
                status: Some((*reachability).into()),
                ..ec2::InstanceStatusDetails::default()
            })
            .collect(),
    };
    ec2::InstanceStatus {
        instance_id: Some(status.instance.id.to_string()),
        availability_zone: Some(status.instance.zone.to_string()),
        availability_zone_id: Some(status.instance.zone.id()),
        instance_state: Some(state(status.instance.state)),
        instance_status: Some(summary.clone()),
        system_status: Some(summary),
        ..ec2::InstanceStatus::default()
    }
}
