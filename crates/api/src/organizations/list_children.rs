//! ListChildren: the accounts or units right beneath a root or unit.

use super::shape;
use crate::translate::required;
use crate::{App, run::Run};
use base::Error;
use base::Result;
use identity::Action;
use identity::Call;
use protocol::Operation;
use protocol::organizations;

impl Run for organizations::ListChildren {
    async fn run(
        app: &App,
        call: &Call,
        input: organizations::ListChildrenRequest,
    ) -> Result<organizations::ListChildrenResponse> {
        let parent = required(input.parent_id, "ParentId")?;
        let kind = required(input.child_type, "ChildType")?;
        let action = Action("organizations:ListChildren");
        let tree = identity::look(&app.identity(), call, action).await?;
        let mut ids: Vec<String> = match kind.as_str() {
            "ACCOUNT" => {
                let inside = tree.accounts_in(&parent)?;
                inside
                    .iter()
                    .map(|account| account.id.to_string())
                    .collect()
            }
            "ORGANIZATIONAL_UNIT" => {
                let inside = tree.units_in(&parent)?;
                inside.into_iter().map(|unit| unit.id).collect()
            }
            _ => {
                return Err(Error::invalid(
                    "A child is an ACCOUNT or an ORGANIZATIONAL_UNIT.",
                ));
            }
        };
        ids.sort();
        let page = shape::page(
            call,
            Self::NAME,
            input.max_results,
            input.next_token.as_deref(),
        )?;
        let list = shape::list(call, Self::NAME);
        let (found, next_token) = page.cut(&list, ids, Clone::clone);
        let child = |id| organizations::Child {
            id: Some(id),
            r#type: Some(kind.clone()),
        };
        Ok(organizations::ListChildrenResponse {
            children: found.into_iter().map(child).collect(),
            next_token,
        })
    }
}
