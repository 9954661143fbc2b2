//! The look that a launch takes at an image.

use crate::image::{LAUNCH, unknown};
use crate::{Image, State, rows};
use base::{ImageId, ResourceId, Result, Timestamp};
use identity::{Call, Permit};
use store::Tx;

/// The image that a caller wants to launch: it must see it, and it must be available.
pub async fn launchable(tx: &mut Tx, call: &Call, id: &str) -> Result<Image> {
    let id = ImageId::parse(id)?;
    let image = rows::visible(tx, call.account(), &call.region, &id).await?;
    match image.state {
        State::Available => Ok(image),
        State::Deregistered if image.owner != *call.account() => Err(unknown(&[id.to_string()])),
        State::Pending | State::Failed | State::Deregistered => Err(image.unavailable()),
    }
}

/// The action that launching is: instances authorize it on the image.
pub const LAUNCH_ACTION: identity::Action = LAUNCH;

/// Remembers when an image was last launched, for its owner.
pub async fn note_launch(tx: &mut Tx, permit: &Permit, id: &ImageId, at: Timestamp) -> Result<()> {
    let Some(mut image) = rows::by_id(tx, id).await? else {
        return Ok(());
    };
    image.last_launched = Some(at);
    rows::update(tx, permit, &image).await
}
