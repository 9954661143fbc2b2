//! What is asked next: something that the model says must succeed.

use crate::ask::{Ask, Place, What};
use crate::disk::{BLOCK_GRAINS, Disk};
use crate::model::{Image, Snapshot, Stage, Volume};
use crate::steps::{Kind, Run};
use base::{ImageId, SnapshotId, VolumeId};

/// So many of each are kept at most.
const MOST: usize = 12;

impl Run {
    /// Ids that requests under way need or end.
    fn busy(&self) -> Vec<String> {
        let asks = self.flows.iter().filter_map(|flow| match &flow.kind {
            Kind::Ask(ask) => Some(ask),
            Kind::Job | Kind::Upkeep(_) => None,
        });
        asks.flat_map(|ask| [ask.uses(), ask.ends()].concat())
            .collect()
    }

    fn some_snapshot(&self, fits: impl Fn(&Snapshot) -> bool) -> Option<(SnapshotId, Snapshot)> {
        let all = self.model.snapshots.iter();
        let fitting: Vec<&SnapshotId> = all
            .filter(|(_, snapshot)| fits(snapshot))
            .map(|(id, _)| id)
            .collect();
        let id = *self.random.pick(&fitting)?;
        Some((id.clone(), self.model.snapshots.get(id)?.clone()))
    }

    fn some_volume(&self, fits: impl Fn(&Volume) -> bool) -> Option<VolumeId> {
        let all = self.model.volumes.iter();
        let ids: Vec<&VolumeId> = all.filter(|(_, one)| fits(one)).map(|(id, _)| id).collect();
        self.random.pick(&ids).map(|id| (*id).clone())
    }

    fn some_image(&self, fits: impl Fn(&Image) -> bool) -> Option<ImageId> {
        let all = self.model.images.iter();
        let ids: Vec<&ImageId> = all.filter(|(_, one)| fits(one)).map(|(id, _)| id).collect();
        self.random.pick(&ids).map(|id| (*id).clone())
    }

    pub(crate) fn place(&self) -> Place {
        Place {
            by: usize::try_from(self.random.below(2)).unwrap_or(0),
            at: usize::try_from(self.random.below(2)).unwrap_or(0),
        }
    }

    fn key(&self, place: Place, wanted: bool) -> Option<String> {
        let key = self.world.keys.get(&(place.by, place.at));
        key.filter(|_| wanted).cloned()
    }

    /// The next request; `None` if nothing fits what the dice say.
    pub(crate) fn plan(&mut self) -> Option<Ask> {
        self.made += 1;
        let tag = format!("request-{}", self.made);
        let (place, what) = self.choose()?;
        Some(Ask { tag, place, what })
    }

    fn choose(&mut self) -> Option<(Place, What)> {
        match self.random.below(100) {
            0..6 => self.create_volume(),
            6..16 => self.open_volume(),
            16..19 => self.delete_volume(),
            19..32 => self.create_snapshot(),
            32..38 => self.start_snapshot(),
            38..56 => self.put_block(),
            56..63 => self.complete(),
            63..75 => self.copy_snapshot(),
            75..79 => self.share(),
            79..85 => self.delete_snapshot(),
            85..90 => self.register(),
            90..92 => self.share_image(),
            92..96 => self.copy_image(),
            _ => self.deregister(),
        }
    }

    fn create_volume(&mut self) -> Option<(Place, What)> {
        let place = self.place();
        if self.model.volumes.len() >= MOST {
            return None;
        }
        let source = self.some_snapshot(|snapshot| {
            snapshot.place == place && snapshot.stage == Stage::Completed
        });
        let source = source.filter(|_| self.random.below(3) > 0);
        let (from, disk, secret) = match source {
            Some((id, snapshot)) => (Some(id), snapshot.disk, snapshot.encrypted),
            None => (None, Disk::default(), self.random.below(2) == 0),
        };
        let key = self.key(place, secret);
        let what = What::CreateVolume {
            from,
            key,
            disk,
            secret,
        };
        Some((place, what))
    }

    fn open_volume(&mut self) -> Option<(Place, What)> {
        let id = self.some_volume(|volume| !volume.failed)?;
        let place = self.model.volumes.get(&id)?.place;
        let closed = !self.guests.contains_key(&id) && !self.busy().contains(&id.to_string());
        closed.then_some((place, What::Open(id)))
    }

    fn delete_volume(&mut self) -> Option<(Place, What)> {
        let id = self.some_volume(|_| true)?;
        if self.busy().contains(&id.to_string()) {
            return None;
        }
        let place = self.model.volumes.get(&id)?.place;
        self.guests.remove(&id);
        Some((place, What::DeleteVolume(id)))
    }

    fn create_snapshot(&mut self) -> Option<(Place, What)> {
        let id = self.some_volume(|volume| !volume.failed)?;
        if self.model.snapshots.len() >= 2 * MOST || self.busy().contains(&id.to_string()) {
            return None;
        }
        let volume = self.model.volumes.get(&id)?;
        let what = What::CreateSnapshot {
            volume: id,
            disk: volume.disk.clone(),
            secret: volume.secret,
        };
        Some((volume.place, what))
    }

    fn start_snapshot(&mut self) -> Option<(Place, What)> {
        if self.model.snapshots.len() >= 2 * MOST {
            return None;
        }
        let place = self.place();
        let parent = self.some_snapshot(|snapshot| {
            snapshot.place == place && snapshot.stage == Stage::Completed
        });
        let parent = parent.filter(|_| self.random.below(2) == 0);
        let (parent, key, disk, secret) = match parent {
            // The parent says whether and how it is encrypted.
            Some((id, snapshot)) => (Some(id), None, snapshot.disk, snapshot.encrypted),
            None => {
                let secret = self.random.below(2) == 0;
                (None, self.key(place, secret), Disk::default(), secret)
            }
        };
        let what = What::StartSnapshot {
            parent,
            key,
            disk,
            secret,
        };
        Some((place, what))
    }

    fn put_block(&mut self) -> Option<(Place, What)> {
        let open = |snapshot: &Snapshot| matches!(snapshot.stage, Stage::Open(..));
        let (id, snapshot) = self.some_snapshot(open)?;
        if self.busy().contains(&id.to_string()) && self.random.below(2) == 0 {
            return None;
        }
        let ending = self.flows.iter().any(|flow| match &flow.kind {
            Kind::Ask(ask) => {
                ask.uses().contains(&id.to_string()) && !matches!(ask.what, What::PutBlock { .. })
            }
            Kind::Job | Kind::Upkeep(_) => false,
        });
        let Stage::Open(_, unsure) = &snapshot.stage else {
            return None;
        };
        let again = unsure.iter().next().copied();
        let block = again.unwrap_or_else(|| self.random.below(40));
        let same = self.flows.iter().any(|flow| match &flow.kind {
            Kind::Ask(ask) => match &ask.what {
                What::PutBlock {
                    snapshot, block: b, ..
                } => *snapshot == id && *b == block,
                _ => false,
            },
            Kind::Job | Kind::Upkeep(_) => false,
        });
        if ending || same {
            return None;
        }
        let content = self.random.below(64);
        Some((snapshot.place, put_of(&id, &snapshot, block, content)))
    }

    fn complete(&mut self) -> Option<(Place, What)> {
        let sure = |snapshot: &Snapshot| match &snapshot.stage {
            Stage::Open(_, unsure) => unsure.is_empty(),
            Stage::Pending | Stage::Completed | Stage::Failed => false,
        };
        let (id, snapshot) = self.some_snapshot(sure)?;
        let Stage::Open(sums, _) = &snapshot.stage else {
            return None;
        };
        if self.busy().contains(&id.to_string()) {
            return None;
        }
        let what = What::Complete {
            snapshot: id,
            sums: sums.clone(),
        };
        Some((snapshot.place, what))
    }

    fn copy_snapshot(&mut self) -> Option<(Place, What)> {
        if self.model.snapshots.len() >= 2 * MOST {
            return None;
        }
        let place = self.place();
        let (id, source) = self.some_snapshot(|snapshot| {
            snapshot.stage == Stage::Completed && (snapshot.place.by == place.by || snapshot.shared)
        })?;
        let key = self.key(place, source.encrypted || self.random.below(4) == 0);
        let what = What::CopySnapshot {
            from: source.place.at,
            snapshot: id,
            key,
            disk: source.disk,
            secret: source.encrypted,
        };
        Some((place, what))
    }

    fn share(&mut self) -> Option<(Place, What)> {
        let (id, found) = self.some_snapshot(|snapshot| snapshot.stage == Stage::Completed)?;
        if self.busy().contains(&id.to_string()) {
            return None;
        }
        let add = self.random.below(4) > 0;
        Some((found.place, What::Share { snapshot: id, add }))
    }

    fn delete_snapshot(&mut self) -> Option<(Place, What)> {
        // Also while it is pending, and while others are at it.
        let (id, found) =
            self.some_snapshot(|snapshot| !matches!(snapshot.stage, Stage::Open(..)))?;
        let by_image = |ask: &Ask| matches!(ask.what, What::Register { .. });
        let registering = self.flows.iter().any(|flow| match &flow.kind {
            Kind::Ask(ask) => by_image(ask) && ask.uses().contains(&id.to_string()),
            Kind::Job | Kind::Upkeep(_) => false,
        });
        let free = !registering && !self.model.is_held(&id);
        free.then_some((found.place, What::DeleteSnapshot(id)))
    }

    fn register(&mut self) -> Option<(Place, What)> {
        if self.model.images.len() >= MOST {
            return None;
        }
        let (id, found) = self.some_snapshot(|snapshot| snapshot.stage == Stage::Completed)?;
        Some((found.place, What::Register { snapshot: id }))
    }

    fn share_image(&mut self) -> Option<(Place, What)> {
        let id = self.some_image(|image| image.available)?;
        if self.busy().contains(&id.to_string()) {
            return None;
        }
        let place = self.model.images.get(&id)?.place;
        let add = self.random.below(4) > 0;
        Some((place, What::ShareImage { image: id, add }))
    }

    fn copy_image(&mut self) -> Option<(Place, What)> {
        if self.model.images.len() >= MOST {
            return None;
        }
        let id = self.some_image(|image| image.available)?;
        let image = self.model.images.get(&id)?.clone();
        let source = self.model.snapshots.get(&image.snapshot)?.clone();
        let place = self.place();
        let may = image.place.by == place.by || (image.shared && source.shared);
        if source.stage != Stage::Completed || !may {
            return None;
        }
        let key = self.key(place, source.encrypted || self.random.below(4) == 0);
        let what = What::CopyImage {
            from: image.place.at,
            image: id,
            of: image.snapshot,
            key,
            disk: source.disk,
            secret: source.encrypted,
        };
        Some((place, what))
    }

    fn deregister(&mut self) -> Option<(Place, What)> {
        let id = self.some_image(|_| true)?;
        let image = self.model.images.get(&id)?;
        let what = What::Deregister {
            image: id,
            snapshot: image.snapshot.clone(),
            with_snapshot: self.random.below(2) == 0,
        };
        Some((image.place, what))
    }
}

/// A block to put.
pub(crate) fn put_of(id: &SnapshotId, snapshot: &Snapshot, block: u64, content: u64) -> What {
    let mut disk = Disk::default();
    disk.write(0..BLOCK_GRAINS, content, snapshot.secret);
    What::PutBlock {
        snapshot: id.clone(),
        block,
        content,
        bytes: disk.block(0),
    }
}
