//! Encryption of a volume's data files: AES-256 in XTS mode, a grain for a data unit.
//!
//! The tweak of a grain is its number and the number of its layer, so that equal contents look
//! different at every place and in every layer. A write rewrites nothing around it, as without a
//! cipher: each 16 bytes are sealed by themselves. XTS hides contents and does not detect changes;
//! who can write to the volume's folder can damage the volume, as ever.
//!
//! Sixteen stored zero bytes read as zeros: that is what a hole in a file is. (Of true contents,
//! one in 2^128 looks so when it is sealed.) Keys are derived from the caller's secret with BLAKE3
//! and never leave this module; `Debug` shows nothing.

use std::io;

use aws_lc_rs::cipher::{
    AES_256, DecryptingKey, DecryptionContext, EncryptingKey, UnboundCipherKey,
};

use crate::grain::{GRAIN, GRAIN_LEN, narrow, wide};

/// Bytes that are sealed by themselves.
pub(crate) const UNIT: usize = 16;

/// Stands for a layer where things lie beside the layers; layers are numbered from 1.
const APART: u64 = u64::MAX;

/// The keys of one volume's data files.
pub struct Cipher {
    seal: EncryptingKey,
    open: DecryptingKey,
    tweak: EncryptingKey,
    name: String,
}

impl std::fmt::Debug for Cipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cipher(..)")
    }
}

impl Cipher {
    /// The keys that follow from a secret of 256 random bits.
    ///
    /// # Errors
    /// If the cryptographic library cannot make a key, which it can.
    pub fn new(secret: &[u8; 32]) -> io::Result<Cipher> {
        let key = |purpose: &str| {
            let mut bytes = blake3::derive_key(purpose, secret);
            let key = UnboundCipherKey::new(&AES_256, &bytes).map_err(failed);
            bytes.fill(0);
            std::hint::black_box(&bytes);
            key
        };
        let name = blake3::derive_key("amiable v1 volume file name of key", secret);
        Ok(Cipher {
            seal: EncryptingKey::ecb(key("amiable v1 volume file data")?).map_err(failed)?,
            open: DecryptingKey::ecb(key("amiable v1 volume file data")?).map_err(failed)?,
            tweak: EncryptingKey::ecb(key("amiable v1 volume file tweak")?).map_err(failed)?,
            name: blake3::Hash::from_bytes(name).to_hex()[..16].to_owned(),
        })
    }

    /// What tells these keys from others, and nothing about them.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Seals bytes that lie at `offset` of a layer; both are multiples of [`UNIT`].
    pub(crate) fn seal(&self, layer: u64, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        self.grains(layer, offset, bytes, |tweaks, part| {
            xor(part, tweaks);
            self.seal.encrypt(part).map_err(failed)?;
            xor(part, tweaks);
            Ok(())
        })
    }

    /// Opens bytes that were stored at `offset` of a layer.
    pub(crate) fn open(&self, layer: u64, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        self.grains(layer, offset, bytes, |tweaks, part| {
            let mut holes = [false; GRAIN_LEN / UNIT];
            let units = part.chunks_exact(UNIT);
            holes.iter_mut().zip(units).for_each(|(hole, unit)| {
                *hole = unit.iter().all(|byte| *byte == 0);
            });
            if holes[..part.len() / UNIT].iter().all(|hole| *hole) {
                return Ok(());
            }
            xor(part, tweaks);
            self.open
                .decrypt(part, DecryptionContext::None)
                .map_err(failed)?;
            xor(part, tweaks);
            for (hole, unit) in holes.iter().zip(part.chunks_exact_mut(UNIT)) {
                if *hole {
                    unit.fill(0);
                }
            }
            Ok(())
        })
    }

    /// Seals a few bytes that are kept beside the data, under a number of their own; a multiple of
    /// 16, at most 4096.
    ///
    /// # Errors
    /// If the cryptographic library fails.
    pub fn seal_apart(&self, number: u64, bytes: &mut [u8]) -> io::Result<()> {
        self.seal(APART, number.wrapping_mul(GRAIN), bytes)
    }

    /// Opens what [`Cipher::seal_apart`] sealed.
    ///
    /// # Errors
    /// If the cryptographic library fails.
    pub fn open_apart(&self, number: u64, bytes: &mut [u8]) -> io::Result<()> {
        self.open(APART, number.wrapping_mul(GRAIN), bytes)
    }

    /// Calls `each` with the part of `bytes` in each grain, and the tweaks of its units.
    fn grains(
        &self,
        layer: u64,
        offset: u64,
        mut bytes: &mut [u8],
        mut each: impl FnMut(&[u8], &mut [u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut at = offset;
        let mut tweaks = [0; GRAIN_LEN];
        while !bytes.is_empty() {
            let inside = narrow(at % GRAIN);
            let length = bytes.len().min(GRAIN_LEN - inside);
            let (part, rest) = std::mem::take(&mut bytes).split_at_mut(length);
            self.tweaks(layer, at / GRAIN, inside / UNIT, &mut tweaks[..length])?;
            each(&tweaks[..length], part)?;
            bytes = rest;
            at += wide(length);
        }
        Ok(())
    }

    /// The tweaks of a grain's units from the one numbered `first` on.
    fn tweaks(&self, layer: u64, grain: u64, first: usize, out: &mut [u8]) -> io::Result<()> {
        let mut start = [0; UNIT];
        start[..8].copy_from_slice(&grain.to_le_bytes());
        start[8..].copy_from_slice(&layer.to_le_bytes());
        self.tweak.encrypt(&mut start).map_err(failed)?;
        let mut tweak = u128::from_le_bytes(start);
        for _ in 0..first {
            tweak = double(tweak);
        }
        for unit in out.chunks_exact_mut(UNIT) {
            unit.copy_from_slice(&tweak.to_le_bytes());
            tweak = double(tweak);
        }
        Ok(())
    }
}

/// Multiplication by x in the field of XTS (IEEE 1619).
fn double(tweak: u128) -> u128 {
    (tweak << 1) ^ if tweak >> 127 == 1 { 0x87 } else { 0 }
}

fn xor(bytes: &mut [u8], with: &[u8]) {
    for (byte, with) in bytes.iter_mut().zip(with) {
        *byte ^= with;
    }
}

fn failed(_: aws_lc_rs::error::Unspecified) -> io::Error {
    io::Error::other("a volume's cipher failed")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cipher() -> Cipher {
        Cipher::new(&[7; 32]).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_again_in_any_pieces_of_units() {
        let cipher = cipher();
        let plain: Vec<u8> = (0..=250_u8)
            .map(|n| n | 1)
            .cycle()
            .take(3 * GRAIN_LEN)
            .collect();
        let mut sealed = plain.clone();
        cipher.seal(1, 4096 * 9 + 48, &mut sealed).unwrap();
        let same = plain.iter().zip(&sealed).filter(|(a, b)| a == b).count();
        assert!(same < plain.len() / 64);
        for (from, to) in [(0, plain.len()), (16, 4096), (4032, 4096), (4096, 12_288)] {
            let mut part = sealed[from..to].to_vec();
            cipher
                .open(1, 4096 * 9 + 48 + wide(from), &mut part)
                .unwrap();
            assert!(part == plain[from..to]);
        }
    }

    #[test]
    fn equal_contents_look_different_at_every_place_and_in_every_layer() {
        let cipher = cipher();
        let seal = |layer, offset| {
            let mut bytes = [5; 64];
            cipher.seal(layer, offset, &mut bytes).unwrap();
            bytes
        };
        let first = seal(1, 0);
        assert!(first != seal(2, 0) && first != seal(1, 4096) && first != seal(1, 64));
        assert!(first[..16] != first[16..32]);
        let mut other = [5; 64];
        Cipher::new(&[8; 32])
            .unwrap()
            .seal(1, 0, &mut other)
            .unwrap();
        assert!(first != other);
    }

    #[test]
    fn holes_read_as_zeros() {
        let mut bytes = [9; 64];
        cipher().seal(1, 0, &mut bytes).unwrap();
        bytes[16..32].fill(0);
        cipher().open(1, 0, &mut bytes).unwrap();
        assert_eq!(bytes[..16], [9; 16]);
        assert_eq!(bytes[16..32], [0; 16]);
        assert_eq!(bytes[32..], [9; 32]);
    }

    #[test]
    fn it_is_xts_as_ieee_1619_has_it() {
        // The mode's own vectors name both keys and a 128-bit data unit number: number 0x3333333333
        // with 64 bytes of key is vector 10 onwards; the field arithmetic is what they test beyond
        // AES itself, and is checked here against the definition.
        assert_eq!(double(1), 2);
        assert_eq!(double(1 << 127), 0x87);
        assert_eq!(double(u128::MAX), (u128::MAX << 1) ^ 0x87);
    }
}
