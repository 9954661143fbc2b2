//! What can go wrong with stored blocks, one variant for each thing a caller would do differently.

/// A failure of the block store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something that a tree or an index refers to is not in the store.
    #[error("{0} is not in the store")]
    NotFound(String),
    /// Stored bytes are not what was written. Never answered with wrong bytes.
    #[error("stored data is damaged: {what}")]
    Corrupt {
        /// What was being read and how it disagrees.
        what: String,
    },
    /// The key ring lacks the data key that this data is sealed under.
    #[error("the key ring has no data key in slot {slot}")]
    KeyMissing {
        /// The slot that the tree names.
        slot: u8,
    },
    /// The directory, object store or index failed; trying again may help.
    #[error("the store failed: {0}")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The caller asked for what cannot be.
    #[error("{0}")]
    InvalidInput(String),
}

/// A result whose error is [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Wraps a failure of the medium or of an index.
    pub fn store(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Store(Box::new(error))
    }

    pub(crate) fn corrupt(what: impl Into<String>) -> Self {
        Self::Corrupt { what: what.into() }
    }

    pub(crate) fn invalid(what: impl Into<String>) -> Self {
        Self::InvalidInput(what.into())
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::store(error)
    }
}

impl From<object_store::Error> for Error {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { path, .. } => Self::NotFound(path),
            other => Self::store(other),
        }
    }
}
