//! What is there, compared with what must be there.
//!
//! An audit looks while requests are under way: what one of them may have done or undone already
//! is nobody's fault. It passes every gate and meets no fault.

use crate::ask::{Answer, Ask, Place, What};
use crate::disk::{PLAIN, SECRET};
use crate::model::{Snapshot, Stage};
use crate::postgres::STATEMENT;
use crate::steps::{Kind, Run, is_of_key};
use crate::world::{REGIONS, sound};
use crate::{Broken, Result};
use base::{ImageId, SnapshotId, VolumeId};
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::FileExt;
use std::path::Path;
use volumes::direct::{GetBlock, ListBlocks};
use volumes::{Origin, SnapshotState, VolumeState};

/// Everything that the rows say.
pub(crate) struct Rows {
    pub(crate) snapshots: BTreeMap<SnapshotId, (Place, volumes::Snapshot)>,
    pub(crate) volumes: BTreeMap<VolumeId, (Place, String, VolumeState)>,
    pub(crate) images: BTreeMap<ImageId, (Place, images::Image)>,
}

fn broken<T>(what: String) -> Result<T> {
    Err(Broken(what))
}

fn has(bytes: &[u8], what: &[u8]) -> bool {
    memchr::memmem::find(bytes, what).is_some()
}

impl Run {
    /// Begins an audit; hands what it is to be ended with.
    pub(crate) async fn undisturbed(&self) -> (bool, u64) {
        let was = (self.world.gates.is_open(), self.world.faults.set(0));
        self.world.gates.set_open(true);
        // Who is held within a transaction may hold what others wait for, in the database or in the server.
        self.world.gates.clear(STATEMENT).await;
        was
    }

    /// Ends an audit.
    pub(crate) fn disturbed(&self, (open, faults): (bool, u64)) {
        self.world.gates.set_open(open);
        self.world.faults.set(faults);
    }

    /// Reads every row.
    pub(crate) async fn rows(&self) -> Result<Rows> {
        let server = self.world.server();
        let mut rows = Rows {
            snapshots: BTreeMap::new(),
            volumes: BTreeMap::new(),
            images: BTreeMap::new(),
        };
        for by in 0..2 {
            for at in 0..REGIONS.len() {
                let (place, call) = (Place { by, at }, self.world.call(by, at));
                let wanted = volumes::DescribeSnapshots {
                    owners: vec!["self".into()],
                    ..Default::default()
                };
                let found = volumes::describe_snapshots(&server.volumes, &call, wanted).await;
                for (row, _) in sound(found, "snapshots")?.0 {
                    rows.snapshots.insert(row.id.clone(), (place, row));
                }
                let wanted = volumes::DescribeVolumes::default();
                let found = volumes::describe_volumes(&server.volumes, &call, wanted).await;
                for (row, tags) in sound(found, "volumes")?.0 {
                    let tag = tags.get("Name").cloned().unwrap_or_default();
                    if row.state != VolumeState::Deleting {
                        rows.volumes.insert(row.id, (place, tag, row.state));
                    }
                }
                let wanted = images::Describe {
                    owners: vec!["self".into()],
                    ..Default::default()
                };
                let found = images::describe(&server.images, &call, &wanted).await;
                for found in sound(found, "images")?.0 {
                    rows.images
                        .insert(found.image.id.clone(), (place, found.image));
                }
            }
        }
        Ok(rows)
    }

    fn asks(&self) -> Vec<Ask> {
        let asks = self.flows.iter().filter_map(|flow| match &flow.kind {
            Kind::Ask(ask) => Some(ask.clone()),
            Kind::Job | Kind::Upkeep(_) => None,
        });
        asks.collect()
    }

    /// Compares the rows with the model. Of each request in `unsure`, whose answer was lost, it
    /// finds out whether it took effect; both are right, but nothing in between.
    pub(crate) async fn audit_rows(&mut self, unsure: &[Ask]) -> Result<()> {
        let was = self.undisturbed().await;
        let rows = self.rows().await?;
        self.disturbed(was);
        let asks = self.asks();
        self.adopt(&rows, &asks, unsure)?;
        self.find_missing(&rows, &asks, unsure)?;
        for (id, (_, row)) in &rows.snapshots {
            self.compare(id, row, &asks, unsure)?;
        }
        for (id, (_, row)) in &rows.images {
            self.compare_image(id, row, &asks, unsure)?;
        }
        for (id, (_, _, state)) in &rows.volumes {
            let Some(volume) = self.model.volumes.get_mut(id) else {
                continue;
            };
            volume.failed = *state == VolumeState::Error;
            if volume.failed && !volume.exposed {
                return broken(format!("the volume {id} has failed"));
            }
        }
        let count = rows.snapshots.len() + rows.volumes.len() + rows.images.len();
        self.checked("rows", count);
        Ok(())
    }

    /// What nobody was told of must come from a request whose answer is still out or was lost.
    fn adopt(&mut self, rows: &Rows, asks: &[Ask], unsure: &[Ask]) -> Result<()> {
        let by_tag = |tag: &str, list: &[Ask]| list.iter().find(|ask| ask.tag == tag).cloned();
        let mut parts = BTreeSet::new();
        for (id, (_, row)) in &rows.images {
            let snapshot = row.snapshots().next().cloned();
            parts.extend(snapshot.clone());
            if self.model.images.contains_key(id) || by_tag(&row.name, asks).is_some() {
                continue;
            }
            match (by_tag(&row.name, unsure), snapshot) {
                (Some(ask), Some(snapshot)) => {
                    self.model.apply(&ask, Answer::Image(id.clone(), snapshot));
                }
                _ => return broken(format!("nobody made the image {id} ({})", row.name)),
            }
        }
        for (id, (place, row)) in &rows.snapshots {
            let known = self.model.snapshots.contains_key(id) || parts.contains(id);
            if known || by_tag(&row.description, asks).is_some() {
                continue;
            }
            match by_tag(&row.description, unsure) {
                Some(ask) => self.model.apply(&ask, Answer::Snapshot(id.clone())),
                None => return broken(format!("nobody made the snapshot {id} at {place:?}")),
            }
        }
        for (id, (_, tag, _)) in &rows.volumes {
            if self.model.volumes.contains_key(id) || by_tag(tag, asks).is_some() {
                continue;
            }
            match by_tag(tag, unsure) {
                Some(ask) => self.model.apply(&ask, Answer::Volume(id.clone())),
                None => return broken(format!("nobody made the volume {id}")),
            }
        }
        Ok(())
    }

    /// What was acknowledged is there, unless somebody is ending it or may have ended it.
    fn find_missing(&mut self, rows: &Rows, asks: &[Ask], unsure: &[Ask]) -> Result<()> {
        let ends =
            |list: &[Ask], id: &str| list.iter().any(|ask| ask.ends().iter().any(|e| e == id));
        let snapshots = self.model.snapshots.keys().map(ToString::to_string);
        let volumes = self.model.volumes.keys().map(ToString::to_string);
        let images = self.model.images.keys().map(ToString::to_string);
        let known: Vec<String> = snapshots.chain(volumes).chain(images).collect();
        let there: BTreeSet<String> = rows
            .snapshots
            .keys()
            .map(ToString::to_string)
            .chain(rows.volumes.keys().map(ToString::to_string))
            .chain(rows.images.keys().map(ToString::to_string))
            .collect();
        for id in known.iter().filter(|id| !there.contains(*id)) {
            if ends(unsure, id) {
                self.model
                    .snapshots
                    .retain(|known, _| known.to_string() != *id);
                self.model
                    .volumes
                    .retain(|known, _| known.to_string() != *id);
                self.model
                    .images
                    .retain(|known, _| known.to_string() != *id);
            } else if !ends(asks, id) {
                return broken(format!("{id} was acknowledged and is gone"));
            }
        }
        Ok(())
    }

    fn compare_image(
        &mut self,
        id: &ImageId,
        row: &images::Image,
        asks: &[Ask],
        unsure: &[Ask],
    ) -> Result<()> {
        let Some(image) = self.model.images.get_mut(id) else {
            return Ok(());
        };
        let of = self.model.snapshots.get(&image.snapshot);
        let may_fail = image.failed || of.is_some_and(|snapshot| snapshot.exposed);
        let available = row.state == images::State::Available;
        let failed = row.state == images::State::Failed;
        if image.available && !available || image.failed && !failed || failed && !may_fail {
            return broken(format!("the image {id} is {:?}", row.state));
        }
        (image.available, image.failed) = (available, failed);
        let shared = row.launch.names().next().is_some();
        if shares_image(unsure, id) {
            image.shared = shared;
        } else if shared != image.shared && !shares_image(asks, id) {
            return broken(format!("{id} is shared: {shared}"));
        }
        Ok(())
    }

    fn compare(
        &mut self,
        id: &SnapshotId,
        row: &volumes::Snapshot,
        asks: &[Ask],
        unsure: &[Ask],
    ) -> Result<()> {
        let Some(known) = self.model.snapshots.get_mut(id) else {
            return Ok(());
        };
        if row.encrypted != known.encrypted {
            return broken(format!("{id} is encrypted: {}", row.encrypted));
        }
        let touched = |list: &[Ask]| {
            let here = |ask: &&Ask| match &ask.what {
                What::Share { snapshot, .. } | What::Complete { snapshot, .. } => snapshot == id,
                _ => false,
            };
            list.iter().any(|ask| here(&ask))
        };
        let shared = !row.permission.accounts.is_empty();
        if touched(unsure) {
            known.shared = shared;
            let sealed = matches!(&row.origin, Origin::Direct(direct) if direct.sealed);
            if sealed && matches!(known.stage, Stage::Open(..)) {
                known.stage = Stage::Pending;
            }
        } else if shared != known.shared && !touched(asks) {
            return broken(format!("{id} is shared: {shared}"));
        }
        let stage = match (row.state, &known.stage) {
            (SnapshotState::Completed, Stage::Pending | Stage::Completed) => Stage::Completed,
            (SnapshotState::Pending, Stage::Pending | Stage::Open(..)) => return Ok(()),
            (SnapshotState::Completed, Stage::Open(..)) if touched(asks) => return Ok(()),
            (SnapshotState::Error, _) if fails_for_its_key(known, row) => Stage::Failed,
            (state, stage) => {
                let why = row.state_message.clone().unwrap_or_default();
                return broken(format!("{id} is {state:?} and should be {stage:?}: {why}"));
            }
        };
        known.stage = stage;
        Ok(())
    }

    /// Reads one completed snapshot and one guest's disk.
    pub(crate) async fn audit_one(&mut self) -> Result<()> {
        let going: Vec<String> = self.asks().iter().flat_map(Ask::ends).collect();
        let completed: Vec<SnapshotId> = self
            .model
            .snapshots
            .iter()
            .filter(|(id, snapshot)| {
                snapshot.stage == Stage::Completed && !going.contains(&id.to_string())
            })
            .map(|(id, _)| id.clone())
            .collect();
        let was = self.undisturbed().await;
        let mut done = Ok(());
        if let Some(id) = self.random.pick(&completed).cloned() {
            done = self.read_snapshot(&id).await;
        }
        let disks: Vec<VolumeId> = self.guests.keys().cloned().collect();
        if let (Ok(()), Some(id)) = (&done, self.random.pick(&disks).cloned()) {
            done = self.read_volume(&id).await;
        }
        let available = self.model.images.iter();
        let available: Vec<ImageId> = available
            .filter(|(id, image)| image.available && !going.contains(&id.to_string()))
            .map(|(id, _)| id.clone())
            .collect();
        if let (Ok(()), Some(id)) = (&done, self.random.pick(&available).cloned()) {
            done = self.strangers_to_image(&id).await;
        }
        self.disturbed(was);
        done
    }

    /// A snapshot reads as what was put into it, and only for those who may.
    pub(crate) async fn read_snapshot(&mut self, id: &SnapshotId) -> Result<()> {
        let Some(known) = self.model.snapshots.get(id).cloned() else {
            return Ok(());
        };
        let (by, at) = (known.place.by, known.place.at);
        let (server, call) = (self.world.server().clone(), self.world.call(by, at));
        let all = ListBlocks::default();
        let listed = volumes::direct::list_snapshot_blocks(&server.volumes, &call, id, all).await;
        if known.encrypted && self.model.disabled == Some(known.place) {
            if !listed.as_ref().err().is_some_and(is_of_key) {
                return broken(format!("{id} is read without its key: {listed:?}"));
            }
            self.checked("reads refused while a key is disabled", 1);
            return self.strangers(id, &known).await;
        }
        let listed = sound(listed, &format!("the blocks of {id}"))?.blocks;
        let found: Vec<u64> = listed.iter().map(|block| block.index).collect();
        if found != known.disk.blocks() {
            let wanted = known.disk.blocks();
            return broken(format!("{id} has the blocks {found:?} and not {wanted:?}"));
        }
        for block in &listed {
            let request = GetBlock {
                snapshot: id.clone(),
                index: i64::try_from(block.index).unwrap_or(0),
                token: block.token.clone(),
            };
            let read = volumes::direct::get_snapshot_block(&server.volumes, &call, request).await;
            if sound(read, &format!("a block of {id}"))?.data != known.disk.block(block.index) {
                return broken(format!("{id} has other bytes in block {}", block.index));
            }
        }
        self.checked("snapshots read byte for byte", 1);
        self.strangers(id, &known).await
    }

    async fn strangers(&mut self, id: &SnapshotId, known: &Snapshot) -> Result<()> {
        let others = [(1 - known.place.by, known.shared), (2, false)];
        for (by, may) in others.into_iter().filter(|(_, may)| !may) {
            let sharing =
                |ask: &Ask| matches!(&ask.what, What::Share { snapshot, .. } if snapshot == id);
            if by < 2 && self.asks().iter().any(sharing) {
                continue;
            }
            let (server, call) = (
                self.world.server().clone(),
                self.world.call(by, known.place.at),
            );
            let all = ListBlocks::default();
            let seen = volumes::direct::list_snapshot_blocks(&server.volumes, &call, id, all).await;
            let request = volumes::CopySnapshot {
                source_region: call.region.clone(),
                source: id.clone(),
                description: None,
                encryption: volumes::Asked::default(),
                tags: base::Tags::new(),
            };
            let copied = volumes::copy_snapshot(&server.volumes, &call, request).await;
            let hidden = |error: &base::Error| error.is_not_found();
            if !seen.as_ref().err().is_some_and(hidden)
                || !copied.as_ref().err().is_some_and(hidden)
            {
                return broken(format!("account {by} meets {id} ({may}): {copied:?}"));
            }
            self.checked("strangers turned away", 2);
        }
        Ok(())
    }

    /// An image is met by those that it is shared with, and copied by those who may read its snapshot
    /// too.
    async fn strangers_to_image(&mut self, id: &ImageId) -> Result<()> {
        let Some(known) = self.model.images.get(id).cloned() else {
            return Ok(());
        };
        let asks = self.asks();
        let snapshot = self.model.snapshots.get(&known.snapshot);
        let readable = snapshot.is_some_and(|snapshot| snapshot.shared);
        if shares_image(&asks, id) {
            return Ok(());
        }
        for (by, may) in [(1 - known.place.by, known.shared), (2, false)] {
            let server = self.world.server().clone();
            let call = self.world.call(by, known.place.at);
            let wanted = images::Describe {
                ids: vec![id.clone()],
                ..Default::default()
            };
            let seen = images::describe(&server.images, &call, &wanted).await;
            let hidden = |error: &base::Error| error.is_not_found();
            let as_it_should = match &seen {
                Ok((found, _)) => may && found.len() == 1,
                Err(error) => !may && hidden(error),
            };
            if !as_it_should {
                return broken(format!("account {by} meets {id} ({may}): {seen:?}"));
            }
            if images::attributes(&server.images, &call, id).await.is_ok() {
                return broken(format!("account {by} reads who may launch {id}"));
            }
            let sharing = |ask: &Ask| matches!(&ask.what, What::Share { snapshot, .. } if *snapshot == known.snapshot);
            if (may && readable) || asks.iter().any(sharing) {
                continue;
            }
            let request = images::Copy {
                source: id.clone(),
                source_region: call.region.clone(),
                name: "a stranger's".into(),
                description: String::new(),
                copy_tags: false,
                encryption: volumes::Asked::default(),
                image_tags: base::Tags::new(),
                snapshot_tags: base::Tags::new(),
                client_token: None,
            };
            match images::copy(&server.images, &call, request).await {
                Err(error) if error.is_not_found() != may => {}
                copied => return broken(format!("account {by} copies {id} ({may}): {copied:?}")),
            }
            self.checked("strangers turned away", 2);
        }
        Ok(())
    }

    /// A guest reads what was written, acknowledged and not overwritten.
    pub(crate) async fn read_volume(&mut self, id: &VolumeId) -> Result<()> {
        let (Some(known), Some(mut guest)) = (self.model.volumes.get(id), self.guests.remove(id))
        else {
            return Ok(());
        };
        let blocks: BTreeSet<u64> = known.disk.blocks().into_iter().chain(0..2).collect();
        let count = blocks.len();
        let read = move || {
            let read = blocks.into_iter().map(|block| {
                let bytes = guest.read(block << 19, 1 << 19)?;
                Ok((block, bytes))
            });
            (read.collect::<std::io::Result<Vec<_>>>(), guest)
        };
        let (read, guest) = self.world.apart(read).await;
        for (block, bytes) in sound(read, "a guest's read")? {
            if bytes != known.disk.block(block) {
                return broken(format!("{id} has other bytes in block {block}"));
            }
        }
        self.guests.insert(id.clone(), guest);
        self.checked("blocks of guests' disks", count);
        Ok(())
    }

    /// What accounts are charged for storage is what their snapshots hold. To be called while nothing
    /// else goes on.
    pub(crate) async fn audit_ledger(&mut self) -> Result<()> {
        let db = &self.world.server().db;
        let (mut charged, mut held) = (BTreeMap::new(), BTreeMap::new());
        let records = volumes::usage(db, &volumes::UsageSearch::default()).await;
        let records = sound(records, "the ledger")?;
        for one in &records {
            if one.usage_type.ends_with("EBS:SnapshotUsage") {
                let place = (one.account.clone(), one.region.clone());
                *charged.entry(place).or_insert(0) += i128::from(one.quantity);
            } else if one.quantity <= 0 {
                return broken(format!("a transfer of nothing: {one:?}"));
            }
        }
        for one in sound(volumes::held(db, None).await, "what is held")? {
            *held.entry((one.account, one.region)).or_insert(0) += i128::from(one.full_bytes);
        }
        charged.retain(|_, bytes| *bytes != 0);
        held.retain(|_, bytes| *bytes != 0);
        if charged != held {
            return broken(format!("{charged:?} is charged, and held is {held:?}"));
        }
        self.checked("records of usage", records.len());
        Ok(())
    }

    /// Equal digests have equal bytes, and the other way round.
    pub(crate) async fn audit_digests(&mut self) -> Result<()> {
        let rows = self.rows().await?;
        let (mut by_digest, mut by_disk) = (BTreeMap::new(), BTreeMap::new());
        for (id, (_, row)) in &rows.snapshots {
            let (Some(tree), Some(known)) = (&row.tree, self.model.snapshots.get(id)) else {
                continue;
            };
            let digest = tree.digest().to_string();
            let disk = known.disk.clone();
            if *by_digest.entry(digest.clone()).or_insert(disk.clone()) != disk
                || *by_disk.entry(disk).or_insert(digest.clone()) != digest
            {
                return broken(format!(
                    "the digest {digest} of {id} is not that of its bytes"
                ));
            }
        }
        self.checked("digests", rows.snapshots.len());
        Ok(())
    }

    /// What is only on encrypted disks lies nowhere in the clear.
    pub(crate) fn audit_secrets(&mut self) -> Result<()> {
        let (mut plain, mut looked_at) = (0, 0);
        for store in self.world.stores.values() {
            for (path, bytes) in store.objects() {
                looked_at += 1;
                plain += usize::from(has(&bytes, PLAIN));
                if has(&bytes, SECRET) {
                    return broken(format!("{path} holds an encrypted disk in the clear"));
                }
            }
        }
        let mut files = Vec::new();
        sound(files_in(&self.world.volume_folders(), &mut files), "files")?;
        for path in files {
            looked_at += 1;
            if sound(holds(&path, SECRET), "a file")? {
                let path = path.display();
                return broken(format!("{path} holds an encrypted disk in the clear"));
            }
        }
        self.checked("objects and files searched for secrets", looked_at);
        self.checked("of which show that plain bytes are found", plain);
        Ok(())
    }
}

/// Whether one of these changes who may launch this image.
fn shares_image(asks: &[Ask], id: &ImageId) -> bool {
    asks.iter()
        .any(|ask| matches!(&ask.what, What::ShareImage { image, .. } if image == id))
}

/// Whether a snapshot has failed as one must whose key was disabled.
fn fails_for_its_key(known: &Snapshot, row: &volumes::Snapshot) -> bool {
    let said = row.state_message.as_deref() == Some(volumes::NOT_ACCESSIBLE);
    known.exposed && known.stage != Stage::Completed && said
}

/// Whether a file holds these bytes, without reading its holes.
fn holds(path: &Path, what: &[u8]) -> std::io::Result<bool> {
    let file = std::fs::File::open(path)?;
    let end = file.metadata()?.len();
    let mut at = 0;
    while at < end {
        let data = match rustix::fs::seek(&file, rustix::fs::SeekFrom::Data(at)) {
            Ok(data) => data,
            Err(rustix::io::Errno::NXIO) => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        let hole = rustix::fs::seek(&file, rustix::fs::SeekFrom::Hole(data))?;
        let mut bytes = vec![0; usize::try_from(hole - data).unwrap_or(0)];
        file.read_exact_at(&mut bytes, data)?;
        if has(&bytes, what) {
            return Ok(true);
        }
        at = hole;
    }
    Ok(false)
}

fn files_in(folder: &Path, files: &mut Vec<std::path::PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files_in(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
