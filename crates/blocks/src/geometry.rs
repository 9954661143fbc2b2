//! The grid: grains, blocks, segments and the height of a tree. Pure arithmetic on disk sizes.

use crate::error::{Error, Result};

/// 4 KiB: the grid on which chunks are cut.
pub const GRAIN: u64 = 4096;
/// 512 KiB: the unit of block lists and of the digest.
pub const BLOCK: u64 = 512 * 1024;
/// 16 MiB: what one leaf page maps.
pub const SEGMENT: u64 = 16 * 1024 * 1024;
/// The largest disk, 1 PiB.
pub const MAX_SIZE: u64 = 1 << 50;

/// Children of an inner page.
pub(crate) const FANOUT: u64 = 512;
pub(crate) const GRAIN_BYTES: usize = 4096;
pub(crate) const BLOCK_BYTES: usize = 512 * 1024;
pub(crate) const SEGMENT_BYTES: usize = 16 * 1024 * 1024;
pub(crate) const SEGMENT_GRAINS: usize = 4096;
pub(crate) const BLOCK_GRAINS: usize = 128;
pub(crate) const SEGMENT_BLOCKS: usize = 32;

/// Refuses sizes that no tree can map.
pub(crate) fn check_size(size: u64) -> Result<()> {
    if size == 0 || size > MAX_SIZE {
        return Err(Error::invalid(format!(
            "a disk of {size} bytes cannot be stored: 1 byte to 1 PiB can"
        )));
    }
    Ok(())
}

/// Inner levels above the leaves for a disk of this size; 0 means that the root is a leaf.
/// A function of the size alone, so that equal disks have equal trees.
pub(crate) fn height(size: u64) -> u8 {
    let mut height = 0;
    let mut mapped = SEGMENT;
    while mapped < size {
        mapped = mapped.saturating_mul(FANOUT);
        height += 1;
    }
    height
}

/// Bytes mapped by one node at this level (0 = leaf).
pub(crate) fn node_bytes(level: u8) -> u64 {
    SEGMENT.saturating_mul(FANOUT.saturating_pow(u32::from(level)))
}

/// A length in memory as a disk length.
pub(crate) fn as_u64(n: usize) -> u64 {
    // usize is at most 64 bits on every target Rust has.
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// A disk length that is known to be at most a segment, as a length in memory.
pub(crate) fn as_usize(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}
