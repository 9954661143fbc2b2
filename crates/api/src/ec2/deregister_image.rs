//! DeregisterImage.

use crate::run::Run;
use crate::{App, translate};
use base::Result;
use identity::Call;
use images::Deregister;
use protocol::ec2;

impl Run for ec2::DeregisterImage {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::DeregisterImageRequest,
    ) -> Result<ec2::DeregisterImageResult> {
        let request = Deregister {
            image: translate::id(input.image_id, "ImageId")?,
            delete_snapshots: input.delete_associated_snapshots.unwrap_or(false),
        };
        let results = images::deregister(&app.images, call, request).await?;
        let shown = |result: images::Deregistered| ec2::DeleteSnapshotReturnCode {
            snapshot_id: Some(result.snapshot.to_string()),
            return_code: Some(result.outcome.as_str().to_owned()),
        };
        Ok(ec2::DeregisterImageResult {
            r#return: Some(true),
            delete_snapshot_results: results.into_iter().map(shown).collect(),
        })
    }
}
