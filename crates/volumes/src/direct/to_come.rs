//! The map of an upload: which blocks of the disk are to come. The others are as they are below
//! (zeros, if there is no parent), so that a machine that runs while the upload goes on reads them
//! at once, and waits for those that are to come and are not there yet.
//!
//! A map is a block like any other on the wire, whose index lies beyond the disk: map number `m` of a
//! disk of `n` blocks is put as block `n + m`. It begins with [`MARK`], is zero up to byte
//! [`HEAD`], and has one bit for each block of the disk from number `m` × [`PER_MAP`] on, the lowest
//! bit of a byte first: 1 says that the block is to come. It does not count among the blocks that
//! CompleteSnapshot is told of.
//!
//! What a machine has read as zeros stays so: a map that is put again only takes blocks away, and a
//! block that is not to come is refused. Maps are kept beside the list of blocks, in files
//! `to-come-M`, as they were put; a map is in its file before it is acknowledged, whatever happens
//! to the machine. They are not sealed: what they tell is what the folder's own maps tell.

use super::blocks_of;
use crate::Snapshot;
use blocks::BLOCK;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// How a map begins.
pub const MARK: &[u8] = b"amiable blocks to come 1\n";

/// Where its bits begin.
pub const HEAD: usize = 4096;

/// Blocks that one map is about.
pub const PER_MAP: u64 = (BLOCK - 4096) * 8;

/// How many maps a disk of so many blocks has.
pub(super) fn maps(snapshot: &Snapshot) -> usize {
    let maps = blocks_of(snapshot).div_ceil(PER_MAP);
    usize::try_from(maps).unwrap_or(usize::MAX)
}

/// One map.
pub(super) struct Map {
    number: u64,
    /// As it was put, head and all.
    block: Vec<u8>,
}

impl Map {
    /// The map that a put block is, if it is one.
    pub(super) fn read(snapshot: &Snapshot, index: i64, data: &[u8]) -> Option<Map> {
        let number = u64::try_from(index)
            .ok()?
            .checked_sub(blocks_of(snapshot))?;
        let known = usize::try_from(number).is_ok_and(|number| number < maps(snapshot));
        (known && is_map(data)).then(|| Map {
            number,
            block: data.to_vec(),
        })
    }
}

fn is_map(data: &[u8]) -> bool {
    let rest = data.strip_prefix(MARK);
    let head = rest.and_then(|rest| rest.get(..HEAD - MARK.len()));
    head.is_some_and(|head| head.iter().all(|byte| *byte == 0))
}

/// What is known of what is to come.
#[derive(Default)]
pub(super) struct ToCome {
    maps: BTreeMap<u64, Vec<u8>>,
}

impl ToCome {
    /// The maps in a folder. One that is not there was never acknowledged.
    pub(super) fn open(folder: &Path, size: u64) -> io::Result<ToCome> {
        let mut maps = BTreeMap::new();
        for number in 0..size.div_ceil(BLOCK * PER_MAP) {
            match std::fs::read(folder.join(name(number))) {
                Ok(block) if is_map(&block) => drop(maps.insert(number, block)),
                Ok(_) => {
                    let why = format!("{} is no map", name(number));
                    return Err(io::Error::new(io::ErrorKind::InvalidData, why));
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(ToCome { maps })
    }

    /// Whether anything was said.
    pub(super) fn is_begun(&self) -> bool {
        !self.maps.is_empty()
    }

    /// Whether it was said that a block is not to come.
    pub(super) fn excludes(&self, index: u64) -> bool {
        let (bit, number) = (index % PER_MAP, index / PER_MAP);
        let Some(byte) = self.maps.get(&number).and_then(|map| {
            let at = usize::try_from(bit / 8).ok()?;
            map.get(HEAD + at)
        }) else {
            return false;
        };
        byte & (1 << (bit % 8)) == 0
    }

    /// Takes a map, less what an earlier one said is not to come, and answers how many there are.
    /// It outlives the machine.
    pub(super) fn take(&mut self, folder: &Path, map: &Map) -> io::Result<usize> {
        let mut block = map.block.clone();
        if let Some(known) = self.maps.get(&map.number) {
            let pairs = block.iter_mut().zip(known).skip(HEAD);
            pairs.for_each(|(new, old)| *new &= old);
        }
        let (path, draft) = (folder.join(name(map.number)), folder.join("to-come-draft"));
        let mut file = File::create(&draft)?;
        file.write_all(&block)?;
        file.sync_all()?;
        std::fs::rename(&draft, &path)?;
        File::open(folder)?.sync_all()?;
        self.maps.insert(map.number, block);
        Ok(self.maps.len())
    }
}

fn name(number: u64) -> String {
    format!("to-come-{number}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(number: u64, to_come: &[u64]) -> Map {
        let mut block = vec![0; usize::try_from(BLOCK).unwrap()];
        block[..MARK.len()].copy_from_slice(MARK);
        for bit in to_come {
            block[HEAD + usize::try_from(bit / 8).unwrap()] |= 1 << (bit % 8);
        }
        Map { number, block }
    }

    #[test]
    fn a_map_says_what_is_to_come_and_only_takes_away() {
        let folder = tempfile::tempdir().unwrap();
        let mut known = ToCome::default();
        assert!(!known.is_begun() && !known.excludes(3), "nothing was said");
        assert_eq!(known.take(folder.path(), &map(0, &[3, 9])).unwrap(), 1);
        assert!(known.excludes(2) && !known.excludes(3) && !known.excludes(9));
        assert!(!known.excludes(PER_MAP), "that is for the next map to say");
        assert_eq!(known.take(folder.path(), &map(0, &[2, 9])).unwrap(), 1);
        assert_eq!(known.take(folder.path(), &map(1, &[0])).unwrap(), 2);
        let again = ToCome::open(folder.path(), 2 * PER_MAP * BLOCK).unwrap();
        for known in [known, again] {
            assert!(known.excludes(2) && known.excludes(3) && !known.excludes(9));
            assert!(!known.excludes(PER_MAP) && known.excludes(PER_MAP + 1));
        }
    }

    #[test]
    fn only_a_block_that_says_so_is_a_map() {
        let good = map(0, &[1]).block;
        assert!(is_map(&good));
        let mut head = good.clone();
        head[HEAD - 1] = 1;
        assert!(!is_map(&head) && !is_map(&good[1..]) && !is_map(MARK) && !is_map(&[]));
    }
}
