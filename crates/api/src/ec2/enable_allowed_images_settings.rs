//! EnableAllowedImagesSettings: applies the criteria for images of others, or shows what they would do.

use crate::App;
use crate::run::Run;
use crate::translate;
use base::Result;
use identity::Call;
use images::AllowedState;
use protocol::ec2;

impl Run for ec2::EnableAllowedImagesSettings {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::EnableAllowedImagesSettingsRequest,
    ) -> Result<ec2::EnableAllowedImagesSettingsResult> {
        let state = match translate::required(
            input.allowed_images_settings_state,
            "AllowedImagesSettingsState",
        )?
        .as_str()
        {
            "enabled" => AllowedState::Enabled,
            "audit-mode" => AllowedState::Audit,
            other => {
                let shown: String = other.chars().take(64).collect();
                return Err(base::Error::invalid(format!(
                    "Value ({shown}) for parameter AllowedImagesSettingsState is invalid. \
                     Possible values: enabled, audit-mode."
                )));
            }
        };
        images::set_allowed_state(&app.images, call, state).await?;
        Ok(ec2::EnableAllowedImagesSettingsResult {
            allowed_images_settings_state: Some(state.as_str().into()),
        })
    }
}
