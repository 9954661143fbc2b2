//! What the simulation's users ask of the server, and how it is asked.

use crate::disk::Disk;
use crate::world::{Server, region};
use aws_lc_rs::digest::{SHA256, digest};
use base::{ImageId, Result, SnapshotId, Tags, VolumeId};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use identity::Call;
use std::collections::BTreeMap;
use volumes::direct::{CompleteSnapshot, PutBlock, StartSnapshot};
use volumes::{Asked, Sharee};

/// How often a lost race is run again, as the edge does it.
const RACES: usize = 8;

/// Who asks, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which account.
    pub by: usize,
    /// Which Region.
    pub at: usize,
}

/// A request.
#[derive(Clone, Debug)]
pub struct Ask {
    /// What it is called in descriptions, names and tags, so that what it made can be recognised.
    pub tag: String,
    /// By whom, and where.
    pub place: Place,
    /// What.
    pub what: What,
}

/// What is asked.
#[derive(Clone, Debug)]
pub enum What {
    /// CreateVolume; `disk` is what it is to hold.
    CreateVolume {
        from: Option<SnapshotId>,
        key: Option<String>,
        disk: Disk,
        secret: bool,
    },
    /// Makes a disk ready for a guest, as a launch does.
    Open(VolumeId),
    /// DeleteVolume.
    DeleteVolume(VolumeId),
    /// CreateSnapshot.
    CreateSnapshot {
        volume: VolumeId,
        disk: Disk,
        secret: bool,
    },
    /// StartSnapshot.
    StartSnapshot {
        parent: Option<SnapshotId>,
        key: Option<String>,
        disk: Disk,
        secret: bool,
    },
    /// PutSnapshotBlock.
    PutBlock {
        snapshot: SnapshotId,
        block: u64,
        content: u64,
        bytes: Vec<u8>,
    },
    /// CompleteSnapshot, with what was put.
    Complete {
        snapshot: SnapshotId,
        sums: BTreeMap<u64, Vec<u8>>,
    },
    /// CopySnapshot.
    CopySnapshot {
        from: usize,
        snapshot: SnapshotId,
        key: Option<String>,
        disk: Disk,
        secret: bool,
    },
    /// ModifySnapshotAttribute: with the other account that shares.
    Share { snapshot: SnapshotId, add: bool },
    /// DeleteSnapshot.
    DeleteSnapshot(SnapshotId),
    /// RegisterImage.
    Register { snapshot: SnapshotId },
    /// ModifyImageAttribute: with the other account that shares.
    ShareImage { image: ImageId, add: bool },
    /// CopyImage; `of` is the snapshot of the source.
    CopyImage {
        from: usize,
        image: ImageId,
        of: SnapshotId,
        key: Option<String>,
        disk: Disk,
        secret: bool,
    },
    /// DeregisterImage.
    Deregister {
        image: ImageId,
        snapshot: SnapshotId,
        with_snapshot: bool,
    },
}

/// What was answered.
#[derive(Clone, Debug)]
pub enum Answer {
    /// A new volume.
    Volume(VolumeId),
    /// Where a guest finds its disk.
    Opened(volumes::Export),
    /// A new snapshot.
    Snapshot(SnapshotId),
    /// A new image, and its snapshot.
    Image(ImageId, SnapshotId),
    /// Whether the snapshot went with its image.
    Deregistered(bool),
    /// Nothing more.
    Done,
}

/// SHA-256.
pub fn sum(bytes: &[u8]) -> Vec<u8> {
    digest(&SHA256, bytes).as_ref().to_vec()
}

fn asked(key: &Option<String>) -> Asked {
    Asked {
        encrypted: key.as_ref().map(|_| true),
        key: key.clone(),
    }
}

/// A disk that an image is made of.
fn mapping(snapshot: &SnapshotId) -> images::MappingRequest {
    images::MappingRequest {
        device: "/dev/xvda".into(),
        ebs: Some(images::EbsRequest {
            snapshot: Some(snapshot.clone()),
            ..Default::default()
        }),
        ..Default::default()
    }
}

impl Ask {
    /// In a word, for the trace.
    pub fn name(&self) -> &'static str {
        match &self.what {
            What::CreateVolume { .. } => "CreateVolume",
            What::Open(_) => "open",
            What::DeleteVolume(_) => "DeleteVolume",
            What::CreateSnapshot { .. } => "CreateSnapshot",
            What::StartSnapshot { .. } => "StartSnapshot",
            What::PutBlock { .. } => "PutSnapshotBlock",
            What::Complete { .. } => "CompleteSnapshot",
            What::CopySnapshot { .. } => "CopySnapshot",
            What::Share { .. } => "ModifySnapshotAttribute",
            What::DeleteSnapshot(_) => "DeleteSnapshot",
            What::Register { .. } => "RegisterImage",
            What::ShareImage { .. } => "ModifyImageAttribute",
            What::CopyImage { .. } => "CopyImage",
            What::Deregister { .. } => "DeregisterImage",
        }
    }

    /// Ids of what it needs.
    pub fn uses(&self) -> Vec<String> {
        match &self.what {
            What::CreateVolume { from, .. } => from.iter().map(ToString::to_string).collect(),
            What::StartSnapshot { parent, .. } => parent.iter().map(ToString::to_string).collect(),
            What::Open(volume)
            | What::DeleteVolume(volume)
            | What::CreateSnapshot { volume, .. } => vec![volume.to_string()],
            What::PutBlock { snapshot, .. }
            | What::Complete { snapshot, .. }
            | What::CopySnapshot { snapshot, .. }
            | What::Share { snapshot, .. }
            | What::DeleteSnapshot(snapshot)
            | What::Register { snapshot } => vec![snapshot.to_string()],
            What::ShareImage { image, .. } => vec![image.to_string()],
            What::CopyImage { image, of, .. } => vec![image.to_string(), of.to_string()],
            What::Deregister {
                image, snapshot, ..
            } => vec![image.to_string(), snapshot.to_string()],
        }
    }

    /// Ids of what it may end.
    pub fn ends(&self) -> Vec<String> {
        match &self.what {
            What::DeleteVolume(volume) => vec![volume.to_string()],
            What::DeleteSnapshot(snapshot) => vec![snapshot.to_string()],
            What::Deregister {
                image,
                snapshot,
                with_snapshot,
            } => {
                let mut ends = vec![image.to_string()];
                ends.extend(with_snapshot.then(|| snapshot.to_string()));
                ends
            }
            _ => Vec::new(),
        }
    }

    /// Ids of what somebody may not use any more afterwards.
    pub fn takes(&self) -> Vec<String> {
        match &self.what {
            What::Share {
                snapshot,
                add: false,
            } => vec![snapshot.to_string()],
            What::ShareImage { image, add: false } => vec![image.to_string()],
            _ => self.ends(),
        }
    }

    /// Asks, and asks again after a lost race.
    pub async fn perform(&self, server: &Server, call: &Call) -> Result<Answer> {
        let mut left = RACES;
        loop {
            match self.once(server, call).await {
                Err(error) if error.is_conflict() && left > 0 => left -= 1,
                done => return done,
            }
        }
    }

    async fn once(&self, server: &Server, call: &Call) -> Result<Answer> {
        let volumes = &server.volumes;
        let done = |()| Answer::Done;
        match &self.what {
            What::CreateVolume { from, key, .. } => {
                let request = volumes::CreateVolume {
                    zone: call.region.zones()[0].clone(),
                    size_gib: from.is_none().then_some(1),
                    snapshot: from.clone(),
                    kind: None,
                    iops: None,
                    throughput: None,
                    encryption: asked(key),
                    tags: Tags::from([("Name".to_owned(), self.tag.clone())]),
                    client_token: None,
                };
                let made = volumes::create_volume(volumes, call, request).await?;
                Ok(Answer::Volume(made.id))
            }
            What::Open(volume) => volumes::open(volumes, volume).await.map(Answer::Opened),
            What::DeleteVolume(volume) => volumes::delete_volume(volumes, call, volume)
                .await
                .map(done),
            What::CreateSnapshot { volume, .. } => {
                let request = volumes::CreateSnapshot {
                    volume: volume.clone(),
                    spec: volumes::SnapshotSpec {
                        description: self.tag.clone(),
                        ..Default::default()
                    },
                };
                let made = volumes::create_snapshot(volumes, call, request).await?;
                Ok(Answer::Snapshot(made.id))
            }
            What::StartSnapshot { parent, key, .. } => {
                let request = StartSnapshot {
                    size_gib: 1,
                    parent: parent.clone(),
                    description: self.tag.clone(),
                    encryption: asked(key),
                    tags: Tags::new(),
                    timeout_minutes: Some(4320),
                    client_token: Some(self.tag.clone()),
                };
                let made = volumes::direct::start_snapshot(volumes, call, request).await?;
                Ok(Answer::Snapshot(made.snapshot.id))
            }
            What::PutBlock {
                snapshot,
                block,
                bytes,
                ..
            } => {
                let put = PutBlock {
                    snapshot: snapshot.clone(),
                    index: i64::try_from(*block).unwrap_or(0),
                    data: bytes.clone(),
                    checksum: STANDARD.encode(sum(bytes)),
                    progress: None,
                };
                volumes::direct::put_snapshot_block(volumes, call, put).await?;
                Ok(Answer::Done)
            }
            What::Complete { snapshot, sums } => {
                let all: Vec<u8> = sums.values().flatten().copied().collect();
                let request = CompleteSnapshot {
                    snapshot: snapshot.clone(),
                    changed_blocks: i64::try_from(sums.len()).unwrap_or(0),
                    checksum: Some(STANDARD.encode(sum(&all))),
                };
                volumes::direct::complete_snapshot(volumes, call, request).await?;
                Ok(Answer::Done)
            }
            What::CopySnapshot {
                from,
                snapshot,
                key,
                ..
            } => {
                let request = volumes::CopySnapshot {
                    source_region: region(*from),
                    source: snapshot.clone(),
                    description: Some(self.tag.clone()),
                    encryption: asked(key),
                    tags: Tags::new(),
                };
                let made = volumes::copy_snapshot(volumes, call, request).await?;
                Ok(Answer::Snapshot(made))
            }
            What::Share { snapshot, add } => {
                let other = vec![Sharee::Account(crate::world::account(1 - self.place.by))];
                let change = if *add {
                    volumes::ShareSnapshot {
                        add: other,
                        remove: Vec::new(),
                    }
                } else {
                    volumes::ShareSnapshot {
                        add: Vec::new(),
                        remove: other,
                    }
                };
                volumes::share_snapshot(volumes, call, snapshot, change)
                    .await
                    .map(done)
            }
            What::DeleteSnapshot(snapshot) => volumes::delete_snapshot(volumes, call, snapshot)
                .await
                .map(done),
            What::Register { snapshot } => {
                let request = images::Register {
                    name: self.tag.clone(),
                    architecture: Some("x86_64".into()),
                    virtualization: Some("hvm".into()),
                    root_device: Some("/dev/xvda".into()),
                    mappings: vec![mapping(snapshot)],
                    ..Default::default()
                };
                let image = images::register(&server.images, call, request).await?;
                Ok(Answer::Image(image, snapshot.clone()))
            }
            What::ShareImage { image, add } => {
                let other = images::Who::Account(crate::world::account(1 - self.place.by));
                let (add, remove) = match add {
                    true => (vec![other], Vec::new()),
                    false => (Vec::new(), vec![other]),
                };
                let change = images::Change::Launch { add, remove };
                images::modify(&server.images, call, image, change)
                    .await
                    .map(done)
            }
            What::CopyImage {
                from, image, key, ..
            } => {
                let request = images::Copy {
                    source: image.clone(),
                    source_region: region(*from),
                    name: self.tag.clone(),
                    description: String::new(),
                    copy_tags: false,
                    encryption: asked(key),
                    image_tags: Tags::new(),
                    snapshot_tags: Tags::new(),
                    client_token: Some(self.tag.clone()),
                };
                let made = images::copy(&server.images, call, request).await?;
                let mut tx = server.db.read().await?;
                let row = images::visible(&mut tx, call.account(), &call.region, &made).await?;
                let snapshot = row.snapshots().next().cloned();
                let missing = || base::Error::internal("the copy has no snapshot");
                Ok(Answer::Image(made, snapshot.ok_or_else(missing)?))
            }
            What::Deregister {
                image,
                with_snapshot,
                ..
            } => {
                let request = images::Deregister {
                    image: image.clone(),
                    delete_snapshots: *with_snapshot,
                };
                let ended = images::deregister(&server.images, call, request).await?;
                let deleted = |one: &images::Deregistered| one.outcome == images::Outcome::Deleted;
                Ok(Answer::Deregistered(ended.iter().any(deleted)))
            }
        }
    }
}
