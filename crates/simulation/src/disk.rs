//! What a disk should hold: which grains, and what is in each.
//!
//! A grain's bytes follow from a number, and begin with a mark that says whether they may ever lie
//! anywhere in the clear.

use crate::random::mixed;
use std::collections::BTreeMap;
use std::ops::Range;

/// Bytes of a grain.
pub const GRAIN: usize = 4096;
/// Grains of a block.
pub const BLOCK_GRAINS: u64 = 128;

/// How grains begin that only encrypted disks have.
pub const SECRET: &[u8; 16] = b"seen by no one!!";
/// How all others begin.
pub const PLAIN: &[u8; 16] = b"anybody may see!";

const SECRET_BIT: u64 = 1 << 63;

/// A disk of one GiB: by grain, the number that its bytes follow from. What is not in it is zeros.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Disk(BTreeMap<u64, u64>);

/// The number of a grain within some content.
fn grain_of(content: u64, at: u64, secret: bool) -> Option<u64> {
    let number = mixed(content ^ mixed(at)) >> 1;
    // A quarter is zeros, and runs recur, so that there is something to share.
    let kept = !number.is_multiple_of(4);
    kept.then_some(if secret { number | SECRET_BIT } else { number })
}

/// The bytes of a grain.
pub fn bytes_of(number: u64) -> Vec<u8> {
    let mark = if number & SECRET_BIT == 0 {
        PLAIN
    } else {
        SECRET
    };
    let mut bytes = mark.to_vec();
    let mut state = number;
    while bytes.len() < GRAIN {
        state = mixed(state);
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes
}

impl Disk {
    /// Writes this content at these grains.
    pub fn write(&mut self, grains: Range<u64>, content: u64, secret: bool) {
        for grain in grains.clone() {
            match grain_of(content, grain - grains.start, secret) {
                Some(number) => drop(self.0.insert(grain, number)),
                None => drop(self.0.remove(&grain)),
            }
        }
    }

    /// Makes these grains zeros.
    pub fn zero(&mut self, grains: Range<u64>) {
        for grain in grains {
            self.0.remove(&grain);
        }
    }

    /// The bytes of these grains.
    pub fn read(&self, grains: Range<u64>) -> Vec<u8> {
        let mut bytes = Vec::new();
        for grain in grains {
            match self.0.get(&grain) {
                Some(number) => bytes.extend(bytes_of(*number)),
                None => bytes.resize(bytes.len() + GRAIN, 0),
            }
        }
        bytes
    }

    /// The blocks that hold data, in order.
    pub fn blocks(&self) -> Vec<u64> {
        let mut blocks: Vec<u64> = self.0.keys().map(|grain| grain / BLOCK_GRAINS).collect();
        blocks.dedup();
        blocks
    }

    /// The bytes of a block.
    pub fn block(&self, block: u64) -> Vec<u8> {
        self.read(block * BLOCK_GRAINS..(block + 1) * BLOCK_GRAINS)
    }
}
