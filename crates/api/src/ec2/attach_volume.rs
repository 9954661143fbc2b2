//! AttachVolume, and an attachment on the wire.

use crate::{App, run::Run, translate};
use base::Result;
use identity::Call;
use protocol::ec2;
use volumes::Volume;

impl Run for ec2::AttachVolume {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::AttachVolumeRequest,
    ) -> Result<ec2::VolumeAttachment> {
        let volume = translate::required(translate::present(input.volume_id), "VolumeId")?;
        let instance = translate::required(translate::present(input.instance_id), "InstanceId")?;
        let device = translate::required(translate::present(input.device), "Device")?;
        let place = (&*instance, &*device);
        let attached = instances::attach_volume(&app.instances, call, &volume, place).await?;
        Ok(attachment(&attached))
    }
}

/// An attachment on the wire.
pub(super) fn attachment(volume: &Volume) -> ec2::VolumeAttachment {
    let mut answer = ec2::VolumeAttachment {
        volume_id: Some(volume.id.to_string()),
        ..ec2::VolumeAttachment::default()
    };
    if let Some(attachment) = &volume.attachment {
        answer.instance_id = Some(attachment.instance.to_string());
        answer.device = Some(attachment.device.clone());
        answer.state = Some(attachment.state.as_str().to_owned());
        answer.attach_time = Some(translate::time(attachment.attached_at));
        answer.delete_on_termination = Some(attachment.delete_on_termination);
    }
    answer
}
