//! CancelImageLaunchPermission: gives back what was shared with the caller's account itself.

use crate::run::Run;
use crate::{App, translate};
use base::Result;
use identity::Call;
use protocol::ec2;

impl Run for ec2::CancelImageLaunchPermission {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::CancelImageLaunchPermissionRequest,
    ) -> Result<ec2::CancelImageLaunchPermissionResult> {
        let id = translate::id(input.image_id, "ImageId")?;
        images::cancel_launch_permission(&app.images, call, &id).await?;
        Ok(ec2::CancelImageLaunchPermissionResult {
            r#return: Some(true),
        })
    }
}
