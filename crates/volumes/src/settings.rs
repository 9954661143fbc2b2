//! What an account has set for all of its volumes and snapshots in a Region: whether new ones are
//! encrypted without being asked, under which key, and whether snapshots may be public.

use crate::{Volumes, rows};
use base::{AccountId, Region, Result};
use identity::{Action, Call, authorize_new};
use serde::{Deserialize, Serialize};
use store::Tx;

/// The settings of one account in one Region.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Whether new volumes, and copies of snapshots, are encrypted without being asked.
    pub encrypt: bool,
    /// The key for what names none, by its ARN; absent: the account's `alias/aws/ebs`.
    pub default_key: Option<String>,
    /// Whether snapshots may be public.
    pub public_access: PublicAccess,
}

/// Whether snapshots may be public.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PublicAccess {
    /// They may.
    #[default]
    Unblocked,
    /// No more may become public.
    BlockNew,
    /// None is: those that were are private for as long.
    BlockAll,
}

impl PublicAccess {
    /// AWS's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            PublicAccess::Unblocked => "unblocked",
            PublicAccess::BlockNew => "block-new-sharing",
            PublicAccess::BlockAll => "block-all-sharing",
        }
    }

    /// From AWS's word; only what can be enabled.
    pub fn parse(text: &str) -> Result<PublicAccess> {
        match text {
            "block-new-sharing" => Ok(PublicAccess::BlockNew),
            "block-all-sharing" => Ok(PublicAccess::BlockAll),
            other => {
                let shown: String = other.chars().take(64).collect();
                Err(base::Error::invalid(format!(
                    "Value ({shown}) for parameter State is invalid. \
                     Possible values: block-all-sharing, block-new-sharing."
                )))
            }
        }
    }
}

/// The settings of an account in a Region, within a transaction.
pub(crate) async fn of(tx: &mut Tx, account: &AccountId, region: &Region) -> Result<Settings> {
    Ok(rows::settings(tx, account, region)
        .await?
        .unwrap_or_default())
}

/// Whether new volumes and copies of the caller's are encrypted without being asked.
pub async fn encrypts_by_default(tx: &mut Tx, call: &Call) -> Result<bool> {
    Ok(of(tx, call.account(), &call.region).await?.encrypt)
}

/// The caller's settings here.
pub async fn settings(volumes: &Volumes, call: &Call, action: &'static str) -> Result<Settings> {
    let mut tx = volumes.db().read().await?;
    authorize_new(&mut tx, call, Action(action)).await?;
    of(&mut tx, call.account(), &call.region).await
}

/// Changes the caller's settings here, and answers them.
pub(crate) async fn change(
    volumes: &Volumes,
    call: &Call,
    action: &'static str,
    change: impl FnOnce(&mut Settings),
) -> Result<Settings> {
    let mut tx = volumes.db().begin().await?;
    let permit = authorize_new(&mut tx, call, Action(action)).await?;
    let mut settings = of(&mut tx, call.account(), &call.region).await?;
    change(&mut settings);
    rows::put_settings(&mut tx, &permit, &settings).await?;
    tx.commit().await?;
    Ok(settings)
}

/// Turns encryption by default on or off.
pub async fn encrypt_by_default(volumes: &Volumes, call: &Call, on: bool) -> Result<Settings> {
    let action = if on {
        "ec2:EnableEbsEncryptionByDefault"
    } else {
        "ec2:DisableEbsEncryptionByDefault"
    };
    change(volumes, call, action, |settings| settings.encrypt = on).await
}

/// Sets the key for what names none; without one, it is the account's `aws/ebs` again. As AWS has
/// it, a key that cannot be found is no error yet: what would be sealed under it fails.
pub async fn set_default_key(
    volumes: &Volumes,
    call: &Call,
    given: Option<String>,
) -> Result<String> {
    let action = match given {
        Some(_) => "ec2:ModifyEbsDefaultKmsKeyId",
        None => "ec2:ResetEbsDefaultKmsKeyId",
    };
    let mut tx = volumes.db().begin().await?;
    let permit = authorize_new(&mut tx, call, Action(action)).await?;
    let key = match given {
        None => None,
        Some(given) => match keys::resolve(&mut tx, call, &given).await {
            Ok(key) => Some(key.arn),
            Err(error) if keys::unusable(&error).is_some() => Some(given),
            Err(error) => return Err(error),
        },
    };
    let mut settings = of(&mut tx, call.account(), &call.region).await?;
    settings.default_key = key;
    rows::put_settings(&mut tx, &permit, &settings).await?;
    let shown = shown_key(volumes, &mut tx, call, settings).await?;
    tx.commit().await?;
    Ok(shown)
}

/// The ARN of the key for what names none.
pub async fn default_key(volumes: &Volumes, call: &Call) -> Result<String> {
    let mut tx = volumes.db().begin().await?;
    authorize_new(&mut tx, call, Action("ec2:GetEbsDefaultKmsKeyId")).await?;
    let settings = of(&mut tx, call.account(), &call.region).await?;
    let shown = shown_key(volumes, &mut tx, call, settings).await?;
    tx.commit().await?;
    Ok(shown)
}

async fn shown_key(
    volumes: &Volumes,
    tx: &mut Tx,
    call: &Call,
    settings: Settings,
) -> Result<String> {
    match settings.default_key {
        Some(key) => Ok(key),
        None => Ok(keys::managed_ebs(volumes.keys(), tx, call).await?.arn),
    }
}

/// Sets whether snapshots may be public. Those that are become private while all sharing is
/// blocked, and are public again after it.
pub async fn block_public_access(
    volumes: &Volumes,
    call: &Call,
    access: PublicAccess,
) -> Result<Settings> {
    let action = match access {
        PublicAccess::Unblocked => "ec2:DisableSnapshotBlockPublicAccess",
        PublicAccess::BlockNew | PublicAccess::BlockAll => "ec2:EnableSnapshotBlockPublicAccess",
    };
    let mut tx = volumes.db().begin().await?;
    let permit = authorize_new(&mut tx, call, Action(action)).await?;
    let mut settings = of(&mut tx, call.account(), &call.region).await?;
    settings.public_access = access;
    rows::put_settings(&mut tx, &permit, &settings).await?;
    let suspended = access == PublicAccess::BlockAll;
    for mut snapshot in rows::snapshots_of(&mut tx, call.account(), &call.region).await? {
        if snapshot.permission.public && snapshot.permission.suspended != suspended {
            snapshot.permission.suspended = suspended;
            rows::put_snapshot(&mut tx, &permit, &snapshot).await?;
        }
    }
    tx.commit().await?;
    Ok(settings)
}
