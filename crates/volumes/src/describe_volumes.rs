//! DescribeVolumes: the account's volumes in a Region, filtered and paged, sorted by id.

use crate::visible::look_for_volume;
use crate::{Volume, Volumes, rows};
use base::pattern::{Filter, check};
use base::{Error, Reason, Result, Subject, Tags, VolumeId};
use identity::{Action, Call, authorize, authorize_new, tags_of_many};
use store::Page;

/// The request.
#[derive(Clone, Debug, Default)]
pub struct DescribeVolumes {
    /// These; every one must be there.
    pub ids: Vec<VolumeId>,
    /// Those that match all of these.
    pub filters: Vec<Filter>,
    /// At most so many: up to 1000.
    pub max_results: Option<i32>,
    /// The token of the page before.
    pub next_token: Option<String>,
}

const FILTERS: &[&str] = &[
    "attachment.attach-time",
    "attachment.delete-on-termination",
    "attachment.device",
    "attachment.instance-id",
    "attachment.status",
    "availability-zone",
    "availability-zone-id",
    "create-time",
    "encrypted",
    "fast-restored",
    "multi-attach-enabled",
    "operator.managed",
    "operator.principal",
    "size",
    "snapshot-id",
    "status",
    "tag:",
    "tag-key",
    "volume-id",
    "volume-type",
];

pub(crate) const MOST: usize = 1000;

/// A volume whose attributes the caller may read: its own.
pub async fn volume_attributes(volumes: &Volumes, call: &Call, id: &VolumeId) -> Result<Volume> {
    let mut tx = volumes.db().read().await?;
    let volume = look_for_volume(&mut tx, call.account(), &call.region, id).await?;
    let action = Action("ec2:DescribeVolumeAttribute");
    authorize(&mut tx, call, action, &[&volume]).await?;
    Ok(volume)
}

/// Lists volumes with the caller's tags, and answers the token of the next page.
pub async fn describe_volumes(
    volumes: &Volumes,
    call: &Call,
    request: DescribeVolumes,
) -> Result<(Vec<(Volume, Tags)>, Option<String>)> {
    check(&request.filters, FILTERS)?;
    not_both("volumeSet", request.ids.len(), request.max_results)?;
    let list = format!("volumes {} {}", call.account(), call.region);
    let page = Page::read(
        &list,
        request.max_results,
        request.next_token.as_deref(),
        MOST,
    )?;
    let mut tx = volumes.db().read().await?;
    let found = match &request.ids[..] {
        [] => rows::volumes_of(&mut tx, call.account(), &call.region).await?,
        ids => {
            let mut found = Vec::with_capacity(ids.len());
            for id in unique(ids) {
                let volume = look_for_volume(&mut tx, call.account(), &call.region, id).await;
                found.push(volume?);
            }
            found
        }
    };
    authorize_new(&mut tx, call, Action("ec2:DescribeVolumes")).await?;
    let mut tags = tags_of_many(&mut tx, call.account(), &call.region, "volume").await?;
    let matching = found
        .into_iter()
        .map(|volume| {
            let tags = tags.remove(volume.id.as_ref()).unwrap_or_default();
            (volume, tags)
        })
        .filter(|(volume, tags)| {
            request
                .filters
                .iter()
                .all(|filter| matches(filter, volume, tags))
        })
        .collect();
    Ok(page.cut(&list, matching, |(volume, _)| volume.id.to_string()))
}

/// A page of named things makes no sense, and EC2 refuses it.
pub(crate) fn not_both(parameter: &str, ids: usize, max_results: Option<i32>) -> Result<()> {
    if ids == 0 || max_results.is_none() {
        return Ok(());
    }
    let message = format!("The parameter {parameter} cannot be used with the parameter maxResults");
    Err(Error::new(Reason::Combination, Subject::Parameter, message))
}

pub(crate) fn unique<T: Ord>(ids: &[T]) -> Vec<&T> {
    let mut unique: Vec<&T> = ids.iter().collect();
    unique.sort();
    unique.dedup();
    unique
}

fn matches(filter: &Filter, volume: &Volume, tags: &Tags) -> bool {
    if let Some(field) = filter.name.strip_prefix("attachment.") {
        return volume.attachment.as_ref().is_some_and(|at| match field {
            "attach-time" => filter.one(&at.attached_at.to_string()),
            "delete-on-termination" => filter.yes(at.delete_on_termination),
            "device" => filter.one(&at.device),
            "instance-id" => filter.one(at.instance.as_ref()),
            _ => filter.one(at.state.as_str()),
        });
    }
    match filter.name.as_str() {
        "availability-zone" => filter.one(&volume.zone.to_string()),
        "availability-zone-id" => filter.one(&volume.zone.id()),
        "create-time" => filter.one(&volume.created.to_string()),
        "encrypted" => filter.yes(volume.encrypted),
        "fast-restored" | "multi-attach-enabled" | "operator.managed" => filter.yes(false),
        "operator.principal" => false,
        "size" => filter.one(&volume.size_gib.to_string()),
        "snapshot-id" => filter.maybe(volume.snapshot.as_ref().map(AsRef::as_ref)),
        "status" => filter.one(volume.state.as_str()),
        "volume-id" => filter.one(volume.id.as_ref()),
        "volume-type" => filter.one(volume.kind.as_str()),
        _ => filter.tags(tags),
    }
}
