//! Who calls, and what they may do.
//!
//! An account has a root user with access keys. A request that was authenticated becomes a
//! [`Call`]; what it may do is decided by [`authorize`], which alone makes a [`Permit`], and no row
//! of the catalogue can be written without one. An account may do everything with what it owns,
//! and with what others own only what they shared for that very action; what it may not see
//! answers as if it did not exist (that is the work of each crate's `rows::visible`).
//!
//! Within an account, the root user may everything; users and sessions of roles may what their
//! policies allow. The policy language and its logic are `policy`'s; here stand the tables that
//! hold users, groups, roles and policies, and the credentials of all of them.

mod account;
mod actions;
mod authorize;
mod call;
mod denial;
mod entity;
mod keys;
mod managed;
mod organization;
mod policies;
mod rows;
mod seal;
mod session;
mod tags;

pub use account::{Account, create_account, list_accounts};
pub use actions::TAGGED;
pub use authorize::{
    Action, Permit, Question, Resource, admit, authorize, authorize_arn, authorize_new, decide,
    demand, resume,
};
pub use call::{Call, Caller};
pub use denial::Denial;
pub use entity::{Detail, Entity, Kind};
pub use keys::{AccessKey, Known, Signer, about, authenticate};
pub use managed::{Managed, managed_policies, managed_policy};
pub use organization::{Organization, Place, Unit, organization, organization_of};
pub use policy::{Context, Principal};
pub use rows::SCHEMA;
pub use seal::MasterKey;
pub use session::{Credentials, Session};
pub use tags::{all_tags, delete_tags, forget_tags, put_tags, tags_of, tags_of_many};
