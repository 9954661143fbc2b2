//! The one domain error.
//!
//! A new [`Reason`] only where a caller would do something different; what it is about is a
//! [`Subject`]. The two together name AWS's code in the `api` crate's tables, the message is the
//! sentence that the caller reads. The message holds only what the caller sent or may see; the
//! source stays inside, for the log.

use std::{fmt, io};

/// What every fallible function of the domain answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request could not be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// A parameter that is needed was not sent.
    Missing,
    /// The text does not have the form of such a value.
    Malformed,
    /// Well formed, but not a value that is possible here.
    Invalid,
    /// Two parameters exclude each other.
    Combination,
    /// One parameter needs another.
    Dependency,
    /// It does not exist, or not for this caller.
    NotFound,
    /// It existed, and can no longer be used; or it is not ready yet.
    Unavailable,
    /// Something of that name or content exists already.
    Duplicate,
    /// Its state forbids this.
    WrongState,
    /// Something else uses it.
    InUse,
    /// A quota is reached.
    Limit,
    /// The same client token came with other parameters.
    TokenReused,
    /// AWS knows this, and Amiable does not do it (yet).
    Unsupported,
    /// The resource belongs to somebody else.
    NotAuthorized,
    /// A setting or protection forbids it, whoever asks.
    NotPermitted,
    /// The policy does not allow the action.
    Denied,
    /// The request would have succeeded, and was only a rehearsal.
    DryRun,
    /// Another transaction came first: the operation may run again from the top.
    Conflict,
    /// Too many requests.
    Throttled,
    /// There is no room for it now.
    Capacity,
    /// Our fault.
    Internal,
}

/// What an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Subject {
    Request,
    Parameter,
    Filter,
    PageToken,
    MaxResults,
    ClientToken,
    Account,
    AccessKey,
    Region,
    Zone,
    Tag,
    Resource,
    Image,
    ImageName,
    ImageAttribute,
    BlockDeviceMapping,
    Snapshot,
    SnapshotBlock,
    BlockToken,
    Storage,
    Volume,
    VolumeSize,
    Attachment,
    Device,
    Instance,
    InstanceAttribute,
    InstanceType,
    KeyPair,
    KeyMaterial,
    Vpc,
    Subnet,
    Group,
    GroupRule,
    Interface,
    UserData,
    ProductCode,
    Policy,
    Key,
    Alias,
    Grant,
    GrantToken,
    Ciphertext,
    ImportToken,
    /// A user, group, role, instance profile or managed policy.
    Principal,
    /// An instance profile's association with an instance.
    ProfileAssociation,
    Session,
    Organization,
    OrganizationalUnit,
}

/// The domain error: a reason, what it is about, and a sentence for the caller.
#[derive(Debug, thiserror::Error)]
pub struct Error {
    /// Why.
    pub reason: Reason,
    /// About what.
    pub subject: Subject,
    /// The sentence that the caller reads.
    pub message: String,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Whether a full disk is beneath an error.
fn is_full(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(cause) = next {
        let kind = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        if let Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) = kind {
            return true;
        }
        // An io::Error shows the sources of what it wraps, but not what it wraps.
        let wrapped = cause
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        next = wrapped.map(|wrapped| -> &(dyn std::error::Error + 'static) { wrapped });
        next = next.or_else(|| cause.source());
    }
    false
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error {
    /// An error with its sentence.
    pub fn new(reason: Reason, subject: Subject, message: impl Into<String>) -> Error {
        Error {
            reason,
            subject,
            message: message.into(),
            source: None,
        }
    }

    /// A parameter that is needed and was not sent.
    pub fn missing(parameter: &str) -> Error {
        let message = format!("The request must contain the parameter {parameter}");
        Error::new(Reason::Missing, Subject::Parameter, message)
    }

    /// A parameter whose value is not possible here.
    pub fn invalid(message: impl Into<String>) -> Error {
        Error::new(Reason::Invalid, Subject::Parameter, message)
    }

    /// A thing that does not exist, or not for this caller.
    pub fn not_found(subject: Subject, message: impl Into<String>) -> Error {
        Error::new(Reason::NotFound, subject, message)
    }

    /// Something of AWS's that Amiable does not do.
    pub fn unsupported(message: impl Into<String>) -> Error {
        Error::new(Reason::Unsupported, Subject::Parameter, message)
    }

    /// The rehearsal ended where the work would begin.
    pub fn dry_run() -> Error {
        let message = "Request would have succeeded, but DryRun flag is set.";
        Error::new(Reason::DryRun, Subject::Request, message)
    }

    /// Our own fault: the caller reads a plain sentence, the log reads the source. That a disk is
    /// full is told, since then somebody can do something about it.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        let source = source.into();
        let message = if is_full(&*source) {
            "There is no space left where this service keeps its data; whoever runs it has to make some."
        } else {
            "An internal error has occurred."
        };
        Error {
            reason: Reason::Internal,
            subject: Subject::Request,
            message: message.into(),
            source: Some(source),
        }
    }

    /// Another transaction came first.
    pub fn conflict(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        Error {
            reason: Reason::Conflict,
            subject: Subject::Request,
            message: "The request conflicts with another one; try again.".into(),
            source: Some(source.into()),
        }
    }

    /// The same error with what lies beneath it, for the log.
    #[must_use]
    pub fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Error {
        self.source = Some(source.into());
        self
    }

    /// Whether running the operation again from the top may help.
    pub fn is_conflict(&self) -> bool {
        self.reason == Reason::Conflict
    }

    /// Whether the thing asked for does not exist (for this caller).
    pub fn is_not_found(&self) -> bool {
        self.reason == Reason::NotFound
    }

    /// The message with every cause beneath it: for logs, never for callers.
    pub fn chain(&self) -> String {
        let mut text = self.message.clone();
        let mut next = std::error::Error::source(self);
        while let Some(cause) = next {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            next = cause.source();
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_however_deep_it_lies_and_nothing_else_is() {
        let full = || io::Error::new(io::ErrorKind::StorageFull, "device 7 of secret.example");
        let deep = io::Error::other(Error::internal(io::Error::other(full())));
        for error in [Error::internal(full()), Error::internal(deep)] {
            assert!(error.message.starts_with("There is no space left"));
            assert!(!error.message.contains("secret"));
        }
        let other = Error::internal(io::Error::other("secret.example"));
        assert_eq!(other.message, "An internal error has occurred.");
    }
}
