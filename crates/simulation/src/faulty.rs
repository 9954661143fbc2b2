//! An object store in memory that keeps the contract of a real one, and no more than that.
//!
//! The contract: an object is there as a whole or not at all; put-if-absent never replaces; what
//! was acknowledged is there. What may happen besides, as the seed says: a request is refused; its
//! answer is lost although it took effect; it takes effect after its sender has given up; the
//! store's own repetition of it finds its work done; a body ends early; a listing fails half-way,
//! leaves out what is new, or names what is gone.

use crate::gates::Gates;
use crate::random::Random;
use async_trait::async_trait;
use base::Clock;
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult,
    Result,
};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::{Break, Breaks};

/// Which faults happen, and how many of each did.
pub struct Faults {
    held: Random,
    free: Random,
    per_mille: AtomicU64,
    main: std::thread::ThreadId,
    counts: Mutex<BTreeMap<&'static str, u64>>,
}

impl Faults {
    /// No faults yet.
    pub fn new(seed: u64) -> Faults {
        Faults {
            held: Random::new(seed, 2),
            free: Random::new(seed, 3),
            per_mille: AtomicU64::new(0),
            main: std::thread::current().id(),
            counts: Mutex::default(),
        }
    }

    /// How many of a thousand requests meet a fault from now on; what it was before.
    pub fn set(&self, per_mille: u64) -> u64 {
        self.per_mille.swap(per_mille, Relaxed)
    }

    /// One of these faults, or usually none.
    fn roll(&self, kinds: &[&'static str]) -> Option<&'static str> {
        self.roll_at(self.per_mille.load(Relaxed), kinds)
    }

    fn roll_at(&self, rate: u64, kinds: &[&'static str]) -> Option<&'static str> {
        // Other threads have their own sequence: they may run while a task does.
        let random = if std::thread::current().id() == self.main {
            &self.held
        } else {
            &self.free
        };
        if rate == 0 || random.below(1000) >= rate {
            return None;
        }
        let kind = *random.pick(kinds)?;
        self.count(kind);
        Some(kind)
    }

    /// Counts something that was done to the server.
    pub fn count(&self, kind: &'static str) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(kind).or_default() += 1;
    }

    /// How many of each there were.
    pub fn counts(&self) -> BTreeMap<&'static str, u64> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.clone()
    }
}

/// Where a connection to the database is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The request does not arrive.
    Before,
    /// It does, and its answer is lost.
    After,
}

impl Faults {
    /// Whether a request to the database meets the end of its connection: fewer do than transactions
    /// break, because a transaction has many.
    pub fn cut(&self) -> Option<Cut> {
        let rate = self.per_mille.load(Relaxed) / 50;
        match self.roll_at(rate, &[CUT_BEFORE, CUT_AFTER])? {
            CUT_AFTER => Some(Cut::After),
            _ => Some(Cut::Before),
        }
    }

    /// Something that happens once in so many times, off the simulation's thread.
    pub fn chance(&self, of: u64) -> bool {
        self.free.below(of) == 0
    }
}

/// Connections to the database break a tenth as often, because one request has many transactions.
impl Breaks for Faults {
    fn begin(&self) -> bool {
        let rate = self.per_mille.load(Relaxed) / 10;
        self.roll_at(rate, &[NOT_BEGUN]).is_some()
    }

    fn commit(&self) -> Option<Break> {
        let rate = self.per_mille.load(Relaxed) / 10;
        match self.roll_at(rate, &[NOT_COMMITTED, COMMITTED])? {
            COMMITTED => Some(Break::After),
            _ => Some(Break::Before),
        }
    }
}

const NOT_BEGUN: &str = "transaction not begun";
const NOT_COMMITTED: &str = "transaction not committed";
const COMMITTED: &str = "transaction committed, answer lost";
const CUT_BEFORE: &str = "connection cut before a request";
const CUT_AFTER: &str = "connection cut after a request";
const REFUSED: &str = "put refused: no space";
const BROKEN: &str = "put refused: I/O error";
const UNDONE: &str = "put timed out, not done";
const DONE: &str = "put timed out, done";
const LATE: &str = "put timed out, done later";
const REPEATED: &str = "put delivered twice";
const GET_FAILED: &str = "get failed";
const GET_SHORT: &str = "get ended early";
const DELETE_UNDONE: &str = "delete failed, not done";
const DELETE_DONE: &str = "delete timed out, done";
const DELETE_LATE: &str = "delete timed out, done later";
const LIST_FAILED: &str = "list ended early";
const LIST_LAGGED: &str = "list lagged";

/// The store. Cloning shares it.
#[derive(Clone)]
pub struct FaultyStore {
    gates: Arc<Gates>,
    faults: Arc<Faults>,
    clock: Arc<dyn Clock>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    objects: BTreeMap<Path, Object>,
    /// Requests that are still on their way, though nobody waits for them.
    late: Vec<Late>,
    /// What was there lately: a listing that lags may name it.
    gone: BTreeMap<Path, ObjectMeta>,
    /// What a listing that lags may leave out.
    new: Vec<Path>,
}

#[derive(Clone)]
struct Object {
    bytes: Bytes,
    since_ms: i64,
}

enum Late {
    Put(Path, Bytes),
    Delete(Path),
}

impl State {
    /// Whether it was not there yet.
    fn create(&mut self, path: &Path, bytes: &Bytes, since_ms: i64) -> bool {
        if self.objects.contains_key(path) {
            return false;
        }
        self.objects.insert(
            path.clone(),
            Object {
                bytes: bytes.clone(),
                since_ms,
            },
        );
        self.new.push(path.clone());
        true
    }

    fn remove(&mut self, path: &Path) {
        if let Some(object) = self.objects.remove(path) {
            self.gone.insert(path.clone(), meta(path, &object));
        }
    }
}

fn meta(path: &Path, object: &Object) -> ObjectMeta {
    ObjectMeta {
        location: path.clone(),
        last_modified: chrono::DateTime::from_timestamp_millis(object.since_ms)
            .unwrap_or(chrono::DateTime::UNIX_EPOCH),
        size: u64::try_from(object.bytes.len()).unwrap_or(u64::MAX),
        e_tag: None,
        version: None,
    }
}

fn failed(what: &'static str) -> Error {
    Error::Generic {
        store: "simulated",
        source: what.into(),
    }
}

fn exists(path: &Path) -> Error {
    Error::AlreadyExists {
        path: path.to_string(),
        source: "it is there".into(),
    }
}

fn unsupported() -> Error {
    Error::NotSupported {
        source: "the simulated store does not do this".into(),
    }
}

impl FaultyStore {
    /// An empty store.
    pub fn new(gates: Arc<Gates>, faults: Arc<Faults>, clock: Arc<dyn Clock>) -> FaultyStore {
        FaultyStore {
            gates,
            faults,
            clock,
            state: Arc::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the oldest request that is still on its way arrive; whether there was one.
    pub fn arrive(&self) -> bool {
        let now = self.clock.now().millis();
        let mut state = self.state();
        if state.late.is_empty() {
            return false;
        }
        match state.late.remove(0) {
            Late::Put(path, bytes) => drop(state.create(&path, &bytes, now)),
            Late::Delete(path) => state.remove(&path),
        }
        true
    }

    /// From now on listings tell what is there: what lagged has been caught up with.
    pub fn catch_up(&self) {
        let mut state = self.state();
        state.gone.clear();
        state.new.clear();
    }

    /// Everything that is stored.
    pub fn objects(&self) -> Vec<(Path, Bytes)> {
        let state = self.state();
        let all = state.objects.iter();
        all.map(|(path, object)| (path.clone(), object.bytes.clone()))
            .collect()
    }

    async fn delete_one(&self, path: Path) -> Result<Path> {
        self.gates.pass("delete").await;
        let kinds = [DELETE_UNDONE, DELETE_DONE, DELETE_LATE];
        let fault = self.faults.roll(&kinds);
        {
            let mut state = self.state();
            match fault {
                None | Some(DELETE_DONE) => state.remove(&path),
                Some(DELETE_LATE) => state.late.push(Late::Delete(path.clone())),
                Some(_) => {}
            }
        }
        self.gates.pass("deleted").await;
        fault.map_or(Ok(path), |fault| Err(failed(fault)))
    }

    fn listed(&self, prefix: Option<&Path>) -> Vec<Result<ObjectMeta>> {
        let fault = self.faults.roll(&[LIST_FAILED, LIST_LAGGED]);
        let state = self.state();
        let mut found: BTreeMap<Path, ObjectMeta> = state
            .objects
            .iter()
            .map(|(path, object)| (path.clone(), meta(path, object)))
            .collect();
        if fault == Some(LIST_LAGGED) {
            for path in state.new.iter().rev().take(4) {
                found.remove(path);
            }
            found.extend(state.gone.clone());
        }
        let inside = |path: &Path| prefix.is_none_or(|prefix| path.prefix_matches(prefix));
        let mut list: Vec<Result<ObjectMeta>> = found
            .into_iter()
            .filter(|(path, _)| inside(path))
            .map(|(_, meta)| Ok(meta))
            .collect();
        if fault == Some(LIST_FAILED) {
            list.truncate(list.len() / 2);
            list.push(Err(failed(LIST_FAILED)));
        }
        list
    }
}

impl fmt::Display for FaultyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("simulated")
    }
}

impl fmt::Debug for FaultyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FaultyStore")
    }
}

#[async_trait]
impl ObjectStore for FaultyStore {
    async fn put_opts(
        &self,
        path: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        if !matches!(options.mode, PutMode::Create) {
            return Err(unsupported());
        }
        self.gates.pass("put").await;
        let bytes = Bytes::from(payload);
        let kinds = [REFUSED, BROKEN, UNDONE, DONE, LATE, REPEATED];
        let fault = self.faults.roll(&kinds);
        let now = self.clock.now().millis();
        let outcome = {
            let mut state = self.state();
            match fault {
                None if state.create(path, &bytes, now) => Ok(()),
                None => Err(exists(path)),
                Some(DONE) => {
                    state.create(path, &bytes, now);
                    Err(failed(DONE))
                }
                Some(REPEATED) => {
                    state.create(path, &bytes, now);
                    Err(exists(path))
                }
                Some(LATE) => {
                    state.late.push(Late::Put(path.clone(), bytes));
                    Err(failed(LATE))
                }
                Some(other) => Err(failed(other)),
            }
        };
        self.gates.pass("put done").await;
        outcome.map(|()| PutResult {
            e_tag: None,
            version: None,
            extensions: Default::default(),
        })
    }

    async fn put_multipart_opts(
        &self,
        _: &Path,
        _: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        Err(unsupported())
    }

    async fn get_opts(&self, path: &Path, options: GetOptions) -> Result<GetResult> {
        self.gates.pass("get").await;
        let fault = self.faults.roll(&[GET_FAILED, GET_SHORT]);
        if fault == Some(GET_FAILED) {
            return Err(failed(GET_FAILED));
        }
        let found = self.state().objects.get(path).cloned();
        let object = found.ok_or_else(|| Error::NotFound {
            path: path.to_string(),
            source: "it is not there".into(),
        })?;
        let meta = meta(path, &object);
        let range = match options.range {
            None => 0..meta.size,
            Some(range) => range
                .as_range(meta.size)
                .map_err(|_| failed("a range that the object does not have"))?,
        };
        let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
        let body = object.bytes.slice(place(range.start)..place(range.end));
        let parts = if fault == Some(GET_SHORT) {
            let half = body.slice(..body.len() / 2);
            vec![Ok(half), Err(failed(GET_SHORT))]
        } else {
            vec![Ok(body)]
        };
        Ok(GetResult {
            payload: GetResultPayload::Stream(stream::iter(parts).boxed()),
            meta,
            range,
            attributes: Default::default(),
            extensions: Default::default(),
        })
    }

    fn delete_stream(
        &self,
        paths: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        let this = self.clone();
        paths
            .then(move |path| {
                let this = this.clone();
                async move { this.delete_one(path?).await }
            })
            .boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let (this, prefix) = (self.clone(), prefix.cloned());
        let listed = async move {
            this.gates.pass("list").await;
            stream::iter(this.listed(prefix.as_ref()))
        };
        stream::once(listed).flatten().boxed()
    }

    async fn list_with_delimiter(&self, _: Option<&Path>) -> Result<ListResult> {
        Err(unsupported())
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        Err(unsupported())
    }
}
