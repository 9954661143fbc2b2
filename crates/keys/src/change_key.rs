//! What an owner changes about a key: enabled or not, deleted or not, its description and tags.

use crate::allow::{Asked, Right, allow};
use crate::create_key::{check_description, key_tags, request_tags};
use crate::find::{Reach, find};
use crate::jobs::{DeleteKey, RotateKey};
use crate::key::{Event, Key, State};
use crate::{Keys, rows};
use base::{Error, Reason, Result, Subject, Tag, Tags};
use identity::Call;
use std::time::Duration;
use store::Tx;

const TAGS_PER_KEY: usize = 50;
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Finds a key of the caller's own for a change.
pub(crate) async fn own(
    tx: &mut Tx,
    call: &Call,
    given: &str,
    asked: &Asked<'_>,
) -> Result<(Key, Right)> {
    let found = find(tx, call, given, (Reach::Own, asked.action)).await?;
    let right = allow(tx, call, &found, asked).await?;
    found.key.check_customers()?;
    Ok((found.key, right))
}

/// EnableKey. A rotation that fell due in the meantime is made up for.
pub async fn enable_key(keys: &Keys, call: &Call, given: &str) -> Result<()> {
    let mut tx = keys.db.begin().await?;
    let asked = Asked::plain("kms:EnableKey");
    let (mut key, right) = own(&mut tx, call, given, &asked).await?;
    key.apply(Event::Enable)?;
    rows::put_key(&mut tx, &right, &key).await?;
    if let Some(due) = key.rotation.next.filter(|due| *due <= call.now) {
        let key = key.id;
        tx.enqueue(&RotateKey { key, due }).await?;
    }
    tx.commit().await
}

/// DisableKey.
pub async fn disable_key(keys: &Keys, call: &Call, given: &str) -> Result<()> {
    let mut tx = keys.db.begin().await?;
    let asked = Asked::plain("kms:DisableKey");
    let (mut key, right) = own(&mut tx, call, given, &asked).await?;
    key.apply(Event::Disable)?;
    rows::put_key(&mut tx, &right, &key).await?;
    tx.commit().await
}

/// ScheduleKeyDeletion: 7 to 30 days from now, the key is gone with all that it encrypted.
pub async fn schedule_deletion(
    keys: &Keys,
    call: &Call,
    given: &str,
    days: Option<u32>,
) -> Result<Key> {
    let days = days.unwrap_or(30);
    if !(7..=30).contains(&days) {
        let message = format!("PendingWindowInDays is {days}: a key waits 7 to 30 days.");
        return Err(Error::invalid(message));
    }
    let mut tx = keys.db.begin().await?;
    let mut asked = Asked::plain("kms:ScheduleKeyDeletion");
    asked.more.set(
        "kms:ScheduleKeyDeletionPendingWindowInDays",
        days.to_string(),
    );
    let (mut key, right) = own(&mut tx, call, given, &asked).await?;
    key.state = key.state_at(call.now);
    key.apply(Event::Schedule)?;
    let due = call.now.plus(DAY.saturating_mul(days));
    key.deletion = Some(due);
    rows::put_key(&mut tx, &right, &key).await?;
    let job = DeleteKey {
        key: key.id.clone(),
        due,
    };
    tx.enqueue_at(&job, due).await?;
    tx.commit().await?;
    Ok(key)
}

/// CancelKeyDeletion: the key is disabled, and can be enabled.
pub async fn cancel_deletion(keys: &Keys, call: &Call, given: &str) -> Result<Key> {
    let mut tx = keys.db.begin().await?;
    let asked = Asked::plain("kms:CancelKeyDeletion");
    let (mut key, right) = own(&mut tx, call, given, &asked).await?;
    let kept = rows::material(&mut tx, &key.id, key.material).await?;
    let material = kept.is_some_and(|(_, sealed)| !sealed.is_empty());
    key.apply(Event::Cancel { material })?;
    key.deletion = None;
    rows::put_key(&mut tx, &right, &key).await?;
    tx.commit().await?;
    Ok(key)
}

/// UpdateKeyDescription.
pub async fn describe_as(keys: &Keys, call: &Call, given: &str, description: &str) -> Result<()> {
    check_description(description)?;
    let mut tx = keys.db.begin().await?;
    let asked = Asked::plain("kms:UpdateKeyDescription");
    let (mut key, right) = own(&mut tx, call, given, &asked).await?;
    key.check_stays()?;
    description.clone_into(&mut key.description);
    rows::put_key(&mut tx, &right, &key).await?;
    tx.commit().await
}

/// TagResource: a tag that is there already gets the new value.
pub async fn tag_key(keys: &Keys, call: &Call, given: &str, tags: &[Tag]) -> Result<()> {
    let tags: Tags = key_tags(tags)?;
    let mut tx = keys.db.begin().await?;
    let mut asked = Asked::plain("kms:TagResource");
    asked.more = request_tags(&tags);
    let (mut key, right) = own(&mut tx, call, given, &asked).await?;
    key.check_stays()?;
    key.tags.extend(tags);
    if key.tags.len() > TAGS_PER_KEY {
        let message = format!("A key can have {TAGS_PER_KEY} tags.");
        return Err(Error::new(Reason::Limit, Subject::Tag, message));
    }
    rows::put_key(&mut tx, &right, &key).await?;
    tx.commit().await
}

/// UntagResource. A tag that is not there is no error.
pub async fn untag_key(keys: &Keys, call: &Call, given: &str, names: &[String]) -> Result<()> {
    let mut tx = keys.db.begin().await?;
    let mut asked = Asked::plain("kms:UntagResource");
    asked.more.set_many("aws:TagKeys", names);
    let (mut key, right) = own(&mut tx, call, given, &asked).await?;
    key.check_stays()?;
    for name in names {
        key.tags.remove(name);
    }
    rows::put_key(&mut tx, &right, &key).await?;
    tx.commit().await
}

/// Whether a key that is described shows a deletion date.
pub fn deletion_shown(key: &Key) -> Option<base::Timestamp> {
    key.deletion.filter(|_| key.state == State::PendingDeletion)
}
