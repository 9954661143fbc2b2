//! Keys: made, named, used, shared, rotated, brought, and deleted, as KMS does it.
//!
//! A [`Key`] belongs to one account and one Region, and has material that never leaves this crate:
//! it rests sealed under the installation's master key, which is outside of the database. Who may
//! use it, its policy and its [`Grant`]s say; another account needs both the key's policy and its
//! own. What it encrypts is a ciphertext that names the key, the number of its material and the
//! encryption context, and opens with those alone, so a rotated key still opens what its older
//! material made. Its life is drawn in `key.rs`.
//!
//! It promises: material and plain data keys are never shown, logged or written in the open; no row
//! is written without a right that only `allow.rs` makes; a ciphertext of one key opens with no other.
//! It makes symmetric keys alone, and none that live in several Regions.
//!
//! Start at [`Keys`]. Other parts of the service (EBS) begin at [`resolve`] or [`managed_ebs`], make
//! data keys with [`generate_data_key`], open them with [`unwrap`], move them with [`rewrap`]; and
//! where no caller is left, with a grant: [`grant_to_resource`], [`unwrap_by_grant`]. What they get
//! instead of a key, [`unusable`] names.

mod alias;
mod allow;
mod blob;
mod change_key;
mod cipher;
mod create_grant;
mod create_key;
mod describe_key;
mod find;
mod grant;
mod grants;
mod import_material;
mod jobs;
mod key;
mod key_policy;
mod list;
mod managed;
mod material;
mod name;
mod reseal;
mod rotate;
mod rows;
mod service;
mod use_key;

pub use alias::{create_alias, delete_alias, update_alias};
pub use blob::EncryptionContext;
pub use change_key::{
    cancel_deletion, deletion_shown, describe_as, disable_key, enable_key, schedule_deletion,
    tag_key, untag_key,
};
pub use create_grant::{CreateGrant, create_grant};
pub use create_key::{CreateKey, Lockout, create_key};
pub use describe_key::describe_key;
pub use grant::{Constraints, Grant, GrantId, Operation};
pub use grants::{Retired, Which, list_grants, list_retirable_grants, retire_grant, revoke_grant};
pub use import_material::{
    Import, Parameters, WRAPPING, WrappingKey, delete_material, import_material, import_parameters,
    model,
};
pub use jobs::run_job;
pub use key::{Event, Key, Manager, Origin, Rotation, State};
pub use key_policy::{POLICY_NAME, get_policy, list_policies, put_policy};
pub use list::{ListedAlias, Wanted, list_aliases, list_keys, list_tags};
pub use managed::{EBS_ALIAS, managed_ebs};
pub use reseal::reseal;
pub use rotate::{
    Rotated, disable_rotation, enable_rotation, list_rotations, rotate_now, rotation_status,
};
pub use rows::{Alias, Cause, SCHEMA};
pub use service::{
    DataKeyPlain, KeyRef, Unusable, Via, Wrapped, describe_via, generate_by_grant,
    generate_data_key, grant_to_resource, resolve, retire_for_resource, rewrap, unusable, unwrap,
    unwrap_by_grant,
};
pub use use_key::{
    Moved, Opened, Plain, Sealed, With, data_key, data_key_sealed, decrypt, encrypt, random_bytes,
    re_encrypt,
};

use base::{Clock, Entropy};
use identity::MasterKey;
use std::sync::Arc;
use store::Db;

/// What the verbs of this crate work with. Cheap to clone.
#[derive(Clone)]
pub struct Keys {
    /// The database.
    pub db: Db,
    /// What material is sealed under.
    pub master: Arc<MasterKey>,
    /// Where material, ids and nonces come from.
    pub entropy: Arc<dyn Entropy>,
    /// Where the time comes from, for what no call brings.
    pub clock: Arc<dyn Clock>,
}
