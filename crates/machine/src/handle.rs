//! The handle on a machine that runs: what it is, how it fares, how it ended.
//!
//! A [`Handle`] may be cloned. When the last clone is dropped nothing happens to the guest: it runs
//! on, unwatched, until [`attach`] takes it up again.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{broadcast, watch};
use tokio::task::AbortHandle;

use crate::command;
use crate::console;
use crate::error::{Error, Result};
use crate::process::{Ending, Process};
use crate::qemu::Qemu;
use crate::qmp::{Failure, Qmp};
use crate::spec::{Paths, Spec};
use crate::supervise;

/// How long QEMU may take from its start to its first answer, disks and all.
const START: Duration = Duration::from_secs(90);
/// How long a command waits for a connection that is being made again.
const LINK: Duration = Duration::from_secs(5);
/// How long QEMU may take to leave when told to, before it is killed. It waits for disks whose
/// server is away, and nothing is lost by killing it: it holds back no writes of the guest.
pub(crate) const LEAVE: Duration = Duration::from_secs(15);
const EVENTS_KEPT: usize = 256;

/// Something that happened to a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The guest powered itself off. [`Event::Exited`] follows.
    GuestShutdown,
    /// The machine was reset, by the guest or by [`Handle::reset`]. It runs on.
    Reset,
    /// The power button was pressed.
    PowerButton,
    /// It stands still.
    Paused,
    /// It runs again.
    Resumed,
    /// A disk reported an error, upon which the guest was paused. It is resumed, and the transfer
    /// tried again, after a while that grows from one second to half a minute.
    IoError {
        /// The disk's id.
        disk: String,
        /// `read` or `write`.
        operation: String,
        /// The system's word for it.
        reason: String,
    },
    /// The guest let go of a disk, and QEMU closed it.
    DiskReleased {
        /// The disk's id.
        disk: String,
    },
    /// It is over.
    Exited(Exit),
}

/// How a machine ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Exit {
    /// The guest powered itself off, of its own will or because the power button was pressed.
    GuestShutdown,
    /// [`Handle::quit`] ended it.
    Quit,
    /// [`Handle::kill`] ended it.
    Killed,
    /// Somebody else on this host asked QEMU to leave, as at the host's own shutdown.
    Terminated,
    /// QEMU broke, or was killed by somebody else.
    Crashed {
        /// What is known of it: exit status or signal, and the end of QEMU's log.
        why: String,
    },
}

/// What a machine is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// Running.
    Running,
    /// Paused by [`Handle::pause`].
    Paused,
    /// Paused because a disk reported an error; it will be tried again.
    DiskError,
    /// The guest powered itself off; QEMU is about to leave.
    ShutDown,
    /// The guest cannot go on.
    Broken,
}

/// A machine that runs, or did.
#[derive(Debug, Clone)]
pub struct Handle {
    pub(crate) machine: Arc<Machine>,
    _supervisor: Arc<Supervisor>,
}

/// What handles and their supervisor share.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) id: String,
    pub(crate) paths: Paths,
    pub(crate) process: Process,
    pub(crate) link: watch::Sender<Option<Qmp>>,
    pub(crate) events: broadcast::Sender<Event>,
    /// Held while the agent is spoken to: its channel takes one at a time.
    pub(crate) agent: Arc<tokio::sync::Mutex<()>>,
    /// Held while a picture is taken: it passes through one file.
    pub(crate) screen: tokio::sync::Mutex<()>,
    /// Whether [`Handle::pause`] wants it to stand still.
    pub(crate) held: std::sync::atomic::AtomicBool,
    exit: watch::Sender<Option<Exit>>,
    /// What is known of its end before it ends. The first word counts.
    cause: Mutex<Option<Exit>>,
}

/// Ends the watching, not the watched, with the last handle.
#[derive(Debug)]
struct Supervisor(AbortHandle);

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Qemu {
    /// Starts a machine and returns when QEMU answers. The NBD servers of its disks must be there.
    ///
    /// # Errors
    /// [`Error::BadSpec`]; [`Error::AlreadyRunning`] rather than two QEMUs on the same disks;
    /// [`Error::StartFailed`] with QEMU's own words.
    pub async fn start(&self, spec: &Spec) -> Result<Handle> {
        spec.check()?;
        if let Some(process) = Process::find(&spec.id, &spec.paths)? {
            return Err(Error::AlreadyRunning {
                id: spec.id.clone(),
                pid: process.pid(),
            });
        }
        let arguments = command::arguments(spec)?;
        let log_began = std::fs::metadata(&spec.paths.log).map_or(0, |found| found.len());
        let process = Process::start(self.binary(), &arguments, spec)?;
        tracing::info!(id = %spec.id, pid = process.pid(), accel = ?spec.accel.kind, "started QEMU");
        let first = first_answer(&spec.paths, &process, START).await;
        let Some(first) = first else {
            let ended = process.has_ended();
            process.kill()?;
            let mut log = end_of_log(&spec.paths.log, log_began);
            if !ended {
                log = format!("no answer within {START:?}; {log}");
            }
            return Err(Error::StartFailed {
                id: spec.id.clone(),
                log,
            });
        };
        Ok(Handle::watching(
            &spec.id,
            &spec.paths,
            process,
            Some(first),
        ))
    }
}

/// Takes up a machine that was started earlier, perhaps by a server that is no more. `None`: it does
/// not run any more.
///
/// One that was paused is resumed; one whose guest has powered itself off meanwhile ends with
/// [`Exit::GuestShutdown`]; file systems that an agent had frozen are thawed.
///
/// # Errors
/// [`Error::Io`] where its files cannot be read.
pub async fn attach(id: &str, paths: &Paths) -> Result<Option<Handle>> {
    let Some(process) = Process::find(id, paths)? else {
        return Ok(None);
    };
    tracing::info!(id, pid = process.pid(), "took up a running QEMU");
    // A QEMU that waits for a disk answers late. Its machine is there all the same.
    let first = first_answer(paths, &process, LINK).await;
    let handle = Handle::watching(id, paths, process, first);
    crate::agent::thaw_leftover(&handle.machine);
    Ok(Some(handle))
}

type First = (Qmp, tokio::sync::mpsc::Receiver<crate::qmp::Notice>);

async fn first_answer(paths: &Paths, process: &Process, patience: Duration) -> Option<First> {
    let asking = async {
        loop {
            match Qmp::connect(&paths.qmp).await {
                Ok(first) => return Some(first),
                Err(_) if process.has_ended() => return None,
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    };
    tokio::time::timeout(patience, asking).await.ok().flatten()
}

impl Handle {
    fn watching(id: &str, paths: &Paths, process: Process, first: Option<First>) -> Self {
        let machine = Arc::new(Machine {
            id: id.to_owned(),
            paths: paths.clone(),
            process,
            link: watch::Sender::new(first.as_ref().map(|(qmp, _)| qmp.clone())),
            events: broadcast::Sender::new(EVENTS_KEPT),
            agent: Arc::default(),
            screen: tokio::sync::Mutex::default(),
            held: std::sync::atomic::AtomicBool::new(false),
            exit: watch::Sender::new(None),
            cause: Mutex::new(None),
        });
        let task = tokio::spawn(supervise::run(Arc::clone(&machine), first));
        Self {
            machine,
            _supervisor: Arc::new(Supervisor(task.abort_handle())),
        }
    }

    /// The machine's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.machine.id
    }

    /// The process of its QEMU.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.machine.process.pid()
    }

    /// Where its files are.
    #[must_use]
    pub fn paths(&self) -> &Paths {
        &self.machine.paths
    }

    /// What happens from now on. A receiver that lags behind misses the oldest.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.machine.events.subscribe()
    }

    /// Waits until it is over. A guest's reboot is no end.
    pub async fn wait(&self) -> Exit {
        let mut exit = self.machine.exit.subscribe();
        match exit
            .wait_for(Option::is_some)
            .await
            .map(|exit| exit.clone())
        {
            Ok(Some(exit)) => exit,
            // The sender lives in the machine that this handle holds.
            Ok(None) | Err(_) => Exit::Crashed {
                why: "nobody watched it".into(),
            },
        }
    }

    /// How it ended, if it did.
    #[must_use]
    pub fn exit(&self) -> Option<Exit> {
        self.machine.exit.borrow().clone()
    }

    /// What it is doing now.
    ///
    /// # Errors
    /// [`Error::Gone`] when it is over.
    pub async fn status(&self) -> Result<Status> {
        let answer = self.machine.ask("query-status", json!({})).await?;
        Ok(status_of(&answer))
    }

    /// Ends QEMU as if the plug were pulled, but lets it close its disks. Returns when it is gone.
    ///
    /// # Errors
    /// [`Error::Io`] where the process cannot be signalled.
    pub async fn quit(&self) -> Result<Exit> {
        self.machine.leave(Exit::Quit).await?;
        Ok(self.wait().await)
    }

    /// Ends QEMU at once, whatever state it is in. Returns when it is gone.
    ///
    /// # Errors
    /// [`Error::Io`] where the process cannot be signalled.
    pub async fn kill(&self) -> Result<Exit> {
        self.machine.note(Exit::Killed);
        self.machine.process.kill()?;
        Ok(self.wait().await)
    }
}

impl Machine {
    /// Asks QEMU, over the connection of the moment.
    pub(crate) async fn ask(&self, command: &str, arguments: Value) -> Result<Value> {
        let qmp = self.linked().await?;
        qmp.ask(command, arguments)
            .await
            .map_err(|failure| self.error(command, failure))
    }

    async fn linked(&self) -> Result<Qmp> {
        let mut link = self.link.subscribe();
        let found = tokio::time::timeout(LINK, link.wait_for(Option::is_some)).await;
        let qmp = found
            .ok()
            .and_then(|found| found.ok().and_then(|qmp| qmp.clone()));
        qmp.ok_or_else(|| Error::Gone {
            id: self.id.clone(),
        })
    }

    fn error(&self, command: &str, failure: Failure) -> Error {
        match failure {
            Failure::Gone => Error::Gone {
                id: self.id.clone(),
            },
            Failure::Silent => Error::Timeout {
                what: format!("an answer of QEMU for {} to {command}", self.id),
                after: crate::qmp::PATIENCE,
            },
            Failure::Refused(class, description) => Error::Refused {
                command: command.into(),
                class,
                description,
            },
        }
    }

    /// Remembers why it is about to end. Only the first reason is the reason.
    pub(crate) fn note(&self, cause: Exit) {
        self.cause
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(cause);
    }

    /// Makes QEMU leave: by asking, and by killing it when it does not.
    pub(crate) async fn leave(&self, cause: Exit) -> Result<()> {
        self.note(cause);
        let asked = async {
            // The answer may get lost in QEMU's leaving; only the end counts.
            drop(self.ask("quit", json!({})).await);
            self.process.ended().await
        };
        if tokio::time::timeout(LEAVE, asked).await.is_err() {
            tracing::warn!(id = %self.id, "QEMU did not leave within {LEAVE:?}; killing it");
            self.process.kill()?;
        }
        Ok(())
    }

    pub(crate) fn tell(&self, event: Event) {
        tracing::debug!(id = %self.id, ?event, "machine");
        // Nobody needs to listen.
        drop(self.events.send(event));
    }

    /// The last act: says how it ended.
    pub(crate) fn over(&self, ending: Ending) {
        let known = self
            .cause
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let exit = known.unwrap_or_else(|| {
            let how = match ending {
                Ending::Status(code) => format!("QEMU left with status {code}"),
                Ending::Signal(number) => format!("signal {number} ended QEMU"),
                Ending::Untold => "QEMU ended, nobody knows how".into(),
            };
            Exit::Crashed {
                why: format!("{how}; {}", end_of_log(&self.paths.log, 0)),
            }
        });
        tracing::info!(id = %self.id, ?exit, "QEMU ended");
        self.exit.send_replace(Some(exit.clone()));
        self.tell(Event::Exited(exit));
    }
}

pub(crate) fn status_of(answer: &Value) -> Status {
    match answer["status"].as_str().unwrap_or_default() {
        "running" => Status::Running,
        "io-error" => Status::DiskError,
        "shutdown" => Status::ShutDown,
        "internal-error" | "guest-panicked" => Status::Broken,
        _ => Status::Paused,
    }
}

/// The last lines of QEMU's log after a place in it, shortened.
fn end_of_log(path: &Path, from: u64) -> String {
    let new = std::fs::metadata(path).map_or(0, |found| found.len().saturating_sub(from));
    let end = console::tail(path, new.min(2000)).unwrap_or_default();
    let text = String::from_utf8_lossy(&end).trim().replace('\n', " | ");
    if text.is_empty() {
        "its log is empty".into()
    } else {
        text
    }
}
