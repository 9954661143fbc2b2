//! How many copies an account may have in flight into one Region; as AWS has it, unless the
//! installation says otherwise. Both are decided in the transaction that begins the copy.

use crate::{Volumes, rows};
use base::{Error, Reason, Result, Subject};
use identity::Permit;
use serde::{Deserialize, Serialize};
use store::Tx;

/// The most copies in flight for one account into one Region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// By CopySnapshot.
    pub snapshot_copies: usize,
    /// By CopyImage: images, however many snapshots each has.
    pub image_copies: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            snapshot_copies: 20,
            image_copies: 300,
        }
    }
}

fn check(what: &str, permit: &Permit, running: usize, limit: usize) -> Result<()> {
    if running < limit {
        return Ok(());
    }
    let message = format!(
        "Too many {what} copies in progress: {running} of at most {limit} into {}. \
         Try again when one of them has ended.",
        permit.region()
    );
    Err(Error::new(Reason::Limit, Subject::Request, message))
}

/// Whether one more snapshot may be copied into the permit's Region.
pub(crate) async fn check_snapshot_copies(
    volumes: &Volumes,
    tx: &mut Tx,
    permit: &Permit,
) -> Result<()> {
    let running = rows::snapshot_copies(tx, permit).await?;
    let limit = volumes.limits().snapshot_copies;
    check("snapshot", permit, running, limit)
}

/// Whether one more image may be copied into the permit's Region.
pub async fn check_image_copies(volumes: &Volumes, tx: &mut Tx, permit: &Permit) -> Result<()> {
    let running = rows::image_copies(tx, permit).await?;
    check("image", permit, running, volumes.limits().image_copies)
}
