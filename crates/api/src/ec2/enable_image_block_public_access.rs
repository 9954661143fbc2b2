//! EnableImageBlockPublicAccess: no image of the account can become public.

use crate::App;
use crate::run::Run;
use crate::translate;
use base::Result;
use identity::Call;
use protocol::ec2;

impl Run for ec2::EnableImageBlockPublicAccess {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::EnableImageBlockPublicAccessRequest,
    ) -> Result<ec2::EnableImageBlockPublicAccessResult> {
        let state = translate::required(
            input.image_block_public_access_state,
            "ImageBlockPublicAccessState",
        )?;
        if state != "block-new-sharing" {
            let shown: String = state.chars().take(64).collect();
            return Err(base::Error::invalid(format!(
                "Value ({shown}) for parameter ImageBlockPublicAccessState is invalid. \
                 Possible values: block-new-sharing."
            )));
        }
        images::block_public_access(&app.images, call, true).await?;
        Ok(ec2::EnableImageBlockPublicAccessResult {
            image_block_public_access_state: Some(state),
        })
    }
}
