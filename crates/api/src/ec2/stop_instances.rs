//! StopInstances, and changes of state on the wire.

use super::describe_instances::state;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use instances::{Changed, Manner};
use protocol::ec2;

impl Run for ec2::StopInstances {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::StopInstancesRequest,
    ) -> Result<ec2::StopInstancesResult> {
        let manner = manner(input.force, input.skip_os_shutdown);
        let changed = instances::stop(&app.instances, call, &input.instance_ids, manner).await?;
        Ok(ec2::StopInstancesResult {
            stopping_instances: changes(&changed),
        })
    }
}

/// `Force` asks the guest and does not wait long; `SkipOsShutdown` does not ask.
pub(super) fn manner(force: Option<bool>, skip: Option<bool>) -> Manner {
    match (force, skip) {
        (_, Some(true)) => Manner::AtOnce,
        (Some(true), _) => Manner::Hastily,
        _ => Manner::Kindly,
    }
}

pub(super) fn changes(changed: &[Changed]) -> Vec<ec2::InstanceStateChange> {
    let change = |changed: &Changed| ec2::InstanceStateChange {
        instance_id: Some(changed.now.id.to_string()),
        previous_state: Some(state(changed.before)),
        current_state: Some(state(changed.now.state)),
    };
    changed.iter().map(change).collect()
}
