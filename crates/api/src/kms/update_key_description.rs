//! UpdateKeyDescription: wire to request, nothing else.

use crate::App;
use crate::run::Run;
use base::Result;
use identity::Call;
use protocol::kms;

impl Run for kms::UpdateKeyDescription {
    async fn run(
        app: &App,
        call: &Call,
        input: kms::UpdateKeyDescriptionRequest,
    ) -> Result<protocol::Unit> {
        let description = input.description.unwrap_or_default();
        let key = super::key(input.key_id)?;
        keys::describe_as(&app.keys, call, &key, &description).await?;
        Ok(protocol::Unit {})
    }
}
