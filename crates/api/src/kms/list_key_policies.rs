//! ListKeyPolicies: the names of a key's policies, of which there is one.

use crate::App;
use crate::run::Run;
use base::Result;
use identity::Call;
use protocol::kms;

impl Run for kms::ListKeyPolicies {
    async fn run(
        app: &App,
        call: &Call,
        input: kms::ListKeyPoliciesRequest,
    ) -> Result<kms::ListKeyPoliciesResponse> {
        let given = super::key(input.key_id)?;
        // There is one, so that every page holds it and none follows.
        super::first_page(input.limit, input.marker)?;
        let names = keys::list_policies(&app.keys, call, &given).await?;
        Ok(kms::ListKeyPoliciesResponse {
            policy_names: names.map(str::to_owned).to_vec(),
            truncated: Some(false),
            next_marker: None,
        })
    }
}
