//! DescribeVolumes: wire to request, answer to wire, nothing else.

use crate::{App, run::Run, translate};
use base::{Result, Tags, VolumeId};
use identity::Call;
use protocol::ec2;
use volumes::Volume;

impl Run for ec2::DescribeVolumes {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::DescribeVolumesRequest,
    ) -> Result<ec2::DescribeVolumesResult> {
        let id = |text| translate::id::<VolumeId>(Some(text), "VolumeId");
        let request = volumes::DescribeVolumes {
            ids: input
                .volume_ids
                .into_iter()
                .map(id)
                .collect::<Result<_>>()?,
            filters: translate::filters(input.filters),
            max_results: input.max_results,
            next_token: input.next_token,
        };
        let (found, next_token) = volumes::describe_volumes(&app.volumes, call, request).await?;
        let volumes = found
            .iter()
            .map(|(found, tags)| volume(found, tags))
            .collect();
        Ok(ec2::DescribeVolumesResult {
            volumes,
            next_token,
        })
    }
}

/// A volume on the wire.
pub(super) fn volume(volume: &Volume, tags: &Tags) -> ec2::Volume {
    ec2::Volume {
        volume_id: Some(volume.id.to_string()),
        size: i32::try_from(volume.size_gib).ok(),
        // Clients tell an empty volume by an empty id.
        snapshot_id: Some(
            volume
                .snapshot
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
        ),
        availability_zone: Some(volume.zone.to_string()),
        availability_zone_id: Some(volume.zone.id()),
        state: Some(volume.state.as_str().to_owned()),
        create_time: Some(translate::time(volume.created)),
        volume_type: Some(volume.kind.to_string()),
        iops: volume.iops.and_then(|number| i32::try_from(number).ok()),
        throughput: volume
            .throughput
            .and_then(|number| i32::try_from(number).ok()),
        encrypted: Some(volume.encrypted),
        kms_key_id: volume
            .sealing
            .as_ref()
            .map(|sealing| sealing.key.arn.clone()),
        multi_attach_enabled: Some(false),
        attachments: attachment(volume).into_iter().collect(),
        tags: translate::tags(tags),
        ..ec2::Volume::default()
    }
}

fn attachment(volume: &Volume) -> Option<ec2::VolumeAttachment> {
    let attachment = volume.attachment.as_ref()?;
    Some(ec2::VolumeAttachment {
        volume_id: Some(volume.id.to_string()),
        instance_id: Some(attachment.instance.to_string()),
        device: Some(attachment.device.clone()),
        state: Some(attachment.state.as_str().to_owned()),
        attach_time: Some(translate::time(attachment.attached_at)),
        delete_on_termination: Some(attachment.delete_on_termination),
        ..ec2::VolumeAttachment::default()
    })
}
