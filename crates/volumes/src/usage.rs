//! Who is charged for what: a record that only grows, of quantities and never of prices.
//!
//! Two things are on it. *Transfer*: bytes that a copy brought to another Region, charged to the
//! owner of its source. A row is written in the transaction that takes a pack into the index of the
//! target, over the frames that the index takes from it: what is moved is recorded once however
//! often the job is killed and runs again, also if the copy is given up, and nothing is recorded
//! for what was there. *Storage*: what a snapshot holds when it is completed, and the same taken
//! back when it is deleted, each in the transaction that does it, so that the sum is what is held.
//!
//! Not counted as transfer: bytes that were fetched and not taken in (a killed attempt's last packs,
//! what a machine read ahead of a copy that was then given up), and the repair of damage. Not yet:
//! storage without what a snapshot shares with others (its quantity is its full size), volumes,
//! instances, requests.
//!
//! `own.rs` says how much of what a snapshot holds it shares with nobody, `names.rs` has the names
//! of usage types, `rows.rs` the statements.

mod names;
mod own;
mod rows;

use crate::index::taken_in;
use crate::{Origin, Snapshot, SnapshotState, Volume};
use base::{AccountId, Error, Region, Result, Timestamp};
use blocks::{Pack, Store};
use identity::Permit;
pub use own::{Held, held};
pub(crate) use rows::SCHEMA;
use serde::{Deserialize, Serialize};
use store::{Db, Tx};

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Its name: what was made, and which part of it.
    pub id: String,
    /// When. A transfer has the time at which its job began.
    pub at: Timestamp,
    /// Who is charged.
    pub account: AccountId,
    /// Where it counts: for a transfer, the Region that the bytes left.
    pub region: Region,
    /// AWS's name for what was used, such as `EBS:SnapshotUsage`.
    pub usage_type: String,
    /// The operation that used it.
    pub operation: String,
    /// What is charged for: the account's snapshot.
    pub resource: String,
    /// Bytes; negative where storage ends.
    pub quantity: i64,
    /// Whose request it was.
    pub caused_by: AccountId,
}

/// Which records.
#[derive(Clone, Debug, Default)]
pub struct UsageSearch {
    /// Only those that this account is charged for.
    pub account: Option<AccountId>,
    /// Only those of this moment and later.
    pub since: Option<Timestamp>,
}

/// The records, the oldest first.
pub async fn usage(db: &Db, search: &UsageSearch) -> Result<Vec<Usage>> {
    rows::found(&mut db.read().await?, search).await
}

/// Who is charged for what arrives, on its way through a writer of blocks that knows no accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Charge {
    payer: AccountId,
    caused_by: AccountId,
    from: Region,
    source: String,
    made: String,
    at: Timestamp,
}

impl Charge {
    /// For a copy from another Region; `None` for what comes from nowhere else.
    pub(crate) fn of_copy(permit: &Permit, copy: &Snapshot) -> Option<Charge> {
        match &copy.origin {
            Origin::Copy {
                region,
                snapshot,
                payer,
                ..
            } if *region != copy.region => Some(Charge {
                payer: payer.clone().unwrap_or_else(|| copy.owner.clone()),
                caused_by: permit.account().clone(),
                from: region.clone(),
                source: snapshot.to_string(),
                made: copy.id.to_string(),
                at: permit.now(),
            }),
            Origin::Copy { .. } | Origin::Frozen { .. } | Origin::Stored(_) | Origin::Direct(_) => {
                None
            }
        }
    }

    /// For the base of a volume that was made from a copy which was on its way from `from`. If that
    /// copy is gone, nobody needs the disk but the volume's owner.
    pub(crate) fn of_base(
        permit: &Permit,
        (volume, from): (&Volume, &Region),
        copy: Option<&Snapshot>,
    ) -> Charge {
        let of_copy = copy.and_then(|copy| Charge::of_copy(permit, copy));
        of_copy.unwrap_or_else(|| Charge {
            payer: volume.owner.clone(),
            caused_by: permit.account().clone(),
            from: from.clone(),
            source: volume.id.to_string(),
            made: volume.id.to_string(),
            at: permit.now(),
        })
    }

    /// A store on which what arrives is charged.
    pub(crate) fn on(&self, store: &Store) -> Result<Store> {
        let note = serde_json::to_string(self).map_err(Error::internal)?;
        Ok(store.noting(&note))
    }
}

/// Records what the index has just taken from a pack that a copy wrote.
pub(crate) async fn arrived(tx: &mut Tx, region: &str, pack: &Pack, note: &str) -> Result<()> {
    let charge: Charge = serde_json::from_str(note).map_err(Error::internal)?;
    let made_here = pack.frames_of_references();
    let taken = taken_in(tx, region, &pack.id).await?;
    let brought = taken.iter().filter(|(name, _)| !made_here.contains(name));
    let quantity = brought.map(|(_, bytes)| bytes).sum();
    if quantity == 0 {
        return Ok(());
    }
    let usage = Usage {
        id: format!("{}/{}", charge.made, pack.id),
        at: charge.at,
        account: charge.payer,
        usage_type: names::transfer(&charge.from, &Region::parse(region)?),
        region: charge.from,
        operation: "CopySnapshot".to_owned(),
        resource: charge.source,
        quantity,
        caused_by: charge.caused_by,
    };
    rows::add(tx, &usage).await
}

/// Records what a snapshot holds, once it is completed.
pub(crate) async fn stored(tx: &mut Tx, permit: &Permit, snapshot: &Snapshot) -> Result<()> {
    let (SnapshotState::Completed, Some(bytes)) = (snapshot.state, snapshot.data_bytes) else {
        return Ok(());
    };
    let operation = match &snapshot.origin {
        Origin::Frozen { .. } | Origin::Stored(_) => "CreateSnapshot",
        Origin::Copy { .. } => "CopySnapshot",
        Origin::Direct(_) => "StartSnapshot",
    };
    let usage = Usage {
        id: begun(snapshot),
        at: snapshot.completed.unwrap_or_else(|| permit.now()),
        account: snapshot.owner.clone(),
        region: snapshot.region.clone(),
        usage_type: names::snapshots(&snapshot.region),
        operation: operation.to_owned(),
        resource: snapshot.id.to_string(),
        quantity: i64::try_from(bytes).map_err(Error::internal)?,
        caused_by: permit.account().clone(),
    };
    rows::add(tx, &usage).await
}

/// Records that a snapshot that is being deleted holds nothing any more.
pub(crate) async fn freed(tx: &mut Tx, permit: &Permit, snapshot: &Snapshot) -> Result<()> {
    let Some(stored) = rows::one(tx, &begun(snapshot)).await? else {
        return Ok(());
    };
    let usage = Usage {
        id: format!("{}/freed", snapshot.id),
        at: permit.now(),
        operation: "DeleteSnapshot".to_owned(),
        quantity: stored.quantity.saturating_neg(),
        caused_by: permit.account().clone(),
        ..stored
    };
    rows::add(tx, &usage).await
}

fn begun(snapshot: &Snapshot) -> String {
    format!("{}/stored", snapshot.id)
}
