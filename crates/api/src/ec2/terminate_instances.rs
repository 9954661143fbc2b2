//! TerminateInstances: wire to request, answer to wire, nothing else.

use super::stop_instances::{changes, manner};
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use protocol::ec2;

impl Run for ec2::TerminateInstances {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::TerminateInstancesRequest,
    ) -> Result<ec2::TerminateInstancesResult> {
        let manner = manner(input.force, input.skip_os_shutdown);
        let changed =
            instances::terminate(&app.instances, call, &input.instance_ids, manner).await?;
        Ok(ec2::TerminateInstancesResult {
            terminating_instances: changes(&changed),
        })
    }
}
