//! Disks as deduplicated, compressed, optionally sealed chunks under Merkle trees.
mod changes;
mod cut;
mod digest;
mod entropy;
mod error;
mod frame;
mod geometry;
mod index;
mod keys;
mod meter;
mod names;
mod page;
mod tree;

pub use changes::{Changes, FileChanges, Unchanged};
pub use entropy::{Entropy, SystemEntropy};
pub use error::{Error, Result};
pub use geometry::{BLOCK, GRAIN, MAX_SIZE, SEGMENT};
pub use index::{Index, MemoryIndex, Pack};
pub use keys::{DataKey, Domain, KeyRing};
pub use meter::{Meter, Stats};
pub use names::{Address, Digest, Location, PackId};
pub use tree::Tree;
