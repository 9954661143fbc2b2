//! The edge: the one place where AWS's wire and our rules are both in scope.
//!
//! A request is authenticated, read by the tables of `protocol`, translated into a request of a
//! domain crate by one short file for each operation (`ec2/copy_image.rs`), run, and answered. A
//! lost race with another transaction is run again from the top. What an error is called on the
//! wire is decided in one place for each service ([`errors`]).
//!
//! Start at [`handle`].

mod admitted;
mod app;
mod cloudtrail;
mod context;
mod ebs;
mod ec2;
mod errors;
mod handle;
mod iam;
mod kms;
mod organizations;
mod recorded;
mod refusal;
mod refused;
mod response;
mod run;
mod sts;
mod translate;

pub use app::App;
pub use context::Peer;
pub use handle::handle;
