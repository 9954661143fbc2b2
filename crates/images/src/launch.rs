//! The look that a launch takes at an image.

use crate::image::{LAUNCH, unknown};
use crate::{Image, State, rows, settings};
use base::{AccountId, ImageId, ResourceId, Result, Timestamp};
use identity::{Call, Permit};
use store::Tx;

/// The image that a caller wants to launch: it must see it, and it must be available.
pub async fn launchable(tx: &mut Tx, call: &Call, id: &str) -> Result<Image> {
    let id = ImageId::parse(id)?;
    let image = rows::visible(tx, call.account(), &call.region, &id).await?;
    check_allowed(tx, call, &image).await?;
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

/// By what names launch permissions may mean an account: its id first, then the ARNs of its
/// organization and of the units that it is in.
pub(crate) async fn names_of(tx: &mut Tx, account: &AccountId) -> Result<Vec<String>> {
    let mut names = vec![account.to_string()];
    if let Some(place) = identity::organization_of(tx, account).await? {
        let prefix = format!("arn:aws:organizations::{}:", place.management);
        names.push(format!("{prefix}organization/{}", place.id));
        // The root is among them: nobody can name it, because it is no unit.
        let units = place.units.iter();
        names.extend(units.map(|unit| format!("{prefix}ou/{}/{unit}", place.id)));
    }
    Ok(names)
}

/// An image that the caller's account does not allow is as if it did not exist.
pub(crate) async fn check_allowed(tx: &mut Tx, call: &Call, image: &Image) -> Result<()> {
    let settings = settings::of(tx, call.account(), &call.region).await?;
    if settings.allowed.hides(image, call.account(), call.now) {
        return Err(unknown(&[image.id.to_string()]));
    }
    Ok(())
}
