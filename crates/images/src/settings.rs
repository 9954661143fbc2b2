//! What an account has set for all images in a Region: whether its own may be public, and which
//! images of others it lets its users find and launch.
//!
//! As AWS has it for new accounts, public sharing is blocked until the account says otherwise, and
//! every image is allowed.

use crate::allowed::{Allowed, AllowedState, Criterion};
use crate::{Images, rows};
use base::{AccountId, Region, Result};
use identity::{Action, Call, authorize_new};
use serde::{Deserialize, Serialize};
use store::Tx;

/// The settings of one account in one Region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Whether the account's images cannot become public.
    pub block_public: bool,
    /// Which images of others may be found and used.
    pub allowed: Allowed,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            block_public: true,
            allowed: Allowed::default(),
        }
    }
}

/// The settings of an account in a Region, within a transaction.
pub(crate) async fn of(tx: &mut Tx, account: &AccountId, region: &Region) -> Result<Settings> {
    Ok(rows::settings(tx, account, region)
        .await?
        .unwrap_or_default())
}

/// The caller's settings here.
pub async fn settings(images: &Images, call: &Call, action: &'static str) -> Result<Settings> {
    let mut tx = images.db.read().await?;
    authorize_new(&mut tx, call, Action(action)).await?;
    of(&mut tx, call.account(), &call.region).await
}

async fn change(
    images: &Images,
    call: &Call,
    action: &'static str,
    change: impl FnOnce(&mut Settings),
) -> Result<()> {
    let mut tx = images.db.begin().await?;
    let permit = authorize_new(&mut tx, call, Action(action)).await?;
    let mut settings = of(&mut tx, call.account(), &call.region).await?;
    change(&mut settings);
    rows::put_settings(&mut tx, &permit, &settings).await?;
    tx.commit().await
}

/// Blocks or unblocks public sharing. Images that are public stay so.
pub async fn block_public_access(images: &Images, call: &Call, block: bool) -> Result<()> {
    let action = if block {
        "ec2:EnableImageBlockPublicAccess"
    } else {
        "ec2:DisableImageBlockPublicAccess"
    };
    change(images, call, action, |settings| {
        settings.block_public = block;
    })
    .await
}

/// Applies, watches or ignores the criteria for images of others.
pub async fn set_allowed_state(images: &Images, call: &Call, state: AllowedState) -> Result<()> {
    let action = match state {
        AllowedState::Disabled => "ec2:DisableAllowedImagesSettings",
        AllowedState::Audit | AllowedState::Enabled => "ec2:EnableAllowedImagesSettings",
    };
    change(images, call, action, |settings| {
        settings.allowed.state = state;
    })
    .await
}

/// Replaces the criteria for images of others.
pub async fn replace_criteria(
    images: &Images,
    call: &Call,
    criteria: Vec<Criterion>,
) -> Result<()> {
    crate::allowed::check(&criteria)?;
    let action = "ec2:ReplaceImageCriteriaInAllowedImagesSettings";
    change(images, call, action, |settings| {
        settings.allowed.criteria = criteria;
    })
    .await
}
