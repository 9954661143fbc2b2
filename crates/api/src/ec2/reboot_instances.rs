//! RebootInstances: wire to request, nothing to answer.

use crate::{App, run::Run};
use base::Result;
use identity::Call;
use protocol::{Unit, ec2};

impl Run for ec2::RebootInstances {
    async fn run(app: &App, call: &Call, input: ec2::RebootInstancesRequest) -> Result<Unit> {
        instances::reboot(&app.instances, call, &input.instance_ids).await?;
        Ok(Unit {})
    }
}
