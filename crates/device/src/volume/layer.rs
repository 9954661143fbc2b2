//! One layer: the grains that were written while it was the top, in a sparse data file whose offsets are
//! the disk's, and a map file that says which they are. See `docs/format/volume.md`.

use std::fs::{File, OpenOptions};
use std::io::{self, IoSliceMut};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rustix::fs::FallocateFlags;
use rustix::io::Errno;

use super::map::{self, Map, Seen};
use crate::cipher::{Cipher, UNIT};
use crate::grain::{GRAIN, narrow, wide};

const MAGIC: &[u8; 8] = b"AMBLMAP\0";
const VERSION: u32 = 1;
const GRAIN_SHIFT: u32 = 12;
const HEADER_LEN: usize = 4096;
const SUM_AT: usize = HEADER_LEN - 32;
/// Bytes that are sealed before they are written.
const SEAL_STRIDE: usize = 256 << 10;

/// A layer, open.
pub(crate) struct Layer {
    pub(crate) id: u64,
    pub(crate) map: Map,
    data: File,
    cipher: Option<Arc<Cipher>>,
    /// Held alone by a write that must read around it because a cipher seals more than it has.
    whole_units: RwLock<()>,
    data_dirty: AtomicBool,
    syncing: Mutex<()>,
    broken: AtomicBool,
}

impl Layer {
    /// Makes the files of an empty layer in `dir`. They are durable after [`Layer::sync_files`] and a sync of
    /// the directory. Files of that number that a crash left behind hold nothing that was ever acknowledged,
    /// and are replaced.
    pub(crate) fn create(
        dir: &Path,
        id: u64,
        size: u64,
        cipher: Option<Arc<Cipher>>,
    ) -> io::Result<Layer> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true);
        let data = options.open(data_path(dir, id))?;
        reserve(&data, size)?;
        let map = options.open(map_path(dir, id))?;
        map.write_all_at(&header(id), 0)?;
        Layer::with(id, data, map, cipher)
    }

    /// Opens the files of a layer; `Err(InvalidData)` says which of them is wrong.
    pub(crate) fn open(dir: &Path, id: u64, cipher: Option<Arc<Cipher>>) -> io::Result<Layer> {
        let mut options = OpenOptions::new();
        options.read(true).write(true);
        let data = options.open(data_path(dir, id))?;
        let map = options.open(map_path(dir, id))?;
        let mut found = [0; HEADER_LEN];
        map::read_to_end_of_file(&map, &mut found, 0)?;
        check_header(&found, id).map_err(|what| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("{}: {what}", map_name(id)),
            )
        })?;
        Layer::with(id, data, map, cipher)
    }

    fn with(id: u64, data: File, map: File, cipher: Option<Arc<Cipher>>) -> io::Result<Layer> {
        Ok(Layer {
            id,
            map: Map::open(map)?,
            data,
            cipher,
            whole_units: RwLock::new(()),
            // An earlier process may have left writes that only the page cache has.
            data_dirty: AtomicBool::new(true),
            syncing: Mutex::new(()),
            broken: AtomicBool::new(false),
        })
    }

    /// Lets the data file be as long as the disk. It stays sparse.
    pub(crate) fn reserve(&self, size: u64) -> io::Result<()> {
        reserve(&self.data, size)
    }

    pub(crate) fn read(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        let Some(cipher) = &self.cipher else {
            return map::read_to_end_of_file(&self.data, buf, offset);
        };
        if is_whole(offset, buf.len()) {
            map::read_to_end_of_file(&self.data, buf, offset)?;
            return cipher.open(self.id, offset, buf);
        }
        let (start, mut wider) = widened(offset, buf.len());
        map::read_to_end_of_file(&self.data, &mut wider, start)?;
        cipher.open(self.id, start, &mut wider)?;
        let from = narrow(offset - start);
        buf.copy_from_slice(&wider[from..from + buf.len()]);
        Ok(())
    }

    /// Reads what the page cache has; `false` if the disk would have to be waited for.
    pub(crate) fn try_read(&self, buf: &mut [u8], offset: u64) -> io::Result<bool> {
        let flags = rustix::io::ReadWriteFlags::NOWAIT;
        let length = buf.len();
        if self.cipher.is_some() && !is_whole(offset, length) {
            return Ok(false);
        }
        match rustix::io::preadv2(&self.data, &mut [IoSliceMut::new(buf)], offset, flags) {
            Ok(count) if count != length => Ok(false),
            Ok(_) => {
                if let Some(cipher) = &self.cipher {
                    cipher.open(self.id, offset, buf)?;
                }
                Ok(true)
            }
            Err(Errno::AGAIN | Errno::INTR) => Ok(false),
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => self.read(buf, offset).map(|()| true),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn write(&self, buf: &[u8], offset: u64) -> io::Result<()> {
        self.check()?;
        match &self.cipher {
            None => self.data.write_all_at(buf, offset)?,
            Some(cipher) => self.write_sealed(cipher, buf, offset)?,
        }
        // After the write: a sync that clears this before has not promised anything about these bytes.
        self.data_dirty.store(true, Ordering::Release);
        Ok(())
    }

    /// Writes sealed. Where the range does not begin or end with a unit of the cipher, what lies
    /// around it is read and sealed again, and no other write comes between.
    fn write_sealed(&self, cipher: &Cipher, buf: &[u8], offset: u64) -> io::Result<()> {
        if is_whole(offset, buf.len()) {
            let _shared = self
                .whole_units
                .read()
                .unwrap_or_else(PoisonError::into_inner);
            for (n, part) in buf.chunks(SEAL_STRIDE).enumerate() {
                let at = offset + wide(n * SEAL_STRIDE);
                let mut sealed = part.to_vec();
                cipher.seal(self.id, at, &mut sealed)?;
                self.data.write_all_at(&sealed, at)?;
            }
            return Ok(());
        }
        let _alone = self
            .whole_units
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let (start, mut wider) = widened(offset, buf.len());
        map::read_to_end_of_file(&self.data, &mut wider, start)?;
        cipher.open(self.id, start, &mut wider)?;
        let from = narrow(offset - start);
        wider[from..from + buf.len()].copy_from_slice(buf);
        cipher.seal(self.id, start, &mut wider)?;
        self.data.write_all_at(&wider, start)
    }

    /// Makes the range of the data file a hole, or zeros where holes are not to be had.
    pub(crate) fn punch(&self, offset: u64, length: u64) -> io::Result<()> {
        self.check()?;
        let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
        self.empty(offset, length, flags)
    }

    /// Makes the range of the data file zeros that have their space, so that writing them cannot fail for
    /// want of it.
    pub(crate) fn allocate_zeros(&self, offset: u64, length: u64) -> io::Result<()> {
        self.check()?;
        self.empty(
            offset,
            length,
            FallocateFlags::ZERO_RANGE | FallocateFlags::KEEP_SIZE,
        )
    }

    fn empty(&self, offset: u64, length: u64, flags: FallocateFlags) -> io::Result<()> {
        match rustix::fs::fallocate(&self.data, flags, offset, length) {
            Ok(()) => {}
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => self.write_zeros(offset, length)?,
            Err(error) => return Err(error.into()),
        }
        self.data_dirty.store(true, Ordering::Release);
        Ok(())
    }

    fn write_zeros(&self, offset: u64, length: u64) -> io::Result<()> {
        static ZEROS: [u8; 1 << 16] = [0; 1 << 16];
        let mut at = 0;
        while at < length {
            let count = (length - at).min(wide(ZEROS.len()));
            self.data
                .write_all_at(&ZEROS[..narrow(count)], offset + at)?;
            at += count;
        }
        Ok(())
    }

    /// Makes everything that was written before the call durable: data first, then the map. `syncs`
    /// counts the flushes that the disk was asked for.
    pub(crate) fn sync(&self, syncs: &AtomicU64) -> io::Result<()> {
        let _alone = self.syncing.lock().unwrap_or_else(PoisonError::into_inner);
        self.check()?;
        // The kernel reports a failed write-back once and then forgets the pages: after one failure,
        // nothing that a later sync says about this layer can be believed.
        self.sync_alone(syncs).inspect_err(|_| self.distrust())
    }

    fn sync_alone(&self, syncs: &AtomicU64) -> io::Result<()> {
        let fresh = self.map.take_fresh()?;
        if self.data_dirty.swap(false, Ordering::AcqRel) || !fresh.is_empty() {
            syncs.fetch_add(1, Ordering::Relaxed);
            self.data.sync_data()?;
        }
        self.map.settle(&fresh, syncs)
    }

    /// Makes durable what a new layer is known by: its map. What the data file has is for [`Layer::sync`].
    pub(crate) fn sync_files(&self, syncs: &AtomicU64) -> io::Result<()> {
        self.check()?;
        self.map.sync_file(syncs).inspect_err(|_| self.distrust())
    }

    /// From now on, every write and sync of the layer fails.
    pub(crate) fn distrust(&self) {
        self.broken.store(true, Ordering::Release);
    }

    /// Puts right what the stop of the machine may have left: fresh grains are forgotten, and the data file
    /// gets holes wherever the map does not say that it has data. Repeating it is harmless.
    pub(crate) fn recover(&self, syncs: &AtomicU64) -> io::Result<()> {
        syncs.fetch_add(2, Ordering::Relaxed);
        self.map.forget_fresh()?;
        let mut at = 0;
        while let Some(stored) = map::next_stored(&self.data, at)? {
            self.punch_unclaimed(stored.start / GRAIN..stored.end.div_ceil(GRAIN))?;
            at = stored.end;
        }
        self.data.sync_data()
    }

    /// Makes holes in `grains` of the data file where the map does not say that it has data.
    pub(crate) fn punch_unclaimed(&self, grains: Range<u64>) -> io::Result<()> {
        let mut at = grains.start;
        while at < grains.end {
            let (seen, run) = self.map.run(at, grains.end - at)?;
            if seen != Seen::Data {
                self.punch(at * GRAIN, run * GRAIN)?;
            }
            at += run;
        }
        Ok(())
    }

    /// Whether everything that was to reach its disk did.
    pub(crate) fn is_sound(&self) -> bool {
        !self.broken.load(Ordering::Acquire)
    }

    fn check(&self) -> io::Result<()> {
        if !self.is_sound() {
            return Err(io::Error::other(
                "an earlier write of this volume did not reach its disk",
            ));
        }
        Ok(())
    }
}

/// Whether a range begins and ends with a unit of the cipher.
fn is_whole(offset: u64, length: usize) -> bool {
    narrow(offset % wide(UNIT)) == 0 && length.is_multiple_of(UNIT)
}

/// The least range of whole units around a range: where it begins, and room for it.
fn widened(offset: u64, length: usize) -> (u64, Vec<u8>) {
    let start = offset - offset % wide(UNIT);
    let length = (narrow(offset - start) + length).next_multiple_of(UNIT);
    (start, vec![0; length])
}

pub(crate) fn data_path(dir: &Path, id: u64) -> PathBuf {
    dir.join(format!("layer-{id}.data"))
}

pub(crate) fn map_path(dir: &Path, id: u64) -> PathBuf {
    dir.join(map_name(id))
}

fn map_name(id: u64) -> String {
    format!("layer-{id}.map")
}

fn reserve(data: &File, size: u64) -> io::Result<()> {
    match rustix::fs::ftruncate(data, size) {
        // A file system with a smaller limit: the file grows as it is written, up to that limit.
        Ok(()) | Err(Errno::FBIG | Errno::INVAL) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The first bytes of the map file of layer `id`.
pub(crate) fn header(id: u64) -> [u8; HEADER_LEN] {
    let mut bytes = [0; HEADER_LEN];
    bytes[0..8].copy_from_slice(MAGIC);
    bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
    bytes[12..16].copy_from_slice(&GRAIN_SHIFT.to_le_bytes());
    bytes[16..24].copy_from_slice(&id.to_le_bytes());
    let sum = blake3::hash(&bytes[..SUM_AT]);
    bytes[SUM_AT..].copy_from_slice(sum.as_bytes());
    bytes
}

/// Says what is wrong with the first bytes of the map file of layer `id`. There is one right answer, so
/// the check is a comparison; the parts are looked at only to say which of them is wrong.
pub(crate) fn check_header(found: &[u8], id: u64) -> Result<(), &'static str> {
    if found == header(id) {
        return Ok(());
    }
    let field = |range: Range<usize>| found.get(range);
    Err(if field(0..8) != Some(MAGIC) {
        "this is not the map of a layer"
    } else if field(8..12) != Some(&VERSION.to_le_bytes()) {
        "its version is unknown"
    } else if field(12..16) != Some(&GRAIN_SHIFT.to_le_bytes()) {
        "its grains are not of 4096 bytes"
    } else if field(16..24) != Some(&id.to_le_bytes()) {
        "it belongs to another layer"
    } else {
        "its header is damaged"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_of_a_header_is_refused() {
        let good = header(7);
        assert_eq!(check_header(&good, 7), Ok(()));
        assert_eq!(check_header(&good, 8), Err("it belongs to another layer"));
        for at in (0..24).chain(SUM_AT - 1..HEADER_LEN) {
            let mut bad = good;
            bad[at] ^= 1;
            assert!(check_header(&bad, 7).is_err(), "byte {at}");
        }
        assert!(check_header(&good[..100], 7).is_err());
    }
}
