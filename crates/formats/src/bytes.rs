//! Numbers in byte buffers. A field that lies outside of its buffer reads as zero bytes, so that no header, however
//! short, can panic; the readers check lengths where zero would mean something.

fn field<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut out = [0; N];
    for (to, from) in out.iter_mut().zip(bytes.iter().skip(at)) {
        *to = *from;
    }
    out
}

pub(crate) fn be32(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(field(bytes, at))
}

pub(crate) fn be64(bytes: &[u8], at: usize) -> u64 {
    u64::from_be_bytes(field(bytes, at))
}

pub(crate) fn le16(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(field(bytes, at))
}

pub(crate) fn le32(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(field(bytes, at))
}

pub(crate) fn le64(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(field(bytes, at))
}

/// Writes `value` at `at`. The buffers of the writers are their own and long enough.
pub(crate) fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    for (to, from) in bytes.iter_mut().skip(at).zip(value) {
        *to = *from;
    }
}

/// Whether all bytes are zero.
pub(crate) fn is_zero(bytes: &[u8]) -> bool {
    let chunks = bytes.chunks_exact(64);
    let tail = chunks.remainder();
    // One accumulator for a whole chunk, not one test for each byte: the compiler makes vectors of it.
    let none = |part: &[u8]| part.iter().fold(0, |all, byte| all | byte) == 0;
    chunks.into_iter().all(none) && none(tail)
}

/// A buffer's length, for arithmetic with offsets.
pub(crate) fn len_of(bytes: &[u8]) -> u64 {
    bytes.len() as u64
}
