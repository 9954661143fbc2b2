//! VMDK in one file, read only: monolithicSparse and streamOptimized (compressed grains between markers).
//!
//! Refused: descriptors whose data is in other files (flat, split and ESX kinds), single parts of split disks, deltas of
//! snapshots, encrypted disks. The names in an embedded descriptor are never opened.

use std::io::Read;

use flate2::read::ZlibDecoder;

use crate::{
    Format, FormatError, Image, Result,
    bytes::{le16, le32, le64},
    input::Input,
    mapped::{Layout, Mapped, Packed, Place, Run},
};

const SECTOR: u64 = 512;
/// The directory's place is in the footer, not in the header.
const AT_END: u64 = u64::MAX;
const HAS_ZERO_GRAINS: u32 = 1 << 2;
const COMPRESSED: u32 = 1 << 16;
const HAS_MARKERS: u32 = 1 << 17;
/// Address and length before each compressed grain.
const MARKER: u64 = 12;
const MAX_DESCRIPTOR: u64 = 64 << 10;
const MAX_GRAIN: u64 = 4 << 20;
/// Entries of a grain table. 512 is what everyone writes.
const MAX_TABLE: u32 = 4096;

pub(crate) fn looks_like(head: &[u8]) -> bool {
    let text = head.trim_ascii_start();
    let is_text = text
        .get(..20)
        .is_some_and(|text| text.eq_ignore_ascii_case(b"# Disk DescriptorFil"));
    is_text
        || [b"KDMV", b"COWD", b"\xbe\xba\xfe\xca"]
            .iter()
            .any(|magic| head.starts_with(*magic))
}

pub(crate) fn open(input: Input) -> Result<Box<dyn Image>> {
    let mut head = input.read_up_to(0, SECTOR, "the header")?;
    if !head.starts_with(b"KDMV") {
        return Err(input.refused(
            "This VMDK's data is in other files or in an ESX format, and no file but the given one is ever opened: \
             convert it into one file first (qemu-img convert -O qcow2 IN.vmdk OUT.qcow2).",
        ));
    }
    check_descriptor(&input, &head)?;
    if le64(&head, 56) == AT_END {
        head = footer(&input)?;
    }
    Ok(Box::new(Mapped::new(Sparse::new(input, &head)?)?))
}

/// The header at the end of a stream, before the marker that ends it.
fn footer(input: &Input) -> Result<Vec<u8>> {
    let at = input
        .len()
        .checked_sub(2 * SECTOR)
        .ok_or_else(|| input.damaged("it has no footer"))?;
    let footer = input.read_up_to(at, SECTOR, "the footer")?;
    if !footer.starts_with(b"KDMV") || le64(&footer, 56) == AT_END {
        return Err(input.damaged("its footer is missing; the file was probably cut off"));
    }
    Ok(footer)
}

/// The text says what kind of disk this is.
fn check_descriptor(input: &Input, head: &[u8]) -> Result<()> {
    let (at, len) = (
        le64(head, 28).saturating_mul(SECTOR),
        le64(head, 36).saturating_mul(SECTOR),
    );
    let text = input.read_up_to(at, len.min(MAX_DESCRIPTOR), "the descriptor")?;
    let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
    let text = String::from_utf8_lossy(text).to_ascii_lowercase();
    if !text.contains("createtype") {
        return Err(input.refused(
            "This VMDK is one part of a disk in several files, and no file but the given one is ever opened: \
             convert it into one file first (qemu-img convert -O qcow2 IN.vmdk OUT.qcow2).",
        ));
    }
    let mut extents = 0;
    for line in text.lines().map(str::trim) {
        let value = |name: &str| {
            line.strip_prefix(name)?
                .trim_start()
                .strip_prefix('=')
                .map(value_of)
        };
        if let Some(kind) = value("createtype") {
            check_kind(input, kind)?;
        }
        if value("parentcid").is_some_and(|parent| parent != "ffffffff") {
            return Err(input.refused(
                "This VMDK holds only the differences from a parent, and no file but the given one is ever \
                 opened: merge it first.",
            ));
        }
        if line.starts_with("encryption.") {
            return Err(input.refused("This VMDK is encrypted: decrypt it first."));
        }
        extents += usize::from(
            ["rw ", "rdonly ", "noaccess "]
                .iter()
                .any(|access| line.starts_with(access)),
        );
    }
    match extents {
        0 | 1 => Ok(()),
        _ => Err(input.refused(
            "This VMDK is one of several files of a disk: convert it into one file first \
             (qemu-img convert -O qcow2 IN.vmdk OUT.qcow2).",
        )),
    }
}

fn value_of(text: &str) -> &str {
    text.trim().trim_matches('"')
}

fn check_kind(input: &Input, kind: &str) -> Result<()> {
    match kind {
        "monolithicsparse" | "streamoptimized" => Ok(()),
        other => Err(input.refused(format!(
            "This VMDK is of kind {other:?}; monolithicSparse and streamOptimized are read: \
             convert it first (qemu-img convert -O qcow2 IN.vmdk OUT.qcow2).",
        ))),
    }
}

struct Sparse {
    input: Input,
    size: u64,
    grain: u64,
    /// Grains that one table maps.
    table: u64,
    directory_at: u64,
    zero_grains: bool,
    compressed: bool,
}

impl Sparse {
    fn new(input: Input, head: &[u8]) -> Result<Self> {
        if !(1..=3).contains(&le32(head, 4)) {
            return Err(input.refused(format!(
                "This is version {} of VMDK; 1 to 3 are read.",
                le32(head, 4)
            )));
        }
        // Broken by a transfer as text.
        if head.get(73..77) != Some(b"\n \r\n") {
            return Err(input.damaged("its line ends were changed on the way"));
        }
        let flags = le32(head, 8);
        let sectors = |at: usize| le64(head, at).saturating_mul(SECTOR);
        let compressed = flags & COMPRESSED != 0;
        if compressed && (flags & HAS_MARKERS == 0 || le16(head, 77) != 1) {
            return Err(input.refused("This VMDK is compressed in a way that is not known here."));
        }
        let sparse = Self {
            size: sectors(12),
            grain: sectors(20),
            table: u64::from(le32(head, 44).min(MAX_TABLE + 1)),
            directory_at: sectors(56),
            zero_grains: flags & HAS_ZERO_GRAINS != 0,
            compressed,
            input,
        };
        sparse.check()?;
        Ok(sparse)
    }

    fn check(&self) -> Result<()> {
        crate::check_size(Format::Vmdk, self.size)?;
        if !self.grain.is_power_of_two() || !(8 * SECTOR..=MAX_GRAIN).contains(&self.grain) {
            return Err(self
                .input
                .damaged(format!("grains of {} bytes do not exist", self.grain)));
        }
        if !(1..=u64::from(MAX_TABLE)).contains(&self.table) {
            return Err(self.input.damaged("its grain tables are empty or too long"));
        }
        let tables = self.size.div_ceil(self.span());
        self.input
            .holds(self.directory_at, tables * 4, "the grain directory")?;
        self.check_tables(tables)
    }

    /// Tables are each used once, so that together they are no longer than the file. This bounds what a walk costs.
    fn check_tables(&self, entries: u64) -> Result<()> {
        let (mut index, mut tables) = (0, 0);
        while index < entries {
            let window =
                self.input
                    .table(self.directory_at + index * 4, 4, "the grain directory")?;
            for entry in window.chunks_exact(4) {
                if index < entries && le32(entry, 0) != 0 {
                    tables += 1;
                }
                index += 1;
            }
        }
        if tables * self.table * 4 > self.input.len() {
            return Err(self.input.damaged(format!(
                "the file is too short for its {tables} grain tables"
            )));
        }
        Ok(())
    }

    /// Bytes of the disk that one grain table maps.
    fn span(&self) -> u64 {
        self.grain * self.table
    }

    fn place(&self, entry: u32, start: u64) -> Place {
        let at = u64::from(entry) * SECTOR;
        match entry {
            0 => Place::Zero,
            1 if self.zero_grains => Place::Zero,
            _ if self.compressed => Place::Packed(Packed {
                start,
                at,
                len: MARKER + 2 * self.grain,
            }),
            _ => Place::Stored(at),
        }
    }

    /// Adjacent entries that lie one after the other, or are all zero, make one run.
    fn run(&self, entries: &[u8], start: u64, within: u64) -> Run {
        let first = self.place(le32(entries, 0), start);
        let mut grains = 1;
        for entry in entries.chunks_exact(4).skip(1) {
            let follows = match (first, self.place(le32(entry, 0), start)) {
                (Place::Zero, Place::Zero) => true,
                (Place::Stored(a), Place::Stored(b)) => a + grains * self.grain == b,
                _ => false,
            };
            if !follows {
                break;
            }
            grains += 1;
        }
        let place = match first {
            Place::Stored(at) => Place::Stored(at + within),
            other => other,
        };
        Run {
            len: grains * self.grain - within,
            place,
        }
    }
}

impl Layout for Sparse {
    fn input(&self) -> &Input {
        &self.input
    }

    fn size(&self) -> u64 {
        self.size
    }

    fn locate(&self, offset: u64) -> Result<Run> {
        let (in_span, within) = (offset % self.span(), offset % self.grain);
        let directory_at = self.directory_at + offset / self.span() * 4;
        let directory = self.input.table(directory_at, 4, "the grain directory")?;
        let table_at = u64::from(le32(&directory, 0)) * SECTOR;
        if table_at == 0 {
            return Ok(Run {
                len: self.span() - in_span,
                place: Place::Zero,
            });
        }
        let index = in_span / self.grain;
        let window = self.input.table(table_at + index * 4, 4, "a grain table")?;
        let rest = usize::try_from((self.table - index) * 4).unwrap_or(usize::MAX);
        Ok(self.run(
            window.get(..rest).unwrap_or(&window),
            offset - within,
            within,
        ))
    }

    fn unit(&self) -> usize {
        usize::try_from(self.grain).unwrap_or(1)
    }

    fn unpack(&self, packed: Packed) -> Result<Vec<u8>> {
        let bytes = self
            .input
            .read_up_to(packed.at, packed.len, "a compressed grain")?;
        let len = u64::from(le32(&bytes, 8));
        self.input
            .holds(packed.at, MARKER + len, "a compressed grain")?;
        if le64(&bytes, 0) != packed.start / SECTOR || MARKER + len > packed.len {
            let what = format!(
                "the grain at byte {} does not belong where the table has it",
                packed.at
            );
            return Err(self.input.damaged(what));
        }
        let end = usize::try_from(MARKER + len).unwrap_or(usize::MAX);
        let stream = bytes.get(12..end).unwrap_or_default();
        let mut grain = Vec::with_capacity(self.unit());
        ZlibDecoder::new(stream)
            .take(self.grain)
            .read_to_end(&mut grain)
            .map_err(|_| -> FormatError {
                self.input.damaged(format!(
                    "the compressed grain at byte {} cannot be unpacked",
                    packed.at
                ))
            })?;
        Ok(grain)
    }
}
