//! Where random bytes come from, as a value, so that a simulation can hand in its own.

use crate::error::{Error, Result};

/// A source of unpredictable bytes. Nonces and pack names come from it.
pub trait Entropy: Send + Sync {
    /// Fills `buf`.
    fn fill(&self, buf: &mut [u8]) -> Result<()>;
}

/// The operating system's generator, by way of the cipher library.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, buf: &mut [u8]) -> Result<()> {
        aws_lc_rs::rand::fill(buf).map_err(Error::store)
    }
}
