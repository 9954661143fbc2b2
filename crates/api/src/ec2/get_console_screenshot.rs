//! GetConsoleScreenshot: wire to request, answer to wire, nothing else.

use crate::{App, run::Run, translate};
use base::Result;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use identity::Call;
use instances::Wake;
use protocol::ec2;

impl Run for ec2::GetConsoleScreenshot {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::GetConsoleScreenshotRequest,
    ) -> Result<ec2::GetConsoleScreenshotResult> {
        let id = translate::required(translate::present(input.instance_id), "InstanceId")?;
        let wake = if input.wake_up == Some(true) {
            Wake::Yes
        } else {
            Wake::No
        };
        let (instance, picture) =
            instances::console_screenshot(&app.instances, call, &id, wake).await?;
        Ok(ec2::GetConsoleScreenshotResult {
            instance_id: Some(instance.id.to_string()),
            image_data: Some(STANDARD.encode(picture)),
        })
    }
}
