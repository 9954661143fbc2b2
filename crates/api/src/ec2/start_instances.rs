//! StartInstances: wire to request, answer to wire, nothing else.

use super::stop_instances::changes;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use protocol::ec2;

impl Run for ec2::StartInstances {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::StartInstancesRequest,
    ) -> Result<ec2::StartInstancesResult> {
        let changed = instances::start(&app.instances, call, &input.instance_ids).await?;
        Ok(ec2::StartInstancesResult {
            starting_instances: changes(&changed),
        })
    }
}
