//! GetKeyRotationStatus: whether and when a key is rotated.

use crate::App;
use crate::run::Run;
use crate::translate;
use base::Result;
use identity::Call;
use protocol::kms;

impl Run for kms::GetKeyRotationStatus {
    async fn run(
        app: &App,
        call: &Call,
        input: kms::GetKeyRotationStatusRequest,
    ) -> Result<kms::GetKeyRotationStatusResponse> {
        let given = super::key(input.key_id)?;
        let (key, rotation) = keys::rotation_status(&app.keys, call, &given).await?;
        let days = rotation
            .every_days
            .and_then(|days| i32::try_from(days).ok());
        Ok(kms::GetKeyRotationStatusResponse {
            key_rotation_enabled: Some(days.is_some()),
            key_id: Some(key),
            rotation_period_in_days: days,
            next_rotation_date: rotation.next.map(translate::time),
            on_demand_rotation_start_date: None,
        })
    }
}
