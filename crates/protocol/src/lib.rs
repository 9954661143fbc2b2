//! AWS's wire: what bytes mean, and nothing of what they cause.
//!
//! The structures and operations under [`ec2`], [`sts`] and [`ebs`] are generated from AWS's own
//! service models (`cargo xtask gen`). Start at [`call`]: it reads and writes requests and answers of
//! one operation. Every codec (ec2Query, query, JSON, REST-JSON; server and
//! client) reads the same tables ([`shape`]). [`sigv4`] verifies and makes signatures, [`route`]
//! finds out which operation of which service in which Region a request asks for.
//!
//! It promises that reading untrusted bytes never panics and takes memory in proportion to them,
//! that a parameter which the model knows and we do not honour is refused by name, and that a
//! server's answer reads back by AWS's models. It knows no accounts, images or databases.

pub mod call;
pub mod fault;
#[rustfmt::skip]
mod r#gen;
pub mod honour;
pub mod json;
pub mod query;
mod rest;
pub mod route;
pub mod shape;
pub mod sigv4;
pub mod time;
pub mod xml;

/// A header of answers to PutSnapshotBlock: the numbers of blocks that machines wait for, with commas
/// between (docs/format/to-come.md).
pub const WANTED: &str = "x-amiable-wanted";

pub use call::{Operation, Protocol, Service, Unit};
pub use fault::{Fault, Unreadable};
#[cfg(any(test, feature = "fixture"))]
pub use r#gen::fixture;
pub use r#gen::{cloudtrail, ebs, ec2, iam, kms, organizations, sts};
pub use shape::Timestamp;
