//! What went wrong below: something that lasts, or something that trying again may mend.

use base::Error;

/// A failure of the store of blocks, a volume's folder, or the database.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It will be the same next time: damaged or lost data.
    Lasting(Error),
    /// It may go away: a full disk, an object store or database that does not answer.
    Passing(Error),
}

pub(crate) type Attempt<T> = std::result::Result<T, Fault>;

impl Fault {
    /// A failure that lasts, in a sentence.
    pub(crate) fn lasting(what: &str) -> Fault {
        Fault::Lasting(Error::internal(what.to_owned()))
    }

    /// Whether it says that a KMS key cannot be used.
    pub(crate) fn is_key_failure(&self) -> bool {
        let (Fault::Lasting(error) | Fault::Passing(error)) = self;
        crate::is_key_failure(error)
    }

    /// The error without the distinction, for whoever waits for an answer.
    pub(crate) fn error(self) -> Error {
        match self {
            Fault::Lasting(error) | Fault::Passing(error) => error,
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Error {
        fault.error()
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        if crate::is_key_failure(&error) {
            return Fault::Lasting(error);
        }
        Fault::Passing(error)
    }
}

impl From<blocks::Error> for Fault {
    fn from(error: blocks::Error) -> Fault {
        match error {
            blocks::Error::Store(_) => Fault::Passing(Error::internal(error)),
            blocks::Error::NotFound(_)
            | blocks::Error::Corrupt { .. }
            | blocks::Error::KeyMissing { .. }
            | blocks::Error::InvalidInput(_) => Fault::Lasting(Error::internal(error)),
        }
    }
}

impl From<device::Error> for Fault {
    fn from(error: device::Error) -> Fault {
        match error {
            device::Error::Io(_) | device::Error::Busy(_) => Fault::Passing(Error::internal(error)),
            device::Error::Missing(_)
            | device::Error::Exists(_)
            | device::Error::Damaged { .. }
            | device::Error::Size { .. }
            | device::Error::Stale(_)
            | device::Error::Sealed(_)
            | device::Error::Reference(_) => Fault::Lasting(Error::internal(error)),
        }
    }
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Fault {
        match error.kind() {
            std::io::ErrorKind::InvalidData => Fault::Lasting(Error::internal(error)),
            _ => Fault::Passing(Error::internal(error)),
        }
    }
}

/// Runs what blocks on a thread that may.
pub(crate) async fn blocking<T: Send + 'static, E: Into<Fault> + Send + 'static>(
    work: impl FnOnce() -> std::result::Result<T, E> + Send + 'static,
) -> Attempt<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(Into::into),
        Err(error) => Err(Fault::Passing(Error::internal(error))),
    }
}
