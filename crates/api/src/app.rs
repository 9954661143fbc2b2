//! What every operation works with.

use base::{Clock, Entropy, Region};
use identity::{Identity, MasterKey};
use images::Images;
use instances::Instances;
use std::sync::Arc;
use store::Db;
use volumes::Volumes;

/// The service's parts, as the edge needs them. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub db: Db,
    /// Opens the secrets of access keys.
    pub master: Arc<MasterKey>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The audit trail.
    pub audit: audit::Trail,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The Regions of this installation; the first one answers for services without a Region.
    pub regions: Arc<[Region]>,
    /// Keys.
    pub keys: keys::Keys,
    /// Volumes and snapshots.
    pub volumes: Volumes,
    /// Images.
    pub images: Images,
    /// Instances, their networks and keys.
    pub instances: Instances,
}

impl App {
    /// What users, roles, policies and sessions are made with.
    pub(crate) fn identity(&self) -> Identity {
        Identity {
            db: self.db.clone(),
            master: self.master.clone(),
            entropy: self.entropy.clone(),
        }
    }
}
