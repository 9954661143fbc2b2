//! DisableAllowedImagesSettings: every image is allowed.

use crate::App;
use crate::run::Run;
use base::Result;
use identity::Call;
use protocol::ec2;

impl Run for ec2::DisableAllowedImagesSettings {
    async fn run(
        app: &App,
        call: &Call,
        _input: ec2::DisableAllowedImagesSettingsRequest,
    ) -> Result<ec2::DisableAllowedImagesSettingsResult> {
        let state = images::AllowedState::Disabled;
        images::set_allowed_state(&app.images, call, state).await?;
        Ok(ec2::DisableAllowedImagesSettingsResult {
            allowed_images_settings_state: Some(state.as_str().into()),
        })
    }
}
