//! DeleteOrganizationalUnit: deletes a unit that nothing is in.

use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use protocol::organizations;

impl Run for organizations::DeleteOrganizationalUnit {
    async fn run(
        app: &App,
        call: &Call,
        input: organizations::DeleteOrganizationalUnitRequest,
    ) -> Result<protocol::Unit> {
        let id = required(input.organizational_unit_id, "OrganizationalUnitId")?;
        identity::delete_unit(&app.identity(), call, &id).await?;
        Ok(protocol::Unit {})
    }
}
