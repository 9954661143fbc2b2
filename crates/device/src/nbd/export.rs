//! What can be served: the trait, volumes, read-only disks, and a table of exports by name.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, PoisonError, RwLock};

use crate::base::{Base, Extent, Kind, push};
use crate::grain::{narrow, wide};
use crate::volume::{Patience, Volume, Zeroing};

/// A disk that can be served. Called from many threads at once. Ranges lie within the size.
pub trait Export: Send + Sync {
    /// Bytes of the disk, as clients that connect now are told.
    fn size(&self) -> u64;

    /// Whether clients may only read.
    fn is_read_only(&self) -> bool {
        false
    }

    /// Reads `buf` at `offset`, and appends to `sparse` what is there. The parts of `buf` that are listed
    /// as zeros need not be filled.
    ///
    /// # Errors
    /// Whatever went wrong; the client is told the nearest error that NBD has.
    fn read(&self, buf: &mut [u8], offset: u64, sparse: &mut Vec<Extent>) -> io::Result<()>;

    /// As [`Export::read`], if nothing must be waited for; `false` leaves the arguments undefined.
    ///
    /// # Errors
    /// As [`Export::read`].
    fn try_read(&self, buf: &mut [u8], offset: u64, sparse: &mut Vec<Extent>) -> io::Result<bool> {
        let _ = (buf, offset, sparse);
        Ok(false)
    }

    /// Whether a read that has to wait waits for a disk in this machine and nothing else.
    fn is_near(&self) -> bool {
        false
    }

    /// Writes `buf` at `offset`.
    ///
    /// # Errors
    /// As [`Export::read`].
    fn write(&self, buf: &[u8], offset: u64) -> io::Result<()>;

    /// As [`Export::write`], if nothing must be waited for; `false` says to call that instead.
    ///
    /// # Errors
    /// As [`Export::read`].
    fn try_write(&self, buf: &[u8], offset: u64) -> io::Result<bool> {
        let _ = (buf, offset);
        Ok(false)
    }

    /// Makes a range read as zeros.
    ///
    /// # Errors
    /// As [`Export::read`].
    fn zero(&self, offset: u64, length: u64, how: Zeroing) -> io::Result<()>;

    /// Makes everything that was answered before the call survive the loss of power.
    ///
    /// # Errors
    /// As [`Export::read`].
    fn flush(&self) -> io::Result<()>;

    /// What a range holds, at most `most` extents, which may end before the range does.
    ///
    /// # Errors
    /// As [`Export::read`].
    fn extents(&self, offset: u64, length: u64, most: usize) -> io::Result<Vec<Extent>>;
}

impl Export for Volume {
    fn size(&self) -> u64 {
        Volume::size(self)
    }

    fn read(&self, buf: &mut [u8], offset: u64, sparse: &mut Vec<Extent>) -> io::Result<()> {
        self.read_with(buf, offset, Patience::Wait, Some(sparse))
            .map(|_| ())
    }

    fn try_read(&self, buf: &mut [u8], offset: u64, sparse: &mut Vec<Extent>) -> io::Result<bool> {
        self.read_with(buf, offset, Patience::Hurry, Some(sparse))
    }

    fn is_near(&self) -> bool {
        self.is_base_near()
    }

    fn write(&self, buf: &[u8], offset: u64) -> io::Result<()> {
        self.write_at(buf, offset)
    }

    fn try_write(&self, buf: &[u8], offset: u64) -> io::Result<bool> {
        self.write_with(buf, offset, Patience::Hurry)
    }

    fn zero(&self, offset: u64, length: u64, how: Zeroing) -> io::Result<()> {
        Volume::zero(self, offset, length, how)
    }

    fn flush(&self) -> io::Result<()> {
        Volume::flush(self)
    }

    fn extents(&self, offset: u64, length: u64, most: usize) -> io::Result<Vec<Extent>> {
        self.extents_at_most(offset, length, most)
    }
}

/// A base served as it is, for reading only.
pub struct ReadOnly<B>(pub B);

impl<B: Base> Export for ReadOnly<B> {
    fn size(&self) -> u64 {
        self.0.size()
    }

    fn is_read_only(&self) -> bool {
        true
    }

    fn read(&self, buf: &mut [u8], offset: u64, sparse: &mut Vec<Extent>) -> io::Result<()> {
        for extent in self.extents(offset, wide(buf.len()), usize::MAX)? {
            push(sparse, extent);
            if extent.kind == Kind::Data {
                let part = narrow(extent.offset - offset)..narrow(extent.end() - offset);
                self.0.read_at(&mut buf[part], extent.offset)?;
            }
        }
        Ok(())
    }

    fn try_read(&self, buf: &mut [u8], offset: u64, sparse: &mut Vec<Extent>) -> io::Result<bool> {
        push(
            sparse,
            Extent {
                offset,
                length: wide(buf.len()),
                kind: Kind::Data,
            },
        );
        self.0.try_read_at(buf, offset)
    }

    fn is_near(&self) -> bool {
        self.0.is_near()
    }

    fn write(&self, _buf: &[u8], _offset: u64) -> io::Result<()> {
        Err(io::ErrorKind::PermissionDenied.into())
    }

    fn zero(&self, _offset: u64, _length: u64, _how: Zeroing) -> io::Result<()> {
        Err(io::ErrorKind::PermissionDenied.into())
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }

    fn extents(&self, offset: u64, length: u64, most: usize) -> io::Result<Vec<Extent>> {
        let mut list = Vec::new();
        let (mut at, end) = (offset, offset + length);
        for extent in self.0.extents(offset, length)? {
            let start = extent.offset.clamp(at, end);
            let stop = extent.end().clamp(start, end);
            push(
                &mut list,
                Extent {
                    offset: at,
                    length: start - at,
                    kind: Kind::Data,
                },
            );
            push(
                &mut list,
                Extent {
                    offset: start,
                    length: stop - start,
                    kind: extent.kind,
                },
            );
            at = stop;
        }
        push(
            &mut list,
            Extent {
                offset: at,
                length: end - at,
                kind: Kind::Data,
            },
        );
        list.truncate(most);
        Ok(list)
    }
}

/// Finds exports by name.
pub trait Exports: Send + Sync {
    /// The export of that name, if there is one now.
    fn open(&self, name: &str) -> Option<Arc<dyn Export>>;

    /// The names that any client may learn. None, unless this is overridden.
    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Exports in a table that changes while it is served. Names are told to nobody.
#[derive(Default)]
pub struct Table {
    exports: RwLock<BTreeMap<String, Arc<dyn Export>>>,
}

impl Table {
    /// Adds an export, in place of one that had the name.
    pub fn insert(&self, name: &str, export: Arc<dyn Export>) {
        let mut exports = self.exports.write().unwrap_or_else(PoisonError::into_inner);
        exports.insert(name.to_owned(), export);
    }

    /// Removes an export. Connections to it go on until [`super::Server::detach`].
    pub fn remove(&self, name: &str) -> Option<Arc<dyn Export>> {
        self.exports
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(name)
    }
}

impl Exports for Table {
    fn open(&self, name: &str) -> Option<Arc<dyn Export>> {
        self.exports
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
            .cloned()
    }
}
