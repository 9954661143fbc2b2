//! What many operations of IAM answer in the same way.

use crate::{App, translate};
use base::{Result, Tag, Tags, check_tags};
use identity::{Call, Context, Detail, Entity, Managed, Simulated, Version};
use policy::{Effect, Layer, Outcome};
use protocol::iam;
use std::collections::BTreeMap;
use store::Page;

/// How many items a page has if the caller does not say.
const USUAL: i32 = 100;
const MOST: usize = 1000;

/// MaxItems and Marker.
pub(super) struct Paging {
    list: String,
    page: Page,
}

impl Paging {
    pub(super) fn read(
        call: &Call,
        operation: &str,
        max_items: Option<i32>,
        marker: Option<String>,
    ) -> Result<Paging> {
        let list = format!("iam:{operation} {}", call.account());
        let limit = Some(max_items.unwrap_or(USUAL));
        let page = Page::read(&list, limit, marker.as_deref(), MOST)?;
        Ok(Paging { list, page })
    }

    /// What the domain cuts a page by.
    pub(super) fn part(&self) -> (&str, &Page) {
        (&self.list, &self.page)
    }

    /// This page of items that are sorted by the key, and the marker of the next.
    pub(super) fn cut<T>(
        &self,
        items: Vec<T>,
        key: impl Fn(&T) -> String,
    ) -> (Vec<T>, Option<String>) {
        self.page.cut(&self.list, items, key)
    }
}

/// A document as IAM answers it: percent-encoded.
pub(super) fn encoded(document: &str) -> String {
    let mut out = String::with_capacity(document.len() * 2);
    for byte in document.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

pub(super) fn tags_from(given: &[iam::Tag]) -> Result<Tags> {
    let tags = given.iter().map(|tag| Tag {
        key: tag.key.clone().unwrap_or_default(),
        value: tag.value.clone().unwrap_or_default(),
    });
    check_tags(&tags.collect::<Vec<_>>())
}

pub(super) fn tags(tags: &Tags) -> Vec<iam::Tag> {
    let tag = |(key, value): (&String, &String)| iam::Tag {
        key: Some(key.clone()),
        value: Some(value.clone()),
    };
    tags.iter().map(tag).collect()
}

fn some(tags_of: Option<&Tags>) -> Vec<iam::Tag> {
    tags_of.map(tags).unwrap_or_default()
}

fn boundary(entity: &Entity) -> Option<iam::AttachedPermissionsBoundary> {
    let arn = entity.boundary.clone()?;
    Some(iam::AttachedPermissionsBoundary {
        permissions_boundary_arn: Some(arn),
        permissions_boundary_type: Some("PermissionsBoundaryPolicy".into()),
    })
}

pub(super) fn user(entity: &Entity, tags: Option<&Tags>) -> iam::User {
    iam::User {
        arn: Some(entity.arn()),
        user_id: Some(entity.id.clone()),
        user_name: Some(entity.name.clone()),
        path: Some(entity.path.clone()),
        create_date: Some(translate::time(entity.created)),
        permissions_boundary: boundary(entity),
        password_last_used: None,
        tags: some(tags),
    }
}

pub(super) fn group(entity: &Entity) -> iam::Group {
    iam::Group {
        arn: Some(entity.arn()),
        group_id: Some(entity.id.clone()),
        group_name: Some(entity.name.clone()),
        path: Some(entity.path.clone()),
        create_date: Some(translate::time(entity.created)),
    }
}

pub(super) fn role(entity: &Entity, tags: Option<&Tags>) -> iam::Role {
    let Detail::Role {
        trust,
        description,
        max_session_s,
    } = &entity.detail
    else {
        return iam::Role::default();
    };
    iam::Role {
        arn: Some(entity.arn()),
        role_id: Some(entity.id.clone()),
        role_name: Some(entity.name.clone()),
        path: Some(entity.path.clone()),
        create_date: Some(translate::time(entity.created)),
        assume_role_policy_document: Some(encoded(trust)),
        description: description.clone(),
        max_session_duration: i32::try_from(*max_session_s).ok(),
        permissions_boundary: boundary(entity),
        role_last_used: None,
        tags: some(tags),
    }
}

pub(super) async fn profile(
    app: &App,
    entity: &Entity,
    tags: Option<&Tags>,
) -> Result<iam::InstanceProfile> {
    let inside = identity::role_of(&app.identity(), entity).await?;
    Ok(iam::InstanceProfile {
        arn: Some(entity.arn()),
        instance_profile_id: Some(entity.id.clone()),
        instance_profile_name: Some(entity.name.clone()),
        path: Some(entity.path.clone()),
        create_date: Some(translate::time(entity.created)),
        roles: inside.iter().map(|inside| role(inside, None)).collect(),
        tags: some(tags),
    })
}

pub(super) async fn profiles(app: &App, found: &[Entity]) -> Result<Vec<iam::InstanceProfile>> {
    let mut shown = Vec::with_capacity(found.len());
    for entity in found {
        shown.push(profile(app, entity, None).await?);
    }
    Ok(shown)
}

fn count(number: usize) -> Option<i32> {
    i32::try_from(number).ok()
}

pub(super) fn policy(
    entity: &Entity,
    tags: Option<&Tags>,
    (attached, limits): (usize, usize),
) -> iam::Policy {
    let Detail::Policy {
        description,
        default,
        updated,
        ..
    } = &entity.detail
    else {
        return iam::Policy::default();
    };
    iam::Policy {
        arn: Some(entity.arn()),
        policy_id: Some(entity.id.clone()),
        policy_name: Some(entity.name.clone()),
        path: Some(entity.path.clone()),
        create_date: Some(translate::time(entity.created)),
        update_date: Some(translate::time(*updated)),
        description: description.clone(),
        default_version_id: Some(format!("v{default}")),
        is_attachable: Some(true),
        attachment_count: count(attached),
        permissions_boundary_usage_count: count(limits),
        tags: some(tags),
    }
}

pub(super) fn managed(managed: &Managed, (attached, limits): (usize, usize)) -> iam::Policy {
    iam::Policy {
        arn: Some(managed.arn()),
        policy_id: Some(managed.id.into()),
        policy_name: Some(managed.name.into()),
        path: Some("/".into()),
        create_date: Some(protocol::Timestamp(0)),
        update_date: Some(protocol::Timestamp(0)),
        description: Some(managed.description.into()),
        default_version_id: Some("v1".into()),
        is_attachable: Some(true),
        attachment_count: count(attached),
        permissions_boundary_usage_count: count(limits),
        tags: Vec::new(),
    }
}

pub(super) fn version(version: &Version, document: Option<&str>) -> iam::PolicyVersion {
    iam::PolicyVersion {
        version_id: Some(version.id()),
        is_default_version: Some(version.is_default),
        create_date: Some(translate::time(version.created)),
        document: document.map(encoded),
    }
}

pub(super) fn attached(arn: &str) -> iam::AttachedPolicy {
    iam::AttachedPolicy {
        policy_arn: Some(arn.to_owned()),
        policy_name: arn.rsplit('/').next().map(str::to_owned),
    }
}

/// The ARNs whose policies lie under a path.
pub(super) fn under_path(arns: Vec<String>, prefix: Option<&str>) -> Vec<String> {
    let Some(prefix) = prefix else { return arns };
    let path = |arn: &str| arn.split_once(":policy").map(|(_, path)| path.to_owned());
    let mut arns = arns;
    arns.retain(|arn| path(arn).is_some_and(|path| path.starts_with(prefix)));
    arns
}

/// What a simulation is told of the request.
pub(super) fn context(entries: &[iam::ContextEntry]) -> Result<Context> {
    let mut context = Context::new();
    for entry in entries {
        let name = translate::required(
            entry.context_key_name.clone(),
            "ContextEntries.ContextKeyName",
        )?;
        context.set_many(name, entry.context_key_values.iter().cloned());
    }
    Ok(context)
}

/// The answers of a simulation.
pub(super) fn simulated(page: Paging, found: &[Simulated]) -> Result<iam::SimulatePolicyResponse> {
    let keys: Vec<(String, &Simulated)> = found
        .iter()
        .enumerate()
        .map(|(number, one)| (format!("{number:05}"), one))
        .collect();
    let (found, next) = page.cut(keys, |(key, _)| key.clone());
    Ok(iam::SimulatePolicyResponse {
        evaluation_results: found.iter().map(|(_, one)| result(one)).collect(),
        is_truncated: Some(next.is_some()),
        marker: next,
    })
}

fn decision(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Allowed => "allowed",
        Outcome::ImplicitDeny => "implicitDeny",
        Outcome::ExplicitDeny => "explicitDeny",
    }
}

fn result(one: &Simulated) -> iam::EvaluationResult {
    let boundary = one
        .boundary_allows
        .map(|allows| iam::PermissionsBoundaryDecisionDetail {
            allowed_by_permissions_boundary: Some(allows),
        });
    iam::EvaluationResult {
        eval_action_name: Some(one.action.clone()),
        eval_resource_name: Some(one.resource.clone()),
        eval_decision: Some(decision(one.decision.outcome).into()),
        matched_statements: one.decision.statements.iter().map(statement).collect(),
        missing_context_values: one.decision.missing_context.clone(),
        permissions_boundary_decision_detail: boundary,
        eval_decision_details: BTreeMap::new(),
        organizations_decision_detail: None,
        resource_specific_results: Vec::new(),
    }
}

fn statement(matched: &policy::Matched) -> iam::Statement {
    let kind = match (matched.layer, matched.effect) {
        (Layer::Resource, _) => "Resource Policy",
        (Layer::Boundary, _) => "Permissions Boundary Policy",
        (Layer::Identity | Layer::Session, Effect::Allow | Effect::Deny) => "IAM Policy",
    };
    iam::Statement {
        source_policy_id: Some(matched.policy.clone()),
        source_policy_type: Some(kind.into()),
        start_position: None,
        end_position: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_percent_encoded_as_clients_decode_them() {
        assert_eq!(
            encoded("{\"a\": \"ä~\"}"),
            "%7B%22a%22%3A%20%22%C3%A4~%22%7D"
        );
    }
}
