//! The noun: how a volume or snapshot is sealed. Pure.
//!
//! Its data keys are wrapped by one KMS key, in numbered slots; a tree entry names its chunk's slot.
//! New data is sealed under the slot that is written. A copy under another key has the same data
//! keys wrapped again, and a fresh one that is written from then on: nothing stored is rewritten.

use keys::{KeyRef, Wrapped};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a volume or snapshot is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealing {
    /// The KMS key.
    pub key: KeyRef,
    /// The value of the encryption context `aws:ebs:id` that the data keys are wrapped for: the id
    /// of the volume or copy that they were made for.
    pub context: String,
    /// The resource whose grant opens the data keys where no caller is left. Snapshots of a volume
    /// share the volume's.
    pub holder: String,
    /// The wrapped data keys.
    pub ring: BTreeMap<u8, Wrapped>,
    /// The slot that new data is sealed under.
    pub writing: u8,
}

impl Sealing {
    /// Whether its key is the account's own `aws/ebs`, which nobody shares.
    pub fn is_managed(&self) -> bool {
        self.key.aws_managed
    }
}
