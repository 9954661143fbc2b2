//! StartSnapshot.

use crate::create_snapshot::check_description;
use crate::encryption::{self, Asked};
use crate::jobs::ExpireDirect;
use crate::seal::{Want, seal};
use crate::{
    Direct, GIB, NO_VOLUME, Origin, Snapshot, SnapshotState, Volumes, readable_snapshot, rows,
    settings,
};
use base::{Error, Reason, ResourceId, Result, SnapshotId, Subject, Tags};
use blocks::{Domain, Tree};
use identity::{Action, Call, Permit, authorize, put_tags, tags_of};
use serde::Serialize;
use std::collections::BTreeSet;
use store::Tx;

/// The request.
#[derive(Clone, Debug, Serialize)]
pub struct StartSnapshot {
    /// Size in GiB: 1 to 65536, at least that of the parent.
    pub size_gib: i64,
    /// The snapshot whose blocks it has where none are put.
    pub parent: Option<SnapshotId>,
    /// Description.
    pub description: String,
    /// Whether and how it is to be encrypted.
    pub encryption: Asked,
    /// Tags.
    pub tags: Tags,
    /// Minutes without a new block after which it fails: 10 to 4320, 60 if absent.
    pub timeout_minutes: Option<i64>,
    /// The same token gets the same snapshot again.
    #[serde(skip)]
    pub client_token: Option<String>,
}

/// The answer.
#[derive(Clone, Debug)]
pub struct Started {
    /// The pending snapshot.
    pub snapshot: Snapshot,
    /// Its tags.
    pub tags: Tags,
}

const OPERATION: &str = "ebs:StartSnapshot";

/// Begins a snapshot that is written block by block.
pub async fn start_snapshot(
    volumes: &Volumes,
    call: &Call,
    request: StartSnapshot,
) -> Result<Started> {
    check_description(&request.description)?;
    let timeout = timeout_minutes(request.timeout_minutes)?;
    let size_gib = size_gib(request.size_gib)?;
    let parameters = serde_json::to_string(&request).map_err(Error::internal)?;
    let mut tx = volumes.db().begin().await?;
    if let Some(token) = &request.client_token {
        let earlier = tx
            .replay(call.place(), OPERATION, token, &parameters)
            .await?;
        if let Some(earlier) = earlier {
            return again(&mut tx, call, &SnapshotId::parse(&earlier)?).await;
        }
    }
    let parent = match &request.parent {
        Some(id) => Some(readable_snapshot(&mut tx, call.account(), &call.region, id).await?),
        None => None,
    };
    let permit = match &parent {
        Some(parent) => authorize(&mut tx, call, Action(OPERATION), &[parent]).await?,
        None => authorize(&mut tx, call, Action(OPERATION), &[]).await?,
    };
    let by_default = settings::of(&mut tx, call.account(), &call.region)
        .await?
        .encrypt;
    let kind = parent
        .as_ref()
        .map(|parent| parent.as_source(call.account(), &call.region));
    let outcome = encryption::of_direct(kind, &request.encryption, by_default)?;
    let sealing = parent.as_ref().and_then(|parent| parent.sealing.clone());
    let codes = parent.as_ref().map(|parent| parent.product_codes.clone());
    let direct = Direct {
        base: base_of(parent.as_ref(), size_gib)?,
        parent: parent.map(|parent| parent.id),
        timeout_minutes: timeout,
        last_write: call.now,
        sealed: false,
    };
    let mut snapshot = fresh(volumes, &permit, size_gib, request.description, direct);
    snapshot.product_codes = codes.unwrap_or_default();
    let want = Want {
        outcome,
        asked: &request.encryption,
        source: sealing.as_ref().map(|sealing| (sealing, &call.region)),
        resource: snapshot.id.as_ref(),
    };
    let had = seal(volumes, &mut tx, (call, &permit), want).await?;
    (snapshot.encrypted, snapshot.sealing) = had.parts();
    if snapshot.encrypted && snapshot.sealing.is_none() {
        let message = "The KMS key is not accessible.";
        return Err(Error::new(Reason::NotFound, Subject::Key, message));
    }
    rows::put_snapshot(&mut tx, &permit, &snapshot).await?;
    put_tags(
        &mut tx,
        &permit,
        snapshot.id.as_ref(),
        "snapshot",
        &request.tags,
    )
    .await?;
    let until = call
        .now
        .plus(std::time::Duration::from_secs(u64::from(timeout) * 60));
    tx.enqueue_at(&ExpireDirect::of(&snapshot), until).await?;
    if let Some(token) = &request.client_token {
        tx.remember(
            call.place(),
            OPERATION,
            token,
            &parameters,
            snapshot.id.as_ref(),
        )
        .await?;
    }
    tx.commit().await?;
    Ok(Started {
        snapshot,
        tags: request.tags,
    })
}

async fn again(tx: &mut Tx, call: &Call, id: &SnapshotId) -> Result<Started> {
    let snapshot = readable_snapshot(tx, call.account(), &call.region, id).await?;
    let tags = tags_of(tx, call.account(), id.as_ref()).await?;
    Ok(Started { snapshot, tags })
}

fn fresh(
    volumes: &Volumes,
    permit: &Permit,
    size_gib: u32,
    description: String,
    direct: Direct,
) -> Snapshot {
    Snapshot {
        id: SnapshotId::random(volumes.entropy()),
        owner: permit.account().clone(),
        region: permit.region().clone(),
        state: SnapshotState::Pending,
        state_message: None,
        size_gib,
        description,
        volume: NO_VOLUME.to_owned(),
        started: permit.now(),
        completed: None,
        progress: 0,
        streams: false,
        tree: None,
        encrypted: false,
        sealing: None,
        permission: crate::CreatePermission::default(),
        data_bytes: None,
        product_codes: BTreeSet::new(),
        origin: Origin::Direct(direct),
    }
}

fn base_of(parent: Option<&Snapshot>, size_gib: u32) -> Result<Tree> {
    let Some(parent) = parent else {
        return Tree::empty(u64::from(size_gib) * GIB, &Domain::Plain).map_err(Error::internal);
    };
    if size_gib < parent.size_gib {
        let message = format!(
            "The volume size must be at least {} GiB, the size of the parent snapshot.",
            parent.size_gib
        );
        return Err(Error::new(Reason::Invalid, Subject::VolumeSize, message));
    }
    parent.completed_tree().cloned()
}

fn timeout_minutes(asked: Option<i64>) -> Result<u32> {
    let minutes = asked.unwrap_or(60);
    let found = u32::try_from(minutes)
        .ok()
        .filter(|minutes| (10..=4320).contains(minutes));
    found.ok_or_else(|| Error::invalid("The timeout must be between 10 and 4320 minutes."))
}

fn size_gib(asked: i64) -> Result<u32> {
    let found = u32::try_from(asked)
        .ok()
        .filter(|size| (1..=65_536).contains(size));
    found.ok_or_else(|| {
        let message = "The volume size must be between 1 and 65536 GiB.";
        Error::new(Reason::Invalid, Subject::VolumeSize, message)
    })
}
