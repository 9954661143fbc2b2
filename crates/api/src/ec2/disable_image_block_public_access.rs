//! DisableImageBlockPublicAccess: images of the account may become public.

use crate::App;
use crate::run::Run;
use base::Result;
use identity::Call;
use protocol::ec2;

impl Run for ec2::DisableImageBlockPublicAccess {
    async fn run(
        app: &App,
        call: &Call,
        _input: ec2::DisableImageBlockPublicAccessRequest,
    ) -> Result<ec2::DisableImageBlockPublicAccessResult> {
        images::block_public_access(&app.images, call, false).await?;
        Ok(ec2::DisableImageBlockPublicAccessResult {
            image_block_public_access_state: Some("unblocked".into()),
        })
    }
}
