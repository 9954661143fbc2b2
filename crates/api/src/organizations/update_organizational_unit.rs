//! UpdateOrganizationalUnit: gives a unit another name.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use protocol::organizations;

impl Run for organizations::UpdateOrganizationalUnit {
    async fn run(
        app: &App,
        call: &Call,
        input: organizations::UpdateOrganizationalUnitRequest,
    ) -> Result<organizations::UpdateOrganizationalUnitResponse> {
        let id = required(input.organizational_unit_id, "OrganizationalUnitId")?;
        let name = required(input.name, "Name")?;
        let (tree, unit) = identity::rename_unit(&app.identity(), call, (&id, &name)).await?;
        Ok(organizations::UpdateOrganizationalUnitResponse {
            organizational_unit: Some(shape::unit(&tree, &unit)),
        })
    }
}
