//! What this crate finishes later: a pending image becomes available when machines can be launched
//! from its snapshots (which are complete, or can be read while they are copied or uploaded), and
//! fails when one of them cannot be made.

use crate::image::{Event, StateReason};
use crate::{Image, Images, State, rows};
use base::{AccountId, ImageId, Region, Result, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use store::{Job, Lease};
use volumes::{Snapshot, SnapshotState};

/// How long an image waits for all of its blocks before it is available without them: most copies
/// are done by then, and need no second look from anybody.
const STREAM_AFTER: Duration = Duration::from_secs(2);
/// How long to wait between two looks at the snapshots of a pending image, and of one that can be
/// launched already.
const PATIENCE: Duration = Duration::from_millis(200);
const LONG_PATIENCE: Duration = Duration::from_secs(2);

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct FinishImage {
    image: ImageId,
    owner: AccountId,
    region: Region,
}

impl FinishImage {
    pub(crate) fn of(image: &Image) -> FinishImage {
        FinishImage {
            image: image.id.clone(),
            owner: image.owner.clone(),
            region: image.region.clone(),
        }
    }
}

impl Job for FinishImage {
    const KIND: &'static str = "images.finish";

    fn key(&self) -> String {
        self.image.to_string()
    }
}

/// Runs a job of this crate; nothing if it is another crate's.
pub async fn run_job(images: &Images, lease: &Lease) -> Option<Result<()>> {
    match lease.kind() {
        FinishImage::KIND => Some(finish(images, lease).await),
        _ => None,
    }
}

async fn finish(images: &Images, lease: &Lease) -> Result<()> {
    let job: FinishImage = lease.job()?;
    let now = images.clock.now();
    let permit = identity::resume(lease, &job.owner, &job.region, now);
    let mut tx = images.db.begin().await?;
    let Some(image) = rows::by_id(&mut tx, &job.image).await? else {
        tx.finish(lease).await?;
        return tx.commit().await;
    };
    if matches!(image.state, State::Pending | State::Available) {
        let ids: Vec<_> = image.snapshots().cloned().collect();
        let found = volumes::snapshots_by_id(&mut tx, &ids).await?;
        let snapshots: Vec<Option<&Snapshot>> = ids.iter().map(|id| found.get(id)).collect();
        let patience = match image.state {
            State::Available => LONG_PATIENCE,
            State::Pending | State::Failed | State::Deregistered => PATIENCE,
        };
        let (next, wait) = decide(image, &snapshots, now)?;
        let changed = next.is_some();
        if let Some(next) = next {
            rows::update(&mut tx, &permit, &next).await?;
        }
        if wait {
            if changed {
                tx.commit().await?;
            } else {
                drop(tx);
            }
            return images.db.put_back(lease, now.plus(patience)).await;
        }
    }
    tx.finish(lease).await?;
    tx.commit().await
}

/// What becomes of an image, given its snapshots, and whether there is more to wait for: an image
/// is available as soon as machines can be launched from it, and fails if the rest does not come.
fn decide(
    image: Image,
    snapshots: &[Option<&Snapshot>],
    now: Timestamp,
) -> Result<(Option<Image>, bool)> {
    let broken = |snapshot: &Option<&Snapshot>| match snapshot {
        None => Some("a snapshot of the image is gone".to_owned()),
        Some(snapshot) if snapshot.state == SnapshotState::Error => {
            let why = snapshot.state_message.clone();
            Some(why.unwrap_or_else(|| format!("the snapshot {} failed", snapshot.id)))
        }
        Some(_) => None,
    };
    if let Some(why) = snapshots.iter().find_map(broken) {
        let mut failed = image.after(Event::Failed)?;
        failed.state_reason = Some(StateReason {
            code: "Client.InternalError".into(),
            message: why,
        });
        return Ok((Some(failed), false));
    }
    let all = |is: fn(&Snapshot) -> bool| snapshots.iter().flatten().all(|snapshot| is(snapshot));
    let wait = !all(|snapshot| snapshot.state == SnapshotState::Completed);
    let soon = wait && now < image.created.plus(STREAM_AFTER);
    let launchable = !soon && all(Snapshot::is_launchable);
    if image.state == State::Pending && launchable {
        return Ok((Some(image.after(Event::Completed)?), wait));
    }
    Ok((None, wait))
}
