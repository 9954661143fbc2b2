//! The words every other room uses: typed ids, the one domain error, Regions, tags, times,
//! secrets, and randomness and the clock as values.
//!
//! It promises that a value of these types is well formed: an [`ImageId`] has the shape of an image
//! id, a [`Region`] the shape of a Region's name. It does no I/O; the clock and random bytes are
//! read here and nowhere else, so that a simulation can replace both.

mod account;
mod clock;
mod entropy;
mod error;
mod id;
pub mod pattern;
mod region;
mod secret;
mod tags;

pub use account::AccountId;
pub use clock::{Clock, SystemClock, Timestamp};
pub use entropy::{Entropy, SystemEntropy};
pub use error::{Error, Reason, Result, Subject};
pub use id::{
    AttachmentId, GroupId, GroupRuleId, ImageId, InstanceId, InterfaceId, KeyPairId,
    ProfileAssociationId, ReservationId, ResourceId, SnapshotId, SubnetId, VolumeId, VpcId,
};
pub use region::{Region, Zone};
pub use secret::Secret;
pub use tags::{Tag, Tags, check_tags};
