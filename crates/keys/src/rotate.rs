//! EnableKeyRotation, DisableKeyRotation, GetKeyRotationStatus, RotateKeyOnDemand and
//! ListKeyRotations. What older material encrypted still opens.

use crate::Keys;
use crate::allow::{Asked, allow};
use crate::change_key::own;
use crate::find::{Reach, find};
use crate::jobs;
use crate::key::{Key, Origin, Rotation, State};
use crate::list::Wanted;
use crate::rows::{self, Cause};
use base::{Error, Reason, Result, Subject, Timestamp};
use identity::Call;

/// The usual days between two rotations.
const USUAL_DAYS: u32 = 365;
/// How often a key may be rotated on demand.
const MOST_ON_DEMAND: u32 = 25;

/// EnableKeyRotation: every so many days (90 to 2560; a year if nobody says).
pub async fn enable_rotation(
    keys: &Keys,
    call: &Call,
    given: &str,
    days: Option<u32>,
) -> Result<()> {
    let days = days.unwrap_or(USUAL_DAYS);
    if !(90..=2560).contains(&days) {
        let message = format!("RotationPeriodInDays is {days}: 90 to 2560 are possible.");
        return Err(Error::invalid(message));
    }
    let mut tx = keys.db.begin().await?;
    let mut asked = Asked::plain("kms:EnableKeyRotation");
    asked.more.set("kms:RotationPeriodInDays", days.to_string());
    let (mut key, right) = own(&mut tx, call, given, &asked).await?;
    key.check_usable(call.now)?;
    check_rotates(&key)?;
    if key.rotation.every_days != Some(days) {
        key.rotation.every_days = Some(days);
        jobs::plan_rotation(&mut tx, &mut key, call.now).await?;
        rows::put_key(&mut tx, &right, &key).await?;
    }
    tx.commit().await
}

/// DisableKeyRotation.
pub async fn disable_rotation(keys: &Keys, call: &Call, given: &str) -> Result<()> {
    let mut tx = keys.db.begin().await?;
    let asked = Asked::plain("kms:DisableKeyRotation");
    let (mut key, right) = own(&mut tx, call, given, &asked).await?;
    key.check_usable(call.now)?;
    check_rotates(&key)?;
    key.rotation.every_days = None;
    key.rotation.next = None;
    rows::put_key(&mut tx, &right, &key).await?;
    tx.commit().await
}

/// GetKeyRotationStatus: the key's ARN and how it is rotated.
pub async fn rotation_status(keys: &Keys, call: &Call, given: &str) -> Result<(String, Rotation)> {
    const ACTION: &str = "kms:GetKeyRotationStatus";
    let mut tx = keys.db.read().await?;
    let found = find(&mut tx, call, given, (Reach::Any, ACTION)).await?;
    allow(&mut tx, call, &found, &Asked::plain(ACTION)).await?;
    let key = found.key;
    check_rotates(&key)?;
    let shown = match key.state {
        // What is to be deleted is not rotated.
        State::PendingDeletion => Rotation::default(),
        State::Enabled | State::Disabled | State::PendingImport => key.rotation,
    };
    Ok((key.arn(), shown))
}

/// RotateKeyOnDemand, and the key's ARN.
pub async fn rotate_now(keys: &Keys, call: &Call, given: &str) -> Result<String> {
    let mut tx = keys.db.begin().await?;
    let asked = Asked::plain("kms:RotateKeyOnDemand");
    let (mut key, right) = own(&mut tx, call, given, &asked).await?;
    key.check_usable(call.now)?;
    check_rotates(&key)?;
    if key.rotation.on_demand >= MOST_ON_DEMAND {
        let message = format!("A key can be rotated {MOST_ON_DEMAND} times on demand.");
        return Err(Error::new(Reason::Limit, Subject::Key, message));
    }
    key.rotation.on_demand += 1;
    let cause = (Cause::OnDemand, call.now);
    jobs::turn(keys, &mut tx, &right, &mut key, cause).await?;
    tx.commit().await?;
    Ok(key.arn())
}

/// A rotation that was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// The material that it brought.
    pub material: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub cause: Cause,
}

/// ListKeyRotations: the rotations that were, oldest first, and where the next page begins.
pub async fn list_rotations(
    keys: &Keys,
    call: &Call,
    given: &str,
    wanted: &Wanted,
) -> Result<(String, Vec<Rotated>, Option<String>)> {
    const ACTION: &str = "kms:ListKeyRotations";
    let mut tx = keys.db.read().await?;
    let found = find(&mut tx, call, given, (Reach::Own, ACTION)).await?;
    allow(&mut tx, call, &found, &Asked::plain(ACTION)).await?;
    check_rotates(&found.key)?;
    let list = format!("rotations of {}", found.key.id);
    let page = wanted.page(&list, 100)?;
    let kept = rows::materials(&mut tx, &found.key.id).await?;
    let numbered: Vec<(usize, Rotated)> = kept
        .into_iter()
        .filter_map(|kept| {
            let (material, at) = (kept.id, kept.since);
            let rotated = |cause| Rotated {
                material,
                at,
                cause,
            };
            kept.rotation.map(rotated)
        })
        .enumerate()
        .collect();
    let (rotated, next) = page.cut(&list, numbered, |(number, _)| format!("{number:010}"));
    let rotated = rotated.into_iter().map(|(_, rotated)| rotated).collect();
    Ok((found.key.arn(), rotated, next))
}

fn check_rotates(key: &Key) -> Result<()> {
    match key.origin {
        Origin::AwsKms => Ok(()),
        Origin::External => {
            let message = format!(
                "{} has imported material: it is not rotated here.",
                key.arn()
            );
            Err(Error::unsupported(message))
        }
    }
}
