//! CreateOrganizationalUnit: makes a unit.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use protocol::organizations;

impl Run for organizations::CreateOrganizationalUnit {
    async fn run(
        app: &App,
        call: &Call,
        input: organizations::CreateOrganizationalUnitRequest,
    ) -> Result<organizations::CreateOrganizationalUnitResponse> {
        let parent = required(input.parent_id, "ParentId")?;
        let name = required(input.name, "Name")?;
        let (tree, unit) = identity::create_unit(&app.identity(), call, (&parent, &name)).await?;
        Ok(organizations::CreateOrganizationalUnitResponse {
            organizational_unit: Some(shape::unit(&tree, &unit)),
        })
    }
}
