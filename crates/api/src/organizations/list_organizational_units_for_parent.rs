//! ListOrganizationalUnitsForParent: the units right beneath a root or unit.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Action;
use identity::Call;
use protocol::Operation;
use protocol::organizations;

impl Run for organizations::ListOrganizationalUnitsForParent {
    async fn run(
        app: &App,
        call: &Call,
        input: organizations::ListOrganizationalUnitsForParentRequest,
    ) -> Result<organizations::ListOrganizationalUnitsForParentResponse> {
        let parent = required(input.parent_id, "ParentId")?;
        let action = Action("organizations:ListOrganizationalUnitsForParent");
        let tree = identity::look(&app.identity(), call, action).await?;
        let page = shape::page(
            call,
            Self::NAME,
            input.max_results,
            input.next_token.as_deref(),
        )?;
        let list = shape::list(call, Self::NAME);
        let mut inside = tree.units_in(&parent)?;
        inside.sort_by(|one, other| one.id.cmp(&other.id));
        let (found, next_token) = page.cut(&list, inside, |unit| unit.id.clone());
        Ok(organizations::ListOrganizationalUnitsForParentResponse {
            organizational_units: found.iter().map(|one| shape::unit(&tree, one)).collect(),
            next_token,
        })
    }
}
