//! CopyImage: the same bytes, another id, owner and perhaps Region.
//!
//! The call goes to the Region that receives the copy. Within a Region no chunk is written; to
//! another one only the chunks travel that it lacks.

use crate::image::{COPY, State, image_to_make};
use crate::jobs::FinishImage;
use crate::launch::check_allowed;
use crate::name::{check_description, check_name};
use crate::register::insert_new;
use crate::{Image, Images, LaunchPermission, Mapping, Target, rows};
use base::{Error, ImageId, Reason, Region, ResourceId, Result, SnapshotId, Subject, Tags};
use identity::{Call, Made, Permit, Resource};
use serde::Serialize;
use std::collections::BTreeMap;
use store::Tx;
use volumes::{CopySpec, Snapshot};

/// What CopyImage asks for.
#[derive(Clone, Debug, Serialize)]
pub struct Copy {
    /// The image to copy.
    pub source: ImageId,
    /// Where it lies.
    pub source_region: Region,
    /// The copy's name.
    pub name: String,
    /// The copy's description.
    pub description: String,
    /// Whether the caller's tags on the source go along.
    pub copy_tags: bool,
    /// Whether and how its snapshots are to be encrypted.
    pub encryption: volumes::Asked,
    /// Tags of the copy.
    pub image_tags: Tags,
    /// Tags of its snapshots.
    pub snapshot_tags: Tags,
    /// The same token with the same parameters gets the same copy.
    #[serde(skip)]
    pub client_token: Option<String>,
}

/// Records the copy and answers its id at once; the blocks follow.
pub async fn copy(images: &Images, call: &Call, request: Copy) -> Result<ImageId> {
    check_name(&request.name)?;
    check_description(&request.description)?;
    let parameters = serde_json::to_string(&request).map_err(Error::internal)?;
    let mut tx = images.db.begin().await?;
    if let Some(token) = &request.client_token
        && let Some(earlier) = tx
            .replay(call.place(), "CopyImage", token, &parameters)
            .await?
    {
        return ImageId::parse(&earlier);
    }
    let account = call.account();
    let source = rows::visible(&mut tx, account, &request.source_region, &request.source).await?;
    check_allowed(&mut tx, call, &source).await?;
    let snapshots = storage(&mut tx, call, &source).await;
    let made = to_make(&mut tx, call, &request, snapshots.as_ref().ok()).await?;
    let mut about: Vec<&dyn Resource> = vec![&source];
    about.extend(made.iter().map(|made| made as &dyn Resource));
    let permit = identity::authorize(&mut tx, call, COPY, &about).await?;
    if source.state != State::Available {
        return Err(source.unavailable());
    }
    if source.owner != *account {
        images.rules.check_copy(&source.billing)?;
    }
    let snapshots = snapshots?;
    volumes::check_image_copies(&images.volumes, &mut tx, &permit).await?;
    let copied = begin_copies(images, &mut tx, (call, &permit), (&request, &snapshots)).await?;
    let target = source.copy_of(
        &request,
        &permit,
        &copied,
        ImageId::random(&*images.entropy),
    );
    let tags = copied_tags(&mut tx, call, &request).await?;
    insert_new(&mut tx, &permit, &target, &tags).await?;
    tx.enqueue(&FinishImage::of(&target)).await?;
    if let Some(token) = &request.client_token {
        let answer = target.id.as_ref();
        tx.remember(call.place(), "CopyImage", token, &parameters, answer)
            .await?;
    }
    tx.commit().await?;
    Ok(target.id)
}

/// The snapshots beneath the source. A right to launch is no right to read them.
async fn storage(
    tx: &mut Tx,
    call: &Call,
    source: &Image,
) -> Result<BTreeMap<SnapshotId, Snapshot>> {
    let mut found = BTreeMap::new();
    for id in source.snapshots() {
        let read = volumes::readable_snapshot(tx, call.account(), &source.region, id).await;
        let snapshot = read.map_err(|error| {
            if error.is_not_found() {
                no_storage()
            } else {
                error
            }
        })?;
        found.insert(id.clone(), snapshot);
    }
    Ok(found)
}

/// The image and the snapshots that would be made, as policies are asked about them.
async fn to_make(
    tx: &mut Tx,
    call: &Call,
    request: &Copy,
    snapshots: Option<&BTreeMap<SnapshotId, Snapshot>>,
) -> Result<Vec<Made>> {
    let by_default = volumes::encrypts_by_default(tx, call).await?;
    let mut made = vec![image_to_make(call)];
    for snapshot in snapshots.into_iter().flat_map(BTreeMap::values) {
        let kind = snapshot.as_source(call.account(), &call.region);
        let outcome = volumes::of_image_copy(kind, &request.encryption, by_default)?;
        made.push(volumes::snapshot_copy_to_make(call, snapshot, outcome));
    }
    Ok(made)
}

/// A snapshot of the copy.
struct Copied {
    id: SnapshotId,
    encrypted: bool,
}

fn no_storage() -> Error {
    let message = "You do not have permission to access the storage of this ami";
    Error::new(Reason::Invalid, Subject::Storage, message)
}

async fn begin_copies(
    images: &Images,
    tx: &mut Tx,
    (call, permit): (&Call, &Permit),
    (request, snapshots): (&Copy, &BTreeMap<SnapshotId, Snapshot>),
) -> Result<BTreeMap<SnapshotId, Copied>> {
    let by_default = volumes::encrypts_by_default(tx, call).await?;
    let mut copied = BTreeMap::new();
    for (id, snapshot) in snapshots {
        let description = format!(
            "Copied for DestinationAmi by CopyImage from SourceAmi {} in {}, SourceSnapshot {id}.",
            request.source, request.source_region
        );
        let kind = snapshot.as_source(call.account(), &call.region);
        let outcome = volumes::of_image_copy(kind, &request.encryption, by_default)?;
        let spec = CopySpec {
            outcome,
            encryption: request.encryption.clone(),
            description,
            tags: request.snapshot_tags.clone(),
        };
        let copy = volumes::begin_copy(&images.volumes, tx, (call, permit), snapshot, spec).await?;
        let encrypted = outcome != volumes::Outcome::Plain;
        copied.insert(
            id.clone(),
            Copied {
                id: copy,
                encrypted,
            },
        );
    }
    Ok(copied)
}

/// The caller's own tags on the source if it asked for them; a tag named in the request wins.
async fn copied_tags(tx: &mut Tx, call: &Call, request: &Copy) -> Result<Tags> {
    let mut tags = Tags::new();
    if request.copy_tags {
        tags = identity::tags_of(tx, call.account(), request.source.as_ref()).await?;
    }
    tags.extend(request.image_tags.clone());
    Ok(tags)
}

impl Image {
    /// What a copy of this image would be. Reads nothing and writes nothing.
    fn copy_of(
        &self,
        request: &Copy,
        permit: &Permit,
        copied: &BTreeMap<SnapshotId, Copied>,
        id: ImageId,
    ) -> Image {
        let map = |mapping: &Mapping| {
            let mut mapping = mapping.clone();
            if let Target::Ebs(ebs) = &mut mapping.target {
                let copy = ebs.snapshot.as_ref().and_then(|id| copied.get(id));
                ebs.encrypted = copy.map_or(ebs.encrypted, |copy| copy.encrypted);
                ebs.snapshot = copy.map(|copy| copy.id.clone());
            }
            mapping
        };
        Image {
            id,
            owner: permit.account().clone(),
            region: permit.region().clone(),
            name: request.name.clone(),
            description: request.description.clone(),
            state: State::Pending,
            state_reason: None,
            mappings: self.mappings.iter().map(map).collect(),
            created: permit.now(),
            source_image: Some(self.id.clone()),
            source_region: Some(self.region.clone()),
            source_instance: None,
            launch: LaunchPermission::default(),
            last_launched: None,
            ..self.clone()
        }
    }
}
