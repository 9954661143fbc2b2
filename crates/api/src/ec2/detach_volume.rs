//! DetachVolume: wire to request, answer to wire, nothing else.

use crate::{App, run::Run, translate};
use base::{Error, Result};
use identity::Call;
use protocol::ec2;

impl Run for ec2::DetachVolume {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::DetachVolumeRequest,
    ) -> Result<ec2::VolumeAttachment> {
        if input.force == Some(true) {
            let message = "Force is not possible: the guest must let go of the volume, or the instance be stopped.";
            return Err(Error::unsupported(message));
        }
        let volume = translate::required(translate::present(input.volume_id), "VolumeId")?;
        let (instance, device) = (
            translate::present(input.instance_id),
            translate::present(input.device),
        );
        let from = (instance.as_deref(), device.as_deref());
        let detached = instances::detach_volume(&app.instances, call, &volume, from).await?;
        Ok(super::attach_volume::attachment(&detached))
    }
}
