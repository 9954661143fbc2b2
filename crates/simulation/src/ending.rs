//! How a run ends: the faults stop, everything comes to its end, all is compared, all is deleted,
//! and nothing is left.

use crate::ask::{Ask, What};
use crate::model::{Snapshot, Stage};
use crate::plan::put_of;
use crate::steps::{Run, limits};
use crate::world::{region, sound};
use crate::{Broken, Result};
use base::{Clock, SnapshotId};
use std::time::Duration;

/// So often jobs are run again before it is said that they do not end.
const ROUNDS: usize = 200;
/// So many gates what is under way passes at most between two moments.
const MOST_GATES: usize = 10_000;
/// Longer than anything here waits for.
const LONG: Duration = Duration::from_secs(2 * 60 * 60);

impl Run {
    /// Everything that is pending reaches its end; then all is compared, and all goes.
    pub(crate) async fn end(&mut self) -> Result<()> {
        self.trace("end");
        self.world.faults.set(0);
        self.finish_flows().await?;
        self.world.gates.set_open(true);
        for store in self.world.stores.values() {
            while store.arrive() {}
            store.catch_up();
        }
        if self.model.disabled.is_some() {
            self.turn_key().await?;
        }
        self.complete_uploads().await?;
        self.finish_jobs().await?;
        self.guests.clear();
        // Nothing is answered from a cache of the life before.
        self.world.restart().await?;
        self.audit_rows(&[]).await?;
        self.nothing_is_pending()?;
        self.audit_all().await?;
        for _ in 0..3 {
            self.collect().await?;
        }
        self.audit_all().await?;
        self.fsck().await?;
        self.delete_all().await?;
        self.finish_jobs().await?;
        for _ in 0..8 {
            self.collect().await?;
        }
        self.fsck().await?;
        self.nothing_is_left().await
    }

    async fn finish_flows(&mut self) -> Result<()> {
        for _ in 0..ROUNDS {
            // One after the other: two at once would race for what another thread does for them.
            for _ in 0..MOST_GATES {
                let Some(ticket) = self.world.gates.waiting().first().copied() else {
                    break;
                };
                self.world.gates.release(ticket);
                self.world.gates.settle().await;
            }
            self.let_pass(Duration::from_secs(3)).await;
            self.world.gates.settle().await;
            self.reap().await?;
            if self.flows.is_empty() {
                return Ok(());
            }
            self.world.breathe().await;
        }
        Err(Broken(format!("these do not end: {:?}", self.names())))
    }

    /// Asks, and takes the answer.
    async fn ask_now(&mut self, ask: Ask) -> Result<()> {
        self.begin(ask);
        self.finish_flows().await
    }

    fn own(&mut self, place: crate::ask::Place, what: What) -> Ask {
        self.made += 1;
        let tag = format!("request-{}", self.made);
        Ask { tag, place, what }
    }

    async fn complete_uploads(&mut self) -> Result<()> {
        let open: Vec<(SnapshotId, Snapshot)> = self
            .model
            .snapshots
            .iter()
            .filter(|(_, snapshot)| matches!(snapshot.stage, Stage::Open(..)))
            .map(|(id, snapshot)| (id.clone(), snapshot.clone()))
            .collect();
        for (id, snapshot) in open {
            if let Stage::Open(_, unsure) = &snapshot.stage {
                for block in unsure {
                    let ask = self.own(snapshot.place, put_of(&id, &snapshot, *block, 7));
                    self.ask_now(ask).await?;
                }
            }
            let stage = self.model.snapshots.get(&id).map(|known| &known.stage);
            let Some(Stage::Open(sums, _)) = stage else {
                continue;
            };
            let (snapshot, sums) = (id, sums.clone());
            let place = self.model.snapshots[&snapshot].place;
            let ask = self.own(place, What::Complete { snapshot, sums });
            self.ask_now(ask).await?;
        }
        Ok(())
    }

    /// Runs jobs until there are none.
    async fn finish_jobs(&mut self) -> Result<()> {
        let server = self.world.server().clone();
        for round in 0..ROUNDS {
            loop {
                let clock = self.world.clock.clone();
                let leased = server.db.lease("the last worker", clock.now()).await;
                let Some(lease) = sound(leased, "a lease")? else {
                    break;
                };
                let kind = lease.kind().to_owned();
                let done = server.run_job(&*clock, lease).await;
                self.report.jobs += 1;
                if let Err(error) = done
                    && round > ROUNDS / 2
                {
                    return Err(Broken(format!("{kind} does not end: {}", error.chain())));
                }
            }
            if sound(server.db.jobs_left().await, "jobs")? == 0 {
                return Ok(());
            }
            // Late enough for the longest wait, which is for uploads that nobody completes.
            let hours = if round < 20 { 0 } else { 1 };
            self.let_pass(Duration::from_secs(5 + hours * 3600)).await;
        }
        Err(Broken("there are jobs that do not end".into()))
    }

    fn nothing_is_pending(&self) -> Result<()> {
        for (id, snapshot) in &self.model.snapshots {
            if !matches!(snapshot.stage, Stage::Completed | Stage::Failed) {
                return Err(Broken(format!("{id} stays {:?}", snapshot.stage)));
            }
        }
        for (id, image) in &self.model.images {
            if !image.available && !image.failed {
                return Err(Broken(format!("{id} stays pending")));
            }
        }
        Ok(())
    }

    async fn audit_all(&mut self) -> Result<()> {
        let all = self.model.snapshots.iter();
        let completed = all.filter(|(_, snapshot)| snapshot.stage == Stage::Completed);
        let ids: Vec<_> = completed.map(|(id, _)| id.clone()).collect();
        for id in ids {
            self.read_snapshot(&id).await?;
        }
        let all = self.model.volumes.iter();
        let whole = all.filter(|(_, volume)| !volume.failed);
        let ids: Vec<_> = whole.map(|(id, _)| id.clone()).collect();
        for id in ids {
            if !self.guests.contains_key(&id) {
                let ask = self.own(self.model.volumes[&id].place, What::Open(id.clone()));
                self.ask_now(ask).await?;
            }
            self.read_volume(&id).await?;
        }
        self.audit_digests().await?;
        self.audit_ledger().await?;
        self.audit_secrets()
    }

    async fn collect(&mut self) -> Result<()> {
        let server = self.world.server().clone();
        let now = self.world.now_ms();
        for store in server.stores()?.values() {
            let done = store.collect(&*server.index, &limits(), now).await;
            self.report.packs_deleted += sound(done, "a collection")?.packs_deleted;
            sound(store.tidy(&*server.index, &limits(), now).await, "tidying")?;
        }
        self.let_pass(LONG).await;
        Ok(())
    }

    /// What is counted is what there is, and nothing is stored that nobody knows.
    async fn fsck(&mut self) -> Result<()> {
        let server = self.world.server().clone();
        let (stores, folder) = (server.stores()?, self.world.volume_folders());
        let before = self.world.now_ms();
        let checked = volumes::fsck(&server.db, &stores, &folder, before).await;
        for region in sound(checked, "fsck")? {
            if !region.ok() {
                return Err(Broken(format!("fsck: {region:?}")));
            }
            self.checked("Regions checked by fsck", 1);
        }
        Ok(())
    }

    async fn delete_all(&mut self) -> Result<()> {
        self.guests.clear();
        let images: Vec<_> = self.model.images.clone().into_iter().collect();
        for (image, known) in images {
            let what = What::Deregister {
                image,
                snapshot: known.snapshot,
                with_snapshot: false,
            };
            let ask = self.own(known.place, what);
            self.ask_now(ask).await?;
        }
        let mut snapshots: Vec<_> = self.model.snapshots.clone().into_iter().collect();
        // Half of them go; the other half must be what it was.
        let rest = snapshots.split_off(snapshots.len() / 2);
        self.delete_snapshots(snapshots).await?;
        for _ in 0..4 {
            self.collect().await?;
        }
        self.audit_all().await?;
        self.delete_snapshots(rest).await?;
        self.guests.clear();
        for (id, known) in self.model.volumes.clone() {
            let ask = self.own(known.place, What::DeleteVolume(id));
            self.ask_now(ask).await?;
        }
        Ok(())
    }

    async fn delete_snapshots(&mut self, list: Vec<(SnapshotId, Snapshot)>) -> Result<()> {
        for (id, known) in list {
            let ask = self.own(known.place, What::DeleteSnapshot(id));
            self.ask_now(ask).await?;
        }
        Ok(())
    }

    async fn nothing_is_left(&mut self) -> Result<()> {
        for (number, (name, store)) in self.world.stores.iter().enumerate() {
            let left = store.objects().len();
            if left > 0 {
                return Err(Broken(format!("{left} objects are left in {name}")));
            }
            let index = &self.world.server().index.inner;
            let roots = index.roots(region(number).as_str()).await;
            if !sound(roots, "roots")?.is_empty() {
                return Err(Broken(format!("{name} still has roots")));
            }
        }
        self.audit_ledger().await?;
        let folders = sound(std::fs::read_dir(self.world.volume_folders()), "folders")?.count();
        if folders > 0 {
            return Err(Broken(format!("{folders} folders of volumes are left")));
        }
        self.checked("installations found empty", 1);
        Ok(())
    }
}
