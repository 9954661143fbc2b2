//! The running part.

use crate::Origin;
use base::{Clock, Entropy, Error, Region, Result, VolumeId};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::Db;

/// What volumes need to run.
pub struct Config {
    /// The metadata database.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Random bytes.
    pub entropy: Arc<dyn Entropy>,
    /// The Regions. (A map to their stores of blocks, when those stand.)
    pub stores: std::collections::BTreeMap<Region, ()>,
    /// Where the folders of volumes are.
    pub folder: PathBuf,
    /// The Unix socket on which volumes are served over NBD.
    pub socket: PathBuf,
}

/// The volumes of this process. Cheap to clone.
#[derive(Clone)]
pub struct Volumes {
    config: Arc<Config>,
}

impl Volumes {
    /// Starts serving.
    pub async fn start(config: Config) -> Result<Volumes> {
        Ok(Volumes { config: Arc::new(config) })
    }
    /// The metadata database.
    pub fn db(&self) -> &Db {
        &self.config.db
    }
    /// The NBD socket.
    pub fn socket(&self) -> &Path {
        &self.config.socket
    }
    /// The Regions.
    pub fn regions(&self) -> impl Iterator<Item = &Region> {
        self.config.stores.keys()
    }
    /// The clock.
    pub fn clock(&self) -> &dyn Clock {
        &*self.config.clock
    }
    /// Random bytes.
    pub fn entropy(&self) -> &dyn Entropy {
        &*self.config.entropy
    }
    /// Stops serving.
    pub fn shutdown(&self) {}
}

/// Where a volume is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// The Unix socket.
    pub socket: PathBuf,
    /// The name to ask for.
    pub name: String,
    /// What the disk's serial number is to be: the id without its dash, as AWS has it.
    pub serial: String,
}

/// A volume as it was at one moment.
pub struct Frozen {
    volume: VolumeId,
    origin: Origin,
}

impl Frozen {
    /// The volume.
    pub fn volume(&self) -> &VolumeId {
        &self.volume
    }
    pub(crate) fn origin(&self) -> Origin {
        self.origin.clone()
    }
}

/// Freezes volumes, all at the same moment as nearly as can be.
pub async fn freeze(_volumes: &Volumes, _ids: &[VolumeId]) -> Result<Vec<Frozen>> {
    Err(Error::unsupported("not yet"))
}

/// Opens a volume and serves it.
pub async fn open(_volumes: &Volumes, _id: &VolumeId) -> Result<Export> {
    Err(Error::unsupported("not yet"))
}

/// Stops serving a volume.
pub async fn close(_volumes: &Volumes, _id: &VolumeId) -> Result<()> {
    Err(Error::unsupported("not yet"))
}
