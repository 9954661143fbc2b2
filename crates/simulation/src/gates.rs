//! Where the server's tasks are held until the simulation lets one of them go on.
//!
//! Promises: a task that is held goes on only when it is released, so the order in which concurrent
//! work meets its store and index is the seed's. What runs on other threads (reads of guests, and
//! what cuts and packs) is not held: its thread could not be waited for.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;
use tokio::sync::oneshot;

/// The gates of one simulation.
pub struct Gates {
    main: ThreadId,
    open: AtomicBool,
    activity: AtomicU64,
    inner: Mutex<Held>,
}

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
        let waiting = {
            let mut inner = self.inner();
            inner.next += 1;
            let ticket = inner.next;
            let (go, waiting) = oneshot::channel();
            inner.waiting.insert(ticket, (what, go));
            waiting
        };
        // Either way it goes on: the simulation has ended if nobody can release it any more.
        drop(waiting.await);
        self.note();
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

    /// Waits until every task is held, has ended, or waits for one that is held. There is one
    /// thread for what blocks, so whatever it was given before has ended when it is through with
    /// what it is given here; whoever waited for that has then run, and this says so.
    pub async fn settle(&self) {
        let mut quiet = 0;
        while quiet < 2 {
            let before = self.moved();
            drop(tokio::task::spawn_blocking(|| ()).await);
            for _ in 0..6 {
                tokio::task::yield_now().await;
            }
            quiet = if self.moved() == before { quiet + 1 } else { 0 };
        }
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
