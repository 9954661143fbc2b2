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

mod access_keys;
mod account;
mod actions;
mod assume;
mod attach;
mod authorize;
mod call;
mod denial;
mod details;
mod documents;
mod entities;
mod entity;
mod heard;
mod keys;
mod made;
mod managed;
mod master;
mod members;
mod organization;
mod policies;
mod rows;
mod seal;
mod session;
mod simulate;
mod tags;

pub use access_keys::{
    KeyInfo, account_of_key, alias, create_access_key, delete_access_key, list_access_keys,
    remove_alias, set_alias, update_access_key,
};
pub use account::{Account, create_account, list_accounts};
pub use actions::TAGGED;
pub use assume::{
    Assume, Assumed, InstanceSession, assume_role, instance_role, instance_session, profile,
    session_token,
};
pub use attach::{
    Version, attach_policy, attached_policies, counts, create_version, delete_inline,
    delete_version, detach_policy, get_inline, get_version, holders_of, list_inline, put_inline,
    set_boundary, set_default_version, versions,
};
pub use authorize::{
    Action, Permit, Question, Resource, admit, authorize, authorize_arn, authorize_new, decide,
    demand, resume,
};
pub use call::{Call, Caller};
pub use denial::Denial;
pub use details::{Details, Entry, Section, account_details};
pub use documents::document;
pub use entities::{
    Change, Identity, New, create_entity, delete_entity, get_entity, list_entities, own_name,
    tag_entity, untag_entity, update_entity,
};
pub use entity::{Detail, Entity, Kind};
pub use heard::{Verdict, hear};
pub use keys::{AccessKey, Known, Signer, about, authenticate};
pub use made::Made;
pub use managed::{Managed, managed_policies, managed_policy};
pub use master::{Rotation, open_master};
pub use members::{
    add_role_to_profile, add_to_group, group_with_users, groups_of_user, profile_to_pass,
    profiles_of_role, remove_from_group, remove_role_from_profile, role_of,
};
pub use organization::{
    Organization, Place, Tree, Unit, create_unit, delete_unit, describe_organization, look,
    move_account, organization, organization_of, rename_unit,
};
pub use policy::{Context, Principal};
pub use rows::SCHEMA;
pub use seal::MasterKey;
pub use session::{Credentials, Session};
pub use simulate::{Simulated, Simulation, simulate};
pub use tags::{all_tags, delete_tags, forget_tags, put_tags, tags_of, tags_of_many};
