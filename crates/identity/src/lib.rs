//! Who calls, and what they may do.
//!
//! An account has a root user with access keys. A request that was authenticated becomes a
//! [`Call`]; what it may do is decided by [`authorize`], which alone makes a [`Permit`], and no row
//! of the catalogue can be written without one. An account may do everything with what it owns,
//! and with what others own only what they shared for that very action; what it may not see
//! answers as if it did not exist (that is the work of each crate's `rows::visible`).
//!
//! Not yet: users, roles, sessions and policies. They will be decided in [`authorize`], so no
//! caller of it will change.

mod account;
mod authorize;
mod call;
mod keys;
mod rows;
mod seal;
mod tags;

pub use account::{Account, create_account, list_accounts};
pub use authorize::{Action, Permit, Resource, authorize, authorize_new, resume};
pub use call::{Call, Caller};
pub use keys::{AccessKey, authenticate};
pub use rows::SCHEMA;
pub use seal::MasterKey;
pub use tags::{all_tags, delete_tags, forget_tags, put_tags, tags_of, tags_of_many};
