//! What a guest printed on its serial port, and keeping that from filling the disk.
//!
//! QEMU appends to the file and knows no limit. So whoever holds the machine's handle trims it from
//! time to time: everything but the end is given back to the file system as a hole. The file's
//! length grows on; its place on the disk does not; not a byte written meanwhile is lost.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use rustix::fs::{FallocateFlags, fallocate};

use crate::error::{Error, Result};

/// What stays readable of a console.
pub const KEPT: u64 = 64 << 10;
/// More than this on the disk is trimmed.
const TRIM_ABOVE: u64 = 1 << 20;
/// Holes begin and end on this grid, or nothing is given back.
const BLOCK: u64 = 64 << 10;

/// The end of a console, at most `most` bytes of it; nothing if the guest was never started.
///
/// # Errors
/// [`Error::Io`] where the file is there and cannot be read.
pub fn tail(path: &Path, most: u64) -> Result<Vec<u8>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(Error::io("reading", path)(e)),
    };
    end_of(&mut file, most.min(KEPT)).map_err(Error::io("reading", path))
}

/// Gives back what nobody will read again.
pub(crate) fn trim(path: &Path) -> Result<()> {
    let file = match OpenOptions::new().read(true).append(true).open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(Error::io("trimming", path)(e)),
    };
    trim_file(file).map_err(Error::io("trimming", path))
}

fn trim_file(mut file: File) -> std::io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let found = file.metadata()?;
    if found.blocks().saturating_mul(512) <= TRIM_ABOVE {
        return Ok(());
    }
    let hole = found.len().saturating_sub(KEPT) / BLOCK * BLOCK;
    match fallocate(
        &file,
        FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE,
        0,
        hole,
    ) {
        Ok(()) => Ok(()),
        // Without holes: cut it off and put the end back. What comes between the two is lost.
        Err(rustix::io::Errno::OPNOTSUPP) => {
            let end = end_of(&mut file, KEPT)?;
            file.set_len(0)?;
            file.write_all(&end)
        }
        Err(e) => Err(e.into()),
    }
}

fn end_of(file: &mut File, most: u64) -> std::io::Result<Vec<u8>> {
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(most)))?;
    let mut end = Vec::new();
    file.take(most).read_to_end(&mut end)?;
    Ok(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn a_chatty_guest_keeps_its_end_and_gives_back_the_rest_while_it_goes_on_writing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("console.log");
        let mut guest = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .unwrap();
        for round in 0..40_u32 {
            for line in 0..3000_u32 {
                writeln!(guest, "round {round:04} line {line:05} {}", "x".repeat(40)).unwrap();
            }
            guest.sync_all().unwrap();
            trim(&path).unwrap();
        }
        writeln!(guest, "the last word").unwrap();
        assert!(guest.metadata().unwrap().blocks() * 512 <= TRIM_ABOVE + BLOCK);
        let end = tail(&path, KEPT).unwrap();
        assert_eq!(u64::try_from(end.len()).unwrap(), KEPT);
        assert!(!end.contains(&0) && end.ends_with(b"the last word\n"));
        assert!(
            String::from_utf8(end)
                .unwrap()
                .contains("round 0039 line 02999")
        );
    }

    #[test]
    fn a_console_that_is_not_there_is_empty_and_a_short_one_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("console.log");
        assert!(tail(&path, KEPT).unwrap().is_empty());
        trim(&path).unwrap();
        std::fs::write(&path, "hello").unwrap();
        trim(&path).unwrap();
        assert_eq!(tail(&path, KEPT).unwrap(), b"hello");
        assert_eq!(tail(&path, 2).unwrap(), b"lo");
    }
}
