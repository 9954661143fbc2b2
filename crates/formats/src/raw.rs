//! Raw images: the file is the disk. Holes are asked of the file system.

use std::{fs::File, io, ops::Range, os::unix::fs::FileExt};

use rustix::fs::{SeekFrom, seek};

use crate::{Format, FormatError, Image, Result, Source};

/// A file, or the first part of one, as a disk.
pub(crate) struct Raw {
    file: File,
    size: u64,
    format: Format,
}

impl Raw {
    /// The first `size` bytes of `file`, called an image of `format` (raw and fixed VHD look the same).
    pub(crate) fn new(file: File, size: u64, format: Format) -> Result<Self> {
        crate::check_size(format, size)?;
        Ok(Self { file, size, format })
    }

    /// `None` where the file system cannot tell.
    fn seek(&self, to: SeekFrom) -> Result<Option<u64>> {
        match seek(&self.file, to) {
            Ok(offset) => Ok(Some(offset)),
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::OPNOTSUPP) => Ok(None),
            Err(errno) => Err(FormatError::io("looking for holes")(io::Error::from(errno))),
        }
    }
}

impl Source for Raw {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<()> {
        crate::check_range(self.size, offset, buf)?;
        self.file
            .read_exact_at(buf, offset)
            .map_err(FormatError::io("reading the image"))
    }

    fn next_extent(&self, from: u64) -> Result<Option<Range<u64>>> {
        if from >= self.size {
            return Ok(None);
        }
        let start = match self.seek(SeekFrom::Data(from)) {
            Ok(Some(start)) => start,
            Ok(None) => return Ok(Some(from..self.size)),
            // ENXIO: no data up to the end.
            Err(FormatError::Io { source, .. }) if is_past_the_data(&source) => return Ok(None),
            Err(error) => return Err(error),
        };
        if start >= self.size {
            return Ok(None);
        }
        let end = self
            .seek(SeekFrom::Hole(start))?
            .unwrap_or(self.size)
            .min(self.size);
        // A file that is written to meanwhile may answer anything; an extent always has a byte.
        Ok(Some(start..end.max(start + 1)))
    }
}

fn is_past_the_data(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error())
}

impl Image for Raw {
    fn format(&self) -> Format {
        self.format
    }
}
