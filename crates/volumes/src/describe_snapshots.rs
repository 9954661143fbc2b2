//! DescribeSnapshots: the snapshots that the account may see in a Region, filtered and paged,
//! sorted by id.

use crate::describe_volumes::{MOST, not_both, unique};
use crate::{Snapshot, Volumes, readable_snapshot, rows};
use base::pattern::{Filter, check};
use base::{AccountId, Result, SnapshotId, Tags};
use identity::{Action, Call, authorize_new, tags_of_many};
use store::Page;

/// The request.
#[derive(Clone, Debug, Default)]
pub struct DescribeSnapshots {
    /// These; every one must be there.
    pub ids: Vec<SnapshotId>,
    /// Those owned by any of these: account ids, `self` or `amazon`.
    pub owners: Vec<String>,
    /// Those that any of these may make volumes from: account ids, `self` or `all`.
    pub restorable_by: Vec<String>,
    /// Those that match all of these.
    pub filters: Vec<Filter>,
    /// At most so many: up to 1000.
    pub max_results: Option<i32>,
    /// The token of the page before.
    pub next_token: Option<String>,
}

const FILTERS: &[&str] = &[
    "description",
    "encrypted",
    "owner-alias",
    "owner-id",
    "progress",
    "snapshot-id",
    "start-time",
    "status",
    "storage-tier",
    "tag:",
    "tag-key",
    "transfer-type",
    "volume-id",
    "volume-size",
];

/// Lists snapshots with the caller's tags, and answers the token of the next page.
pub async fn describe_snapshots(
    volumes: &Volumes,
    call: &Call,
    request: DescribeSnapshots,
) -> Result<(Vec<(Snapshot, Tags)>, Option<String>)> {
    check(&request.filters, FILTERS)?;
    not_both("snapshotSet", request.ids.len(), request.max_results)?;
    let owners = accounts(call, &request.owners, "amazon")?;
    let restorers = accounts(call, &request.restorable_by, "all")?;
    let public = request.restorable_by.iter().any(|text| text == "all");
    let list = format!("snapshots {} {}", call.account(), call.region);
    let page = Page::read(
        &list,
        request.max_results,
        request.next_token.as_deref(),
        MOST,
    )?;
    let mut tx = volumes.db().read().await?;
    let found = match &request.ids[..] {
        [] => rows::snapshots_for(&mut tx, call.account(), &call.region).await?,
        ids => {
            let mut found = Vec::with_capacity(ids.len());
            for id in unique(ids) {
                let snapshot = readable_snapshot(&mut tx, call.account(), &call.region, id).await;
                found.push(snapshot?);
            }
            found
        }
    };
    authorize_new(&mut tx, call, Action("ec2:DescribeSnapshots")).await?;
    let mut tags = tags_of_many(&mut tx, call.account(), &call.region, "snapshot").await?;
    let matching = found
        .into_iter()
        .filter(|snapshot| {
            owners
                .as_ref()
                .is_none_or(|owners| owners.contains(&snapshot.owner))
        })
        .filter(|snapshot| {
            let may = |restorers: &Vec<AccountId>| {
                (public && snapshot.permission.is_public())
                    || restorers
                        .iter()
                        .any(|account| is_known_readable(call, snapshot, account))
            };
            restorers.as_ref().is_none_or(may)
        })
        .map(|snapshot| {
            let tags = tags.remove(snapshot.id.as_ref()).unwrap_or_default();
            (snapshot, tags)
        })
        .filter(|(snapshot, tags)| {
            request
                .filters
                .iter()
                .all(|filter| matches(filter, snapshot, tags))
        })
        .collect();
    Ok(page.cut(&list, matching, |(snapshot, _)| snapshot.id.to_string()))
}

/// Whether the caller may know that this account can make volumes from the snapshot: with whom else
/// a snapshot is shared is its owner's business.
fn is_known_readable(call: &Call, snapshot: &Snapshot, account: &AccountId) -> bool {
    let knows = account == call.account() || snapshot.owner == *call.account();
    snapshot.is_readable_by(account) && (knows || snapshot.permission.is_public())
}

/// The accounts that a list of owners or restorers names; `None` if the list is empty. The word
/// names no account: AWS has none here, and `all` is everybody.
fn accounts(call: &Call, list: &[String], word: &str) -> Result<Option<Vec<AccountId>>> {
    if list.is_empty() {
        return Ok(None);
    }
    let named = list.iter().filter(|text| *text != word);
    let read = |text: &String| match text.as_str() {
        "self" => Ok(call.account().clone()),
        id => AccountId::parse(id),
    };
    named.map(read).collect::<Result<Vec<_>>>().map(Some)
}

fn matches(filter: &Filter, snapshot: &Snapshot, tags: &Tags) -> bool {
    match filter.name.as_str() {
        "description" => filter.one(&snapshot.description),
        "encrypted" => filter.yes(snapshot.encrypted),
        // No snapshot belongs to AWS, and none was copied in a given time.
        "owner-alias" | "transfer-type" => false,
        "owner-id" => filter.one(snapshot.owner.as_str()),
        "progress" => filter.one(&format!("{}%", snapshot.progress)),
        "snapshot-id" => filter.one(snapshot.id.as_ref()),
        "start-time" => filter.one(&snapshot.started.to_string()),
        "status" => filter.one(snapshot.state.as_str()),
        "storage-tier" => filter.one("standard"),
        "volume-id" => filter.one(&snapshot.volume),
        "volume-size" => filter.one(&snapshot.size_gib.to_string()),
        _ => filter.tags(tags),
    }
}
