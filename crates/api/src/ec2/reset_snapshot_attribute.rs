//! ResetSnapshotAttribute: takes back every permission to make volumes from a snapshot.

use crate::ec2::describe_image_attribute::unknown;
use crate::run::Run;
use crate::{App, translate};
use base::Result;
use identity::Call;
use protocol::{Unit, ec2};

impl Run for ec2::ResetSnapshotAttribute {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::ResetSnapshotAttributeRequest,
    ) -> Result<Unit> {
        let id = translate::id(input.snapshot_id, "SnapshotId")?;
        match translate::required(input.attribute, "Attribute")?.as_str() {
            "createVolumePermission" => volumes::reset_sharing(&app.volumes, call, &id).await?,
            other => return Err(unknown(other)),
        }
        Ok(Unit {})
    }
}
