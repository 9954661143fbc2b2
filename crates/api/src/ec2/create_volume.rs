//! CreateVolume: wire to request, answer to wire, nothing else.

use super::describe_volumes::volume;
use crate::{App, run::Run, translate};
use base::{Result, SnapshotId, Zone};
use identity::Call;
use protocol::ec2;
use volumes::VolumeKind;

impl Run for ec2::CreateVolume {
    async fn run(app: &App, call: &Call, input: ec2::CreateVolumeRequest) -> Result<ec2::Volume> {
        let zone = translate::required(input.availability_zone, "AvailabilityZone")?;
        let mut tags = translate::tag_sets(&input.tag_specifications, &["volume"])?;
        let tags = tags.remove("volume").unwrap_or_default();
        let request = volumes::CreateVolume {
            zone: Zone::parse(&call.region, &zone)?,
            size_gib: input.size.map(i64::from),
            snapshot: match input.snapshot_id.filter(|id| !id.is_empty()) {
                Some(id) => Some(translate::id::<SnapshotId>(Some(id), "SnapshotId")?),
                None => None,
            },
            kind: input
                .volume_type
                .as_deref()
                .map(VolumeKind::parse)
                .transpose()?,
            iops: input.iops.map(i64::from),
            throughput: input.throughput.map(i64::from),
            encryption: volumes::Asked {
                encrypted: input.encrypted,
                key: translate::present(input.kms_key_id),
            },
            tags: tags.clone(),
            client_token: input.client_token,
        };
        let made = volumes::create_volume(&app.volumes, call, request).await?;
        Ok(volume(&made, &tags))
    }
}
