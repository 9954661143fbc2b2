//! Attaching and detaching, as far as volumes are concerned: the rows. Which instances may have
//! which volumes, and telling the guest, is the business of the crate that runs instances.

use crate::{Attachment, AttachmentState, Volume, rows};
use base::Result;
use identity::Permit;
use store::Tx;

/// Attaches an available volume.
pub async fn attach_in(
    tx: &mut Tx,
    permit: &Permit,
    volume: &Volume,
    attachment: Attachment,
) -> Result<Volume> {
    let attached = volume.attached(attachment)?;
    rows::put_volume(tx, permit, &attached).await?;
    Ok(attached)
}

/// Makes an attached volume available again.
pub async fn detach_in(tx: &mut Tx, permit: &Permit, volume: &Volume) -> Result<Volume> {
    let detached = volume.detached()?;
    rows::put_volume(tx, permit, &detached).await?;
    Ok(detached)
}

/// Notes how far attaching or detaching is. Does nothing for a volume that is not attached.
pub async fn set_attachment_state_in(
    tx: &mut Tx,
    permit: &Permit,
    volume: &Volume,
    state: AttachmentState,
) -> Result<Volume> {
    change(tx, permit, volume, |attachment| attachment.state = state).await
}

/// Notes whether an attached volume goes with its instance.
pub async fn set_delete_on_termination_in(
    tx: &mut Tx,
    permit: &Permit,
    volume: &Volume,
    delete_on_termination: bool,
) -> Result<Volume> {
    change(tx, permit, volume, |at| {
        at.delete_on_termination = delete_on_termination
    })
    .await
}

async fn change(
    tx: &mut Tx,
    permit: &Permit,
    volume: &Volume,
    act: impl FnOnce(&mut Attachment),
) -> Result<Volume> {
    let mut changed = volume.clone();
    if let Some(attachment) = &mut changed.attachment {
        act(attachment);
        rows::put_volume(tx, permit, &changed).await?;
    }
    Ok(changed)
}
