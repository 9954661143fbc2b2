//! CreateVolume: a new volume, empty or from a snapshot. Only a row is written, so it costs the
//! same for a gibibyte and for sixteen tebibytes.

use crate::encryption::{self, Asked, Source};
use crate::seal::{Want, seal};
use crate::{GIB, Sealing, Shape, ShapeRequest, Snapshot, Upload, Volume, VolumeKind, VolumeState};
use crate::{Volumes, readable_snapshot, rows, settings};
use base::{Error, Reason, Region, ResourceId, Result, SnapshotId, Subject, Tags, VolumeId, Zone};
use blocks::{Domain, Tree};
use identity::{Action, Call, Permit, Resource, authorize, put_tags};
use serde::Serialize;
use std::collections::BTreeSet;
use store::Tx;

/// The request.
#[derive(Clone, Debug, Serialize)]
pub struct CreateVolume {
    /// Where.
    pub zone: Zone,
    /// Size in GiB; that of the snapshot if absent.
    pub size_gib: Option<i64>,
    /// The snapshot that it begins as.
    pub snapshot: Option<SnapshotId>,
    /// The kind; gp2 if absent.
    pub kind: Option<VolumeKind>,
    /// Operations in a second.
    pub iops: Option<i64>,
    /// MiB in a second.
    pub throughput: Option<i64>,
    /// Whether and how it is to be encrypted.
    pub encryption: Asked,
    /// Its tags.
    pub tags: Tags,
    /// The same token gets the same volume again.
    #[serde(skip)]
    pub client_token: Option<String>,
}

/// What is to be made, for [`create_volume_in`]. The shape is checked; the size is checked against
/// the snapshot.
#[derive(Clone, Debug)]
pub struct NewVolume {
    /// Where.
    pub zone: Zone,
    /// Kind and numbers.
    pub shape: Shape,
    /// The snapshot that it begins as; it must be completed, or readable while it is copied.
    pub snapshot: Option<Snapshot>,
    /// Whether and how it is to be encrypted.
    pub encryption: Asked,
    /// The product codes of the image that it is a disk of. It has those of the snapshot anyway.
    pub product_codes: BTreeSet<String>,
    /// Its tags.
    pub tags: Tags,
}

const OPERATION: &str = "CreateVolume";

/// Makes a volume.
pub async fn create_volume(
    volumes: &Volumes,
    call: &Call,
    request: CreateVolume,
) -> Result<Volume> {
    let mut tx = volumes.db().begin().await?;
    let parameters = serde_json::to_string(&request).map_err(Error::internal)?;
    if let Some(token) = &request.client_token {
        let earlier = tx
            .replay(call.place(), OPERATION, token, &parameters)
            .await?;
        if let Some(earlier) = earlier {
            let id = VolumeId::parse(&earlier)?;
            return crate::volume_for(&mut tx, call.account(), &id).await;
        }
    }
    let snapshot = match &request.snapshot {
        Some(id) => Some(readable_snapshot(&mut tx, call.account(), &call.region, id).await?),
        None => None,
    };
    let shape = request.shape(snapshot.as_ref())?;
    let new = NewVolume {
        zone: request.zone,
        shape,
        snapshot,
        encryption: request.encryption,
        product_codes: BTreeSet::new(),
        tags: request.tags,
    };
    let made = crate::volume_to_make(&mut tx, call, &new).await?;
    let mut about: Vec<&dyn Resource> = vec![&made];
    about.extend(new.snapshot.as_ref().map(|found| found as &dyn Resource));
    let permit = authorize(&mut tx, call, Action("ec2:CreateVolume"), &about).await?;
    let mut volume = create_volume_in(volumes, &mut tx, (call, &permit), new).await?;
    if volume.encrypted && volume.sealing.is_none() {
        // Answered as being made, and found to have failed: AWS looks at keys later.
        volume.state = VolumeState::Error;
        rows::put_volume(&mut tx, &permit, &volume).await?;
        volume.state = VolumeState::Creating;
    }
    if let Some(token) = &request.client_token {
        tx.remember(
            call.place(),
            OPERATION,
            token,
            &parameters,
            volume.id.as_ref(),
        )
        .await?;
    }
    tx.commit().await?;
    Ok(volume)
}

impl CreateVolume {
    fn shape(&self, snapshot: Option<&Snapshot>) -> Result<Shape> {
        let size_gib = match (self.size_gib, snapshot) {
            (Some(size), _) => size,
            (None, Some(snapshot)) => i64::from(snapshot.size_gib),
            (None, None) => {
                let message = "The request must contain the parameter size/snapshot";
                return Err(Error::new(Reason::Missing, Subject::Parameter, message));
            }
        };
        let (kind, iops, throughput) = (self.kind, self.iops, self.throughput);
        ShapeRequest {
            kind,
            size_gib,
            iops,
            throughput,
        }
        .check()
    }
}

/// Makes a volume in a transaction of the caller's. The row is all there is to it; the folder is
/// made when the volume is first opened.
pub async fn create_volume_in(
    volumes: &Volumes,
    tx: &mut Tx,
    (call, permit): (&Call, &Permit),
    new: NewVolume,
) -> Result<Volume> {
    let (base, from, upload) = base_of(&new, permit.region())?;
    let id = VolumeId::random(volumes.entropy());
    let (encrypted, sealing) = sealing_of(volumes, tx, (call, permit), (&new, &id)).await?;
    let mut product_codes = new.product_codes;
    if let Some(snapshot) = &new.snapshot {
        product_codes.extend(snapshot.product_codes.iter().cloned());
    }
    let volume = Volume {
        id,
        owner: permit.account().clone(),
        region: permit.region().clone(),
        zone: new.zone,
        size_gib: new.shape.size_gib,
        kind: new.shape.kind,
        iops: new.shape.iops,
        throughput: new.shape.throughput,
        state: VolumeState::Available,
        created: permit.now(),
        product_codes,
        snapshot: new.snapshot.map(|snapshot| snapshot.id),
        encrypted,
        sealing,
        attachment: None,
        base_from: Some(from).filter(|from| from != permit.region()),
        upload,
        base,
    };
    rows::put_volume(tx, permit, &volume).await?;
    put_tags(tx, permit, volume.id.as_ref(), "volume", &new.tags).await?;
    Ok(volume)
}

async fn sealing_of(
    volumes: &Volumes,
    tx: &mut Tx,
    (call, permit): (&Call, &Permit),
    (new, id): (&NewVolume, &VolumeId),
) -> Result<(bool, Option<Sealing>)> {
    let source = new.snapshot.as_ref();
    let kind = source.map_or(Source::Plain, |snapshot| {
        snapshot.as_source(call.account(), &call.region)
    });
    let by_default = settings::of(tx, call.account(), &call.region)
        .await?
        .encrypt;
    let outcome = encryption::of_volume(kind, &new.encryption, by_default)?;
    let sealing = source.and_then(|snapshot| Some((snapshot.sealing.as_ref()?, &snapshot.region)));
    let want = Want {
        outcome,
        asked: &new.encryption,
        source: sealing,
        resource: id.as_ref(),
    };
    Ok(seal(volumes, tx, (call, permit), want).await?.parts())
}

/// The disk that it begins as, and the Region that has all of it; and the upload that is to take the
/// place of that disk.
fn base_of(new: &NewVolume, here: &Region) -> Result<(Tree, Region, Option<Upload>)> {
    let Some(snapshot) = &new.snapshot else {
        let bytes = u64::from(new.shape.size_gib) * GIB;
        let empty = Tree::empty(bytes, &Domain::Plain).map_err(Error::internal)?;
        return Ok((empty, here.clone(), None));
    };
    if new.shape.size_gib < snapshot.size_gib {
        let message = format!(
            "The size of a volume cannot be less than {}GiB, the size of the snapshot '{}'.",
            snapshot.size_gib, snapshot.id
        );
        return Err(Error::new(Reason::Invalid, Subject::VolumeSize, message));
    }
    if let Some(direct) = snapshot.uploading() {
        let upload = Upload {
            snapshot: snapshot.id.clone(),
            size_gib: snapshot.size_gib,
            tree: None,
        };
        return Ok((direct.base.clone(), here.clone(), Some(upload)));
    }
    let (tree, region) = snapshot.launchable_tree()?;
    Ok((tree.clone(), region.clone(), None))
}
