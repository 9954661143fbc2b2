//! The grid on which a volume is kept, and the arithmetic of it.

use std::ops::Range;

/// Bytes of a grain: the unit in which a volume remembers what was written.
pub const GRAIN: u64 = 4096;

/// The same, where a length in memory is wanted.
pub(crate) const GRAIN_LEN: usize = 4096;

#[cfg(not(target_pointer_width = "64"))]
compile_error!("offsets in a disk are used as lengths in memory, which needs 64 bits");

/// A length or offset as the number that files use.
pub(crate) fn wide(length: usize) -> u64 {
    u64::try_from(length).expect("usize has 64 bits, which is checked above")
}

/// An offset as a length in memory.
pub(crate) fn narrow(offset: u64) -> usize {
    usize::try_from(offset).expect("usize has 64 bits, which is checked above")
}

/// The grains that any byte of `offset..offset + length` lies in.
pub(crate) fn touched(offset: u64, length: u64) -> Range<u64> {
    if length == 0 {
        return offset / GRAIN..offset / GRAIN;
    }
    offset / GRAIN..(offset + length).div_ceil(GRAIN)
}

/// The grains that lie wholly in `offset..offset + length` of a disk of `size` bytes. The last grain of
/// a disk may be short; all of it is there when the range reaches the end of the disk.
pub(crate) fn covered(offset: u64, length: u64, size: u64) -> Range<u64> {
    let end = offset + length;
    let first = offset.div_ceil(GRAIN);
    let last = if end == size {
        end.div_ceil(GRAIN)
    } else {
        end / GRAIN
    };
    first..last.max(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_bytes_become_ranges_of_grains() {
        assert_eq!(touched(0, 1), 0..1);
        assert_eq!(touched(4095, 2), 0..2);
        assert_eq!(touched(8192, 0), 2..2);
        assert_eq!(covered(0, 4096, 1 << 20), 0..1);
        assert_eq!(covered(1, 4096, 1 << 20), 1..1);
        assert_eq!(covered(1, 8191, 1 << 20), 1..2);
        assert_eq!(
            covered(4096, 512, 4608),
            1..2,
            "the short last grain counts as whole"
        );
    }
}
