//! QEMU's process: started so that it outlives us, held by a pidfd, known again by its command line.
//!
//! Whoever holds a pidfd cannot be deceived by a process number that was given out again. Between
//! reading the number from a file and opening the pidfd it could be; so the command line, which
//! names the machine and the file, is compared after the pidfd is open.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::Mode;
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, pidfd_open, pidfd_send_signal, waitid,
};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::command::name_argument;
use crate::error::{Error, Result};
use crate::spec::{Paths, Spec};

/// A process that cannot be mistaken for another.
#[derive(Debug, Clone)]
pub(crate) struct Process {
    pid: u32,
    held: Arc<Held>,
}

#[derive(Debug)]
struct Held {
    fd: AsyncFd<OwnedFd>,
    /// An ending is told once, to whoever collects it; here it is kept for all.
    ending: OnceLock<Ending>,
}

/// How a process ended, as far as its parent is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It left with this status.
    Status(i32),
    /// This signal ended it.
    Signal(i32),
    /// It was not our child, so nobody told us.
    Untold,
}

impl Process {
    /// Starts QEMU in a session of its own: what happens to our terminal, our process group or us
    /// does not touch it. What it makes, only this user can use.
    pub(crate) fn start(binary: &Path, arguments: &[String], spec: &Spec) -> Result<Self> {
        let log = append_to(&spec.paths.log)?;
        let errors = log
            .try_clone()
            .map_err(Error::io("opening", &spec.paths.log))?;
        let mut command = crate::qemu::quiet(binary).into_std();
        command
            .args(arguments)
            .current_dir("/")
            .stdout(log)
            .stderr(errors);
        own_session(&mut command);
        let child = command.spawn().map_err(|e| Error::NoQemu {
            binary: binary.display().to_string(),
            why: e.to_string(),
        })?;
        // From here on the pidfd stands for it; we are the parent, so the number is still its own.
        let process = Self::open(child.id())?.ok_or_else(|| Error::Gone {
            id: spec.id.clone(),
        })?;
        // Somebody has to collect it, also when nobody holds its handle any more.
        let orphan = process.clone();
        tokio::spawn(async move { orphan.ended().await });
        Ok(process)
    }

    /// The QEMU that runs this machine, if there is one.
    pub(crate) fn find(id: &str, paths: &Paths) -> Result<Option<Self>> {
        let pid = match std::fs::read_to_string(&paths.pid) {
            Ok(text) => text.trim().parse::<u32>().ok(),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
            Err(e) => return Err(Error::io("reading", &paths.pid)(e)),
        };
        let Some(pid) = pid else { return Ok(None) };
        let found = Self::open(pid)?;
        Ok(found.filter(|process| process.runs(id, paths) && !process.has_ended()))
    }

    fn open(pid: u32) -> Result<Option<Self>> {
        let Some(raw) = i32::try_from(pid).ok().and_then(Pid::from_raw) else {
            return Ok(None);
        };
        let fd = match pidfd_open(raw, PidfdFlags::NONBLOCK) {
            Ok(fd) => fd,
            Err(rustix::io::Errno::SRCH) => return Ok(None),
            Err(e) => return Err(Error::io("holding", format!("/proc/{pid}"))(e.into())),
        };
        let fd = watched(fd).map_err(|e| Error::io("watching", format!("/proc/{pid}"))(e))?;
        Ok(Some(Self {
            pid,
            held: Arc::new(Held {
                fd,
                ending: OnceLock::new(),
            }),
        }))
    }

    /// Whether its command line is the one of this machine. A process that has ended has none.
    fn runs(&self, id: &str, paths: &Paths) -> bool {
        let line = std::fs::read(format!("/proc/{}/cmdline", self.pid)).unwrap_or_default();
        let words: Vec<OsString> = line
            .split(|byte| *byte == 0)
            .map(|word| OsString::from_vec(word.to_vec()))
            .collect();
        let has = |flag: &str, value: &std::ffi::OsStr| {
            words
                .windows(2)
                .any(|pair| pair[0] == flag && pair[1] == value)
        };
        has("-name", name_argument(id).as_ref()) && has("-pidfile", paths.pid.as_os_str())
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Whether it is over, also when nobody has collected it yet: then its pidfd is readable.
    pub(crate) fn has_ended(&self) -> bool {
        let mut fds = [PollFd::new(self.held.fd.get_ref(), PollFlags::IN)];
        let at_once = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        !matches!(poll(&mut fds, Some(&at_once)), Ok(0))
    }

    /// Ends it at once. One that has ended already is no error.
    pub(crate) fn kill(&self) -> Result<()> {
        match pidfd_send_signal(self.held.fd.get_ref(), Signal::KILL) {
            Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
            Err(e) => Err(Error::io("killing", format!("/proc/{}", self.pid))(
                e.into(),
            )),
        }
    }

    /// Waits until it is over, and collects it if it is our child.
    pub(crate) async fn ended(&self) -> Ending {
        // The one error is that the runtime is going away; then nobody will read the answer.
        let Ok(_ready) = self.held.fd.readable().await else {
            return Ending::Untold;
        };
        *self.held.ending.get_or_init(|| collect(&self.held.fd))
    }
}

fn collect(fd: &AsyncFd<OwnedFd>) -> Ending {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG;
    match waitid(WaitId::PidFd(fd.get_ref().as_fd()), options) {
        Ok(Some(status)) => match (status.exit_status(), status.terminating_signal()) {
            (Some(code), _) => Ending::Status(code),
            (None, Some(signal)) => Ending::Signal(signal),
            (None, None) => Ending::Untold,
        },
        Ok(None) | Err(_) => Ending::Untold,
    }
}

#[allow(
    unsafe_code,
    reason = "the runtime leaves it to its callers that a descriptor stays open"
)]
fn watched(fd: OwnedFd) -> std::io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an `OwnedFd` names one open descriptor until it is dropped, and `AsyncFd` owns it.
    let registered = unsafe { AsyncFd::register_with_interest(fd, Interest::READABLE) };
    Ok(registered?)
}

fn append_to(path: &Path) -> Result<File> {
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
        .map_err(Error::io("opening", path))
}

#[allow(
    unsafe_code,
    reason = "a session of one's own can only be made between fork and exec"
)]
fn own_session(command: &mut std::process::Command) {
    // Whoever reaches QEMU's sockets owns the guest, and its console may hold secrets.
    let private = Mode::RWXG | Mode::RWXO;
    // SAFETY: between fork and exec only `umask` and `setsid` run, bare system calls that allocate
    // nothing and take no lock.
    unsafe {
        command.pre_exec(move || {
            rustix::process::umask(private);
            rustix::process::setsid().map(drop).map_err(Into::into)
        });
    }
}
