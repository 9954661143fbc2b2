//! ListRetirableGrants: the grants that a principal may retire.

use crate::App;
use crate::run::Run;
use crate::translate;
use base::Result;
use identity::Call;
use protocol::kms;

impl Run for kms::ListRetirableGrants {
    async fn run(
        app: &App,
        call: &Call,
        input: kms::ListRetirableGrantsRequest,
    ) -> Result<kms::ListGrantsResponse> {
        let wanted = super::wanted(input.limit, input.marker);
        let who = translate::required(input.retiring_principal, "RetiringPrincipal")?;
        let found = keys::list_retirable_grants(&app.keys, call, &who, &wanted).await?;
        Ok(super::grants(found))
    }
}
