//! DeleteVolume: wire to request, answer to wire, nothing else.

use crate::{App, run::Run, translate};
use base::{Result, VolumeId};
use identity::Call;
use protocol::{Unit, ec2};

impl Run for ec2::DeleteVolume {
    async fn run(app: &App, call: &Call, input: ec2::DeleteVolumeRequest) -> Result<Unit> {
        let id = translate::id::<VolumeId>(input.volume_id, "VolumeId")?;
        volumes::delete_volume(&app.volumes, call, &id).await?;
        Ok(Unit {})
    }
}
