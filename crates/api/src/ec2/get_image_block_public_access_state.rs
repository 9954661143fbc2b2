//! GetImageBlockPublicAccessState: whether images of the account may become public.

use crate::App;
use crate::run::Run;
use base::Result;
use identity::Call;
use protocol::ec2;

impl Run for ec2::GetImageBlockPublicAccessState {
    async fn run(
        app: &App,
        call: &Call,
        _input: ec2::GetImageBlockPublicAccessStateRequest,
    ) -> Result<ec2::GetImageBlockPublicAccessStateResult> {
        let action = "ec2:GetImageBlockPublicAccessState";
        let settings = images::settings(&app.images, call, action).await?;
        let state = if settings.block_public {
            "block-new-sharing"
        } else {
            "unblocked"
        };
        Ok(ec2::GetImageBlockPublicAccessStateResult {
            image_block_public_access_state: Some(state.into()),
            managed_by: Some("account".into()),
        })
    }
}
