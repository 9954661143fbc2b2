//! Disks as deduplicated, compressed, optionally sealed chunks under Merkle trees.
//!
//! A disk is divided into segments of 16 MiB, a segment into chunks that end where the content
//! says so, on a grid of 4 KiB. Chunks are named by a hash of what they hold, stored once, many
//! to a pack. A leaf page maps a segment, inner pages map leaves, and a [`Tree`] is the root of
//! it: a small value that stands for a whole disk at one moment.
//!
//! What this crate promises: what [`Store::write`] returned reads back byte for byte or not at
//! all; equal bytes have equal [digests](Tree::digest) whatever keys, Regions and packs; an
//! unchanged part costs nothing again; damaged or hostile stored bytes are errors.
//!
//! What it does not do: it knows no accounts, no key management and no SQL. Keys come in a
//! [`KeyRing`], the index behind [`Index`], and which trees are still wanted is for others to say
//! (see [`Collection::hold`]).
//!
//! Where to start: [`Store::open`], [`Store::write`], [`Store::disk`]. The files, from the bottom:
//!
//! | files | what they are |
//! |---|---|
//! | `names`, `geometry`, `error`, `keys`, `entropy`, `meter`, `digest`, `cut` | values and pure functions |
//! | `frame`, `page`, `pack` | the stored formats: bytes in, values out, no I/O (docs/format/) |
//! | `backend`, `index`, `cache`, `flights`, `runs`, `store`, `chunks` | finding, fetching and opening frames in one Region |
//! | `tree`, `disk`, `warm`, `ahead`, `diff` | reading disks |
//! | `changes`, `overlay`, `segment`, `session`, `write` | writing disks |
//! | `references`, `memory`, `collect` | what refers to what, and what nobody refers to any more (docs/format/collection.md) |
//! | `copy`, `reseal`, `check`, `scrub` | moving to another Region; sealing what was plain; verifying and rebuilding; finding and repairing damage |

mod ahead;
mod backend;
mod cache;
mod changes;
mod check;
mod chunks;
mod collect;
mod copy;
mod cut;
mod diff;
mod digest;
mod disk;
mod entropy;
mod error;
mod flights;
mod frame;
mod geometry;
mod index;
mod keys;
mod memory;
mod meter;
mod names;
mod overlay;
mod pack;
mod page;
mod references;
mod reseal;
mod runs;
mod scrub;
mod segment;
mod session;
mod store;
mod through;
mod tree;
#[cfg(test)]
mod vectors;
mod verify;
mod warm;
mod write;

pub use ahead::ReadAhead;
pub use backend::Backend;
pub use cache::Cache;
pub use changes::{Changes, FileChanges, Unchanged};
pub use check::{Rebuilt, Scrubbed, Totals};
pub use collect::{Collected, Inspected, Limits, Tidied};
pub use copy::copy;
pub use diff::{BlockList, diff};
pub use disk::Disk;
pub use entropy::{Entropy, SystemEntropy};
pub use error::{Error, Result};
pub use geometry::{BLOCK, GRAIN, MAX_SIZE, SEGMENT};
pub use index::{Audit, Collection, Held, Index, Pack, PackState, Planned, Swept, collected};
pub use keys::{DataKey, Domain, KeyRing};
pub use memory::MemoryIndex;
pub use meter::{Meter, Stats};
pub use names::{Address, Digest, Location, PackId};
pub use references::References;
pub use reseal::reseal;
pub use scrub::{Damage, Scrub};
pub use store::Store;
pub use tree::Tree;
pub use verify::Verified;
pub use write::Write;

/// The parsers of stored bytes by themselves, for fuzzing: any bytes give a value or an error.
#[doc(hidden)]
pub mod fuzz {
    use crate::frame::{self, Kind};
    use crate::keys::Domain;
    use crate::names::{Address, PackId};
    use crate::page::{Inner, Leaf};

    /// A pack with its index, and every frame that it names.
    pub fn pack(bytes: &[u8]) {
        let Ok(entries) = crate::pack::parse(PackId::from_bytes([0; 16]), bytes) else {
            return;
        };
        for (address, place) in entries {
            let (offset, len) = (u64::from(place.offset), u64::from(place.len));
            let frame = crate::pack::pack_range(bytes, offset, len);
            assert!(
                frame.is_some(),
                "an accepted index names bytes outside of its pack"
            );
            assert!(frame::check(frame.unwrap_or_default(), &address).is_err() || len > 24);
        }
    }

    /// A frame under a wrong name and under the right one.
    pub fn frame(bytes: &[u8]) {
        let address = Address::from_bytes([7; 32]);
        let Ok(key) = Domain::Plain.reading(0) else {
            return;
        };
        for kind in [Kind::Chunk, Kind::Page] {
            let opened = frame::decode(kind, &mut bytes.to_vec(), &address, &key);
            assert!(
                opened.is_err(),
                "a frame opened under a name that is not its own"
            );
        }
    }

    /// A page: what is accepted is written again as it was.
    pub fn page(bytes: &[u8]) {
        if let Ok(leaf) = Leaf::decode(bytes) {
            assert_eq!(leaf.encode(), bytes);
        }
        if let Ok(inner) = Inner::decode(bytes) {
            assert_eq!(inner.encode(), bytes);
        }
    }
}
