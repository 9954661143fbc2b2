//! The catalogue of images: register, create, copy, share, describe, deregister.
//!
//! An image names what is needed to launch: disks (as snapshots), how they are attached, and how
//! the machine boots. It belongs to one account and one Region; who else may launch it is its
//! launch permission. Its life:
//!
//! ```text
//!  register ───────────────▶ available ──┐
//!  create, copy ─▶ pending ─▶ available ─┼─▶ deregistered
//!                     └─────▶ failed ────┘
//! ```
//!
//! It promises: an image is available only when every snapshot beneath it is complete; a name is
//! used once for each owner and Region; a copy writes no chunk that its Region has; what an
//! account may not see answers as if it did not exist. It does not hold bytes (`volumes` does) and
//! starts nothing (`instances` does). Start at [`Image`], then at the verb you need.

mod allowed;
mod attribute;
mod billing;
mod copy;
mod create;
mod deregister;
mod describe;
mod digest;
mod image;
mod jobs;
mod launch;
mod mapping;
mod name;
mod register;
mod rows;
mod settings;

pub use allowed::{Allowed, AllowedState, Criterion};
pub use attribute::{
    Change, Who, attributes, bad_item, cancel_launch_permission, modify, reset_launch_permission,
};
pub use billing::{Billing, ProductCode, Rules};
pub use copy::{Copy, copy};
pub use create::{Create, Facts, Taken, begin_create, capture, fail};
pub use deregister::{Deregister, Deregistered, Outcome, deregister};
pub use describe::{Describe, Described, Executable, describe, list_name};
pub use image::{Event, Image, LaunchPermission, State, StateReason, image_to_make};
pub use jobs::run_job;
pub use launch::{LAUNCH_ACTION, launchable, note_launch};
pub use mapping::{Ebs, EbsRequest, Mapping, MappingRequest, Target, merge};
pub use register::{Register, register};
pub use rows::{SCHEMA, visible};
pub use settings::{Settings, block_public_access, replace_criteria, set_allowed_state, settings};

use base::{Clock, Entropy};
use std::sync::Arc;
use store::Db;
use volumes::Volumes;

/// What the verbs of this crate work with. Cheap to clone.
#[derive(Clone)]
pub struct Images {
    /// The database.
    pub db: Db,
    /// The volumes and snapshots beneath.
    pub volumes: Volumes,
    /// Where ids come from.
    pub entropy: Arc<dyn Entropy>,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// What may be done with images of others that carry a price.
    pub rules: Rules,
}
