//! GetAccountAuthorizationDetails: everything that IAM keeps of the account.

use super::shape;
use crate::{App, run::Run};
use base::{Error, Result};
use identity::{Call, Detail, Details, Entry, Section};
use protocol::Operation;
use protocol::iam;

impl Run for iam::GetAccountAuthorizationDetails {
    async fn run(
        app: &App,
        call: &Call,
        input: iam::GetAccountAuthorizationDetailsRequest,
    ) -> Result<iam::GetAccountAuthorizationDetailsResponse> {
        let sections = input.filter.iter().map(|name| section(name));
        let sections = sections.collect::<Result<Vec<_>>>()?;
        let page = shape::Paging::read(call, Self::NAME, input.max_items, input.marker)?;
        let identity = app.identity();
        let (entries, next) =
            identity::account_details(&identity, call, &sections, page.part()).await?;
        let mut answer = iam::GetAccountAuthorizationDetailsResponse {
            is_truncated: Some(next.is_some()),
            marker: next,
            ..Default::default()
        };
        for entry in &entries {
            let details = match entry {
                Entry::Managed(managed, counts) => {
                    answer.policies.push(aws_policy(managed, *counts));
                    continue;
                }
                Entry::Own(details) => details,
            };
            match &details.entity.detail {
                Detail::User => answer.user_detail_list.push(user(details)),
                Detail::Group => answer.group_detail_list.push(group(details)),
                Detail::Role { .. } => answer.role_detail_list.push(role(app, details).await?),
                Detail::Policy { .. } => answer.policies.push(policy(details)),
                Detail::Profile { .. } => {}
            }
        }
        Ok(answer)
    }
}

fn section(name: &str) -> Result<Section> {
    Section::parse(name).ok_or_else(|| {
        let shown: String = name.chars().take(64).collect();
        Error::invalid(format!(
            "1 validation error detected: Value '{shown}' at 'filter' failed to satisfy constraint: \
             Member must satisfy enum value set: [User, Role, Group, LocalManagedPolicy, AWSManagedPolicy]"
        ))
    })
}

fn inline(details: &Details) -> Vec<iam::PolicyDetail> {
    let one = |(name, document): &(String, String)| iam::PolicyDetail {
        policy_name: Some(name.clone()),
        policy_document: Some(shape::encoded(document)),
    };
    details.inline.iter().map(one).collect()
}

fn attached(details: &Details) -> Vec<iam::AttachedPolicy> {
    let arns = details.attached.iter();
    arns.map(|arn| shape::attached(arn)).collect()
}

fn user(details: &Details) -> iam::UserDetail {
    let of = shape::user(&details.entity, Some(&details.tags));
    iam::UserDetail {
        path: of.path,
        user_name: of.user_name,
        user_id: of.user_id,
        arn: of.arn,
        create_date: of.create_date,
        user_policy_list: inline(details),
        group_list: details.groups.clone(),
        attached_managed_policies: attached(details),
        permissions_boundary: of.permissions_boundary,
        tags: of.tags,
    }
}

fn group(details: &Details) -> iam::GroupDetail {
    let of = shape::group(&details.entity);
    iam::GroupDetail {
        path: of.path,
        group_name: of.group_name,
        group_id: of.group_id,
        arn: of.arn,
        create_date: of.create_date,
        group_policy_list: inline(details),
        attached_managed_policies: attached(details),
    }
}

async fn role(app: &App, details: &Details) -> Result<iam::RoleDetail> {
    let of = shape::role(&details.entity, Some(&details.tags));
    Ok(iam::RoleDetail {
        path: of.path,
        role_name: of.role_name,
        role_id: of.role_id,
        arn: of.arn,
        create_date: of.create_date,
        assume_role_policy_document: of.assume_role_policy_document,
        instance_profile_list: shape::profiles(app, &details.profiles).await?,
        role_policy_list: inline(details),
        attached_managed_policies: attached(details),
        permissions_boundary: of.permissions_boundary,
        tags: of.tags,
        role_last_used: None,
    })
}

fn policy(details: &Details) -> iam::ManagedPolicyDetail {
    let of = shape::policy(&details.entity, None, details.counts);
    let versions = details.versions.iter();
    let shown = versions.map(|version| shape::version(version, Some(&version.document)));
    managed(of, shown.collect())
}

fn aws_policy(of: &identity::Managed, counts: (usize, usize)) -> iam::ManagedPolicyDetail {
    let version = iam::PolicyVersion {
        version_id: Some("v1".into()),
        is_default_version: Some(true),
        create_date: Some(protocol::Timestamp(0)),
        document: Some(shape::encoded(of.text())),
    };
    managed(shape::managed(of, counts), vec![version])
}

fn managed(of: iam::Policy, versions: Vec<iam::PolicyVersion>) -> iam::ManagedPolicyDetail {
    iam::ManagedPolicyDetail {
        policy_name: of.policy_name,
        policy_id: of.policy_id,
        arn: of.arn,
        path: of.path,
        default_version_id: of.default_version_id,
        attachment_count: of.attachment_count,
        permissions_boundary_usage_count: of.permissions_boundary_usage_count,
        is_attachable: of.is_attachable,
        description: of.description,
        create_date: of.create_date,
        update_date: of.update_date,
        policy_version_list: versions,
    }
}
