//! Every SQL statement about volumes and snapshots, and nothing else. (The index of chunks keeps
//! its own in `index.rs`.)

use crate::collect::hold_trees;
use crate::index::blob;
use crate::{NO_VOLUME, Origin, Settings, Snapshot, SnapshotState, Volume, VolumeState};
use base::{AccountId, ImageId, InstanceId, Region, ResourceId, Result, SnapshotId, VolumeId};
use blocks::Tree;
use identity::Permit;
use std::collections::BTreeMap;
use store::{Migration, Row, Tx, Value, doc};

/// The tables of this crate.
pub const SCHEMA: &[Migration] = &[
    Migration {
        name: "volumes-001",
        sql: "
CREATE TABLE volumes (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, region TEXT NOT NULL, state TEXT NOT NULL,
    instance TEXT, doc TEXT NOT NULL);
CREATE INDEX volumes_by_owner ON volumes (owner, region);
CREATE INDEX volumes_by_instance ON volumes (instance);
CREATE INDEX volumes_by_state ON volumes (state);
CREATE TABLE snapshots (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, region TEXT NOT NULL, state TEXT NOT NULL,
    volume TEXT NOT NULL, frozen BIGINT, doc TEXT NOT NULL);
CREATE INDEX snapshots_by_owner ON snapshots (owner, region);
CREATE INDEX snapshots_by_volume ON snapshots (volume, state);
CREATE TABLE snapshot_holders (
    image TEXT NOT NULL, snapshot TEXT NOT NULL, PRIMARY KEY (image, snapshot));
CREATE INDEX snapshot_holders_by_snapshot ON snapshot_holders (snapshot);
CREATE TABLE volumes_secrets (name TEXT PRIMARY KEY, secret BLOB NOT NULL)",
    },
    crate::index::SCHEMA,
    Migration {
        name: "volumes-sharing",
        sql: "
ALTER TABLE snapshots ADD COLUMN public BIGINT NOT NULL DEFAULT 0;
CREATE INDEX snapshots_public ON snapshots (public, region, id);
CREATE TABLE snapshot_sharees (
    snapshot TEXT NOT NULL, account TEXT NOT NULL, PRIMARY KEY (account, snapshot));
CREATE INDEX snapshot_sharees_by_snapshot ON snapshot_sharees (snapshot);
CREATE TABLE volumes_settings (
    account TEXT NOT NULL, region TEXT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (account, region));
CREATE TABLE grant_holders (resource TEXT PRIMARY KEY, holder TEXT NOT NULL);
CREATE INDEX grant_holders_by_holder ON grant_holders (holder)",
    },
    Migration {
        // SQLite turns `live * 2 < bytes` around before it looks for an index, and then finds none; and without the
        // order in which packs are asked for it would rather read every pack by its key than sort.
        name: "volumes-emptiest-packs",
        sql: "DROP INDEX packs_sparse;
CREATE INDEX packs_emptiest ON packs (region, live, id) WHERE condemned = 0 AND bytes > live * 2",
    },
    Migration {
        name: "volumes-boot-orders",
        sql: "CREATE TABLE boot_orders (snapshot TEXT PRIMARY KEY, reads BLOB NOT NULL)",
    },
    Migration {
        name: "volumes-held-keys",
        sql: "CREATE TABLE held_keys (volume TEXT PRIMARY KEY, sealed BLOB NOT NULL)",
    },
    crate::usage::SCHEMA,
    Migration {
        name: "volumes-uploads",
        sql: "
ALTER TABLE volumes ADD COLUMN upload TEXT;
CREATE INDEX volumes_by_upload ON volumes (upload) WHERE upload IS NOT NULL",
    },
];

pub(crate) async fn put_volume(tx: &mut Tx, _permit: &Permit, volume: &Volume) -> Result<()> {
    let sql = "INSERT INTO volumes (id, owner, region, state, instance, upload, doc)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        ON CONFLICT (id) DO UPDATE SET state = excluded.state, instance = excluded.instance,
            upload = excluded.upload, doc = excluded.doc";
    let instance = volume
        .attachment
        .as_ref()
        .map(|attachment| attachment.instance.to_string());
    let row = [
        (&volume.id).into(),
        (&volume.owner).into(),
        (&volume.region).into(),
        volume.state.as_str().into(),
        instance.into(),
        volume.awaited().map(ToString::to_string).into(),
        doc(volume)?,
    ];
    tx.exec(sql, &row).await?;
    hold_trees(tx, volume.id.as_ref(), &[volume.held_base()]).await
}

pub(crate) async fn volume(tx: &mut Tx, id: &VolumeId) -> Result<Option<Volume>> {
    let row = tx
        .first("SELECT doc FROM volumes WHERE id = ?1", &[id.into()])
        .await?;
    row.map(|row| row.doc(0)).transpose()
}

pub(crate) async fn volumes_of(
    tx: &mut Tx,
    account: &AccountId,
    region: &Region,
) -> Result<Vec<Volume>> {
    let sql = "SELECT doc FROM volumes WHERE owner = ?1 AND region = ?2 ORDER BY id";
    docs(&tx.query(sql, &[account.into(), region.into()]).await?)
}

pub(crate) async fn volumes_in(tx: &mut Tx, state: VolumeState) -> Result<Vec<Volume>> {
    let sql = "SELECT doc FROM volumes WHERE state = ?1 ORDER BY id";
    docs(&tx.query(sql, &[state.as_str().into()]).await?)
}

/// Whether somebody holds a tree in a Region.
pub(crate) async fn is_held(tx: &mut Tx, region: &Region, tree: &Tree) -> Result<bool> {
    let Some(root) = tree.root_address() else {
        return Ok(false);
    };
    let sql = "SELECT holder FROM roots WHERE region = ?1 AND address = ?2 LIMIT 1";
    let row = [region.into(), blob(root.as_bytes())];
    Ok(tx.first(sql, &row).await?.is_some())
}

/// The volumes whose base a snapshot is to become.
pub(crate) async fn volumes_awaiting(tx: &mut Tx, id: &SnapshotId) -> Result<Vec<Volume>> {
    let sql = "SELECT doc FROM volumes WHERE upload = ?1 ORDER BY id";
    docs(&tx.query(sql, &[id.into()]).await?)
}

/// The volumes that hold a tree in a Region.
pub(crate) async fn volumes_on(tx: &mut Tx, region: &Region, tree: &Tree) -> Result<Vec<Volume>> {
    let Some(root) = tree.root_address() else {
        return Ok(Vec::new());
    };
    let sql = "SELECT doc FROM volumes WHERE id IN
        (SELECT holder FROM roots WHERE region = ?1 AND address = ?2) ORDER BY id";
    docs(
        &tx.query(sql, &[region.into(), blob(root.as_bytes())])
            .await?,
    )
}

pub(crate) async fn volumes_at(tx: &mut Tx, instance: &InstanceId) -> Result<Vec<Volume>> {
    let sql = "SELECT doc FROM volumes WHERE instance = ?1 ORDER BY id";
    docs(&tx.query(sql, &[instance.into()]).await?)
}

pub(crate) async fn delete_volume(tx: &mut Tx, _permit: &Permit, id: &VolumeId) -> Result<()> {
    tx.exec("DELETE FROM volumes WHERE id = ?1", &[id.into()])
        .await?;
    hold_trees(tx, &next_base(id), &[]).await?;
    hold_trees(tx, id.as_ref(), &[]).await
}

/// Who holds the base that a volume's folder is being put on, until its row names it.
pub(crate) fn next_base(id: &VolumeId) -> String {
    format!("{id}/next")
}

/// Who holds what a pending snapshot's upload is relative to.
pub(crate) fn upload_base(id: &SnapshotId) -> String {
    format!("{id}/base")
}

pub(crate) async fn put_snapshot(tx: &mut Tx, _permit: &Permit, snapshot: &Snapshot) -> Result<()> {
    let sql = "INSERT INTO snapshots (id, owner, region, state, volume, frozen, public, doc)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        ON CONFLICT (id) DO UPDATE SET
            state = excluded.state, public = excluded.public, doc = excluded.doc";
    let frozen = snapshot
        .frozen()
        .map(i64::try_from)
        .transpose()
        .map_err(base::Error::internal)?;
    let row = [
        (&snapshot.id).into(),
        (&snapshot.owner).into(),
        (&snapshot.region).into(),
        snapshot.state.as_str().into(),
        (&snapshot.volume).into(),
        frozen.into(),
        snapshot.permission.is_public().into(),
        doc(snapshot)?,
    ];
    tx.exec(sql, &row).await?;
    let forget = "DELETE FROM snapshot_sharees WHERE snapshot = ?1";
    tx.exec(forget, &[(&snapshot.id).into()]).await?;
    for account in &snapshot.permission.accounts {
        let sql = "INSERT INTO snapshot_sharees (snapshot, account) VALUES (?1, ?2)";
        tx.exec(sql, &[(&snapshot.id).into(), account.into()])
            .await?;
    }
    if snapshot.state != SnapshotState::Pending {
        hold_trees(tx, &upload_base(&snapshot.id), &[]).await?;
    }
    hold_trees(tx, snapshot.id.as_ref(), &snapshot.trees()).await
}

pub(crate) async fn snapshot(tx: &mut Tx, id: &SnapshotId) -> Result<Option<Snapshot>> {
    let row = tx
        .first("SELECT doc FROM snapshots WHERE id = ?1", &[id.into()])
        .await?;
    row.map(|row| row.doc(0)).transpose()
}

pub(crate) async fn snapshots(
    tx: &mut Tx,
    ids: &[SnapshotId],
) -> Result<BTreeMap<SnapshotId, Snapshot>> {
    let mut found = BTreeMap::new();
    for id in ids {
        if let Some(snapshot) = snapshot(tx, id).await? {
            found.insert(id.clone(), snapshot);
        }
    }
    Ok(found)
}

pub(crate) async fn snapshots_of(
    tx: &mut Tx,
    account: &AccountId,
    region: &Region,
) -> Result<Vec<Snapshot>> {
    let sql = "SELECT doc FROM snapshots WHERE owner = ?1 AND region = ?2 ORDER BY id";
    docs(&tx.query(sql, &[account.into(), region.into()]).await?)
}

/// The snapshots in a Region that the account owns or may make volumes from.
pub(crate) async fn snapshots_for(
    tx: &mut Tx,
    account: &AccountId,
    region: &Region,
) -> Result<Vec<Snapshot>> {
    let sql = "SELECT doc FROM snapshots WHERE region = ?2 AND (owner = ?1 OR public = 1
        OR id IN (SELECT snapshot FROM snapshot_sharees WHERE account = ?1)) ORDER BY id";
    docs(&tx.query(sql, &[account.into(), region.into()]).await?)
}

/// How many copies of snapshots the account has in flight into its Region. One that an image holds
/// was begun by CopyImage, and is not counted.
pub(crate) async fn snapshot_copies(tx: &mut Tx, permit: &Permit) -> Result<usize> {
    let sql = "SELECT doc FROM snapshots WHERE owner = ?1 AND region = ?2 AND state = ?3
        AND volume = ?4 AND id NOT IN (SELECT snapshot FROM snapshot_holders)";
    let pending: Vec<Snapshot> = docs(&tx.query(sql, &pending_copies(permit)).await?)?;
    let is_copy = |snapshot: &&Snapshot| matches!(snapshot.origin, Origin::Copy { .. });
    Ok(pending.iter().filter(is_copy).count())
}

/// How many images the account has whose snapshots are being copied into its Region.
pub(crate) async fn image_copies(tx: &mut Tx, permit: &Permit) -> Result<usize> {
    let sql = "SELECT DISTINCT image FROM snapshot_holders WHERE snapshot IN (
        SELECT id FROM snapshots WHERE owner = ?1 AND region = ?2 AND state = ?3 AND volume = ?4)";
    Ok(tx.query(sql, &pending_copies(permit)).await?.len())
}

fn pending_copies(permit: &Permit) -> [Value; 4] {
    [
        permit.account().into(),
        permit.region().into(),
        SnapshotState::Pending.as_str().into(),
        NO_VOLUME.into(),
    ]
}

pub(crate) async fn settings(
    tx: &mut Tx,
    account: &AccountId,
    region: &Region,
) -> Result<Option<Settings>> {
    let sql = "SELECT doc FROM volumes_settings WHERE account = ?1 AND region = ?2";
    let row = tx.first(sql, &[account.into(), region.into()]).await?;
    row.map(|row| row.doc(0)).transpose()
}

pub(crate) async fn put_settings(tx: &mut Tx, permit: &Permit, settings: &Settings) -> Result<()> {
    let sql = "INSERT INTO volumes_settings (account, region, doc) VALUES (?1, ?2, ?3)
        ON CONFLICT (account, region) DO UPDATE SET doc = excluded.doc";
    let row = [
        permit.account().into(),
        permit.region().into(),
        doc(settings)?,
    ];
    tx.exec(sql, &row).await.map(drop)
}

/// Records whose grant opens the keys of a resource.
pub(crate) async fn hold_grant(
    tx: &mut Tx,
    _permit: &Permit,
    resource: &str,
    holder: &str,
) -> Result<()> {
    let sql = "INSERT INTO grant_holders (resource, holder) VALUES (?1, ?2)
        ON CONFLICT (resource) DO UPDATE SET holder = excluded.holder";
    tx.exec(sql, &[resource.into(), holder.into()])
        .await
        .map(drop)
}

/// Records that a resource is gone, and answers whose grant nobody needs any more.
pub(crate) async fn release_grant(
    tx: &mut Tx,
    _permit: &Permit,
    resource: &str,
) -> Result<Option<String>> {
    let sql = "DELETE FROM grant_holders WHERE resource = ?1 RETURNING holder";
    let Some(row) = tx.first(sql, &[resource.into()]).await? else {
        return Ok(None);
    };
    let holder = row.text(0)?.to_owned();
    let sql = "SELECT resource FROM grant_holders WHERE holder = ?1";
    let other = tx.first(sql, &[holder.as_str().into()]).await?;
    Ok(other.is_none().then_some(holder))
}

/// The oldest frozen state of a volume that a pending snapshot still needs.
pub(crate) async fn oldest_needed(tx: &mut Tx, volume: &VolumeId) -> Result<Option<u64>> {
    let sql = "SELECT frozen FROM snapshots
        WHERE volume = ?1 AND state = ?2 AND frozen IS NOT NULL ORDER BY frozen LIMIT 1";
    let pending = SnapshotState::Pending.as_str();
    let row = tx.first(sql, &[volume.into(), pending.into()]).await?;
    row.map(|row| u64::try_from(row.int(0)?).map_err(base::Error::internal))
        .transpose()
}

/// Completed snapshots of a volume's frozen states, the newest state first, up to this one.
pub(crate) async fn newest_completed(
    tx: &mut Tx,
    volume: &VolumeId,
    up_to: Option<u64>,
) -> Result<Option<Snapshot>> {
    let up_to = up_to
        .and_then(|frozen| i64::try_from(frozen).ok())
        .unwrap_or(i64::MAX);
    let sql = "SELECT doc FROM snapshots WHERE volume = ?1 AND state = ?2
        AND frozen IS NOT NULL AND frozen <= ?3 ORDER BY frozen DESC LIMIT 1";
    let completed = SnapshotState::Completed.as_str();
    let row = tx
        .first(sql, &[volume.into(), completed.into(), up_to.into()])
        .await?;
    row.map(|row| row.doc(0)).transpose()
}

pub(crate) async fn delete_snapshot(tx: &mut Tx, _permit: &Permit, id: &SnapshotId) -> Result<()> {
    let forget = "DELETE FROM snapshot_sharees WHERE snapshot = ?1";
    tx.exec(forget, &[id.into()]).await?;
    let forget = "DELETE FROM boot_orders WHERE snapshot = ?1";
    tx.exec(forget, &[id.into()]).await?;
    tx.exec("DELETE FROM snapshots WHERE id = ?1", &[id.into()])
        .await?;
    hold_trees(tx, &upload_base(id), &[]).await?;
    hold_trees(tx, id.as_ref(), &[]).await
}

/// The sealed data keys of a volume that is served.
pub(crate) async fn held_keys(tx: &mut Tx, volume: &str) -> Result<Option<Vec<u8>>> {
    let sql = "SELECT sealed FROM held_keys WHERE volume = ?1";
    let row = tx.first(sql, &[volume.into()]).await?;
    row.map(|row| Ok(row.blob(0)?.to_vec())).transpose()
}

pub(crate) async fn all_held_keys(tx: &mut Tx) -> Result<Vec<(String, Vec<u8>)>> {
    let rows = tx
        .query("SELECT volume, sealed FROM held_keys", &[])
        .await?;
    rows.iter()
        .map(|row| Ok((row.text(0)?.to_owned(), row.blob(1)?.to_vec())))
        .collect()
}

pub(crate) async fn put_held_keys(tx: &mut Tx, volume: &str, sealed: &[u8]) -> Result<()> {
    let sql = "INSERT INTO held_keys (volume, sealed) VALUES (?1, ?2)
        ON CONFLICT (volume) DO UPDATE SET sealed = excluded.sealed";
    tx.exec(sql, &[volume.into(), sealed.into()]).await?;
    Ok(())
}

pub(crate) async fn delete_held_keys(tx: &mut Tx, volume: &str) -> Result<()> {
    let sql = "DELETE FROM held_keys WHERE volume = ?1";
    tx.exec(sql, &[volume.into()]).await?;
    Ok(())
}

/// What the first machine read that booted from a snapshot.
pub(crate) async fn boot_order(tx: &mut Tx, id: &SnapshotId) -> Result<Option<Vec<u8>>> {
    let sql = "SELECT reads FROM boot_orders WHERE snapshot = ?1";
    let row = tx.first(sql, &[id.into()]).await?;
    row.map(|row| Ok(row.blob(0)?.to_vec())).transpose()
}

/// Remembers it. The first one stays.
pub(crate) async fn put_boot_order(tx: &mut Tx, id: &SnapshotId, reads: &[u8]) -> Result<()> {
    let sql = "INSERT INTO boot_orders (snapshot, reads) VALUES (?1, ?2)
        ON CONFLICT (snapshot) DO NOTHING";
    tx.exec(sql, &[id.into(), reads.into()]).await?;
    Ok(())
}

/// A copy begins with the order of its source.
pub(crate) async fn copy_boot_order(
    tx: &mut Tx,
    source: &SnapshotId,
    copy: &SnapshotId,
) -> Result<()> {
    match boot_order(tx, source).await? {
        Some(reads) => put_boot_order(tx, copy, &reads).await,
        None => Ok(()),
    }
}

/// Every snapshot, for checks of the whole installation.
pub(crate) async fn all_snapshots(tx: &mut Tx) -> Result<Vec<Snapshot>> {
    docs(
        &tx.query("SELECT doc FROM snapshots ORDER BY id", &[])
            .await?,
    )
}

/// Every volume.
pub(crate) async fn all_volumes(tx: &mut Tx) -> Result<Vec<Volume>> {
    docs(&tx.query("SELECT doc FROM volumes ORDER BY id", &[]).await?)
}

pub(crate) async fn hold(
    tx: &mut Tx,
    _permit: &Permit,
    snapshot: &SnapshotId,
    image: &ImageId,
) -> Result<()> {
    let sql = "INSERT INTO snapshot_holders (image, snapshot) VALUES (?1, ?2)
        ON CONFLICT (image, snapshot) DO NOTHING";
    tx.exec(sql, &[image.into(), snapshot.into()])
        .await
        .map(drop)
}

pub(crate) async fn release(
    tx: &mut Tx,
    _permit: &Permit,
    image: &ImageId,
) -> Result<Vec<SnapshotId>> {
    let sql = "DELETE FROM snapshot_holders WHERE image = ?1 RETURNING snapshot";
    let mut held = ids(&tx.query(sql, &[image.into()]).await?)?;
    held.sort();
    Ok(held)
}

pub(crate) async fn holders(tx: &mut Tx, snapshot: &SnapshotId) -> Result<Vec<ImageId>> {
    let sql = "SELECT image FROM snapshot_holders WHERE snapshot = ?1 ORDER BY image";
    ids(&tx.query(sql, &[snapshot.into()]).await?)
}

/// A secret of this installation: the given one, unless there was one already.
pub(crate) async fn secret(tx: &mut Tx, name: &str, fresh: &[u8]) -> Result<Vec<u8>> {
    let sql = "INSERT INTO volumes_secrets (name, secret) VALUES (?1, ?2)
        ON CONFLICT (name) DO NOTHING";
    tx.exec(sql, &[name.into(), fresh.into()]).await?;
    let sql = "SELECT secret FROM volumes_secrets WHERE name = ?1";
    let row = tx.first(sql, &[Value::from(name)]).await?;
    row.map_or_else(|| Ok(fresh.to_vec()), |row| Ok(row.blob(0)?.to_vec()))
}

fn docs<T: serde::de::DeserializeOwned>(rows: &[Row]) -> Result<Vec<T>> {
    rows.iter().map(|row| row.doc(0)).collect()
}

fn ids<T: ResourceId>(rows: &[Row]) -> Result<Vec<T>> {
    rows.iter().map(|row| T::parse(row.text(0)?)).collect()
}
