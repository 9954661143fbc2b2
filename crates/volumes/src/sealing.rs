//! The noun: how a volume or snapshot is sealed. Pure.
//!
//! Its data keys are wrapped by one KMS key, in numbered slots; a tree entry names its chunk's slot.
//! New data is sealed under the slot that is written. A copy under another key has the same data
//! keys wrapped again, and a fresh one that is written from then on.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a volume or snapshot is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealing {
    /// The ARN of the KMS key.
    pub key: String,
    /// Whether that key is the account's own `aws/ebs`, which AWS manages and nobody shares.
    pub managed: bool,
    /// The value of the encryption context `aws:ebs:id` that the data keys are wrapped for.
    pub context: String,
    /// The wrapped data keys.
    pub ring: BTreeMap<u8, Wrapped>,
    /// The slot that new data is sealed under.
    pub writing: u8,
}

/// A data key as KMS wrapped it.
pub type Wrapped = Vec<u8>;
