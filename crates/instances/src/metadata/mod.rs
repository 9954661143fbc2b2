//! The instance metadata service, versions 1 and 2, as a guest meets it on 169.254.169.254.
//!
//! `tree.rs` says what there is, `gate.rs` says who gets it; both are pure. `serve.rs` speaks HTTP
//! over the streams that the switch hands over, and reads the instance's facts for each request,
//! so that what a guest reads is what the API shows.

mod credentials;
mod gate;
mod serve;
mod tree;

pub(crate) use credentials::Handed;
pub use gate::{Gate, Token, gate};
pub(crate) use serve::LinkLocal;
pub(crate) use tree::is_servable;
pub use tree::{Facts, Found, find};
