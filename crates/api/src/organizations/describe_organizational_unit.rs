//! DescribeOrganizationalUnit: a unit.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Action;
use identity::Call;
use protocol::organizations;

impl Run for organizations::DescribeOrganizationalUnit {
    async fn run(
        app: &App,
        call: &Call,
        input: organizations::DescribeOrganizationalUnitRequest,
    ) -> Result<organizations::DescribeOrganizationalUnitResponse> {
        let id = required(input.organizational_unit_id, "OrganizationalUnitId")?;
        let action = Action("organizations:DescribeOrganizationalUnit");
        let tree = identity::look(&app.identity(), call, action).await?;
        Ok(organizations::DescribeOrganizationalUnitResponse {
            organizational_unit: Some(shape::unit(&tree, &tree.unit(&id)?)),
        })
    }
}
