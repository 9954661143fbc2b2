//! Writing a disk out as an image file.
//!
//! The file appears under its name only when it is whole and on disk; until then it is `NAME.partial` beside it. Pieces
//! that hold only zeros are not written. Reading, looking for zeros and compressing use all cores; memory is a few MiB,
//! and the tables of the format.

mod qcow2;
mod raw;
mod vhd;
mod vmdk;

use std::{
    fs::{self, File},
    num::NonZero,
    ops::Range,
    path::{Path, PathBuf},
    thread,
};

use crate::{Format, FormatError, Result, Source, bytes};

/// Disk bytes that are in work at once.
const BATCH: usize = 8 << 20;

/// How qcow2 clusters are packed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Compression {
    /// Not at all.
    None,
    /// Readable by everything that reads qcow2.
    Zlib,
    /// Smaller and faster; needs QEMU 5.1 or newer.
    Zstd,
}

/// A format to write.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Export {
    /// A sparse file.
    Raw,
    /// Version 3, clusters of 64 KiB.
    Qcow2(Compression),
    /// streamOptimized.
    Vmdk,
    /// Dynamic.
    Vhd,
}

impl Export {
    /// The format of the file.
    pub fn format(self) -> Format {
        match self {
            Self::Raw => Format::Raw,
            Self::Qcow2(_) => Format::Qcow2,
            Self::Vmdk => Format::Vmdk,
            Self::Vhd => Format::Vhd,
        }
    }
}

impl TryFrom<Format> for Export {
    type Error = FormatError;

    fn try_from(format: Format) -> Result<Self> {
        match format {
            Format::Raw => Ok(Self::Raw),
            Format::Qcow2 => Ok(Self::Qcow2(Compression::Zstd)),
            Format::Vmdk => Ok(Self::Vmdk),
            Format::Vhd => Ok(Self::Vhd),
            Format::Vhdx => Err(FormatError::refused(
                format,
                "VHDX is read but not written: export qcow2, VHD, VMDK or raw.",
            )),
        }
    }
}

/// What was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Exported {
    /// The disk's size in the new image, in bytes. VMDK and VHD hold whole sectors of 512 bytes.
    pub virtual_size: u64,
    /// The file's length in bytes.
    pub file_bytes: u64,
    /// Bytes of the disk that were written; the rest was zeros.
    pub data_bytes: u64,
}

/// Writes all of `source` to `path`. `progress` is told the bytes of the disk that are done, and all of them.
pub fn export(
    source: &dyn Source,
    to: Export,
    path: &Path,
    progress: &dyn Fn(u64, u64),
) -> Result<Exported> {
    crate::check_size(to.format(), source.size())?;
    let partial = Partial::new(path);
    let file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(&partial.0);
    let file = file.map_err(FormatError::io(format!("creating {}", partial.0.display())))?;
    let handle = file.try_clone().map_err(failed)?;
    let exported = match to {
        Export::Raw => copy(source, raw::Writer::new(file, source.size())?, progress),
        Export::Qcow2(how) => copy(
            source,
            qcow2::Writer::new(file, source.size(), how),
            progress,
        ),
        Export::Vmdk => copy(
            source,
            vmdk::Writer::new(file, source.size(), path)?,
            progress,
        ),
        Export::Vhd => copy(source, vhd::Writer::new(file, source.size())?, progress),
    }?;
    handle.sync_all().map_err(failed)?;
    let file_bytes = handle.metadata().map_err(failed)?.len();
    partial.publish(path)?;
    Ok(Exported {
        file_bytes,
        ..exported
    })
}

fn failed(source: std::io::Error) -> FormatError {
    FormatError::io("writing the image")(source)
}

/// The unfinished file: removed unless it is published.
struct Partial(PathBuf);

impl Partial {
    fn new(path: &Path) -> Self {
        let mut name = path.as_os_str().to_owned();
        name.push(".partial");
        Self(name.into())
    }

    fn publish(self, path: &Path) -> Result<()> {
        fs::rename(&self.0, path).map_err(FormatError::io(format!("naming {}", path.display())))?;
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(failed)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Once published there is nothing under this name, and nothing to say about that.
        drop(fs::remove_file(&self.0));
    }
}

/// A unit of the disk, made ready to be put into the file.
enum Unit {
    Plain(Vec<u8>),
    Packed(Vec<u8>),
}

/// What a format does with the units that are not zero. They come in ascending order.
trait Write: Sync {
    /// Bytes of a unit.
    fn unit(&self) -> usize;
    /// The disk's size as the format can say it.
    fn virtual_size(&self) -> u64;
    /// Compresses a unit where the format does. From many threads at once.
    fn pack(&self, data: Vec<u8>) -> Result<Unit>;
    /// Appends a unit.
    fn put(&mut self, index: u64, unit: Unit) -> Result<()>;
    /// Writes the tables.
    fn finish(&mut self) -> Result<()>;
}

fn copy<W: Write>(source: &dyn Source, mut to: W, progress: &dyn Fn(u64, u64)) -> Result<Exported> {
    let unit = to.unit();
    let mut data_bytes = 0;
    let mut indexes = Indexes {
        source,
        unit: unit as u64,
        next: 0,
        now: 0..0,
    };
    loop {
        let batch = indexes
            .by_ref()
            .take((BATCH / unit).max(1))
            .collect::<Result<Vec<_>>>()?;
        let Some(last) = batch.last() else { break };
        for (index, packed) in batch.iter().zip(pack_all(source, &to, &batch)?) {
            if let Some(packed) = packed {
                data_bytes += (unit as u64).min(source.size() - index * unit as u64);
                to.put(*index, packed)?;
            }
        }
        progress(((last + 1) * unit as u64).min(source.size()), source.size());
    }
    to.finish()?;
    progress(source.size(), source.size());
    Ok(Exported {
        virtual_size: to.virtual_size(),
        file_bytes: 0,
        data_bytes,
    })
}

/// Reads and packs the units of a batch, on all cores. `None` for units of zeros.
fn pack_all<W: Write>(source: &dyn Source, to: &W, batch: &[u64]) -> Result<Vec<Option<Unit>>> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let each = batch.len().div_ceil(cores).max(1);
    thread::scope(|scope| {
        let work = |part: &[u64]| {
            part.iter()
                .map(|index| pack(source, to, *index))
                .collect::<Result<Vec<_>>>()
        };
        let threads: Vec<_> = batch
            .chunks(each)
            .map(|part| scope.spawn(move || work(part)))
            .collect();
        let mut all = Vec::with_capacity(batch.len());
        for thread in threads {
            all.extend(
                thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))?,
            );
        }
        Ok(all)
    })
}

fn pack<W: Write>(source: &dyn Source, to: &W, index: u64) -> Result<Option<Unit>> {
    let unit = to.unit();
    let start = index * unit as u64;
    let len = usize::try_from(source.size() - start)
        .unwrap_or(unit)
        .min(unit);
    let mut data = vec![0; unit];
    source.read_at(start, data.get_mut(..len).unwrap_or_default())?;
    if bytes::is_zero(&data) {
        return Ok(None);
    }
    to.pack(data).map(Some)
}

/// The units that extents touch, each once, in ascending order.
struct Indexes<'a> {
    source: &'a dyn Source,
    unit: u64,
    /// Where to look for the next extent.
    next: u64,
    now: Range<u64>,
}

impl Iterator for Indexes<'_> {
    type Item = Result<u64>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.now.is_empty() {
            if self.next >= self.source.size() {
                return None;
            }
            let extent = match self.source.next_extent(self.next) {
                Ok(extent) => extent?,
                Err(error) => {
                    self.next = self.source.size();
                    return Some(Err(error));
                }
            };
            let end = extent.end.min(self.source.size()).max(extent.start);
            // Never back: a source whose extents overlap still ends.
            self.now = (extent.start / self.unit).max(self.now.end)..end.div_ceil(self.unit);
            self.next = self
                .now
                .end
                .max(self.now.start)
                .saturating_mul(self.unit)
                .max(end);
        }
        let index = self.now.start;
        self.now.start += 1;
        Some(Ok(index))
    }
}
