//! VHD, dynamic, blocks of 2 MiB: what AWS's VM Export and Azure use. At most 2040 GiB.
//!
//! Written as footer copy, header, block table, blocks, footer.

use std::{fs::File, os::unix::fs::FileExt};

use super::{Unit, Write, failed};
use crate::{
    Result,
    bytes::{len_of, put},
    vhd::{checksum, too_large},
};

const SECTOR: u64 = 512;
const BLOCK: usize = 2 << 20;
const BLOCK_BYTES: u64 = 2 << 20;
const MAX_BYTES: u64 = 2040 << 30;
const HEADER_AT: u64 = 512;
const TABLE_AT: u64 = 1536;
const UNUSED: u32 = u32::MAX;
/// All sectors of a block have been written.
const BITMAP: [u8; 512] = [0xff; 512];
/// Who wrote it. With this one, every reader takes the size and not the geometry for the truth.
const CREATOR: &[u8; 4] = b"win ";

pub(super) struct Writer {
    file: File,
    size: u64,
    table: Vec<u32>,
    end: u64,
}

impl Writer {
    pub(super) fn new(file: File, size: u64) -> Result<Self> {
        if size > MAX_BYTES {
            return Err(too_large(size));
        }
        let size = size.next_multiple_of(SECTOR);
        let blocks = usize::try_from(size.div_ceil(BLOCK_BYTES)).unwrap_or(usize::MAX);
        let table = vec![UNUSED; blocks];
        let end = (TABLE_AT + blocks as u64 * 4).next_multiple_of(SECTOR);
        Ok(Self {
            file,
            size,
            table,
            end,
        })
    }

    fn write(&self, at: u64, bytes: &[u8]) -> Result<()> {
        self.file.write_all_at(bytes, at).map_err(failed)
    }

    fn footer(&self) -> [u8; 512] {
        let mut footer = [0; 512];
        put(&mut footer, 0, b"conectix");
        put(&mut footer, 8, &2_u32.to_be_bytes());
        put(&mut footer, 12, &0x1_0000_u32.to_be_bytes());
        put(&mut footer, 16, &HEADER_AT.to_be_bytes());
        put(&mut footer, 28, CREATOR);
        put(&mut footer, 32, &0xa_0000_u32.to_be_bytes());
        put(&mut footer, 36, b"Wi2k");
        put(&mut footer, 40, &self.size.to_be_bytes());
        put(&mut footer, 48, &self.size.to_be_bytes());
        let (cylinders, heads, sectors) = geometry(self.size / SECTOR);
        put(&mut footer, 56, &cylinders.to_be_bytes());
        put(&mut footer, 58, &[heads, sectors]);
        put(&mut footer, 60, &3_u32.to_be_bytes());
        let sum = checksum(&footer, 64);
        put(&mut footer, 64, &sum.to_be_bytes());
        footer
    }

    fn header(&self) -> [u8; 1024] {
        let mut header = [0; 1024];
        put(&mut header, 0, b"cxsparse");
        put(&mut header, 8, &u64::MAX.to_be_bytes());
        put(&mut header, 16, &TABLE_AT.to_be_bytes());
        put(&mut header, 24, &0x1_0000_u32.to_be_bytes());
        put(
            &mut header,
            28,
            &u32::try_from(self.table.len())
                .unwrap_or(u32::MAX)
                .to_be_bytes(),
        );
        put(&mut header, 32, &(2_u32 << 20).to_be_bytes());
        let sum = checksum(&header, 36);
        put(&mut header, 36, &sum.to_be_bytes());
        header
    }
}

/// The geometry that the format's specification prescribes for a size.
fn geometry(sectors: u64) -> (u16, u8, u8) {
    let total = sectors.min(65535 * 16 * 255);
    let (per_track, heads, rows);
    if total >= 65535 * 16 * 63 {
        (per_track, heads, rows) = (255, 16, total / 255);
    } else {
        let mut track = 17;
        let mut tracks = total / track;
        let mut sides = tracks.div_ceil(1024).max(4);
        if tracks >= sides * 1024 || sides > 16 {
            (track, sides, tracks) = (31, 16, total / 31);
        }
        if tracks >= sides * 1024 {
            (track, sides, tracks) = (63, 16, total / 63);
        }
        (per_track, heads, rows) = (track, sides, tracks);
    }
    let narrow = |number: u64| u8::try_from(number).unwrap_or(u8::MAX);
    (
        u16::try_from(rows / heads).unwrap_or(u16::MAX),
        narrow(heads),
        narrow(per_track),
    )
}

impl Write for Writer {
    fn unit(&self) -> usize {
        BLOCK
    }

    fn virtual_size(&self) -> u64 {
        self.size
    }

    fn pack(&self, data: Vec<u8>) -> Result<Unit> {
        Ok(Unit::Plain(data))
    }

    fn put(&mut self, index: u64, unit: Unit) -> Result<()> {
        let (Unit::Plain(data) | Unit::Packed(data)) = unit;
        self.write(self.end, &BITMAP)?;
        self.write(self.end + SECTOR, &data)?;
        let sector = u32::try_from(self.end / SECTOR).map_err(|_| too_large(self.size))?;
        if let Some(entry) = usize::try_from(index)
            .ok()
            .and_then(|index| self.table.get_mut(index))
        {
            *entry = sector;
        }
        self.end += SECTOR + len_of(&data);
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        let mut table: Vec<u8> = self
            .table
            .iter()
            .flat_map(|entry| entry.to_be_bytes())
            .collect();
        table.resize(table.len().next_multiple_of(512), 0xff);
        let footer = self.footer();
        self.write(0, &footer)?;
        self.write(HEADER_AT, &self.header())?;
        self.write(TABLE_AT, &table)?;
        self.write(self.end, &footer)
    }
}
