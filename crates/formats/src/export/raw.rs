//! Raw: the bytes at their places in a sparse file.

use std::{fs::File, os::unix::fs::FileExt};

use super::{Unit, Write, failed};
use crate::{Result, bytes};

const UNIT: usize = 64 << 10;
/// What file systems can leave out.
const HOLE: usize = 4 << 10;

pub(super) struct Writer {
    file: File,
    size: u64,
}

impl Writer {
    pub(super) fn new(file: File, size: u64) -> Result<Self> {
        file.set_len(size).map_err(failed)?;
        Ok(Self { file, size })
    }
}

impl Write for Writer {
    fn unit(&self) -> usize {
        UNIT
    }

    fn virtual_size(&self) -> u64 {
        self.size
    }

    fn pack(&self, data: Vec<u8>) -> Result<Unit> {
        Ok(Unit::Plain(data))
    }

    fn put(&mut self, index: u64, unit: Unit) -> Result<()> {
        let (Unit::Plain(data) | Unit::Packed(data)) = unit;
        let start = index * UNIT as u64;
        let len = usize::try_from(self.size - start).unwrap_or(UNIT).min(UNIT);
        let data = data.get(..len).unwrap_or(&data);
        // Neighbouring grains that hold data go out in one write.
        let mut at = start;
        let zero = |grain: &&[u8]| bytes::is_zero(grain);
        let grains: Vec<&[u8]> = data.chunks(HOLE).collect();
        for run in grains.chunk_by(|a, b| zero(a) == zero(b)) {
            let bytes = run.concat();
            if !run.first().is_some_and(zero) {
                self.file.write_all_at(&bytes, at).map_err(failed)?;
            }
            at += bytes.len() as u64;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        Ok(())
    }
}
