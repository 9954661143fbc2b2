//! The digest of a disk: the recipe of docs/format/digest.md.
//!
//! It covers plaintext alone. How a disk is cut, packed, sealed or placed does not enter it.

use crate::geometry::{BLOCK_BYTES, FANOUT, SEGMENT_BLOCKS, as_usize};
use crate::names::Digest;

const NODE: &str = "amiable v1 digest node";
const DISK: &str = "amiable v1 digest disk";

/// The digest of one block of 512 KiB, given in pieces; a block of zeros has [`Digest::ZERO`],
/// which the caller sees to.
pub(crate) fn block(bytes: &[u8]) -> Digest {
    debug_assert_eq!(bytes.len(), BLOCK_BYTES);
    Digest::from_bytes(*blake3::hash(bytes).as_bytes())
}

/// The digest of a segment, from its 32 blocks.
pub(crate) fn segment(blocks: &[Digest; SEGMENT_BLOCKS]) -> Digest {
    node(0, SEGMENT_BLOCKS, blocks.iter().copied().enumerate())
}

/// The digest of an inner node, from those of its children that are not zero, in order.
pub(crate) fn inner(level: u8, children: impl Iterator<Item = (usize, Digest)>) -> Digest {
    node(level, as_usize(FANOUT), children)
}

fn node(level: u8, width: usize, children: impl Iterator<Item = (usize, Digest)>) -> Digest {
    let mut all = vec![0; width * 32];
    for (at, digest) in children {
        all[at * 32..at * 32 + 32].copy_from_slice(digest.as_bytes());
    }
    if all.iter().all(|byte| *byte == 0) {
        return Digest::ZERO;
    }
    let mut hasher = blake3::Hasher::new_derive_key(NODE);
    hasher.update(&[level]).update(&all);
    Digest::from_bytes(*hasher.finalize().as_bytes())
}

/// The digest of a disk, from its size and its top node.
pub(crate) fn disk(size: u64, top: Digest) -> Digest {
    let mut hasher = blake3::Hasher::new_derive_key(DISK);
    hasher.update(&size.to_le_bytes()).update(top.as_bytes());
    Digest::from_bytes(*hasher.finalize().as_bytes())
}
