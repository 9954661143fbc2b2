//! What can be wrong with an image file, in sentences for the person who gave it.

use crate::Format;

/// Why an image could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// The operating system refused.
    #[error("{what}: {source}")]
    Io {
        /// What was being done.
        what: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A valid image of a kind that is not taken: it needs another file, a password or an unknown feature.
    #[error("{reason}")]
    Refused {
        /// The format that was recognized.
        format: Format,
        /// A sentence that says what to do instead.
        reason: String,
    },
    /// The image contradicts itself or ends early.
    #[error("The {format} image is damaged: {what}.")]
    Damaged {
        /// The format that was recognized.
        format: Format,
        /// What does not fit.
        what: String,
    },
    /// A read past the end of the disk.
    #[error("{len} bytes at {offset} are not within the disk of {size} bytes.")]
    OutOfRange {
        /// First byte asked for.
        offset: u64,
        /// Bytes asked for.
        len: u64,
        /// The disk's size in bytes.
        size: u64,
    },
    /// What a [`crate::Source`] of another crate said.
    #[error(transparent)]
    Source(Box<dyn std::error::Error + Send + Sync>),
}

/// A result whose error is a [`FormatError`].
pub type Result<T> = std::result::Result<T, FormatError>;

impl FormatError {
    /// Wraps the error of a [`crate::Source`] that lives elsewhere.
    pub fn source(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Source(Box::new(error))
    }

    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io {
            what: what.into(),
            source,
        }
    }

    pub(crate) fn refused(format: Format, reason: impl Into<String>) -> Self {
        Self::Refused {
            format,
            reason: reason.into(),
        }
    }

    pub(crate) fn damaged(format: Format, what: impl Into<String>) -> Self {
        Self::Damaged {
            format,
            what: what.into(),
        }
    }
}
