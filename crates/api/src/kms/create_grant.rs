//! CreateGrant: wire to request, answer to wire, nothing else.

use crate::App;
use crate::run::Run;
use crate::translate;
use base::Result;
use identity::Call;
use keys::{Constraints, CreateGrant, Operation};
use protocol::kms;

impl Run for kms::CreateGrant {
    async fn run(
        app: &App,
        call: &Call,
        input: kms::CreateGrantRequest,
    ) -> Result<kms::CreateGrantResponse> {
        let constraints = input.constraints.unwrap_or_default();
        let context = |map: std::collections::BTreeMap<String, String>| {
            Some(map).filter(|map| !map.is_empty())
        };
        let operations = input.operations.iter().map(|name| Operation::parse(name));
        let request = CreateGrant {
            key: super::key(input.key_id)?,
            grantee: translate::required(input.grantee_principal, "GranteePrincipal")?,
            retiring: translate::present(input.retiring_principal),
            operations: operations.collect::<Result<_>>()?,
            constraints: Constraints {
                equals: context(constraints.encryption_context_equals),
                subset: context(constraints.encryption_context_subset),
            },
            name: translate::present(input.name),
            tokens: input.grant_tokens,
        };
        let call = &super::rehearsed(call, input.dry_run);
        let grant = keys::create_grant(&app.keys, call, request).await?;
        Ok(kms::CreateGrantResponse {
            grant_token: Some(grant.token()),
            grant_id: Some(grant.id.to_string()),
        })
    }
}
