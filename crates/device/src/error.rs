//! What can be wrong with a volume as a whole. Reads and writes of its bytes answer `io::Error`.

use std::io;
use std::path::PathBuf;

/// The result of an operation on a volume as a whole.
pub type Result<T> = std::result::Result<T, Error>;

/// Why an operation on a volume was refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no volume in the directory.
    #[error("there is no volume in {0}")]
    Missing(PathBuf),
    /// There is already a volume in the directory.
    #[error("there is already a volume in {0}")]
    Exists(PathBuf),
    /// Another process, or another part of this one, has the volume open.
    #[error("the volume in {0} is open elsewhere")]
    Busy(PathBuf),
    /// A file of the volume is not what was written.
    #[error("the volume in {directory} is damaged: {what}")]
    Damaged {
        /// Where the volume is.
        directory: PathBuf,
        /// Which file, and what is wrong with it.
        what: String,
    },
    /// The size asked for cannot be had.
    #[error("a volume cannot have {size} bytes: {why}")]
    Size {
        /// The size asked for.
        size: u64,
        /// The rule that it breaks.
        why: &'static str,
    },
    /// The frozen state is already merged into the base, or was never part of this volume.
    #[error("frozen state {0} is not part of the volume any more")]
    Stale(u64),
    /// The text that describes the base is too long to be kept.
    #[error("the reference to the base has {0} bytes, which is more than a manifest holds")]
    Reference(usize),
    /// The data files are sealed with other keys than those given, or not at all.
    #[error("the volume in {0} is not sealed with these keys")]
    Sealed(PathBuf),
    /// The file system failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}
