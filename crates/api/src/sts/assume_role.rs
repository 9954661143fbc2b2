//! AssumeRole: credentials of a role that trusts the caller.

use super::shape::credentials;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use base::{Tag, check_tags};
use identity::Assume;
use identity::Call;
use protocol::sts;

impl Run for sts::AssumeRole {
    async fn run(
        app: &App,
        call: &Call,
        input: sts::AssumeRoleRequest,
    ) -> Result<sts::AssumeRoleResponse> {
        let tags = input.tags.iter().map(|tag| Tag {
            key: tag.key.clone().unwrap_or_default(),
            value: tag.value.clone().unwrap_or_default(),
        });
        let tags: Vec<Tag> = tags.collect();
        let managed = input.policy_arns.into_iter();
        let assume = Assume {
            role: required(input.role_arn, "RoleArn")?,
            name: required(input.role_session_name, "RoleSessionName")?,
            external_id: input.external_id,
            policy: input.policy,
            managed: managed.filter_map(|policy| policy.arn).collect(),
            tags: check_tags(&tags)?,
            transitive: input.transitive_tag_keys,
            duration_s: input.duration_seconds,
            source_identity: input.source_identity,
        };
        let made = identity::assume_role(&app.identity(), call, assume).await?;
        Ok(sts::AssumeRoleResponse {
            credentials: Some(credentials(&made.credentials)),
            assumed_role_user: Some(sts::AssumedRoleUser {
                arn: Some(made.arn),
                assumed_role_id: Some(made.id),
            }),
            packed_policy_size: i32::try_from(made.packed_percent).ok(),
            source_identity: made.source_identity,
        })
    }
}
