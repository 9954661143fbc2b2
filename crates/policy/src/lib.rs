//! The policy language: documents that say who may do what to what, and the verdict on a request.
//!
//! [`Document::parse`] reads a policy, strictly: whatever it does not know, it refuses, so a document
//! that was accepted is understood in full. [`decide`] weighs all policies that bear on one request,
//! by the logic that AWS documents: an explicit deny wins; within an account an identity policy or a
//! resource policy is enough; across accounts both are needed; a boundary and a session policy limit.
//!
//! It is pure: it reads no clock and no store and knows no wire. What a request is about comes in
//! as a [`Request`] with its [`Context`]. It never panics on any document or request.
//!
//! It does not know which policies a caller has (that is `identity`), nor which operations exist:
//! an action that no service has is a pattern that never matches.

mod condition;
mod context;
mod decide;
mod document;
mod grammar;
mod json;
mod principal;
mod value;
mod wildcard;

pub use context::Context;
pub use decide::{Decision, Layer, Matched, Named, Outcome, Policies, Request, decide};
pub use document::{Document, Effect, Kind, Problem};
pub use principal::Principal;
