//! Seeded randomness: the same seed, the same sequence.

use std::sync::{Mutex, PoisonError};

/// A sequence of numbers that looks random and is the same for the same seed (SplitMix64).
pub struct Random(Mutex<u64>);

/// One step of the sequence, as a function: what `seed` becomes.
pub fn mixed(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Random {
    /// The sequence that belongs to a seed and a purpose.
    pub fn new(seed: u64, purpose: u64) -> Random {
        Random(Mutex::new(mixed(seed ^ mixed(purpose))))
    }

    /// The next number.
    pub fn next(&self) -> u64 {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(*state)
    }

    /// A number less than `end`; 0 if there is none.
    pub fn below(&self, end: u64) -> u64 {
        self.next().checked_rem(end).unwrap_or(0)
    }

    /// One of them; `None` if there are none.
    pub fn pick<'a, T>(&self, from: &'a [T]) -> Option<&'a T> {
        let at = self.below(u64::try_from(from.len()).unwrap_or(0));
        from.get(usize::try_from(at).unwrap_or(0))
    }

    fn bytes(&self, buffer: &mut [u8]) {
        for part in buffer.chunks_mut(8) {
            let bytes = self.next().to_le_bytes();
            part.copy_from_slice(&bytes[..part.len()]);
        }
    }
}

impl base::Entropy for Random {
    fn fill(&self, buffer: &mut [u8]) {
        self.bytes(buffer);
    }
}

impl blocks::Entropy for Random {
    fn fill(&self, buffer: &mut [u8]) -> blocks::Result<()> {
        self.bytes(buffer);
        Ok(())
    }
}
