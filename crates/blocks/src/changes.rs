//! What a writer is told: which grains are new, and what they hold now.

use crate::error::{Error, Result};
use crate::geometry::{GRAIN, as_u64};
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;

/// The new contents of some grains of a disk. Called from blocking threads, several at once.
pub trait Changes: Send + Sync {
    /// The first range of changed grains that ends after `from`, or `None` if there is no more.
    fn next(&self, from: u64) -> Result<Option<Range<u64>>>;

    /// Fills `buf` with what lies at the byte `offset` now. Only asked for changed grains, from
    /// the start of a grain.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<()>;
}

/// No change: what a disk that only grows is written with.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unchanged;

impl Changes for Unchanged {
    fn next(&self, _from: u64) -> Result<Option<Range<u64>>> {
        Ok(None)
    }

    fn read_at(&self, offset: u64, _buf: &mut [u8]) -> Result<()> {
        Err(Error::invalid(format!("nothing was changed at {offset}")))
    }
}

/// A raw file as the whole contents of a disk. Holes are skipped without being read, and what
/// lies past the end of the file is zero.
#[derive(Debug)]
pub struct FileChanges {
    file: File,
    size: u64,
}

impl FileChanges {
    /// The file from its first byte to its present length.
    pub fn whole(file: File) -> Result<Self> {
        let size = file.metadata()?.len();
        Ok(Self { file, size })
    }

    /// The length of the file, which is the size of a disk that holds just it.
    pub fn size(&self) -> u64 {
        self.size
    }
}

impl Changes for FileChanges {
    fn next(&self, from: u64) -> Result<Option<Range<u64>>> {
        use rustix::fs::{SeekFrom, seek};
        let start = from.saturating_mul(GRAIN);
        if start >= self.size {
            return Ok(None);
        }
        let end = self.size.div_ceil(GRAIN);
        let data = match seek(&self.file, SeekFrom::Data(start)) {
            Ok(data) => data,
            Err(rustix::io::Errno::NXIO) => return Ok(None),
            // A file system without holes: everything is data.
            Err(_) => return Ok(Some(from..end)),
        };
        let hole = seek(&self.file, SeekFrom::Hole(data)).unwrap_or(self.size);
        Ok(Some(
            (data / GRAIN).max(from)..hole.div_ceil(GRAIN).min(end),
        ))
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<()> {
        let mut done = 0;
        while done < buf.len() {
            match self
                .file
                .read_at(&mut buf[done..], offset.saturating_add(as_u64(done)))
            {
                Ok(0) => {
                    buf[done..].fill(0);
                    break;
                }
                Ok(n) => done += n,
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e.into()),
            }
        }
        Ok(())
    }
}
