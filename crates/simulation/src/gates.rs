//! Where the server's tasks are held until the simulation lets one of them go on.
//!
//! Promises: a task that is held goes on only when it is released, so the order in which concurrent
//! work meets its store and index is the seed's. What runs on other threads (reads of guests, and
//! what cuts and packs) is not held: its thread could not be waited for.

use crate::postgres::STATEMENT;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};
use tokio::sync::{Notify, oneshot};

/// How long a database is waited for while a transaction is held that may have locked what it needs,
/// and otherwise.
const BRIEFLY: Duration = Duration::from_millis(4);
const PATIENTLY: Duration = Duration::from_secs(1);
const LOOK_AGAIN: Duration = Duration::from_micros(50);

/// The gates of one simulation.
pub struct Gates {
    main: ThreadId,
    open: AtomicBool,
    activity: AtomicU64,
    /// Each clone but this one is a request that somebody outside carries out.
    busy: Arc<()>,
    /// A thread is held.
    held: Notify,
    inner: Mutex<Held>,
}

/// A request to something outside that is being carried out.
pub struct Busy(#[expect(dead_code, reason = "it is counted")] Arc<()>);

#[derive(Default)]
struct Held {
    next: u64,
    waiting: BTreeMap<u64, (&'static str, oneshot::Sender<()>)>,
}

impl Gates {
    /// Open gates. To be called on the thread of the simulation.
    pub fn new() -> Gates {
        Gates {
            main: std::thread::current().id(),
            open: AtomicBool::new(true),
            activity: AtomicU64::new(0),
            busy: Arc::new(()),
            held: Notify::new(),
            inner: Mutex::default(),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Held> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits to be released.
    pub async fn pass(&self, what: &'static str) {
        self.note();
        if self.open.load(Relaxed) || std::thread::current().id() != self.main {
            return;
        }
        // Either way it goes on: the simulation has ended if nobody can release it any more.
        let waiting = Gates::hold(&mut self.inner(), what);
        drop(waiting.await);
        self.note();
    }

    /// Waits to be released, on a thread that does what a task waits for.
    pub fn pass_blocking(&self, what: &'static str) {
        self.note();
        let waiting = {
            let mut inner = self.inner();
            // Under the lock: nobody is held who was not there when the gates were opened.
            if self.open.load(Relaxed) {
                return;
            }
            Gates::hold(&mut inner, what)
        };
        self.held.notify_one();
        drop(waiting.blocking_recv());
        self.note();
    }

    fn hold(inner: &mut Held, what: &'static str) -> oneshot::Receiver<()> {
        inner.next += 1;
        let ticket = inner.next;
        let (go, waiting) = oneshot::channel();
        inner.waiting.insert(ticket, (what, go));
        waiting
    }

    /// Somebody outside carries out a request until this is dropped.
    pub fn busy(&self) -> Busy {
        Busy(self.busy.clone())
    }

    /// Notes that something moved.
    pub fn note(&self) {
        self.activity.fetch_add(1, Relaxed);
    }

    fn moved(&self) -> u64 {
        self.activity.load(Relaxed)
    }

    /// From now on tasks are held, or (`open`) not held. Those that are held stay so.
    pub fn set_open(&self, open: bool) {
        let _inner = self.inner();
        self.open.store(open, Relaxed);
    }

    /// Whether tasks pass.
    pub fn is_open(&self) -> bool {
        self.open.load(Relaxed)
    }

    /// The tickets of those that are held, in the order in which they came.
    pub fn waiting(&self) -> Vec<u64> {
        let mut inner = self.inner();
        inner.waiting.retain(|_, (_, go)| !go.is_closed());
        inner.waiting.keys().copied().collect()
    }

    /// Lets one go on, and says where it was.
    pub fn release(&self, ticket: u64) -> Option<&'static str> {
        let (what, go) = self.inner().waiting.remove(&ticket)?;
        go.send(()).ok().map(|()| what)
    }

    /// Lets all go on that are held there.
    pub fn release_all(&self, what: &'static str) {
        let mut inner = self.inner();
        let all = inner.waiting.extract_if(.., |_, (held, _)| *held == what);
        all.for_each(|(_, (_, go))| go.send(()).unwrap_or_default());
    }

    /// Lets all go on that are held there, until nobody is. To be called with open gates.
    pub async fn clear(&self, what: &'static str) {
        while self.holds(what) {
            self.release_all(what);
            self.settle().await;
        }
    }

    fn holds(&self, what: &'static str) -> bool {
        self.inner().waiting.values().any(|(held, _)| *held == what)
    }

    /// Waits until every task is held, has ended, or waits for one that is held. There is one
    /// thread for what blocks, so whatever it was given before has ended when it is through with
    /// what it is given here; whoever waited for that has then run, and this says so.
    ///
    /// Who waits for something outside is waited for, too, unless that may wait for one that is held.
    pub async fn settle(&self) {
        let (mut quiet, mut since) = (0, Instant::now());
        loop {
            let before = self.moved();
            if !self.blocking_is_through().await {
                return;
            }
            for _ in 0..6 {
                tokio::task::yield_now().await;
            }
            if self.moved() != before {
                (quiet, since) = (0, Instant::now());
                continue;
            }
            quiet += 1;
            if quiet < 2 {
                continue;
            }
            let patience = if self.holds(STATEMENT) {
                BRIEFLY
            } else {
                PATIENTLY
            };
            if Arc::strong_count(&self.busy) == 1 || since.elapsed() > patience {
                return;
            }
            std::thread::sleep(LOOK_AGAIN);
        }
    }

    /// Waits until the thread for what blocks has ended what it was given before; `false` if it seems
    /// to wait for a statement that is held.
    async fn blocking_is_through(&self) -> bool {
        let mut through = tokio::task::spawn_blocking(|| ());
        let mut since = None;
        while !through.is_finished() {
            if self.holds(STATEMENT) {
                if since.get_or_insert_with(Instant::now).elapsed() > BRIEFLY {
                    return false;
                }
                std::thread::sleep(LOOK_AGAIN);
                tokio::task::yield_now().await;
            } else {
                tokio::select! {
                    biased;
                    _ = &mut through => {}
                    () = self.held.notified() => {}
                }
            }
        }
        true
    }
}

/// Counts as movement whenever it is polled.
pub async fn noted<F: Future>(gates: &Gates, work: F) -> F::Output {
    let mut work = std::pin::pin!(work);
    std::future::poll_fn(|context| {
        gates.note();
        work.as_mut().poll(context)
    })
    .await
}
