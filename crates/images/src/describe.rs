//! DescribeImages: what the caller may see, by ids, owners, launch permission and filters.

use crate::image::unknown;
use crate::launch::names_of;
use crate::{Image, Images, State, Target, digest, rows, settings};
use base::pattern::{self, Filter};
use base::{AccountId, Error, ImageId, Reason, Result, SnapshotId, Subject, Tags};
use identity::Call;
use std::collections::BTreeMap;
use store::{Page, Tx};
use volumes::Snapshot;

/// What DescribeImages asks for.
#[derive(Clone, Debug, Default)]
pub struct Describe {
    /// Only these.
    pub ids: Vec<ImageId>,
    /// Only of these owners: account ids, `self`, or an alias of AWS's.
    pub owners: Vec<String>,
    /// Only what these may launch: account ids, `self`, `all`.
    pub executable_by: Vec<String>,
    /// All of these.
    pub filters: Vec<Filter>,
    /// Which part.
    pub page: Page,
}

/// One image as its describer sees it.
#[derive(Clone, Debug)]
pub struct Described {
    /// The image.
    pub image: Image,
    /// The caller's own tags on it.
    pub tags: Tags,
    /// The image digest, once every snapshot has its own.
    pub digest: Option<String>,
    /// Whether the caller's account allows it; nothing if it has no opinion.
    pub allowed: Option<bool>,
}

/// Whom an image is executable by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Executable {
    /// Everybody.
    All,
    /// This account, named directly.
    Account(AccountId),
}

const FILTERS: &[&str] = &[
    "architecture",
    "block-device-mapping.delete-on-termination",
    "block-device-mapping.device-name",
    "block-device-mapping.encrypted",
    "block-device-mapping.snapshot-id",
    "block-device-mapping.volume-size",
    "block-device-mapping.volume-type",
    "creation-date",
    "description",
    "ena-support",
    "free-tier-eligible",
    "hypervisor",
    "image-allowed",
    "image-id",
    "image-type",
    "is-public",
    "kernel-id",
    "manifest-location",
    "name",
    "owner-alias",
    "owner-id",
    "platform",
    "product-code",
    "product-code.type",
    "ramdisk-id",
    "root-device-name",
    "root-device-type",
    "source-image-id",
    "source-image-region",
    "source-instance-id",
    "sriov-net-support",
    "state",
    "state-reason-code",
    "state-reason-message",
    "tag-key",
    "tag:",
    "virtualization-type",
];

/// How many rows are looked at between two looks at whether the page is full.
const BATCH: usize = 1000;

/// The images that match, in the order of their ids, and the token of the next page.
pub async fn describe(
    images: &Images,
    call: &Call,
    request: &Describe,
) -> Result<(Vec<Described>, Option<String>)> {
    pattern::check(&request.filters, FILTERS)?;
    let owners = owners(call, &request.owners)?;
    let executable = executables(call, &request.executable_by)?;
    let list = list_name(call);
    let mut tx = images.db.read().await?;
    let names = names_of(&mut tx, call.account()).await?;
    let allowed = settings::of(&mut tx, call.account(), &call.region)
        .await?
        .allowed;
    let verdict = |image: &Image| allowed.verdict(image, call.account(), call.now);
    let tags = identity::tags_of_many(&mut tx, call.account(), &call.region, "image").await?;
    let matches = |image: &Image| {
        let own = Tags::new();
        let tags = tags.get(image.id.as_ref()).unwrap_or(&own);
        !allowed.hides(image, call.account(), call.now)
            && selected(
                image,
                (call, &names),
                owners.as_deref(),
                executable.as_deref(),
            )
            && request
                .filters
                .iter()
                .all(|filter| match filter.name.as_str() {
                    "image-allowed" => verdict(image).is_some_and(|verdict| filter.yes(verdict)),
                    _ => passes(filter, image, tags),
                })
    };
    let found = if request.ids.is_empty() {
        let called = exact_names(&request.filters);
        let who = (call, names.as_slice(), called);
        matching(&mut tx, who, &request.page, matches).await?
    } else {
        let mut named = by_ids(&mut tx, call, &request.ids).await?;
        named.retain(matches);
        named
    };
    let (page, token) = request.page.cut(&list, found, |image| image.id.to_string());
    let described = finish(&mut tx, page, (&tags, verdict)).await?;
    Ok((described, token))
}

/// The name of the list that a page token belongs to.
pub fn list_name(call: &Call) -> String {
    format!("images/{}/{}", call.account(), call.region)
}

/// Walks the visible images from where the page begins, until it is full and one more was seen.
async fn matching(
    tx: &mut Tx,
    (call, names, called): (&Call, &[String], Option<&[String]>),
    page: &Page,
    matches: impl Fn(&Image) -> bool,
) -> Result<Vec<Image>> {
    let wanted = page
        .limit()
        .map_or(usize::MAX, |limit| limit.saturating_add(1));
    let batch = wanted.clamp(1, BATCH);
    let mut after = page.after().map(str::to_owned);
    let mut found = Vec::new();
    loop {
        let part = rows::Part {
            after: after.as_deref(),
            limit: batch,
        };
        let rows = match called {
            Some(called) => rows::listed_by_name(tx, names, &call.region, part, called).await?,
            None => rows::listed(tx, names, &call.region, part).await?,
        };
        let last = rows.len() < batch;
        after = rows.last().map(|image| image.id.to_string());
        found.extend(rows.into_iter().filter(&matches));
        if last || found.len() >= wanted {
            found.truncate(wanted);
            return Ok(found);
        }
    }
}

/// The names that images must have to match, if a filter says them without wildcards.
fn exact_names(filters: &[Filter]) -> Option<&[String]> {
    let plain = |value: &String| !value.contains(['*', '?', '\\']);
    let found = filters
        .iter()
        .find(|filter| filter.name == "name" && filter.values.iter().all(plain));
    found.map(|filter| filter.values.as_slice())
}

async fn by_ids(tx: &mut Tx, call: &Call, ids: &[ImageId]) -> Result<Vec<Image>> {
    let (mut found, mut missing) = (BTreeMap::new(), Vec::new());
    for id in ids {
        match rows::visible(tx, call.account(), &call.region, id).await {
            Ok(image) if image.state != State::Deregistered => {
                found.insert(id.clone(), image);
            }
            Ok(_) => missing.push(id.to_string()),
            Err(error) if error.is_not_found() => missing.push(id.to_string()),
            Err(error) => return Err(error),
        }
    }
    if missing.is_empty() {
        Ok(found.into_values().collect())
    } else {
        Err(unknown(&missing))
    }
}

/// Account ids to select by; nothing if every owner will do. An alias of AWS's selects nothing,
/// because nobody here has one.
fn owners(call: &Call, given: &[String]) -> Result<Option<Vec<AccountId>>> {
    if given.is_empty() {
        return Ok(None);
    }
    let mut owners = Vec::new();
    for owner in given {
        match owner.as_str() {
            "self" => owners.push(call.account().clone()),
            "amazon" | "aws-marketplace" | "aws-backup-vault" => {}
            other => owners.push(AccountId::parse(other).map_err(|_| not_a_user(other))?),
        }
    }
    Ok(Some(owners))
}

fn executables(call: &Call, given: &[String]) -> Result<Option<Vec<Executable>>> {
    if given.is_empty() {
        return Ok(None);
    }
    let read = |who: &String| match who.as_str() {
        "all" => Ok(Executable::All),
        "self" => Ok(Executable::Account(call.account().clone())),
        other => AccountId::parse(other)
            .map(Executable::Account)
            .map_err(|_| not_a_user(other)),
    };
    given.iter().map(read).collect::<Result<Vec<_>>>().map(Some)
}

fn not_a_user(given: &str) -> Error {
    let shown: String = given.chars().take(64).collect();
    let message = format!("Invalid user id: \"{shown}\"");
    Error::new(Reason::Malformed, Subject::Account, message)
}

fn selected(
    image: &Image,
    (call, names): (&Call, &[String]),
    owners: Option<&[AccountId]>,
    executable: Option<&[Executable]>,
) -> bool {
    let owned = owners.is_none_or(|owners| owners.contains(&image.owner));
    let runs = |who: &Executable| match who {
        Executable::All => image.launch.public,
        // What an account owns is not in the list of what others shared with it.
        Executable::Account(account) if account == call.account() => {
            image.owner != *account && image.launch.names_any(names)
        }
        // Others' shares are seen only by the image's owner, and on public images.
        Executable::Account(account) => {
            (image.owner == *call.account() || image.launch.public)
                && image.launch.accounts.contains(account)
        }
    };
    owned && executable.is_none_or(|list| list.iter().any(runs))
}

fn passes(filter: &Filter, image: &Image, tags: &Tags) -> bool {
    let name = filter.name.as_str();
    if let Some(field) = name.strip_prefix("block-device-mapping.") {
        return image
            .mappings
            .iter()
            .any(|mapping| passes_mapping(filter, field, mapping));
    }
    let text = |text: &Option<String>| filter.maybe(text.as_deref());
    match name {
        "architecture" => filter.one(&image.architecture),
        "creation-date" => filter.one(&image.created.to_string()),
        "description" => filter.one(&image.description),
        "ena-support" => filter.yes(image.ena),
        "hypervisor" => filter.one("xen"),
        "image-id" => filter.one(image.id.as_ref()),
        "image-type" => filter.one("machine"),
        "is-public" => filter.yes(image.launch.public),
        "manifest-location" => filter.one(&image.location()),
        "name" => filter.one(&image.name),
        "owner-id" => filter.one(image.owner.as_str()),
        "root-device-name" => filter.one(&image.root_device),
        "root-device-type" => filter.one("ebs"),
        "source-image-id" => filter.maybe(image.source_image.as_ref().map(AsRef::as_ref)),
        "source-image-region" => filter.maybe(image.source_region.as_ref().map(AsRef::as_ref)),
        "source-instance-id" => filter.maybe(image.source_instance.as_ref().map(AsRef::as_ref)),
        "sriov-net-support" => text(&image.sriov),
        "state" => filter.one(image.state.as_str()),
        "state-reason-code" => filter.maybe(image.state_reason.as_ref().map(|r| r.code.as_str())),
        "state-reason-message" => {
            filter.maybe(image.state_reason.as_ref().map(|r| r.message.as_str()))
        }
        "virtualization-type" => filter.one(&image.virtualization),
        "platform" => image.billing.is_windows() && filter.one("windows"),
        "product-code" => image
            .billing
            .codes
            .iter()
            .any(|code| filter.one(&code.code)),
        "product-code.type" => image
            .billing
            .codes
            .iter()
            .any(|code| filter.one(&code.kind)),
        "tag-key" => filter.tags(tags),
        _ if name.starts_with("tag:") => filter.tags(tags),
        // Nothing here has a kernel, a ramdisk or an alias of AWS's.
        _ => false,
    }
}

fn passes_mapping(filter: &Filter, field: &str, mapping: &crate::Mapping) -> bool {
    if field == "device-name" {
        return filter.one(&mapping.device);
    }
    let Target::Ebs(ebs) = &mapping.target else {
        return false;
    };
    match field {
        "delete-on-termination" => filter.yes(ebs.delete_on_termination),
        "encrypted" => filter.yes(ebs.encrypted),
        "snapshot-id" => filter.maybe(ebs.snapshot.as_ref().map(AsRef::as_ref)),
        "volume-size" => filter.one(&ebs.size_gib.to_string()),
        "volume-type" => filter.one(&ebs.kind),
        _ => false,
    }
}

async fn finish(
    tx: &mut Tx,
    page: Vec<Image>,
    (tags, verdict): (&BTreeMap<String, Tags>, impl Fn(&Image) -> Option<bool>),
) -> Result<Vec<Described>> {
    let ids: Vec<SnapshotId> = page
        .iter()
        .flat_map(|image| image.snapshots().cloned())
        .collect();
    let snapshots: BTreeMap<SnapshotId, Snapshot> = volumes::snapshots_by_id(tx, &ids).await?;
    let described = |image: Image| Described {
        tags: tags.get(image.id.as_ref()).cloned().unwrap_or_default(),
        digest: digest::of(&image, &snapshots),
        allowed: verdict(&image),
        image,
    };
    Ok(page.into_iter().map(described).collect())
}
