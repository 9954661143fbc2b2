//! One run: what happens in which order.

use crate::ask::{Answer, Ask, What};
use crate::gates::noted;
use crate::model::Model;
use crate::random::Random;
use crate::world::{World, sound};
use crate::{Broken, Engine, Report, Result};
use base::{Clock, Reason, VolumeId};
use blocks::Limits;
use std::collections::BTreeMap;
use std::time::Duration;
use testkit::Guest;
use tokio::task::JoinHandle;

/// Faults among a thousand requests to a store.
const FAULTS: u64 = 150;
/// How many of each are under way at once.
const ASKS: usize = 4;
const JOBS: usize = 3;
const UPKEEP: usize = 2;

/// A run under way.
pub(crate) struct Run {
    pub(crate) world: World,
    pub(crate) model: Model,
    pub(crate) random: Random,
    pub(crate) report: Report,
    pub(crate) guests: BTreeMap<VolumeId, Guest>,
    pub(crate) flows: Vec<Flow>,
    pub(crate) made: u64,
}

/// Concurrent work.
pub(crate) struct Flow {
    pub(crate) kind: Kind,
    task: JoinHandle<End>,
    /// Another request may end what this one needs, or the other way round.
    racy: bool,
    /// A key was disabled at some time meanwhile.
    keyless: bool,
}

pub(crate) enum Kind {
    Ask(Ask),
    Job,
    Upkeep(&'static str),
}

enum End {
    Asked(base::Result<Answer>),
    /// No job was found.
    Idle(base::Result<()>),
    /// A job of this kind ran.
    Ran(String, base::Result<()>),
    KeptUp(blocks::Result<(u64, u64)>),
}

/// Runs a seed.
pub(crate) async fn run(engine: Engine, seed: u64, steps: u64) -> Report {
    let world = match World::new(engine, seed).await {
        Ok(world) => world,
        Err(broken) => {
            return Report {
                broken: Some(broken),
                ..Report::default()
            };
        }
    };
    let mut run = Run {
        world,
        model: Model::default(),
        random: Random::new(seed, 0),
        report: Report::default(),
        guests: BTreeMap::new(),
        flows: Vec::new(),
        made: 0,
    };
    let ended = run.all(steps).await;
    run.report.faults = run.world.faults.counts();
    run.guests.clear();
    run.flows.iter().for_each(|flow| flow.task.abort());
    let closed = run.world.end().await;
    run.report.broken = ended.and(closed).err();
    run.report
}

impl Run {
    async fn all(&mut self, steps: u64) -> Result<()> {
        self.world.faults.set(FAULTS);
        self.world.gates.set_open(false);
        for _ in 0..steps {
            self.step().await?;
            self.report.steps += 1;
        }
        self.end().await
    }

    pub(crate) fn trace(&mut self, what: impl Into<String>) {
        self.report.trace.push(what.into());
    }

    pub(crate) fn checked(&mut self, what: &'static str, count: usize) {
        let count = u64::try_from(count).unwrap_or(0);
        *self.report.checks.entry(what).or_default() += count;
    }

    /// What is under way.
    pub(crate) fn names(&self) -> Vec<String> {
        let name = |flow: &Flow| match &flow.kind {
            Kind::Ask(ask) => format!("{} {}", ask.tag, ask.name()),
            Kind::Job => "a job".to_owned(),
            Kind::Upkeep(what) => (*what).to_owned(),
        };
        self.flows.iter().map(name).collect()
    }

    fn under_way(&self, kind: fn(&Kind) -> bool) -> usize {
        self.flows.iter().filter(|flow| kind(&flow.kind)).count()
    }

    async fn step(&mut self) -> Result<()> {
        match self.random.below(1000) {
            0..500 if self.world.gates.waiting().is_empty() => self.ask(),
            0..500 => self.release(),
            500..690 => self.ask(),
            690..790 => self.lease(),
            790..840 => self.keep_up(),
            840..930 => self.write().await?,
            930..970 => self.pass_time().await,
            970..980 => self.arrive(),
            980..986 => self.kill().await?,
            986..991 => self.turn_key().await?,
            _ => {
                self.audit_rows(&[]).await?;
                self.audit_one().await?;
            }
        }
        self.world.gates.settle().await;
        self.reap().await
    }

    /// Lets one task go on.
    fn release(&mut self) {
        let waiting = self.world.gates.waiting();
        if let Some(ticket) = self.random.pick(&waiting)
            && let Some(what) = self.world.gates.release(*ticket)
        {
            self.trace(format!("release {ticket} {what}"));
        }
    }

    fn ask(&mut self) {
        if self.under_way(|kind| matches!(kind, Kind::Ask(_))) < ASKS
            && let Some(ask) = self.plan()
        {
            self.trace(format!("ask {} {} {:?}", ask.tag, ask.name(), ask.place));
            self.begin(ask);
        }
    }

    /// Sends a request.
    pub(crate) fn begin(&mut self, ask: Ask) {
        let mut racy = false;
        let touches = |takes: &[String], uses: &[String]| takes.iter().any(|id| uses.contains(id));
        for flow in &mut self.flows {
            if let Kind::Ask(other) = &flow.kind
                && (touches(&ask.takes(), &other.uses()) || touches(&other.takes(), &ask.uses()))
            {
                flow.racy = true;
                racy = true;
            }
        }
        let call = self.world.call(ask.place.by, ask.place.at);
        let server = self.world.server().clone();
        let asked = ask.clone();
        let work = async move { End::Asked(asked.perform(&server, &call).await) };
        self.spawn(Kind::Ask(ask), work, racy);
    }

    fn spawn(&mut self, kind: Kind, work: impl Future<Output = End> + Send + 'static, racy: bool) {
        let gates = self.world.gates.clone();
        let task = tokio::spawn(async move { noted(&gates, work).await });
        let keyless = self.model.disabled.is_some();
        self.flows.push(Flow {
            kind,
            task,
            racy,
            keyless,
        });
    }

    /// A worker looks for a job, and runs it.
    fn lease(&mut self) {
        if self.under_way(|kind| matches!(kind, Kind::Job)) >= JOBS {
            return;
        }
        self.made += 1;
        let holder = format!("worker-{}", self.made);
        self.trace(format!("{holder} looks for a job"));
        let clock = self.world.clock.clone();
        let server = self.world.server().clone();
        let work = async move {
            let lease = match server.db.lease(&holder, clock.now()).await {
                Ok(Some(lease)) => lease,
                Ok(None) => return End::Idle(Ok(())),
                Err(error) => return End::Idle(Err(error)),
            };
            let kind = lease.kind().to_owned();
            End::Ran(kind, server.run_job(&*clock, lease).await)
        };
        self.spawn(Kind::Job, work, false);
    }

    fn keep_up(&mut self) {
        if self.under_way(|kind| matches!(kind, Kind::Upkeep(_))) >= UPKEEP {
            return;
        }
        let server = self.world.server().clone();
        let now = self.world.now_ms();
        let Ok(stores) = server.stores() else {
            return;
        };
        let peers: Vec<_> = stores.values().cloned().collect();
        let Some(store) = self.random.pick(&peers).cloned() else {
            return;
        };
        let what = *self
            .random
            .pick(&["collect", "collect", "tidy", "scrub"])
            .unwrap_or(&"collect");
        self.trace(format!("upkeep {what} {}", store.region()));
        let work = async move {
            let index = &*server.index;
            let done = match what {
                "collect" => store
                    .collect(index, &limits(), now)
                    .await
                    .map(|done| (done.packs_deleted, 0)),
                "tidy" => store.tidy(index, &limits(), now).await.map(|_| (0, 0)),
                _ => store
                    .scrub(index, &peers, &limits(), now, now, 4)
                    .await
                    .map(|done| (0, done.lost)),
            };
            End::KeptUp(done)
        };
        self.spawn(Kind::Upkeep(what), work, false);
    }

    /// A guest writes, zeroes, or flushes.
    async fn write(&mut self) -> Result<()> {
        let frozen: Vec<String> = self
            .flows
            .iter()
            .filter_map(|flow| match &flow.kind {
                Kind::Ask(ask) => Some(ask.uses()),
                Kind::Job | Kind::Upkeep(_) => None,
            })
            .flatten()
            .collect();
        let free: Vec<VolumeId> = self
            .guests
            .keys()
            .filter(|id| !frozen.contains(&id.to_string()))
            .cloned()
            .collect();
        let Some(id) = self.random.pick(&free).cloned() else {
            return Ok(());
        };
        let (Some(volume), Some(mut guest)) =
            (self.model.volumes.get_mut(&id), self.guests.remove(&id))
        else {
            return Ok(());
        };
        let from = self.random.below(40) * 100;
        let count = 1 + self.random.below(40);
        let (offset, length) = (from * 4096, count * 4096);
        let grains = from..from + count;
        let length = u32::try_from(length).unwrap_or(0);
        let kind = self.random.below(8);
        let mut bytes = Vec::new();
        match kind {
            0 => volume.disk.zero(grains),
            1 => {}
            _ => {
                let content = self.random.below(64);
                volume.disk.write(grains.clone(), content, volume.secret);
                bytes = volume.disk.read(grains);
            }
        }
        let work = move || {
            let done = match kind {
                0 => guest.zero(offset, length),
                1 => guest.flush(),
                _ => guest.write(offset, &bytes),
            };
            (done, guest)
        };
        let done = self.world.apart(work).await;
        sound(done.0, "a guest's write")?;
        self.guests.insert(id, done.1);
        self.trace(format!("write {from} {count}"));
        Ok(())
    }

    /// Disables a key, or enables the one that is disabled. What is encrypted under it and on its way
    /// may fail; nothing else may suffer, and nothing is lost.
    pub(crate) async fn turn_key(&mut self) -> Result<()> {
        let was = self.undisturbed().await;
        let server = self.world.server().clone();
        let keys = server.volumes.keys();
        if let Some(place) = self.model.disabled.take() {
            let call = self.world.call(place.by, place.at);
            let key = &self.world.keys[&(place.by, place.at)];
            sound(keys::enable_key(keys, &call, key).await, "enabling a key")?;
            self.trace(format!("enable the key of {place:?}"));
        } else {
            let place = self.place();
            let call = self.world.call(place.by, place.at);
            let key = &self.world.keys[&(place.by, place.at)];
            sound(keys::disable_key(keys, &call, key).await, "disabling a key")?;
            self.model.disabled = Some(place);
            self.model.expose();
            self.flows.iter_mut().for_each(|flow| flow.keyless = true);
            self.trace(format!("disable the key of {place:?}"));
            self.world.faults.count("key disabled");
        }
        self.disturbed(was);
        Ok(())
    }

    async fn pass_time(&mut self) {
        let seconds = *self
            .random
            .pick(&[1, 1, 3, 10, 61, 600, 3700])
            .unwrap_or(&1);
        self.trace(format!("pass {seconds} s"));
        self.let_pass(Duration::from_secs(seconds)).await;
    }

    /// Lets time pass, for the rows and for whoever sleeps.
    pub(crate) async fn let_pass(&mut self, time: Duration) {
        self.world.clock.advance(time);
        tokio::time::advance(time.min(Duration::from_secs(5))).await;
    }

    fn arrive(&mut self) {
        let mut arrived = false;
        for store in self.world.stores.values() {
            arrived |= store.arrive();
            if self.random.below(2) == 0 {
                store.catch_up();
            }
        }
        self.trace(format!("arrive {arrived}"));
    }

    async fn kill(&mut self) -> Result<()> {
        self.trace("kill");
        self.world.faults.count("server killed");
        self.guests.clear();
        let mut unsure = Vec::new();
        self.model.keyless = self.flows.iter().any(|flow| flow.keyless);
        for flow in std::mem::take(&mut self.flows) {
            flow.task.abort();
            // Even an answer that was on its way is lost.
            drop(flow.task.await);
            if let Kind::Ask(ask) = flow.kind {
                self.model.doubt(&ask);
                unsure.push(ask);
            }
        }
        self.world.gates.settle().await;
        self.world.restart().await?;
        self.audit_rows(&unsure).await?;
        self.model.keyless = false;
        Ok(())
    }

    /// Takes note of what has ended.
    pub(crate) async fn reap(&mut self) -> Result<()> {
        let mut at = 0;
        while at < self.flows.len() {
            if !self.flows[at].task.is_finished() {
                at += 1;
                continue;
            }
            let flow = self.flows.remove(at);
            let ended = sound(flow.task.await, "a task stopped")?;
            match (flow.kind, ended) {
                (Kind::Ask(ask), End::Asked(answer)) => {
                    self.model.keyless = flow.keyless;
                    self.answered(ask, answer, flow.racy).await?;
                    self.model.keyless = false;
                }
                (Kind::Job, End::Idle(done)) => {
                    if let Err(error) = done {
                        self.count_lost_race(&error);
                        self.trace(format!("no job: {}", error.chain()));
                    }
                }
                (Kind::Job, End::Ran(kind, done)) => {
                    self.report.jobs += 1;
                    if let Err(error) = &done {
                        self.count_lost_race(error);
                    }
                    let how = done.err().map_or("done".to_owned(), |error| error.chain());
                    self.trace(format!("job {kind}: {how}"));
                }
                (Kind::Upkeep(what), End::KeptUp(done)) => self.kept_up(what, done)?,
                _ => return Err(Broken("a task ended as another".into())),
            }
        }
        Ok(())
    }

    fn count_lost_race(&self, error: &base::Error) {
        if error.reason == Reason::Conflict {
            self.world.faults.count("lost race");
        }
    }

    fn kept_up(&mut self, what: &'static str, done: blocks::Result<(u64, u64)>) -> Result<()> {
        self.report.upkeep += 1;
        match done {
            Ok((deleted, lost)) => {
                self.report.packs_deleted += deleted;
                self.trace(format!("upkeep {what}: {deleted} packs deleted"));
                if lost > 0 {
                    let message = format!("a scrub finds {lost} frames lost, though nothing rots");
                    return Err(Broken(message));
                }
            }
            Err(error) => self.trace(format!("upkeep {what}: {error}")),
        }
        Ok(())
    }

    async fn answered(&mut self, ask: Ask, answer: base::Result<Answer>, racy: bool) -> Result<()> {
        match answer {
            Ok(answer) => {
                self.trace(format!("answer {} {}", ask.tag, ask.name()));
                *self.report.requests.entry(ask.name()).or_default() += 1;
                if let (What::Open(id), Answer::Opened(export)) = (&ask.what, &answer)
                    && self.model.volumes.contains_key(id)
                {
                    let (socket, name) = (export.socket.clone(), export.name.clone());
                    let connect = move || Guest::connect(&socket, &name);
                    let guest = sound(self.world.apart(connect).await, "a guest's disk")?;
                    self.guests.insert(id.clone(), guest);
                }
                self.model.apply(&ask, answer);
                if self.model.keyless {
                    // What was made without a key is answered as made, and has failed already.
                    return self.audit_rows(&[]).await;
                }
                Ok(())
            }
            Err(error) => {
                self.trace(format!(
                    "refused {} {}: {}",
                    ask.tag,
                    ask.name(),
                    error.chain()
                ));
                self.report.refused += 1;
                self.count_lost_race(&error);
                self.model.doubt(&ask);
                // Only a store or a connection that fails, somebody who came first, or a key that is
                // disabled is a reason to refuse what is asked here. It may have taken effect before
                // it failed.
                let for_its_key = self.model.keyless && is_of_key(&error);
                match error.reason {
                    Reason::Internal | Reason::Conflict => self.audit_rows(&[ask]).await,
                    _ if for_its_key => self.audit_rows(&[ask]).await,
                    _ if racy => Ok(()),
                    _ => Err(Broken(format!("{ask:?} is refused: {}", error.chain()))),
                }
            }
        }
    }
}

/// Whether a request was refused for a key that cannot be used.
pub(crate) fn is_of_key(error: &base::Error) -> bool {
    error.subject == base::Subject::Key || volumes::is_key_failure(error)
}

/// Collects as the server does, without its pace.
pub(crate) fn limits() -> Limits {
    Limits {
        rows: 200,
        rows_per_second: u64::MAX,
        bytes_per_second: u64::MAX,
        ..Limits::default()
    }
}
