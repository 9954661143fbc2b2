//! VHD (Virtual PC), fixed and dynamic, read only. Differencing disks are refused: they need their parent.
//!
//! The disk's size is the footer's current size. (Virtual PC itself rounded disks to cylinders; QEMU's `vpc` driver
//! still does for some writers and shows less of the same disk.)

use crate::{
    Format, FormatError, Image, Result,
    bytes::{be32, be64},
    input::Input,
    mapped::{Layout, Mapped, Packed, Place, Run, never_packed},
    raw::Raw,
};

const FOOTER: u64 = 512;
const SECTOR: u64 = 512;
const FIXED: u32 = 2;
const DYNAMIC: u32 = 3;
const DIFFERENCING: u32 = 4;
/// A block that the table does not place.
const UNUSED: u32 = u32::MAX;
const MIN_BLOCK: u32 = 4096;
const MAX_BLOCK: u32 = 256 << 20;

/// Whether a fixed VHD's footer, with a right checksum, is the last thing in the file.
pub(crate) fn ends_like_fixed(input: &Input) -> Result<bool> {
    let Some(at) = input.len().checked_sub(FOOTER) else {
        return Ok(false);
    };
    let footer = input.read_up_to(at, FOOTER, "the footer")?;
    Ok(footer.starts_with(b"conectix")
        && be32(&footer, 64) == checksum(&footer, 64)
        && be32(&footer, 60) == FIXED
        && be64(&footer, 48) <= at)
}

pub(crate) fn open(input: Input) -> Result<Box<dyn Image>> {
    let end = input
        .len()
        .checked_sub(FOOTER)
        .ok_or_else(|| input.damaged("it has no footer"))?;
    let footer = input.read_up_to(end, FOOTER, "the footer")?;
    if !footer.starts_with(b"conectix") {
        return Err(input.damaged("its footer is missing; the file was probably cut off"));
    }
    if be32(&footer, 64) != checksum(&footer, 64) {
        return Err(input.damaged("its footer's checksum is wrong"));
    }
    let size = be64(&footer, 48);
    match be32(&footer, 60) {
        FIXED if size <= end => Ok(Box::new(Raw::new(input.into_file(), size, Format::Vhd)?)),
        FIXED => Err(input.damaged(format!("a disk of {size} bytes cannot be in a file of {}", input.len()))),
        DYNAMIC => Ok(Box::new(Mapped::new(Dynamic::new(input, be64(&footer, 16), size)?)?)),
        DIFFERENCING => Err(input.refused(
            "This VHD holds only the differences from a parent, and no file but the given one is ever opened: \
             merge it first.",
        )),
        other => Err(input.refused(format!("This VHD is of unknown kind {other}."))),
    }
}

/// The ones' complement of the sum of all bytes but the four of the checksum itself.
pub(crate) fn checksum(bytes: &[u8], at: usize) -> u32 {
    let outside = |index: usize| index < at || index >= at + 4;
    let counted = bytes
        .iter()
        .enumerate()
        .filter(|(index, _)| outside(*index));
    !counted.fold(0_u32, |sum, (_, byte)| sum.wrapping_add(u32::from(*byte)))
}

struct Dynamic {
    input: Input,
    size: u64,
    table_at: u64,
    block: u64,
    /// Bytes of the bitmap of written sectors before each block.
    bitmap: u64,
}

impl Dynamic {
    fn new(input: Input, header_at: u64, size: u64) -> Result<Self> {
        let mut header = [0; 1024];
        input.read(header_at, &mut header, "the dynamic disk header")?;
        if !header.starts_with(b"cxsparse") || be32(&header, 36) != checksum(&header, 36) {
            return Err(input.damaged("its dynamic disk header is missing or has a wrong checksum"));
        }
        let (table_at, entries, block) = (be64(&header, 16), be32(&header, 28), be32(&header, 32));
        if !block.is_power_of_two() || !(MIN_BLOCK..=MAX_BLOCK).contains(&block) {
            return Err(input.damaged(format!("blocks of {block} bytes do not exist")));
        }
        let block = u64::from(block);
        if u64::from(entries).saturating_mul(block) < size {
            return Err(input.damaged(format!(
                "a table of {entries} blocks cannot hold a disk of {size} bytes"
            )));
        }
        if !table_at.is_multiple_of(SECTOR) {
            return Err(input.damaged("its block table does not start at a sector"));
        }
        input.holds(table_at, u64::from(entries) * 4, "the block table")?;
        let bitmap = (block / SECTOR).div_ceil(8).next_multiple_of(SECTOR);
        Ok(Self {
            input,
            size,
            table_at,
            block,
            bitmap,
        })
    }

    /// Sectors of a block whose bits are alike, from the `sector`th on, as far as this piece of the bitmap tells.
    fn sectors(&self, bitmap_at: u64, sector: u64) -> Result<(bool, u64)> {
        let window = self
            .input
            .table(bitmap_at + sector / 8, 1, "a block's bitmap")?;
        let left = usize::try_from(self.block / SECTOR / 8 - sector / 8).unwrap_or(usize::MAX);
        let bits = window.get(..left.max(1)).unwrap_or(&window);
        let first = sector % 8;
        let written = |byte: u8, bit: u64| byte >> (7 - bit) & 1 != 0;
        let (head, rest) = bits
            .split_first()
            .ok_or_else(|| self.input.damaged("a bitmap is empty"))?;
        let state = written(*head, first);
        let mut count = (first..8)
            .take_while(|bit| written(*head, *bit) == state)
            .count();
        if count as u64 == 8 - first {
            for byte in rest {
                let alike = (0..8)
                    .take_while(|bit| written(*byte, *bit) == state)
                    .count();
                count += alike;
                if alike < 8 {
                    break;
                }
            }
        }
        Ok((state, count as u64))
    }

    fn unused(&self, table: &[u8], within: u64) -> Run {
        let blocks = table
            .chunks_exact(4)
            .take_while(|entry| be32(entry, 0) == UNUSED)
            .count();
        Run {
            len: blocks as u64 * self.block - within,
            place: Place::Zero,
        }
    }
}

impl Layout for Dynamic {
    fn input(&self) -> &Input {
        &self.input
    }

    fn size(&self) -> u64 {
        self.size
    }

    fn locate(&self, offset: u64) -> Result<Run> {
        let (index, within) = (offset / self.block, offset % self.block);
        let table = self
            .input
            .table(self.table_at + index * 4, 4, "the block table")?;
        let entry = be32(&table, 0);
        if entry == UNUSED {
            return Ok(self.unused(&table, within));
        }
        let bitmap_at = u64::from(entry) * SECTOR;
        let (written, sectors) = self.sectors(bitmap_at, within / SECTOR)?;
        let len = (sectors * SECTOR).min(self.block - within / SECTOR * SECTOR) - within % SECTOR;
        let place = match written {
            true => Place::Stored(bitmap_at + self.bitmap + within),
            false => Place::Zero,
        };
        Ok(Run { len, place })
    }

    fn unit(&self) -> usize {
        1
    }

    fn unpack(&self, _: Packed) -> Result<Vec<u8>> {
        never_packed(&self.input)
    }
}

/// What [`crate::export()`] says of a disk too large for this format.
pub(crate) fn too_large(size: u64) -> FormatError {
    let reason =
        format!("A VHD holds at most 2040 GiB, and this disk has {size} bytes: use qcow2 or raw.");
    FormatError::refused(Format::Vhd, reason)
}
