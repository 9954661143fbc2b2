//! What binds the records: hashes that cover the one before, and keyed codes over them.

use crate::rows::{Cut, Head, Link};
use aws_lc_rs::{digest, hmac};
use base::{Entropy, Error, Result, Timestamp};
use identity::MasterKey;

/// What stands before the first record.
pub(crate) const START: [u8; 32] = [0; 32];

const LABEL: &str = "amiable audit key 1";

/// The key of the codes. It lies in the database, sealed under the master key.
pub(crate) struct ChainKey {
    key: hmac::Key,
}

impl ChainKey {
    /// A new key, and its sealed form.
    pub fn fresh(master: &MasterKey, entropy: &dyn Entropy) -> Result<(ChainKey, Vec<u8>)> {
        let mut bytes = [0u8; 32];
        entropy.fill(&mut bytes);
        let sealed = master.seal_bytes(LABEL, &bytes, entropy)?;
        Ok((ChainKey::of(&bytes), sealed))
    }

    /// The key that was sealed; nothing if it was not sealed under this master key.
    pub fn open(master: &MasterKey, sealed: &[u8]) -> Option<ChainKey> {
        let bytes = master.open_bytes(LABEL, sealed)?;
        Some(ChainKey::of(&bytes))
    }

    /// The same key, sealed under another master key.
    pub fn resealed(
        (old, new): (&MasterKey, &MasterKey),
        sealed: &[u8],
        entropy: &dyn Entropy,
    ) -> Option<Result<Vec<u8>>> {
        let bytes = old.open_bytes(LABEL, sealed)?;
        Some(new.seal_bytes(LABEL, &bytes, entropy))
    }

    fn of(bytes: &[u8]) -> ChainKey {
        ChainKey {
            key: hmac::Key::new(hmac::HMAC_SHA256, bytes),
        }
    }

    /// The link of a record that follows `previous`.
    pub fn link(&self, seq: i64, at: Timestamp, event: &str, previous: &[u8]) -> Link {
        let hash = hash(seq, at, event, previous);
        Link {
            previous: previous.to_vec(),
            code: self.sign(&record(&hash)),
            hash,
        }
    }

    /// Whether a link was made with this key.
    pub fn made(&self, link: &Link) -> bool {
        hmac::verify(&self.key, &record(&link.hash), &link.code).is_ok()
    }

    /// The code over a head.
    pub fn seal(&self, records: i64, hash: &[u8]) -> Vec<u8> {
        self.sign(&head(records, hash))
    }

    /// Whether a head was sealed with this key.
    pub fn sealed(&self, found: &Head) -> bool {
        hmac::verify(&self.key, &head(found.records, &found.hash), &found.code).is_ok()
    }

    /// The code over a checkpoint.
    pub fn seal_cut(&self, records: i64, at: Timestamp, hash: &[u8]) -> Vec<u8> {
        self.sign(&cut(records, at, hash))
    }

    /// Whether a checkpoint was sealed with this key.
    pub fn sealed_cut(&self, found: &Cut) -> bool {
        let message = cut(found.records, found.at, &found.hash);
        hmac::verify(&self.key, &message, &found.code).is_ok()
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        hmac::sign(&self.key, message).as_ref().to_vec()
    }
}

/// The hash of a record. Every part has a fixed length or is the last.
pub(crate) fn hash(seq: i64, at: Timestamp, event: &str, previous: &[u8]) -> Vec<u8> {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(b"amiable audit record 1\n");
    context.update(digest::digest(&digest::SHA256, previous).as_ref());
    context.update(&seq.to_be_bytes());
    context.update(&at.millis().to_be_bytes());
    context.update(event.as_bytes());
    context.finish().as_ref().to_vec()
}

fn record(hash: &[u8]) -> Vec<u8> {
    [b"record\n".as_slice(), hash].concat()
}

fn head(records: i64, hash: &[u8]) -> Vec<u8> {
    [b"head\n".as_slice(), &records.to_be_bytes(), hash].concat()
}

fn cut(records: i64, at: Timestamp, hash: &[u8]) -> Vec<u8> {
    let (records, at) = (records.to_be_bytes(), at.millis().to_be_bytes());
    [b"cut\n".as_slice(), &records, &at, hash].concat()
}

/// A trail whose key does not open.
pub(crate) fn foreign() -> Error {
    Error::internal("the audit trail's key does not open under this master key")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_the_formats_page() {
        let at = Timestamp::from_millis(1_700_000_000_000);
        let hash = hex::encode(hash(1, at, "{\"eventName\":\"CopyImage\"}", &START));
        let page = include_str!("../../../docs/format/audit.md");
        assert!(page.contains(&hash), "{hash}");
    }
}
