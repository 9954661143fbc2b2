//! What a page refers to, for those without keys (docs/format/collection.md).
//!
//! A plain page can be read by anyone. A sealed one cannot, so beside it, in the same pack, lies a
//! frame of its references: the first eight bytes of each address that it names. Addresses under a
//! key are keyed hashes, and eight bytes of them tell as little as the whole.

use crate::error::{Error, Result};
use crate::names::Address;
use crate::page::{Inner, Leaf};
use std::collections::BTreeSet;

/// Bytes of an address in a frame of references.
const MARK_BYTES: usize = 8;

/// A page and what it refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct References {
    /// The page.
    pub page: Address,
    /// What it refers to, in order, each once.
    pub children: Vec<Address>,
}

impl References {
    pub(crate) fn new(page: Address, children: impl IntoIterator<Item = Address>) -> Self {
        let children: BTreeSet<Address> = children.into_iter().collect();
        Self {
            page,
            children: children.into_iter().collect(),
        }
    }

    /// What the plaintext of a page refers to.
    pub(crate) fn of_page(page: Address, plain: &[u8]) -> Result<Self> {
        if let Ok(leaf) = Leaf::decode(plain) {
            return Ok(Self::new(
                page,
                leaf.entries.iter().map(|entry| entry.address),
            ));
        }
        let inner = Inner::decode(plain)?;
        let children = inner.children.iter().map(|(_, child)| child.address);
        Ok(Self::new(page, children))
    }

    /// The same with the frame of references itself among the children, so that it lives as long
    /// as the page does.
    pub(crate) fn with_frame(self) -> Self {
        let own = frame_address(&self.page);
        Self::new(self.page, self.children.into_iter().chain([own]))
    }

    /// What the frame of references holds.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let marks: Vec<_> = self.children.iter().map(mark).collect();
        marks.concat()
    }
}

/// The first bytes of an address.
pub(crate) fn mark(address: &Address) -> [u8; MARK_BYTES] {
    let mut mark = [0; MARK_BYTES];
    mark.copy_from_slice(&address.as_bytes()[..MARK_BYTES]);
    mark
}

/// Reads a frame of references.
pub(crate) fn decode(plain: &[u8]) -> Result<Vec<[u8; MARK_BYTES]>> {
    let (marks, rest) = plain.as_chunks::<MARK_BYTES>();
    if marks.is_empty() || !rest.is_empty() {
        return Err(Error::corrupt("a frame of references is cut off"));
    }
    Ok(marks.to_vec())
}

/// Under which address a sealed page's references lie.
pub(crate) fn frame_address(page: &Address) -> Address {
    Address::from_bytes(blake3::derive_key(
        "amiable v1 references address",
        page.as_bytes(),
    ))
}
