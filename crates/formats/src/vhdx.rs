//! VHDX (Hyper-V), fixed and dynamic, read only.
//!
//! Refused: differencing disks, required features that we do not know, and files whose log holds changes that were
//! never applied (the machine that wrote it stopped suddenly; the program that made the file applies them).

use crate::{
    Image, Result,
    bytes::{le16, le32, le64},
    input::Input,
    mapped::{Layout, Mapped, Packed, Place, Run, never_packed},
};

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
/// Both places of the header, and of the region table.
const HEADERS: [u64; 2] = [64 * KIB, 128 * KIB];
const REGIONS: [u64; 2] = [192 * KIB, 256 * KIB];
/// Identifiers, as they stand in the file.
const BAT: u128 = 0x6677_c22d_23f6_0042_9d64_115e_9bfd_4a08;
const METADATA: u128 = 0x06a2_7c8b_9047_9a4b_b8fe_575f_050f_886e;
const FILE_PARAMETERS: u128 = 0x3767_a1ca_36fa_434d_b3b6_33f0_aa44_e76b;
const DISK_SIZE: u128 = 0x2442_a52f_1bcd_7648_b211_5dbe_d83b_f4b8;
const PAGE_83: u128 = 0xab12_cabe_e6b2_2345_93ef_c309_e000_c746;
const LOGICAL_SECTOR: u128 = 0x1dbf_4181_6fa9_0947_ba47_f233_a8fa_ab5f;
const PHYSICAL_SECTOR: u128 = 0xc748_a3cd_5d44_7144_9cc9_e988_5251_c556;
const PARENT: u128 = 0x2d5f_d3a8_0bb3_4d45_abf7_d3d8_4834_ab0c;

pub(crate) fn open(input: Input) -> Result<Box<dyn Image>> {
    check_header(&input)?;
    let regions = Regions::read(&input)?;
    let disk = Disk::read(&input, regions.metadata)?;
    Ok(Box::new(Mapped::new(Vhdx::new(input, regions.bat, disk)?)?))
}

/// Of the two headers, the valid one with the greater number counts.
fn check_header(input: &Input) -> Result<()> {
    let mut newest: Option<Vec<u8>> = None;
    for at in HEADERS {
        let header = input.read_up_to(at, 4 * KIB, "a header")?;
        let newer = newest
            .as_ref()
            .is_none_or(|other| le64(other, 8) < le64(&header, 8));
        if is_sealed(&header, b"head") && newer {
            newest = Some(header);
        }
    }
    let header = newest.ok_or_else(|| input.damaged("neither of its headers is valid"))?;
    if le16(&header, 66) != 1 {
        return Err(input.refused(format!(
            "This is version {} of VHDX; version 1 is read.",
            le16(&header, 66)
        )));
    }
    if header.get(48..64) != Some(&[0; 16]) {
        return Err(input.refused(
            "This VHDX was not closed properly, and its log holds changes that are not in place yet: \
             open it once with the program that made it, or run qemu-img check -r all FILE.",
        ));
    }
    Ok(())
}

/// A region of the file.
#[derive(Clone, Copy)]
struct Region {
    at: u64,
    len: u64,
}

struct Regions {
    bat: Region,
    metadata: Region,
}

impl Regions {
    fn read(input: &Input) -> Result<Self> {
        for at in REGIONS {
            let table = input.read_up_to(at, 64 * KIB, "a region table")?;
            if is_sealed(&table, b"regi") {
                return Self::parse(input, &table);
            }
        }
        Err(input.damaged("neither of its region tables is valid"))
    }

    fn parse(input: &Input, table: &[u8]) -> Result<Self> {
        let (mut bat, mut metadata) = (None, None);
        let entries = table.get(16..).unwrap_or_default().chunks_exact(32);
        for entry in entries.take(usize::try_from(le32(table, 8)).unwrap_or(usize::MAX)) {
            let region = Region {
                at: le64(entry, 16),
                len: u64::from(le32(entry, 24)),
            };
            match id(entry) {
                BAT => bat = Some(region),
                METADATA => metadata = Some(region),
                _ if le32(entry, 28) & 1 == 0 => {}
                other => return Err(unknown(input, "region", other)),
            }
        }
        let (Some(bat), Some(metadata)) = (bat, metadata) else {
            return Err(input.damaged("its block table or its metadata is missing"));
        };
        for region in [bat, metadata] {
            input.holds(region.at, region.len, "a region")?;
            if !region.at.is_multiple_of(MIB) {
                return Err(input.damaged("a region does not start at a whole MiB"));
            }
        }
        Ok(Self { bat, metadata })
    }
}

/// What the metadata says of the disk.
struct Disk {
    size: u64,
    block: u64,
    sector: u64,
}

impl Disk {
    fn read(input: &Input, region: Region) -> Result<Self> {
        let table = input.read_up_to(region.at, (64 * KIB).min(region.len), "the metadata")?;
        if !table.starts_with(b"metadata") {
            return Err(input.damaged("its metadata table has no signature"));
        }
        let mut disk = Self {
            size: 0,
            block: 0,
            sector: 512,
        };
        let entries = table.get(32..).unwrap_or_default().chunks_exact(32);
        for entry in entries.take(usize::from(le16(&table, 10))) {
            let at = region.at.saturating_add(u64::from(le32(entry, 16)));
            let item = input.read_up_to(at, 8, "a metadata item")?;
            disk.take(input, entry, &item)?;
        }
        disk.check(input)?;
        Ok(disk)
    }

    fn take(&mut self, input: &Input, entry: &[u8], item: &[u8]) -> Result<()> {
        match id(entry) {
            FILE_PARAMETERS if le32(item, 4) & 2 != 0 => return Err(has_parent(input)),
            FILE_PARAMETERS => self.block = u64::from(le32(item, 0)),
            DISK_SIZE => self.size = le64(item, 0),
            LOGICAL_SECTOR => self.sector = u64::from(le32(item, 0)),
            PHYSICAL_SECTOR | PAGE_83 => {}
            PARENT => return Err(has_parent(input)),
            // Bit 2: whoever does not know it must not read the disk.
            _ if le32(entry, 24) & 4 == 0 => {}
            other => return Err(unknown(input, "metadata item", other)),
        }
        Ok(())
    }

    fn check(&self, input: &Input) -> Result<()> {
        if !self.block.is_power_of_two() || !(MIB..=256 * MIB).contains(&self.block) {
            return Err(input.damaged(format!("blocks of {} bytes do not exist", self.block)));
        }
        if self.sector != 512 && self.sector != 4096 {
            return Err(input.damaged(format!("sectors of {} bytes do not exist", self.sector)));
        }
        crate::check_size(input.format(), self.size)
    }
}

fn has_parent(input: &Input) -> crate::FormatError {
    input.refused(
        "This VHDX holds only the differences from a parent, and no file but the given one is ever opened: \
         merge it first.",
    )
}

fn unknown(input: &Input, what: &str, id: u128) -> crate::FormatError {
    input.refused(format!(
        "This VHDX needs a {what} that is not known here ({id:032x})."
    ))
}

/// The identifier at the start of an entry, its bytes in the order of the file.
fn id(entry: &[u8]) -> u128 {
    entry
        .iter()
        .take(16)
        .fold(0, |id, byte| id << 8 | u128::from(*byte))
}

struct Vhdx {
    input: Input,
    bat_at: u64,
    size: u64,
    block: u64,
    /// Blocks between two entries of the table that are about something else (sector bitmaps).
    ratio: u64,
}

impl Vhdx {
    fn new(input: Input, bat: Region, disk: Disk) -> Result<Self> {
        let Disk {
            size,
            block,
            sector,
        } = disk;
        let ratio = (sector << 23) / block;
        let blocks = size.div_ceil(block);
        let entries = blocks + blocks.saturating_sub(1) / ratio;
        if bat.len / 8 < entries {
            return Err(input.damaged(format!(
                "a disk of {size} bytes needs {entries} table entries, but the table has {}",
                bat.len / 8
            )));
        }
        Ok(Self {
            input,
            bat_at: bat.at,
            size,
            block,
            ratio,
        })
    }

    /// Where a block is, by its table entry; `None` for zeros.
    fn block_at(&self, entry: u64) -> Result<Option<u64>> {
        match entry & 7 {
            // Not present, undefined, zero, unmapped.
            0..=3 => Ok(None),
            6 => Ok(Some(entry & !(MIB - 1))),
            state => Err(self.input.damaged(format!("a block is in state {state}"))),
        }
    }
}

impl Layout for Vhdx {
    fn input(&self) -> &Input {
        &self.input
    }

    fn size(&self) -> u64 {
        self.size
    }

    fn locate(&self, offset: u64) -> Result<Run> {
        let (index, within) = (offset / self.block, offset % self.block);
        let entry_at = self.bat_at + (index + index / self.ratio) * 8;
        let table = self.input.table(entry_at, 8, "the block table")?;
        if let Some(at) = self.block_at(le64(&table, 0))? {
            return Ok(Run {
                len: self.block - within,
                place: Place::Stored(at.saturating_add(within)),
            });
        }
        // Zero blocks after it, up to the next entry that is about something else.
        let left = usize::try_from(self.ratio - index % self.ratio).unwrap_or(1);
        let zero = |entry: &&[u8]| le64(entry, 0) & 7 <= 3;
        let blocks = table.chunks_exact(8).take(left).take_while(zero).count() as u64;
        Ok(Run {
            len: blocks * self.block - within,
            place: Place::Zero,
        })
    }

    fn unit(&self) -> usize {
        1
    }

    fn unpack(&self, _: Packed) -> Result<Vec<u8>> {
        never_packed(&self.input)
    }
}

/// Whether a structure begins with `signature` and its CRC-32C, at byte 4, is right.
fn is_sealed(bytes: &[u8], signature: &[u8]) -> bool {
    let (before, rest) = bytes.split_at(bytes.len().min(4));
    let after = rest.get(4..).unwrap_or_default();
    let crc = [before, &[0; 4], after]
        .iter()
        .fold(!0, |crc, part| crc32c(crc, part));
    bytes.starts_with(signature) && le32(bytes, 4) == !crc
}

fn crc32c(crc: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(crc, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0x82f6_3b78 * (crc & 1))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_crc_32c() {
        assert_eq!(!crc32c(!0, b"123456789"), 0xe306_9283);
    }
}
