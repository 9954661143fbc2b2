//! VMDK, streamOptimized: what OVF packages and AWS's VM Export use. Written strictly front to back: header,
//! descriptor, compressed grains with a grain table after each 32 MiB of disk, the directory, the footer.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::Path,
};

use flate2::{Compression, write::ZlibEncoder};

use super::{Unit, Write, failed};
use crate::{
    Format, FormatError, Result,
    bytes::{len_of, put},
};

const SECTOR: u64 = 512;
const GRAIN: usize = 64 << 10;
const GRAIN_SECTORS: u64 = 128;
/// Entries of a grain table.
const ENTRIES: u64 = 512;
/// Where the grains begin, in sectors.
const OVERHEAD: u64 = 128;
const DESCRIPTOR_SECTORS: u64 = 20;
/// Newline test, compressed grains, markers.
const FLAGS: u32 = 1 | 1 << 16 | 1 << 17;
const AT_END: u64 = u64::MAX;

/// Kinds of markers.
const END_OF_STREAM: u32 = 0;
const TABLE: u32 = 1;
const DIRECTORY: u32 = 2;
const FOOTER: u32 = 3;

pub(super) struct Writer {
    file: BufWriter<File>,
    sectors: u64,
    /// Where the file ends, in sectors.
    at: u64,
    directory: Vec<u32>,
    table: Vec<u32>,
    table_index: u64,
}

impl Writer {
    pub(super) fn new(file: File, size: u64, path: &Path) -> Result<Self> {
        let sectors = size.div_ceil(SECTOR);
        let tables = sectors.div_ceil(GRAIN_SECTORS * ENTRIES);
        let mut writer = Self {
            file: BufWriter::with_capacity(1 << 20, file),
            sectors,
            at: 0,
            directory: vec![0; usize::try_from(tables).unwrap_or(usize::MAX)],
            table: vec![0; 512],
            table_index: 0,
        };
        writer.append(&writer.header(AT_END))?;
        let mut descriptor = writer.descriptor(path).into_bytes();
        descriptor.resize(usize::try_from((OVERHEAD - 1) * SECTOR).unwrap_or(0), 0);
        writer.append(&descriptor)?;
        Ok(writer)
    }

    fn header(&self, directory_at: u64) -> Vec<u8> {
        let mut head = vec![0; 512];
        put(&mut head, 0, b"KDMV");
        put(&mut head, 4, &3_u32.to_le_bytes());
        put(&mut head, 8, &FLAGS.to_le_bytes());
        put(&mut head, 12, &self.sectors.to_le_bytes());
        put(&mut head, 20, &GRAIN_SECTORS.to_le_bytes());
        put(&mut head, 28, &1_u64.to_le_bytes());
        put(&mut head, 36, &DESCRIPTOR_SECTORS.to_le_bytes());
        put(&mut head, 44, &512_u32.to_le_bytes());
        put(&mut head, 56, &directory_at.to_le_bytes());
        put(&mut head, 64, &OVERHEAD.to_le_bytes());
        put(&mut head, 73, b"\n \r\n");
        put(&mut head, 77, &1_u16.to_le_bytes());
        head
    }

    fn descriptor(&self, path: &Path) -> String {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().replace(['"', '\n', '\r'], "_"));
        let cylinders = self.sectors.div_ceil(255 * 63).min(65535);
        format!(
            "# Disk DescriptorFile\nversion=1\nCID=7a6d6961\nparentCID=ffffffff\ncreateType=\"streamOptimized\"\n\n\
             # Extent description\nRW {} SPARSE \"{}\"\n\n# The Disk Data Base\n#DDB\n\n\
             ddb.virtualHWVersion = \"4\"\nddb.geometry.cylinders = \"{cylinders}\"\nddb.geometry.heads = \"255\"\n\
             ddb.geometry.sectors = \"63\"\nddb.adapterType = \"lsilogic\"\n",
            self.sectors,
            name.unwrap_or_default(),
        )
    }

    /// Appends bytes up to the next whole sector, and answers the sector that they start at.
    fn append(&mut self, bytes: &[u8]) -> Result<u64> {
        let start = self.at;
        let sectors = len_of(bytes).div_ceil(SECTOR);
        self.file.write_all(bytes).map_err(failed)?;
        let padding = usize::try_from(sectors * SECTOR - len_of(bytes)).unwrap_or(0);
        self.file.write_all(&[0; 512][..padding]).map_err(failed)?;
        self.at += sectors;
        Ok(start)
    }

    /// `sectors` of `kind` follow.
    fn mark(&mut self, sectors: u64, kind: u32) -> Result<()> {
        let mut marker = [0; 512];
        put(&mut marker, 0, &sectors.to_le_bytes());
        put(&mut marker, 12, &kind.to_le_bytes());
        self.append(&marker)?;
        Ok(())
    }

    /// Places are 32-bit numbers of sectors.
    fn place(at: u64) -> Result<u32> {
        u32::try_from(at).map_err(|_| {
            FormatError::refused(
                Format::Vmdk,
                "The VMDK would be longer than 2 TiB: use qcow2 or raw.",
            )
        })
    }

    fn append_marked(&mut self, numbers: &[u32], kind: u32) -> Result<u64> {
        let bytes: Vec<u8> = numbers
            .iter()
            .flat_map(|number| number.to_le_bytes())
            .collect();
        self.mark(len_of(&bytes).div_ceil(SECTOR), kind)?;
        self.append(&bytes)
    }

    /// Appends the grain table in work, if it names anything, and starts the one numbered `next`.
    fn next_table(&mut self, next: u64) -> Result<()> {
        if self.table.iter().any(|entry| *entry != 0) {
            let table = std::mem::replace(&mut self.table, vec![0; 512]);
            let at = Self::place(self.append_marked(&table, TABLE)?)?;
            let index = usize::try_from(self.table_index).ok();
            if let Some(entry) = index.and_then(|index| self.directory.get_mut(index)) {
                *entry = at;
            }
        }
        self.table_index = next;
        Ok(())
    }
}

impl Write for Writer {
    fn unit(&self) -> usize {
        GRAIN
    }

    fn virtual_size(&self) -> u64 {
        self.sectors * SECTOR
    }

    fn pack(&self, data: Vec<u8>) -> Result<Unit> {
        let mut encoder = ZlibEncoder::new(Vec::with_capacity(GRAIN), Compression::default());
        encoder.write_all(&data).map_err(failed)?;
        encoder.finish().map(Unit::Packed).map_err(failed)
    }

    fn put(&mut self, index: u64, unit: Unit) -> Result<()> {
        if index / ENTRIES != self.table_index {
            self.next_table(index / ENTRIES)?;
        }
        let (Unit::Plain(data) | Unit::Packed(data)) = unit;
        let mut grain = Vec::with_capacity(data.len() + 12);
        grain.extend((index * GRAIN_SECTORS).to_le_bytes());
        grain.extend(u32::try_from(data.len()).unwrap_or(u32::MAX).to_le_bytes());
        grain.extend(data);
        let at = Self::place(self.append(&grain)?)?;
        let slot = usize::try_from(index % ENTRIES).ok();
        if let Some(entry) = slot.and_then(|slot| self.table.get_mut(slot)) {
            *entry = at;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        self.next_table(0)?;
        let directory = std::mem::take(&mut self.directory);
        let directory_at = self.append_marked(&directory, DIRECTORY)?;
        self.mark(1, FOOTER)?;
        self.append(&self.header(directory_at))?;
        self.mark(0, END_OF_STREAM)?;
        self.file.flush().map_err(failed)
    }
}
