//! Everything that IAM keeps of an account, in one list: GetAccountAuthorizationDetails.

use crate::entity::{Entity, Kind};
use crate::{Action, Call, Detail, Identity, Managed, Version, admit, entities, managed, rows};
use base::{Result, Tags};
use std::collections::BTreeMap;
use store::{Page, Tx};

/// Kinds of entries that a caller can choose. Nothing chosen means all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are IAM's")]
pub enum Section {
    User,
    Group,
    Role,
    LocalManagedPolicy,
    AwsManagedPolicy,
}

impl Section {
    /// The section of this name, if there is one.
    pub fn parse(name: &str) -> Option<Section> {
        Some(match name {
            "User" => Section::User,
            "Group" => Section::Group,
            "Role" => Section::Role,
            "LocalManagedPolicy" => Section::LocalManagedPolicy,
            "AWSManagedPolicy" => Section::AwsManagedPolicy,
            _ => return None,
        })
    }
}

/// One entry: an entity with all that hangs on it, or a policy of AWS's that hangs on one.
#[derive(Debug)]
pub enum Entry {
    /// Of the account.
    Own(Box<Details>),
    /// AWS's, and how often it is attached and limits.
    Managed(&'static Managed, (usize, usize)),
}

/// An entity with all that hangs on it.
#[derive(Debug)]
pub struct Details {
    /// The entity.
    pub entity: Entity,
    /// Its tags.
    pub tags: Tags,
    /// Its inline policies: names and documents.
    pub inline: Vec<(String, String)>,
    /// The ARNs of the managed policies that hang on it.
    pub attached: Vec<String>,
    /// The names of the groups that a user is in.
    pub groups: Vec<String>,
    /// The instance profiles that a role is in.
    pub profiles: Vec<Entity>,
    /// The versions of a policy.
    pub versions: Vec<Version>,
    /// How many entities a policy hangs on, and how many it limits.
    pub counts: (usize, usize),
}

/// A page of the entries of these sections, and the marker of the next. `list` names the list, so
/// that the marker of another is refused.
pub async fn account_details(
    identity: &Identity,
    call: &Call,
    sections: &[Section],
    (list, page): (&str, &Page),
) -> Result<(Vec<Entry>, Option<String>)> {
    let mut tx = identity.db.read().await?;
    let action = Action("iam:GetAccountAuthorizationDetails");
    admit(&mut tx, call, action).await?;
    let wanted = |section| sections.is_empty() || sections.contains(&section);
    let counts = rows::policy_counts(&mut tx, call.account()).await?;
    let mut found: Vec<(String, Named)> = Vec::new();
    for (section, kind) in [
        (Section::User, Kind::User),
        (Section::Group, Kind::Group),
        (Section::Role, Kind::Role),
        (Section::LocalManagedPolicy, Kind::Policy),
    ] {
        if wanted(section) {
            let all = rows::entities(&mut tx, call.account(), kind).await?;
            let key = |one: &Entity| format!("{} {}", section as u8, one.name.to_lowercase());
            found.extend(all.into_iter().map(|one| (key(&one), Named::Own(one))));
        }
    }
    if wanted(Section::AwsManagedPolicy) {
        let used = counts.keys().filter_map(|arn| managed::managed_policy(arn));
        let key = |one: &Managed| format!("{} {}", Section::AwsManagedPolicy as u8, one.name);
        found.extend(used.map(|one| (key(one), Named::Managed(one))));
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    let (found, next) = page.cut(list, found, |(key, _)| key.clone());
    let mut entries = Vec::with_capacity(found.len());
    for (_, named) in found {
        entries.push(match named {
            Named::Own(entity) => Entry::Own(Box::new(details(&mut tx, entity, &counts).await?)),
            Named::Managed(managed) => {
                let count = counts.get(&managed.arn()).copied();
                Entry::Managed(managed, count.unwrap_or_default())
            }
        });
    }
    Ok((entries, next))
}

enum Named {
    Own(Entity),
    Managed(&'static Managed),
}

async fn details(
    tx: &mut Tx,
    entity: Entity,
    counts: &BTreeMap<String, (usize, usize)>,
) -> Result<Details> {
    let id = &entity.id;
    let mut inline = Vec::new();
    for name in rows::inline_names(tx, id).await? {
        let document = rows::inline(tx, id, &name).await?;
        inline.push((name, document.unwrap_or_default()));
    }
    let groups = rows::groups_of(tx, id).await?;
    let is_role = matches!(entity.detail, Detail::Role { .. });
    Ok(Details {
        tags: rows::entity_tags(tx, id).await?,
        inline,
        attached: rows::attachments_of(tx, id).await?,
        groups: groups.into_iter().map(|group| group.name).collect(),
        profiles: match is_role {
            true => entities::profiles_with(tx, &entity).await?,
            false => Vec::new(),
        },
        versions: rows::versions(tx, id).await?,
        counts: counts.get(&entity.arn()).copied().unwrap_or_default(),
        entity,
    })
}
