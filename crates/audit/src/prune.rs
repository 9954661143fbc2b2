//! Retention: cutting the oldest records off, so that the rest can still be verified.
//!
//! What is left begins with a checkpoint: how many records were cut, the hash of the last of them,
//! and when, under the trail's key. The next record has to follow that hash.

use crate::chain::{ChainKey, foreign};
use crate::rows::{self, Cut};
use crate::{Report, verify};
use base::{Error, Reason, Result, Subject, Timestamp};
use identity::MasterKey;
use std::path::Path;
use store::Db;

/// Records that one transaction cuts: others wait for it.
const AT_ONCE: i64 = 5_000;
/// How often a transaction is tried again that lost a race with a server that records.
const ATTEMPTS: u32 = 20;

/// Cuts off the records from before a moment, and says how many there were. Only the oldest go: what
/// came after a record that stays, stays too. A trail that is not as it was written is evidence, and
/// stays whole; the report says what is wrong with it.
pub async fn prune(
    db: &Db,
    master: &MasterKey,
    anchor: Option<&Path>,
    (before, now): (Timestamp, Timestamp),
) -> Result<(u64, Report)> {
    let report = verify(db, master, anchor).await?;
    if !report.is_whole() {
        return Ok((0, report));
    }
    let mut tx = db.read().await?;
    let Some(head) = rows::head(&mut tx).await? else {
        return Ok((0, report));
    };
    let stays = rows::first_since(&mut tx, before).await?;
    let last = stays.map_or(head.records, |seq| seq - 1);
    drop(tx);
    let key = ChainKey::open(master, &head.sealed_key).ok_or_else(foreign)?;
    let mut total = 0;
    let mut attempt = 0;
    loop {
        match cut(db, &key, last, now).await {
            Ok(0) => return Ok((total, report)),
            Ok(count) => total += count,
            Err(error) if error.is_conflict() && attempt < ATTEMPTS => attempt += 1,
            Err(error) => return Err(error),
        }
    }
}

async fn cut(db: &Db, key: &ChainKey, last: i64, now: Timestamp) -> Result<u64> {
    let mut tx = db.begin().await?;
    let done = rows::cut(&mut tx).await?.map_or(0, |cut| cut.records);
    let until = last.min(done + AT_ONCE);
    if until <= done {
        return Ok(0);
    }
    let hash = rows::hash_of(&mut tx, until).await?.ok_or_else(|| {
        let message = format!("record {until} of the audit trail is gone");
        Error::new(Reason::Conflict, Subject::Request, message)
    })?;
    let cut = Cut {
        code: key.seal_cut(until, now, &hash),
        records: until,
        at: now,
        hash,
    };
    rows::put_cut(&mut tx, &cut).await?;
    rows::delete_until(&mut tx, until).await?;
    tx.commit().await?;
    Ok(u64::try_from(until - done).unwrap_or(0))
}
