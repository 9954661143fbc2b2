//! Disk image files: reading raw, qcow2, VMDK, VHD and VHDX, and writing what users take away.
//!
//! Start at [`open`] for reading and [`export`] for writing.
//!
//! Promises. Only the file that was given is ever opened: an image that wants another one (a backing file, a data file,
//! a parent, extents elsewhere) is refused with a sentence that says what to do. A file may hold anything at all: it is
//! answered with data or an error, never with a panic, an endless loop or an allocation that the file chose; tables and
//! unpacked clusters are kept in caches of a few MiB. Images are read from many threads at once.
//!
//! What it does not do. Nothing is repaired or written in place; internal snapshots, bitmaps and saved machine states
//! are ignored; encrypted images are refused.

mod bytes;
mod error;
mod export;
mod input;
mod mapped;
mod qcow2;
mod raw;
mod vhd;
mod vhdx;
mod vmdk;

use std::{
    fmt,
    fs::File,
    io::{Seek, SeekFrom},
    ops::Range,
    os::unix::fs::FileTypeExt,
    path::Path,
    str::FromStr,
};

pub use error::{FormatError, Result};
pub use export::{Compression, Export, Exported, export};
use input::Input;
use raw::Raw;

/// The largest disk that is taken, in bytes: the largest volume of EBS, 64 TiB.
pub const MAX_SIZE: u64 = 64 << 40;

/// A format of disk image files.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Format {
    /// The disk's bytes.
    Raw,
    /// QEMU's, version 2 and 3.
    Qcow2,
    /// VMware's, in one file: monolithicSparse and streamOptimized.
    Vmdk,
    /// Virtual PC's: fixed and dynamic.
    Vhd,
    /// Hyper-V's: fixed and dynamic.
    Vhdx,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Raw, Self::Qcow2, Self::Vmdk, Self::Vhd, Self::Vhdx];

    /// What files of this format are usually called after the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Qcow2 => "qcow2",
            Self::Vmdk => "vmdk",
            Self::Vhd => "vhd",
            Self::Vhdx => "vhdx",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Raw => "raw",
            Self::Qcow2 => "qcow2",
            Self::Vmdk => "VMDK",
            Self::Vhd => "VHD",
            Self::Vhdx => "VHDX",
        })
    }
}

impl FromStr for Format {
    type Err = FormatError;

    fn from_str(name: &str) -> Result<Self> {
        match name.to_ascii_lowercase().as_str() {
            "raw" | "img" => Ok(Self::Raw),
            "qcow2" => Ok(Self::Qcow2),
            "vmdk" => Ok(Self::Vmdk),
            "vhd" | "vpc" => Ok(Self::Vhd),
            "vhdx" => Ok(Self::Vhdx),
            _ => Err(FormatError::refused(
                Self::Raw,
                format!("{name:?} is not a format: use raw, qcow2, vmdk, vhd or vhdx."),
            )),
        }
    }
}

/// Bytes with holes: what an image is read as, and what [`export`] writes out.
pub trait Source: Send + Sync {
    /// The disk's size in bytes.
    fn size(&self) -> u64;

    /// Fills `buf` with the bytes at `offset`. Past the end is [`FormatError::OutOfRange`].
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<()>;

    /// The next bytes, at or after `from`, that may be other than zero. `None`: only zeros up to the end.
    /// A long run of data may come in several adjacent pieces.
    fn next_extent(&self, from: u64) -> Result<Option<Range<u64>>>;
}

/// An opened image file.
pub trait Image: Source {
    /// Its format.
    fn format(&self) -> Format;

    /// The size of the disk that it holds, in bytes.
    fn virtual_size(&self) -> u64 {
        self.size()
    }
}

impl fmt::Debug for dyn Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a {} image of {} bytes", self.format(), self.size())
    }
}

/// All extents of `source`, in order.
pub fn extents(source: &dyn Source) -> Extents<'_> {
    Extents {
        source,
        from: Some(0),
    }
}

/// See [`extents`].
pub struct Extents<'a> {
    source: &'a dyn Source,
    from: Option<u64>,
}

impl Iterator for Extents<'_> {
    type Item = Result<Range<u64>>;

    fn next(&mut self) -> Option<Self::Item> {
        let extent = self.source.next_extent(self.from?).transpose();
        self.from = match &extent {
            Some(Ok(extent)) => Some(extent.end),
            Some(Err(_)) | None => None,
        };
        extent
    }
}

/// Opens the image at `path`, whatever its format.
pub fn open(path: &Path) -> Result<Box<dyn Image>> {
    open_file(file_at(path)?, None)
}

/// Opens the image at `path` as one of `format`, without looking for others.
pub fn open_as(path: &Path, format: Format) -> Result<Box<dyn Image>> {
    open_file(file_at(path)?, Some(format))
}

/// Opens an image that is a file already; with no `format`, [`detect`]s it.
pub fn open_file(file: File, format: Option<Format>) -> Result<Box<dyn Image>> {
    let len = length(&file)?;
    let format = match format {
        Some(format) => format,
        None => detect(&file)?,
    };
    let input = Input::new(file, len, format);
    match format {
        Format::Raw => Ok(Box::new(Raw::new(input.into_file(), len, format)?)),
        Format::Qcow2 => qcow2::open(input),
        Format::Vmdk => vmdk::open(input),
        Format::Vhd => vhd::open(input),
        Format::Vhdx => vhdx::open(input),
    }
}

/// The format of `file`, by its content. What looks like none is raw; what looks like an archive or a disk image of a
/// kind that is not read here is refused by name.
pub fn detect(file: &File) -> Result<Format> {
    let file = file
        .try_clone()
        .map_err(FormatError::io("opening the image"))?;
    let len = length(&file)?;
    let input = Input::new(file, len, Format::Raw);
    let head = input.read_up_to(0, 512, "the start of the file")?;
    if head.starts_with(b"QFI\xfb") {
        return Ok(Format::Qcow2);
    }
    if vmdk::looks_like(&head) {
        return Ok(Format::Vmdk);
    }
    if head.starts_with(b"vhdxfile") {
        return Ok(Format::Vhdx);
    }
    if head.starts_with(b"conectix") || vhd::ends_like_fixed(&input)? {
        return Ok(Format::Vhd);
    }
    match stranger(&head) {
        Some(reason) => Err(FormatError::refused(Format::Raw, reason)),
        None => Ok(Format::Raw),
    }
}

/// What people hand in by mistake, and what to do about it.
fn stranger(head: &[u8]) -> Option<String> {
    let packed: [(&[u8], &str, &str); 5] = [
        (b"\x1f\x8b\x08", "gzip", "gunzip"),
        (b"\xfd7zXZ\0", "xz", "unxz"),
        (b"\x28\xb5\x2f\xfd", "zstd", "unzstd"),
        (b"BZh", "bzip2", "bunzip2"),
        (b"PK\x03\x04", "zip", "unzip"),
    ];
    if let Some((_, name, tool)) = packed.iter().find(|(magic, ..)| head.starts_with(magic)) {
        return Some(format!(
            "The file is compressed with {name}: unpack it first ({tool})."
        ));
    }
    if head.get(257..262) == Some(b"ustar") {
        let reason =
            "The file is a tar archive (an OVA is one): unpack it and give the disk image in it.";
        return Some(reason.to_owned());
    }
    let kinds: [(usize, &[u8], &str); 4] = [
        (64, b"\x7f\x10\xda\xbe", "VirtualBox VDI"),
        (0, b"QED\0", "QED"),
        (0, b"WithoutFreeSpace", "Parallels"),
        (0, b"WithouFreSpacExt", "Parallels"),
    ];
    let is = |at: usize, magic: &[u8]| head.get(at..).is_some_and(|rest| rest.starts_with(magic));
    let (.., name) = kinds.iter().find(|(at, magic, _)| is(*at, magic))?;
    Some(format!(
        "The file is a {name} image, which is not read here: convert it first (qemu-img convert -O qcow2 IN OUT)."
    ))
}

/// Opens for reading, and refuses what is not a file of bytes (a pipe would block, a directory has none).
fn file_at(path: &Path) -> Result<File> {
    let what = format!("opening {}", path.display());
    let kind = std::fs::metadata(path)
        .map_err(FormatError::io(&what))?
        .file_type();
    if !kind.is_file() && !kind.is_block_device() {
        let reason = format!("{} is neither a file nor a block device.", path.display());
        return Err(FormatError::refused(Format::Raw, reason));
    }
    File::open(path).map_err(FormatError::io(what))
}

/// A block device's metadata says 0; its end does not.
fn length(mut file: &File) -> Result<u64> {
    file.seek(SeekFrom::End(0))
        .map_err(FormatError::io("measuring the image"))
}

fn check_range(size: u64, offset: u64, buf: &[u8]) -> Result<()> {
    let len = bytes::len_of(buf);
    match offset.checked_add(len) {
        Some(end) if end <= size => Ok(()),
        _ => Err(FormatError::OutOfRange { offset, len, size }),
    }
}

fn check_size(format: Format, size: u64) -> Result<()> {
    if size <= MAX_SIZE {
        return Ok(());
    }
    let reason = format!(
        "The image says that its disk has {size} bytes; the largest that is taken is 64 TiB."
    );
    Err(FormatError::refused(format, reason))
}
