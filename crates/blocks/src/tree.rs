//! The handle of a stored disk: all that a snapshot needs to keep.

use crate::digest;
use crate::error::{Error, Result};
use crate::geometry::check_size;
use crate::names::{Address, Digest};
use crate::page::Child;
use serde::{Deserialize, Serialize};

const FORMAT: u16 = 1;

/// A disk as it was at one moment. A value: copying it copies nothing stored, and within a Region
/// a copy of a disk is the same tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Tree {
    size: u64,
    sealed: bool,
    root: Option<Child>,
}

/// What a tree looks like as JSON.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Stored {
    format: u16,
    size: u64,
    sealed: bool,
    root: Option<Child>,
    digest: Digest,
}

impl Tree {
    pub(crate) fn new(size: u64, sealed: bool, root: Option<Child>) -> Result<Self> {
        check_size(size)?;
        if root.is_some_and(|root| (root.slot != 0) != sealed) {
            return Err(Error::corrupt(
                "the tree's root is not sealed as the tree is",
            ));
        }
        Ok(Self { size, sealed, root })
    }

    /// The size of the disk in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Whether it is stored sealed.
    pub fn is_sealed(&self) -> bool {
        self.sealed
    }

    /// The hash of the disk's plaintext and size.
    pub fn digest(&self) -> Digest {
        digest::disk(
            self.size,
            self.root.map_or(Digest::ZERO, |root| root.digest),
        )
    }

    /// The key slot that is needed first, if any: that of the root page.
    pub fn root_slot(&self) -> Option<u8> {
        self.root.map(|root| root.slot).filter(|slot| *slot != 0)
    }

    /// The address of the root page; none for a disk of zeros. While it is held, all of the disk
    /// is.
    pub fn root_address(&self) -> Option<Address> {
        self.root.map(|root| root.address)
    }

    pub(crate) fn root(&self) -> Option<Child> {
        self.root
    }
}

impl From<Tree> for Stored {
    fn from(tree: Tree) -> Self {
        let digest = tree.digest();
        Self {
            format: FORMAT,
            size: tree.size,
            sealed: tree.sealed,
            root: tree.root,
            digest,
        }
    }
}

impl TryFrom<Stored> for Tree {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Self> {
        if stored.format != FORMAT {
            return Err(Error::corrupt(format!(
                "a tree of format {}",
                stored.format
            )));
        }
        let tree = Self::new(stored.size, stored.sealed, stored.root)?;
        if tree.digest() != stored.digest {
            return Err(Error::corrupt("a tree's digest is not that of its root"));
        }
        Ok(tree)
    }
}
