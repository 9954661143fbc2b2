//! ListKeyRotations: the rotations that were.

use crate::App;
use crate::run::Run;
use crate::translate;
use base::Result;
use identity::Call;
use keys::Rotated;
use protocol::kms;

impl Run for kms::ListKeyRotations {
    async fn run(
        app: &App,
        call: &Call,
        input: kms::ListKeyRotationsRequest,
    ) -> Result<kms::ListKeyRotationsResponse> {
        let wanted = super::wanted(input.limit, input.marker);
        let given = super::key(input.key_id)?;
        let found = keys::list_rotations(&app.keys, call, &given, &wanted).await?;
        let (key, rotated, next_marker) = found;
        let entry = |rotated: Rotated| kms::RotationsListEntry {
            key_id: Some(key.clone()),
            key_material_id: Some(rotated.material),
            rotation_date: Some(translate::time(rotated.at)),
            rotation_type: Some(rotated.cause.as_str().to_owned()),
            ..kms::RotationsListEntry::default()
        };
        Ok(kms::ListKeyRotationsResponse {
            rotations: rotated.into_iter().map(entry).collect(),
            truncated: Some(next_marker.is_some()),
            next_marker,
        })
    }
}
