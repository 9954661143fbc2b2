//! DeleteKeyPair: wire to request, answer to wire, nothing else.

use crate::{App, run::Run, translate};
use base::Result;
use identity::Call;
use protocol::ec2;

impl Run for ec2::DeleteKeyPair {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::DeleteKeyPairRequest,
    ) -> Result<ec2::DeleteKeyPairResult> {
        let (name, id) = (
            translate::present(input.key_name),
            translate::present(input.key_pair_id),
        );
        let which = (name.as_deref(), id.as_deref());
        let deleted = instances::delete_key_pair(&app.instances, call, which).await?;
        Ok(ec2::DeleteKeyPairResult {
            r#return: Some(true),
            key_pair_id: deleted.map(|id| id.to_string()),
        })
    }
}
