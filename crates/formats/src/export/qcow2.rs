//! qcow2, version 3, 64 KiB clusters, 16-bit reference counts.
//!
//! Written front to back: header, then data clusters with an L2 table after each 512 MiB of disk, then the L1 table,
//! the reference counts, and at last the header's contents. Memory: two bytes for each cluster of the file.

use std::{fs::File, io::Write as _, os::unix::fs::FileExt};

use flate2::{Compress, FlushCompress, Status};

use super::{Compression, Unit, Write, failed};
use crate::{
    FormatError, Result,
    bytes::{len_of, put},
};

const BITS: u32 = 16;
const CLUSTER: usize = 1 << BITS;
const CLUSTER_BYTES: u64 = 1 << BITS;
/// Entries of an L2 table.
const ENTRIES: u64 = CLUSTER_BYTES / 8;
/// Counts in a reference count block.
const COUNTS: u64 = CLUSTER_BYTES / 2;
/// The one reference to this cluster is here.
const COPIED: u64 = 1 << 63;
const COMPRESSED: u64 = 1 << 62;
const HEADER: u32 = 112;
const COMPRESSION_TYPE: u64 = 1 << 3;
const ZSTD_LEVEL: i32 = 3;

pub(super) struct Writer {
    file: File,
    size: u64,
    how: Compression,
    /// How often each cluster of the file is used. Its length is where the file ends.
    counts: Vec<u16>,
    /// Where the next compressed cluster goes if it fits: the free end of the last host cluster that holds some.
    tail: u64,
    l1: Vec<u64>,
    /// The L2 table in work, and its number.
    l2: Vec<u64>,
    l2_index: u64,
}

impl Writer {
    pub(super) fn new(file: File, size: u64, how: Compression) -> Self {
        let spans = size.div_ceil(ENTRIES * CLUSTER_BYTES);
        let l1 = vec![0; usize::try_from(spans).unwrap_or(usize::MAX)];
        let l2 = vec![0; CLUSTER / 8];
        Self {
            file,
            size,
            how,
            counts: vec![1],
            tail: 0,
            l1,
            l2,
            l2_index: 0,
        }
    }

    fn end(&self) -> u64 {
        self.counts.len() as u64 * CLUSTER_BYTES
    }

    fn write(&self, at: u64, bytes: &[u8]) -> Result<()> {
        self.file.write_all_at(bytes, at).map_err(failed)
    }

    /// Appends whole clusters, used once each.
    fn append(&mut self, bytes: &[u8]) -> Result<u64> {
        let at = self.end();
        self.write(at, bytes)?;
        let clusters = bytes.len().div_ceil(CLUSTER);
        self.counts.resize(self.counts.len() + clusters, 1);
        Ok(at)
    }

    /// Appends a compressed cluster directly behind the last one where that is possible.
    fn append_packed(&mut self, bytes: &[u8]) -> Result<u64> {
        let len = len_of(bytes);
        let fits = self.tail % CLUSTER_BYTES + len <= CLUSTER_BYTES;
        let goes_on = self.tail.next_multiple_of(CLUSTER_BYTES) == self.end();
        let at = if !self.tail.is_multiple_of(CLUSTER_BYTES) && (fits || goes_on) {
            self.tail
        } else {
            self.end()
        };
        self.write(at, bytes)?;
        self.tail = at + len;
        for cluster in at / CLUSTER_BYTES..(at + len).div_ceil(CLUSTER_BYTES) {
            match self
                .counts
                .get_mut(usize::try_from(cluster).unwrap_or(usize::MAX))
            {
                Some(count) => *count += 1,
                None => self.counts.push(1),
            }
        }
        Ok(at)
    }

    fn packed_entry(at: u64, bytes: &[u8]) -> u64 {
        let more_sectors = (at + len_of(bytes) - 1) / 512 - at / 512;
        COMPRESSED | more_sectors << (62 - (BITS - 8)) | at
    }

    /// Appends the L2 table in work, if it names anything, and starts the one numbered `next`.
    fn next_l2(&mut self, next: u64) -> Result<()> {
        if self.l2.iter().any(|entry| *entry != 0) {
            let at = self.append(&big_endian(&self.l2))?;
            if let Some(entry) = usize::try_from(self.l2_index)
                .ok()
                .and_then(|index| self.l1.get_mut(index))
            {
                *entry = at | COPIED;
            }
            self.l2.fill(0);
        }
        self.l2_index = next;
        Ok(())
    }

    /// Appends the reference counts and their table, which count themselves. Answers where the table is, and its clusters.
    fn append_counts(&mut self) -> Result<(u64, u64)> {
        let used = self.counts.len() as u64;
        let (mut blocks, mut table) = (0, 0);
        loop {
            let total: u64 = used + blocks + table;
            let (more_blocks, more_table) = (
                total.div_ceil(COUNTS),
                (blocks * 8).div_ceil(CLUSTER_BYTES).max(1),
            );
            if (more_blocks, more_table) == (blocks, table) {
                break;
            }
            (blocks, table) = (more_blocks, more_table);
        }
        let table_at = self.end();
        let first_block = table_at + table * CLUSTER_BYTES;
        let places: Vec<u64> = (0..blocks)
            .map(|block| first_block + block * CLUSTER_BYTES)
            .collect();
        self.counts.resize(
            usize::try_from(used + blocks + table).unwrap_or(usize::MAX),
            1,
        );
        self.write(table_at, &padded(big_endian(&places)))?;
        for (place, counts) in places.iter().zip(self.counts.chunks(CLUSTER / 2)) {
            let bytes = counts
                .iter()
                .flat_map(|count| count.to_be_bytes())
                .collect();
            self.write(*place, &padded(bytes))?;
        }
        Ok((table_at, table))
    }

    fn header(&self, l1_at: u64, counts: (u64, u64)) -> Vec<u8> {
        let zstd = self.how == Compression::Zstd;
        let mut head = vec![0; CLUSTER];
        put(&mut head, 0, b"QFI\xfb");
        put(&mut head, 4, &3_u32.to_be_bytes());
        put(&mut head, 20, &BITS.to_be_bytes());
        put(&mut head, 24, &self.size.to_be_bytes());
        put(
            &mut head,
            36,
            &u32::try_from(self.l1.len())
                .unwrap_or(u32::MAX)
                .to_be_bytes(),
        );
        put(&mut head, 40, &l1_at.to_be_bytes());
        put(&mut head, 48, &counts.0.to_be_bytes());
        put(
            &mut head,
            56,
            &u32::try_from(counts.1).unwrap_or(u32::MAX).to_be_bytes(),
        );
        put(
            &mut head,
            72,
            &(if zstd { COMPRESSION_TYPE } else { 0 }).to_be_bytes(),
        );
        put(&mut head, 96, &4_u32.to_be_bytes());
        put(&mut head, 100, &HEADER.to_be_bytes());
        put(&mut head, 104, &[u8::from(zstd)]);
        head
    }
}

fn big_endian(numbers: &[u64]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|number| number.to_be_bytes())
        .collect()
}

fn padded(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.resize(bytes.len().next_multiple_of(CLUSTER).max(CLUSTER), 0);
    bytes
}

/// A raw deflate stream, if it is shorter than the cluster.
fn deflate(data: &[u8]) -> Option<Vec<u8>> {
    let mut out = vec![0; data.len() - 1];
    let mut state = Compress::new(flate2::Compression::default(), false);
    match state.compress(data, &mut out, FlushCompress::Finish) {
        Ok(Status::StreamEnd) => {
            out.truncate(usize::try_from(state.total_out()).ok()?);
            Some(out)
        }
        Ok(Status::Ok | Status::BufError) | Err(_) => None,
    }
}

fn zstd_frame(data: &[u8]) -> Result<Option<Vec<u8>>> {
    let packed = zstd::bulk::compress(data, ZSTD_LEVEL).map_err(FormatError::io("compressing"))?;
    Ok((packed.len() < data.len()).then_some(packed))
}

impl Write for Writer {
    fn unit(&self) -> usize {
        CLUSTER
    }

    fn virtual_size(&self) -> u64 {
        self.size
    }

    fn pack(&self, data: Vec<u8>) -> Result<Unit> {
        let packed = match self.how {
            Compression::None => None,
            Compression::Zlib => deflate(&data),
            Compression::Zstd => zstd_frame(&data)?,
        };
        Ok(packed.map_or(Unit::Plain(data), Unit::Packed))
    }

    fn put(&mut self, index: u64, unit: Unit) -> Result<()> {
        if index / ENTRIES != self.l2_index {
            self.next_l2(index / ENTRIES)?;
        }
        let entry = match unit {
            Unit::Plain(data) => self.append(&data)? | COPIED,
            Unit::Packed(bytes) => Self::packed_entry(self.append_packed(&bytes)?, &bytes),
        };
        if let Some(slot) = usize::try_from(index % ENTRIES)
            .ok()
            .and_then(|index| self.l2.get_mut(index))
        {
            *slot = entry;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        self.next_l2(0)?;
        let l1 = padded(big_endian(&self.l1));
        let l1_at = self.append(&l1)?;
        let counts = self.append_counts()?;
        self.write(0, &self.header(l1_at, counts))?;
        self.file.set_len(self.end()).map_err(failed)?;
        self.file.flush().map_err(failed)
    }
}
