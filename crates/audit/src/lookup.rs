//! Finding records: the newest first.

use crate::record::Touched;
use crate::rows::{self, Kept};
use base::{AccountId, Region, Result, Timestamp};
use serde_json::Value;
use store::{Page, Tx};

/// What records can be looked up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are CloudTrail's")]
pub enum Attribute {
    EventId,
    EventName,
    EventSource,
    Username,
    AccessKeyId,
    ReadOnly,
    ResourceName,
    ResourceType,
}

impl Attribute {
    /// The attribute of this name, if there is one.
    pub fn parse(name: &str) -> Option<Attribute> {
        Some(match name {
            "EventId" => Attribute::EventId,
            "EventName" => Attribute::EventName,
            "EventSource" => Attribute::EventSource,
            "Username" => Attribute::Username,
            "AccessKeyId" => Attribute::AccessKeyId,
            "ReadOnly" => Attribute::ReadOnly,
            "ResourceName" => Attribute::ResourceName,
            "ResourceType" => Attribute::ResourceType,
            _ => return None,
        })
    }
}

/// Which records are wanted.
#[derive(Clone, Debug)]
pub struct Search {
    /// Management events of this account in this Region; or everything, for whoever runs the
    /// installation.
    pub place: Option<(AccountId, Region)>,
    /// The earliest time.
    pub from: Timestamp,
    /// The latest time.
    pub until: Timestamp,
    /// What they have to be, beside.
    pub attribute: Option<(Attribute, String)>,
    /// Only records before this one.
    pub before: Option<i64>,
}

/// A record that was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its place in the trail.
    pub seq: i64,
    /// When the call came.
    pub at: Timestamp,
    /// The id of the event.
    pub id: String,
    /// The operation.
    pub name: String,
    /// The service.
    pub source: String,
    /// Whether the call only looked.
    pub read_only: bool,
    /// The name of the caller.
    pub user_name: String,
    /// The access key that signed.
    pub access_key: String,
    /// What it was about.
    pub touched: Vec<Touched>,
    /// The event in CloudTrail's shape.
    pub event: String,
}

impl Found {
    pub(crate) fn of(kept: Kept) -> Found {
        let columns = crate::record::Columns::of(&kept.event);
        Found {
            seq: kept.seq,
            at: kept.at,
            id: kept.columns.id,
            name: kept.columns.name,
            source: kept.columns.source,
            read_only: kept.columns.read_only,
            user_name: kept.columns.user_name,
            access_key: kept.columns.access_key,
            touched: columns.map(|columns| columns.touched).unwrap_or_default(),
            event: kept.event,
        }
    }

    /// The event, as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.event).unwrap_or_default()
    }
}

/// One page of what a search finds, and the token of the next. `list` names the search, so that the
/// token of another is refused.
pub async fn lookup(
    tx: &mut Tx,
    mut search: Search,
    (list, page): (&str, &Page),
) -> Result<(Vec<Found>, Option<String>)> {
    // Tokens hold keys that rise while records fall.
    let key = |seq: i64| format!("{:020}", i64::MAX - seq);
    if let Some(before) = page.after().and_then(|after| after.parse::<i64>().ok()) {
        search.before = Some(i64::MAX - before);
    }
    let limit = page.limit().map_or(i64::MAX, |limit| {
        i64::try_from(limit).unwrap_or(i64::MAX - 1) + 1
    });
    let found = rows::find(tx, &search, limit).await?;
    Ok(page.cut(list, found, |found| key(found.seq)))
}
