//! The audit trail: who called what, on what, from where, allowed or not and by which statement.
//!
//! Each [`Record`] is an event in CloudTrail's shape, appended to one chain for the installation:
//! its hash covers the hash of the one before, and a code over it is keyed with a key that is sealed
//! under the master key. A head, keyed too, says how many records there are and which is the last.
//! So [`verify`] finds a record that was edited, deleted, added or moved, and a tail that was cut
//! off, by anyone who can write the database and does not hold the master key. Putting back an older
//! state of the whole database is found through the anchor, a file beside it that follows the head.
//!
//! What it promises: a call that changes something is answered only after its record is durable. A
//! call that only reads is recorded soon after: records wait in memory for at most a fifth of a
//! second and are written in batches, so reading stays cheap; a server that is killed loses those.
//! A server that is killed between a change and its record leaves a change that nobody was answered
//! and that is not in the trail.
//!
//! [`prune`] cuts the oldest records off and leaves a keyed checkpoint, from which the rest is
//! verified; nothing else removes or changes a record.
//!
//! Requests whose signature was not good are recorded under the access key that they claimed, and
//! for its account if there is such a key. Anybody can send them, so they are bounded
//! ([`Allowance`]); requests without a signature are not recorded.
//!
//! It does not keep anything against someone who holds both the database and the master key.
//!
//! Start at [`Trail::record`].

mod allowance;
mod chain;
mod lookup;
mod parameters;
mod prune;
mod record;
mod reseal;
mod rows;
mod trail;
mod verify;

pub use allowance::{Allowance, LeftOut, MINUTE, Room};
pub use lookup::{Attribute, Found, Search, lookup};
pub use parameters::{cleaned, touched_in};
pub use prune::prune;
pub use record::{Kind, Record, Touched};
pub use reseal::reseal;
pub use rows::SCHEMA;
pub use trail::Trail;
pub use verify::{Report, verify};
