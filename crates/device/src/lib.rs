//! A disk that a virtual machine can use: a copy-on-write volume file, and an NBD server for it.
//!
//! * [`Volume`] keeps the grains (4 KiB) that were written in a directory of sparse files, over a
//!   [`Base`] that holds everything else. Start at `volume.rs`; `docs/format/volume.md` is the format.
//! * [`nbd::Server`] serves volumes, or anything that implements [`nbd::Export`], to QEMU and to
//!   any other NBD client over one Unix socket. Start at `nbd.rs`.
//!
//! Promises: a write that was answered survives the end of the process; what was flushed survives
//! the end of the machine; a crash between any two steps leaves a volume that reads the same bytes.
//!
//! It knows no accounts, no database and no block store, and it is synchronous: it is called from
//! plain threads.

mod base;
mod cipher;
mod error;
mod grain;
pub mod nbd;
pub mod volume;

pub use base::{Base, Extent, Kind, ZeroBase};
pub use cipher::Cipher;
pub use error::{Error, Result};
pub use grain::GRAIN;
pub use volume::{Changes, Counters, Frozen, FrozenId, New, Sealed, Volume, Zeroing};
