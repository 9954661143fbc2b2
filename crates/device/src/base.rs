//! What lies under a volume: an immutable disk, read through a small trait.

use std::io;

/// Whether a stretch of a disk holds bytes or is known to read as zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Bytes, which may be anything.
    Data,
    /// Reads as zeros, and takes no space.
    Zero,
}

/// A stretch of a disk of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Where it begins, in bytes.
    pub offset: u64,
    /// How long it is, in bytes.
    pub length: u64,
    /// What it holds.
    pub kind: Kind,
}

impl Extent {
    /// The first byte after it.
    pub fn end(&self) -> u64 {
        self.offset + self.length
    }
}

/// Appends `extent`, joined to the last one where it continues it.
pub(crate) fn push(extents: &mut Vec<Extent>, extent: Extent) {
    if extent.length == 0 {
        return;
    }
    match extents.last_mut() {
        Some(last) if last.kind == extent.kind && last.end() == extent.offset => {
            last.length += extent.length;
        }
        Some(_) | None => extents.push(extent),
    }
}

/// An immutable disk under a volume. It never changes its bytes, and it is called from many threads.
///
/// It may wait for as long as it likes. If it gives up because whoever waits is to be sent away, it
/// fails with `ConnectionAborted`: such a request is not answered, and its client asks again.
pub trait Base: Send + Sync {
    /// Bytes that it holds. A volume may be larger: the rest reads as zeros.
    fn size(&self) -> u64;

    /// Fills `buf` with the bytes at `offset`. The range lies within the size; it need not be aligned.
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()>;

    /// What the range holds, in order and without gaps. The range lies within the size. Extents may
    /// begin before and end after it. An answer of `Data` for zeros costs space, not correctness.
    fn extents(&self, offset: u64, length: u64) -> io::Result<Vec<Extent>>;

    /// As [`Base::read_at`], if nothing must be waited for; `false` leaves `buf` undefined.
    fn try_read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<bool> {
        let _ = (buf, offset);
        Ok(false)
    }

    /// Whether reads take no longer than those of a disk in this machine: then whoever asks for one
    /// thing at a time is answered without a change of threads.
    fn is_near(&self) -> bool {
        false
    }
}

/// A base of zeros, for volumes that begin empty.
#[derive(Clone, Copy, Debug)]
pub struct ZeroBase {
    /// Its size in bytes.
    pub size: u64,
}

impl Base for ZeroBase {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, buf: &mut [u8], _offset: u64) -> io::Result<()> {
        buf.fill(0);
        Ok(())
    }

    fn extents(&self, offset: u64, length: u64) -> io::Result<Vec<Extent>> {
        Ok(vec![Extent {
            offset,
            length,
            kind: Kind::Zero,
        }])
    }

    fn try_read_at(&self, buf: &mut [u8], _offset: u64) -> io::Result<bool> {
        buf.fill(0);
        Ok(true)
    }
}
