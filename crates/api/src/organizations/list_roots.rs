//! ListRoots: the root of the tree: there is one.

use super::shape;
use crate::{App, run::Run};
use base::Result;
use identity::Action;
use identity::Call;
use protocol::Operation;
use protocol::organizations;

impl Run for organizations::ListRoots {
    async fn run(
        app: &App,
        call: &Call,
        input: organizations::ListRootsRequest,
    ) -> Result<organizations::ListRootsResponse> {
        let action = Action("organizations:ListRoots");
        let tree = identity::look(&app.identity(), call, action).await?;
        shape::page(
            call,
            Self::NAME,
            input.max_results,
            input.next_token.as_deref(),
        )?;
        let id = &tree.organization.root;
        let root = organizations::Root {
            arn: Some(tree.unit_arn(id)),
            id: Some(id.clone()),
            name: Some("Root".into()),
            policy_types: Vec::new(),
        };
        Ok(organizations::ListRootsResponse {
            roots: vec![root],
            next_token: None,
        })
    }
}
