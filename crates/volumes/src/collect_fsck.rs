//! Checking a whole installation: what rows and folders refer to is held, what is held is known,
//! what is known is stored, and what is stored is known.

use crate::bases::BaseRef;
use crate::fault::{Fault, blocking};
use crate::{collection, rows};
use base::{Error, Region, Result, SnapshotId};
use blocks::{Address, Audit, Store, Tree};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use store::Db;

/// What a check of one Region found. Nothing is wrong if there are no findings.
#[derive(Clone, Debug, Serialize)]
pub struct Checked {
    /// Which.
    pub region: Region,
    /// Trees that rows and folders refer to.
    pub trees: u64,
    /// Packs that are stored.
    pub packs: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Of the index.
    pub audit: Audit,
    /// What is wrong, besides what the audit found.
    pub findings: Vec<String>,
}

impl Checked {
    /// Whether everything is as it must be.
    pub fn ok(&self) -> bool {
        self.findings.is_empty() && self.audit.findings.is_empty() && self.audit.lost == 0
    }
}

/// What somebody refers to: who, and the root of the tree, by Region.
type Wanted = BTreeMap<String, BTreeSet<(String, Address)>>;

/// Checks every Region. Reads the index and lists what is stored, but reads no frames: that is what
/// a scrub does. Packs and staged files that nobody knows count only if they are older than `before`
/// (milliseconds), since a writer may be about to use them.
pub async fn fsck(
    db: &Db,
    stores: &BTreeMap<Region, Store>,
    folder: &Path,
    before: u64,
) -> Result<Vec<Checked>> {
    let (rows, folders) = wanted(db, folder).await?;
    let mut checked = Vec::new();
    for (region, store) in stores {
        checked.push(check(db, region, store, (&rows, &folders), before).await?);
    }
    Ok(checked)
}

async fn wanted(db: &Db, folder: &Path) -> Result<(Wanted, Wanted)> {
    let mut tx = db.read().await?;
    let (snapshots, volumes) = (
        rows::all_snapshots(&mut tx).await?,
        rows::all_volumes(&mut tx).await?,
    );
    drop(tx);
    let (mut by_rows, mut by_folders) = (Wanted::new(), Wanted::new());
    let want = |into: &mut Wanted, region: &Region, holder: &str, tree: &Tree| {
        if let Some(root) = tree.root_address() {
            let regions = into.entry(region.to_string()).or_default();
            regions.insert((holder.to_owned(), root));
        }
    };
    for snapshot in &snapshots {
        for (region, tree) in snapshot.trees() {
            want(&mut by_rows, region, snapshot.id.as_ref(), tree);
        }
        let named = based_on(&folder.join(snapshot.id.as_ref())).await?;
        if let Some(tree) = named.as_ref().and_then(|named| named.tree(None)) {
            want(
                &mut by_folders,
                &snapshot.region,
                snapshot.id.as_ref(),
                tree,
            );
        }
    }
    for volume in &volumes {
        want(
            &mut by_rows,
            volume.held_base().0,
            volume.id.as_ref(),
            &volume.base,
        );
        let named = based_on(&folder.join(volume.id.as_ref())).await?;
        if let Some(tree) = named.as_ref().and_then(|named| named.tree(Some(volume))) {
            let on_its_way = *tree == volume.base;
            let region = if on_its_way {
                volume.held_base().0
            } else {
                &volume.region
            };
            want(&mut by_folders, region, volume.id.as_ref(), tree);
        }
    }
    Ok((by_rows, by_folders))
}

/// The base that a folder names; `None` if there is no such folder.
async fn based_on(folder: &Path) -> Result<Option<BaseRef>> {
    let folder: PathBuf = folder.to_owned();
    let named = blocking(move || match device::Volume::base_ref_of(&folder) {
        Err(device::Error::Missing(_)) => Ok(None),
        other => other.map(Some),
    });
    let named = named.await.map_err(Fault::error)?;
    named
        .map(|named| BaseRef::read(&named).map_err(Fault::error))
        .transpose()
}

async fn check(
    db: &Db,
    region: &Region,
    store: &Store,
    (rows, folders): (&Wanted, &Wanted),
    before: u64,
) -> Result<Checked> {
    let index = collection(db.clone());
    let name = region.as_str();
    let none = BTreeSet::new();
    let rows = rows.get(name).unwrap_or(&none);
    let folders = folders.get(name).unwrap_or(&none);
    let roots: BTreeSet<(String, Address)> = blocks(index.roots(name).await)?.into_iter().collect();
    let mut findings = Vec::new();
    for (holder, root) in rows.difference(&roots) {
        findings.push(format!("{holder} refers to {root}, but does not hold it"));
    }
    for (holder, root) in &roots {
        // What a job holds on the way is told apart by what follows the id.
        if !holder.contains('/') && !rows.contains(&(holder.clone(), *root)) {
            findings.push(format!("{holder} holds {root}, but does not refer to it"));
        }
    }
    let held: BTreeSet<Address> = roots.iter().map(|(_, root)| *root).collect();
    for (holder, root) in folders {
        if !held.contains(root) {
            findings.push(format!(
                "the folder of {holder} lies on {root}, which nobody holds"
            ));
        }
    }
    let stored = blocks(store.inspect(&*index, before).await)?;
    findings.extend(stored.findings);
    let all: BTreeSet<_> = rows.union(folders).collect();
    Ok(Checked {
        region: region.clone(),
        trees: u64::try_from(all.len()).unwrap_or(u64::MAX),
        packs: stored.totals.packs,
        bytes: stored.totals.bytes,
        audit: blocks(index.audit(name).await)?,
        findings,
    })
}

fn blocks<T>(result: blocks::Result<T>) -> Result<T> {
    result.map_err(Error::internal)
}

/// What is made of the disks of these holders: images of snapshots, and snapshots and volumes
/// themselves.
pub async fn named_by_holders(db: &Db, holders: &[String]) -> Result<BTreeSet<String>> {
    let mut tx = db.read().await?;
    let mut named = BTreeSet::new();
    for holder in holders {
        let id = holder.split('/').next().unwrap_or(holder);
        named.insert(id.to_owned());
        if let Ok(snapshot) = <SnapshotId as base::ResourceId>::parse(id) {
            let images = rows::holders(&mut tx, &snapshot).await?;
            named.extend(images.iter().map(ToString::to_string));
        }
    }
    Ok(named)
}
