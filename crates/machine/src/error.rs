//! What can go wrong with a machine. Every variant is something that a caller treats differently.

use std::path::PathBuf;
use std::time::Duration;

/// The result of this crate's operations.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an operation on a machine failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No usable QEMU on this host.
    #[error("{binary} cannot be used: {why}. Debian's package is qemu-system-x86, 7.2 or later")]
    NoQemu {
        /// The program that was tried.
        binary: String,
        /// What it did.
        why: String,
    },
    /// The description of the machine cannot be built.
    #[error("{field} of the machine {why}")]
    BadSpec {
        /// The field of [`crate::Spec`].
        field: &'static str,
        /// What is wrong with it and what is needed.
        why: String,
    },
    /// A QEMU for this machine runs already.
    #[error("{id} is running already, as process {pid}")]
    AlreadyRunning {
        /// The machine.
        id: String,
        /// Its process.
        pid: u32,
    },
    /// QEMU ended before it could be steered.
    #[error("QEMU for {id} did not start: {log}")]
    StartFailed {
        /// The machine.
        id: String,
        /// The end of what QEMU wrote.
        log: String,
    },
    /// The process is gone, or its monitor is.
    #[error("{id} is not running")]
    Gone {
        /// The machine.
        id: String,
    },
    /// QEMU refused a command.
    #[error("QEMU refused {command}: {description}")]
    Refused {
        /// The QMP command.
        command: String,
        /// QEMU's error class, such as `GenericError` or `DeviceNotFound`.
        class: String,
        /// QEMU's own words.
        description: String,
    },
    /// Something spoke nonsense where a protocol was expected.
    #[error("{who} answered what is not {expected}")]
    Nonsense {
        /// Who was asked.
        who: &'static str,
        /// What should have come.
        expected: &'static str,
    },
    /// No answer in time.
    #[error("{what} did not happen within {after:?}")]
    Timeout {
        /// What was waited for.
        what: String,
        /// How long.
        after: Duration,
    },
    /// No agent answers inside of the guest.
    #[error("no guest agent answers in {id}")]
    NoAgent {
        /// The machine.
        id: String,
    },
    /// The guest agent refused or failed.
    #[error("the guest agent of {id} answered: {description}")]
    Agent {
        /// The machine.
        id: String,
        /// The agent's own words, shortened.
        description: String,
    },
    /// A file or socket of the machine could not be used.
    #[error("{doing} {path}: {source}")]
    Io {
        /// What was being done: "reading", "connecting to".
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}

impl Error {
    pub(crate) fn io(
        doing: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            doing,
            path,
            source,
        }
    }

    /// Whether the machine is simply not there any more.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Gone { .. })
    }
}
