//! Watching one machine: keeping the connection to its QEMU, heeding its events, trimming its logs.
//!
//! The supervisor makes sure that every state has a way out: a guest that powered itself off is let
//! go, one that a disk's error paused is tried again, one that cannot go on is ended.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::command;
use crate::console;
use crate::error::Error;
use crate::handle::{Event, Exit, Machine, Status, status_of};
use crate::qmp::{Notice, Qmp};

const TRIM_EVERY: Duration = Duration::from_secs(5);
const RECONNECT_EVERY: Duration = Duration::from_millis(200);
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LAST_RETRY: Duration = Duration::from_secs(30);
/// Errors further apart than this have nothing to do with each other.
const CALM: Duration = Duration::from_secs(90);

type Link = (Qmp, Receiver<Notice>);

/// Watches until the machine's process has ended.
pub(crate) async fn run(machine: Arc<Machine>, first: Option<Link>) {
    tokio::select! {
        () = stay_connected(&machine, first) => {}
        () = keep_trimmed(&machine) => {}
    }
    machine.over(machine.process.ended().await);
}

async fn keep_trimmed(machine: &Machine) {
    loop {
        sleep(TRIM_EVERY).await;
        for path in [&machine.paths.console, &machine.paths.log] {
            let path = path.clone();
            let trimmed = tokio::task::spawn_blocking(move || console::trim(&path)).await;
            if let Ok(Err(e)) = trimmed {
                tracing::warn!(id = %machine.id, "cannot trim: {e}");
            }
        }
    }
}

/// Returns when the process has ended and all that QEMU said before was heeded.
async fn stay_connected(machine: &Arc<Machine>, mut link: Option<Link>) {
    loop {
        if let Some((qmp, notices)) = link.take() {
            machine.link.send_replace(Some(qmp.clone()));
            Watch::new(machine, qmp).listen(notices).await;
            machine.link.send_replace(None);
        }
        if timeout(RECONNECT_EVERY, machine.process.ended())
            .await
            .is_ok()
        {
            return;
        }
        link = Qmp::connect(&machine.paths.qmp).await.ok();
    }
}

/// One connection's worth of watching.
struct Watch<'a> {
    machine: &'a Arc<Machine>,
    qmp: Qmp,
    retry: Retry,
}

impl<'a> Watch<'a> {
    fn new(machine: &'a Arc<Machine>, qmp: Qmp) -> Self {
        Self {
            machine,
            qmp,
            retry: Retry::default(),
        }
    }

    async fn listen(mut self, mut notices: Receiver<Notice>) {
        self.catch_up(&mut notices).await;
        loop {
            let due = self.retry.due;
            let again = async {
                match due {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                notice = notices.recv() => match notice {
                    Some(notice) => self.heed(&notice).await,
                    None => return,
                },
                () = again => self.try_again().await,
            }
        }
    }

    /// Finds out what happened while nobody listened. What QEMU has said already comes first: a
    /// machine that is shut down has not done it itself if it was told to.
    async fn catch_up(&mut self, notices: &mut Receiver<Notice>) {
        let answer = self.qmp.ask("query-status", json!({})).await;
        while let Ok(notice) = notices.try_recv() {
            self.heed(&notice).await;
        }
        if let Ok(answer) = answer {
            self.act_upon(&answer).await;
        }
        self.sweep().await;
    }

    /// Does what a state calls for.
    async fn act_upon(&mut self, answer: &Value) {
        match status_of(answer) {
            Status::Running => {}
            Status::ShutDown => self.let_go(Exit::GuestShutdown),
            Status::DiskError => self.retry.plan(),
            Status::Broken => self.give_up(answer),
            Status::Paused if self.machine.held.load(Ordering::Acquire) => {}
            Status::Paused => self.resume().await,
        }
    }

    fn give_up(&self, answer: &Value) {
        let why = format!("the guest cannot go on: {}", answer["status"]);
        self.let_go(Exit::Crashed { why });
    }

    async fn heed(&mut self, notice: &Notice) {
        let data = &notice.data;
        match notice.name.as_str() {
            "SHUTDOWN" => self.shutdown(data),
            "RESET" => self.machine.tell(Event::Reset),
            "POWERDOWN" => self.machine.tell(Event::PowerButton),
            "RESUME" => self.machine.tell(Event::Resumed),
            "STOP" => {
                self.machine.tell(Event::Paused);
                // Not resumed here: whoever stops it says so first, and a disk's error has its time.
                if let Ok(answer) = self.qmp.ask("query-status", json!({})).await
                    && status_of(&answer) == Status::Broken
                {
                    self.give_up(&answer);
                }
            }
            "BLOCK_IO_ERROR" => self.io_error(data),
            "DEVICE_DELETED" => self.device_deleted(data).await,
            _ => {}
        }
    }

    fn shutdown(&self, data: &Value) {
        match data["reason"].as_str().unwrap_or_default() {
            "guest-shutdown" | "guest-panic" => {
                self.machine.tell(Event::GuestShutdown);
                self.let_go(Exit::GuestShutdown);
            }
            "host-qmp-quit" => self.machine.note(Exit::Quit),
            _ => self.machine.note(Exit::Terminated),
        }
    }

    /// Ends QEMU after its guest. In a task of its own: the connection must be listened to meanwhile.
    fn let_go(&self, cause: Exit) {
        self.machine.note(cause.clone());
        let machine = Arc::clone(self.machine);
        tokio::spawn(async move {
            if let Err(e) = machine.leave(cause).await {
                tracing::error!(id = %machine.id, "QEMU cannot be ended: {e}");
            }
        });
    }

    fn io_error(&mut self, data: &Value) {
        let word = |key: &str| data[key].as_str().unwrap_or_default().to_owned();
        let node = word("node-name");
        let disk = node
            .strip_prefix(&command::node(""))
            .unwrap_or(&node)
            .to_owned();
        let (operation, reason) = (word("operation"), word("reason"));
        tracing::warn!(id = %self.machine.id, disk, operation, reason, "a disk reported an error");
        self.machine.tell(Event::IoError {
            disk,
            operation,
            reason,
        });
        if data["action"] == "stop" {
            self.retry.plan();
        }
    }

    async fn try_again(&mut self) {
        self.retry.due = None;
        let answer = self.qmp.ask("query-status", json!({})).await;
        if answer.is_ok_and(|answer| status_of(&answer) == Status::DiskError) {
            self.resume().await;
        }
    }

    async fn resume(&self) {
        if let Err(e) = self.qmp.ask("cont", json!({})).await {
            tracing::warn!(id = %self.machine.id, "cannot be resumed: {e:?}");
        }
    }

    async fn device_deleted(&self, data: &Value) {
        let name = data["device"].as_str().unwrap_or_default();
        let Some(disk) = name.strip_prefix(&command::device("")) else {
            return;
        };
        if self.machine.close_disk(disk).await.is_ok() {
            self.machine.tell(Event::DiskReleased { disk: disk.into() });
        }
    }

    /// Closes disks that lost their device while nobody listened.
    async fn sweep(&self) {
        let Ok(devices) = self.machine.devices().await else {
            return;
        };
        let nodes = self
            .qmp
            .ask("query-named-block-nodes", json!({"flat": true}))
            .await;
        let nodes = nodes.unwrap_or_default();
        for node in nodes.as_array().into_iter().flatten() {
            let Some(disk) = node["node-name"]
                .as_str()
                .and_then(|name| name.strip_prefix(&command::node("")))
            else {
                continue;
            };
            if !devices.iter().any(|device| device == disk)
                && let Err(e) = self.machine.close_disk(disk).await
            {
                tracing::warn!(id = %self.machine.id, disk, "cannot be closed: {e}");
            }
        }
    }
}

impl Machine {
    /// The ids of the disks that the guest has.
    pub(crate) async fn devices(&self) -> Result<Vec<String>, Error> {
        let found = self
            .ask("qom-list", json!({"path": "/machine/peripheral"}))
            .await?;
        let names = found
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|entry| entry["name"].as_str());
        Ok(names
            .filter_map(|name| name.strip_prefix(&command::device("")))
            .map(Into::into)
            .collect())
    }

    /// Closes the connection to a disk's server. A disk that is closed already is no error.
    pub(crate) async fn close_disk(&self, disk: &str) -> Result<(), Error> {
        let name = command::node(disk);
        match self.ask("blockdev-del", json!({"node-name": name})).await {
            Err(Error::Refused { description, .. }) if description.contains("ailed to find") => {
                Ok(())
            }
            other => other.map(drop),
        }
    }
}

/// When to try again after a disk's error.
#[derive(Default)]
struct Retry {
    due: Option<Instant>,
    wait: Duration,
    last: Option<Instant>,
}

impl Retry {
    fn plan(&mut self) {
        let now = Instant::now();
        if self.due.is_some() {
            return;
        }
        let calm = self.last.is_none_or(|last| now.duration_since(last) > CALM);
        self.wait = if calm {
            FIRST_RETRY
        } else {
            (self.wait * 2).min(LAST_RETRY)
        };
        self.last = Some(now);
        self.due = Some(now + self.wait);
    }
}
