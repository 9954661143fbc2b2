//! ListParents: the root or unit right above an account or unit.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use identity::Action;
use identity::Call;
use protocol::Operation;
use protocol::organizations;

impl Run for organizations::ListParents {
    async fn run(
        app: &App,
        call: &Call,
        input: organizations::ListParentsRequest,
    ) -> Result<organizations::ListParentsResponse> {
        let child = required(input.child_id, "ChildId")?;
        let action = Action("organizations:ListParents");
        let tree = identity::look(&app.identity(), call, action).await?;
        shape::page(
            call,
            Self::NAME,
            input.max_results,
            input.next_token.as_deref(),
        )?;
        let id = tree.parent_of(&child)?;
        let is_root = id == tree.organization.root;
        let kind = if is_root {
            "ROOT"
        } else {
            "ORGANIZATIONAL_UNIT"
        };
        Ok(organizations::ListParentsResponse {
            parents: vec![organizations::Parent {
                id: Some(id),
                r#type: Some(kind.into()),
            }],
            next_token: None,
        })
    }
}
