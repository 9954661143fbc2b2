//! The running part: the folders of volumes, the NBD socket they are served on, and the locks that
//! keep freezing, rebasing and removing apart.
//!
//! Each volume has a [`Place`]; whoever opens, freezes, rebases or removes its folder holds the
//! place's lock. A folder is made when its volume is first opened, over the base in the row; from
//! then on the folder itself says what its base is.
//!
//! ```text
//!   freeze ──pin──▶ transaction: pending snapshot ──job──▶ completed ──job──▶ rebase
//! ```
//!
//! A frozen state may be merged into the base only if no older state of the same volume is still
//! needed: neither by a pending snapshot (a row) nor by a request between its freeze and its
//! commit (a pin). So snapshots of one volume may finish in any order.

use crate::bases::BaseRef;
use crate::boot_order::{self, Plan, Prefetch, Recording};
use crate::fault::{Attempt, blocking};
use crate::seal::{Unlocked, unlocked};
use crate::waits::Waits;
use crate::{Origin, Sealing, Volume, VolumeState, held_keys, rows};
use base::{Clock, Entropy, Error, Reason, Region, ResourceId, Result, Subject, VolumeId};
use blocks::{Digest, Store, Tree};
use device::nbd;
use futures::StreamExt;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use store::Db;
use tokio::sync::OwnedMutexGuard;

/// How often those who wait for a base are told to give up while their volume is being closed.
const NUDGE: Duration = Duration::from_millis(20);

/// What volumes need to run.
pub struct Config {
    /// The metadata database.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Random bytes.
    pub entropy: Arc<dyn Entropy>,
    /// The blocks of each Region. Their index is to be [`crate::index`] of the same database.
    pub stores: BTreeMap<Region, Store>,
    /// Where the folders of volumes are.
    pub folder: PathBuf,
    /// The Unix socket on which volumes are served over NBD.
    pub socket: PathBuf,
    /// What encrypted volumes and snapshots are sealed under.
    pub keys: keys::Keys,
    /// How many copies may be in flight.
    pub limits: crate::Limits,
}

/// The volumes of this process. Cheap to clone.
#[derive(Clone)]
pub struct Volumes {
    inner: Arc<Inside>,
}

/// Who fills a disk in a Region, so that nobody fills it beside.
type Filling = HashMap<(String, Digest), Weak<tokio::sync::Mutex<()>>>;

/// The volumes of a process, if it still has them.
pub(crate) struct WeakVolumes(Weak<Inside>);

impl WeakVolumes {
    pub(crate) fn upgrade(&self) -> Option<Volumes> {
        let inner = self.0.upgrade()?;
        Some(Volumes { inner })
    }
}

struct Inside {
    config: Config,
    exports: Arc<nbd::Table>,
    server: nbd::Server,
    places: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Place>>>>,
    direct: crate::direct::Sessions,
    waits: Waits,
    filling: Mutex<Filling>,
    secret: Vec<u8>,
}

impl Drop for Inside {
    /// The server waits for its threads, and they for what is on its way.
    fn drop(&mut self) {
        self.waits.end();
    }
}

/// A volume's folder in this process.
#[derive(Default)]
pub(crate) struct Place {
    device: Weak<device::Volume>,
    served: Option<Arc<device::Volume>>,
    /// The keys of a volume that is served: a key that is disabled later leaves it alone.
    unlocked: Option<Unlocked>,
    /// What is being learnt about how a machine boots from it.
    pub(crate) recording: Option<Recording>,
    /// What is fetched ahead of a machine that boots from it.
    pub(crate) prefetch: Option<Prefetch>,
    pins: Pins,
}

/// Frozen states that a request still needs, and how many need each.
type Pins = Arc<Mutex<BTreeMap<u64, usize>>>;

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

/// A volume as it was at one moment. As long as this lives, the state cannot be merged away.
pub struct Frozen {
    volume: VolumeId,
    origin: Origin,
    _pin: Option<Pin>,
}

struct Pin {
    pins: Pins,
    id: u64,
}

impl Pin {
    fn new(pins: &Pins, id: u64) -> Pin {
        *locked(pins).entry(id).or_default() += 1;
        Pin {
            pins: pins.clone(),
            id,
        }
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        let mut pins = locked(&self.pins);
        if let Some(count) = pins.get_mut(&self.id) {
            *count -= 1;
            if *count == 0 {
                pins.remove(&self.id);
            }
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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

impl Volumes {
    /// Binds the NBD socket and serves every volume that is attached, so that guests that outlived
    /// the last process find their disks again. A volume that cannot be opened is logged, and does
    /// not keep the others from being served.
    pub async fn start(config: Config) -> Result<Volumes> {
        make_folder(&config.folder).map_err(Error::internal)?;
        let mut fresh = vec![0; 32];
        config.entropy.fill(&mut fresh);
        let mut tx = config.db.begin().await?;
        let secret = rows::secret(&mut tx, "block-tokens", &fresh).await?;
        let attached = rows::volumes_in(&mut tx, VolumeState::InUse).await?;
        tx.commit().await?;
        let exports = Arc::new(nbd::Table::default());
        let server = nbd::Server::bind(&config.socket, exports.clone(), nbd::Limits::default());
        let server = server.map_err(Error::internal)?;
        let (places, direct) = (Mutex::default(), crate::direct::Sessions::default());
        let inner = Inside {
            config,
            exports,
            server,
            places,
            direct,
            waits: Waits::default(),
            filling: Mutex::default(),
            secret,
        };
        let volumes = Volumes {
            inner: Arc::new(inner),
        };
        volumes.serve_again(attached).await;
        Ok(volumes)
    }

    async fn serve_again(&self, attached: Vec<Volume>) {
        let ids: Vec<VolumeId> = attached
            .into_iter()
            .filter(|volume| self.inner.config.stores.contains_key(&volume.region))
            .map(|volume| volume.id)
            .collect();
        let open_one = |id: VolumeId| async move {
            if let Err(error) = open_for(self, &id, Use::Again).await {
                tracing::error!(volume = %id, error = %error.chain(), "an attached volume is not served");
            }
        };
        futures::stream::iter(ids)
            .for_each_concurrent(16, open_one)
            .await;
    }

    /// For what waits in the background: it keeps no volume open.
    pub(crate) fn downgrade(&self) -> WeakVolumes {
        WeakVolumes(Arc::downgrade(&self.inner))
    }

    /// The metadata database.
    pub fn db(&self) -> &Db {
        &self.inner.config.db
    }

    /// The NBD socket.
    pub fn socket(&self) -> &Path {
        &self.inner.config.socket
    }

    /// The Regions.
    pub fn regions(&self) -> impl Iterator<Item = &Region> {
        self.inner.config.stores.keys()
    }

    /// The blocks of a Region.
    pub fn store(&self, region: &Region) -> Result<&Store> {
        let store = self.inner.config.stores.get(region);
        store.ok_or_else(|| Error::internal(format!("there is no store of blocks for {region}")))
    }

    /// What encrypted volumes and snapshots are sealed under.
    pub fn keys(&self) -> &keys::Keys {
        &self.inner.config.keys
    }

    /// The clock.
    pub fn clock(&self) -> &dyn Clock {
        &*self.inner.config.clock
    }

    pub(crate) fn limits(&self) -> crate::Limits {
        self.inner.config.limits
    }

    /// Random bytes.
    pub fn entropy(&self) -> &dyn Entropy {
        &*self.inner.config.entropy
    }

    /// Where the folders of volumes are.
    pub fn folder(&self) -> &Path {
        &self.inner.config.folder
    }

    /// Stops serving: flushes every volume and sends its clients away.
    pub fn shutdown(&self) {
        self.inner.waits.end();
        self.inner.server.shutdown();
    }

    pub(crate) fn waits(&self) -> &Waits {
        &self.inner.waits
    }

    pub(crate) fn direct(&self) -> &crate::direct::Sessions {
        &self.inner.direct
    }

    pub(crate) fn secret(&self) -> &[u8] {
        &self.inner.secret
    }

    /// The folder of a volume, or of a snapshot that is written block by block.
    pub(crate) fn folder_of(&self, id: &str) -> PathBuf {
        self.inner.config.folder.join(id)
    }

    pub(crate) async fn place(&self, id: &VolumeId) -> OwnedMutexGuard<Place> {
        let place = locked(&self.inner.places)
            .entry(id.to_string())
            .or_default()
            .clone();
        place.lock_owned().await
    }

    pub(crate) fn forget_place(&self, id: &VolumeId) {
        locked(&self.inner.places).remove(id.as_ref());
        self.inner.waits.forget(&self.folder_of(id.as_ref()));
    }

    /// Lets one at a time move a tree to a Region: the next one finds that it is there.
    pub(crate) async fn filling(&self, region: &str, tree: &Tree) -> OwnedMutexGuard<()> {
        let key = (region.to_owned(), tree.digest());
        let lock = {
            let mut filling = locked(&self.inner.filling);
            filling.retain(|_, lock| lock.strong_count() > 0);
            let known = filling.get(&key).and_then(Weak::upgrade);
            let lock = known.unwrap_or_default();
            filling.insert(key, Arc::downgrade(&lock));
            lock
        };
        lock.lock_owned().await
    }

    /// The open folder of a volume; `None` if there is none yet.
    pub(crate) async fn device(
        &self,
        place: &mut Place,
        (region, id): (&Region, &VolumeId),
        sealing: (bool, Option<&Sealing>),
    ) -> Attempt<Option<Arc<device::Volume>>> {
        if let Some(device) = place.device.upgrade() {
            return Ok(Some(device));
        }
        let unlocked = self.unlock_place(place, sealing).await?;
        let device = self.open_folder(region, id.as_ref(), &unlocked).await?;
        place.device = device.as_ref().map(Arc::downgrade).unwrap_or_default();
        Ok(device)
    }

    /// The keys of a volume: those that it is served with, or opened again.
    pub(crate) async fn unlock_place(
        &self,
        place: &Place,
        sealing: (bool, Option<&Sealing>),
    ) -> Attempt<Unlocked> {
        match &place.unlocked {
            Some(unlocked) => Ok(unlocked.clone()),
            None => self.unlock(sealing).await,
        }
    }

    /// Opens a folder over the base that it names; `None` if there is no such folder.
    pub(crate) async fn open_folder(
        &self,
        region: &Region,
        id: &str,
        unlocked: &Unlocked,
    ) -> Attempt<Option<Arc<device::Volume>>> {
        let folder = self.folder_of(id);
        let at = folder.clone();
        let named = blocking(move || match device::Volume::base_ref_of(&at) {
            Err(device::Error::Missing(_)) => Ok(None),
            other => other.map(Some),
        });
        let Some(named) = named.await? else {
            return Ok(None);
        };
        let base: Arc<dyn device::Base> = match BaseRef::read(&named)? {
            BaseRef::Tree(tree) => {
                self.base((region, &folder), (&tree, None), unlocked)
                    .await?
            }
            BaseRef::Upload { .. } => self.uploaded(&VolumeId::parse(id)?, unlocked).await?,
        };
        let cipher = unlocked.cipher.clone();
        let open = move || {
            loop_while_busy(|| device::Volume::open_sealed(&folder, base.clone(), cipher.clone()))
        };
        Ok(Some(Arc::new(blocking(open).await?)))
    }

    /// Makes a folder over a base.
    pub(crate) async fn make_folder(
        &self,
        (folder, size): (PathBuf, u64),
        (base, base_ref): (Arc<dyn device::Base>, &BaseRef),
        unlocked: &Unlocked,
    ) -> Attempt<Arc<device::Volume>> {
        let cipher = unlocked.cipher.clone();
        let base_ref = base_ref.write()?;
        let make = move || {
            let new = device::New {
                size,
                base_ref: &base_ref,
            };
            let (base, cipher) = (base.clone(), cipher.clone());
            loop_while_busy(|| {
                device::Volume::create_sealed(&folder, &new, base.clone(), cipher.clone())
            })
        };
        Ok(Arc::new(blocking(make).await?))
    }

    /// Stops serving a volume whose place the caller holds.
    pub(crate) async fn stop_serving(&self, place: &mut Place, id: &VolumeId) -> Attempt<()> {
        if place.unlocked.take().is_some_and(|keys| keys.is_sealed()) {
            held_keys::forget(self, id).await?;
        }
        place.prefetch = None;
        if let Some(recording) = place.recording.take() {
            boot_order::keep(self, recording).await;
        }
        let Some(served) = place.served.take() else {
            return Ok(());
        };
        drop(self.inner.exports.remove(id.as_ref()));
        drop(served);
        let waits = self.inner.waits.of(&self.folder_of(id.as_ref()));
        let (inner, name) = (self.inner.clone(), id.to_string());
        let detached = blocking(move || inner.server.detach(&name));
        tokio::pin!(detached);
        loop {
            tokio::select! {
                done = &mut detached => return done,
                () = tokio::time::sleep(NUDGE) => waits.notify_waiters(),
            }
        }
    }
}

impl Place {
    /// The oldest frozen state that a request still needs.
    pub(crate) fn oldest_pin(&self) -> Option<u64> {
        locked(&self.pins).keys().next().copied()
    }
}

/// Makes the folder of all volumes, with a name that a loss of power does not take.
fn make_folder(path: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(path)?;
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => std::fs::File::open(parent)?.sync_all(),
        _ => Ok(()),
    }
}

/// The volume was closed a moment ago, and its last user is still letting go of it.
fn loop_while_busy<T>(mut open: impl FnMut() -> device::Result<T>) -> device::Result<T> {
    for _ in 0..100 {
        match open() {
            Err(device::Error::Busy(_)) => std::thread::park_timeout(Duration::from_millis(20)),
            other => return other,
        }
    }
    open()
}

async fn usable(volumes: &Volumes, id: &VolumeId) -> Result<Volume> {
    let mut tx = volumes.db().read().await?;
    let volume = rows::volume(&mut tx, id)
        .await?
        .ok_or_else(|| Volume::not_found(id))?;
    volume.check_usable()?;
    Ok(volume)
}

/// Opens a volume, making its folder if nobody did yet, and serves it over NBD. Opening an open
/// volume answers the same again. The caller has made sure that it may.
pub async fn open(volumes: &Volumes, id: &VolumeId) -> Result<Export> {
    open_for(volumes, id, Use::Data).await
}

/// [`open`], as the disk that a machine boots from: the first time, what it will read is fetched
/// ahead, or recorded if that is not known.
pub async fn open_to_boot(volumes: &Volumes, id: &VolumeId) -> Result<Export> {
    open_for(volumes, id, Use::Boot).await
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Boot,
    Data,
    /// It was served when the last process ended, and its user goes on.
    Again,
}

async fn open_for(volumes: &Volumes, id: &VolumeId, what_for: Use) -> Result<Export> {
    let mut place = volumes.place(id).await;
    // Under the lock, so that a volume that is being removed is not made again.
    let volume = usable(volumes, id).await?;
    if place.served.is_none() {
        let unlocked = unlock_to_serve(volumes, &volume, what_for).await?;
        place.unlocked = Some(unlocked.clone());
        let at = (&volume.region, id);
        let device = match volumes.device(&mut place, at, volume.sealing()).await? {
            Some(device) => device,
            None => make_first(volumes, &mut place, (&volume, what_for), &unlocked).await?,
        };
        place.device = Arc::downgrade(&device);
        volumes.inner.exports.insert(id.as_ref(), device.clone());
        place.served = Some(device);
    }
    let serial = id.as_ref().replacen('-', "", 1);
    Ok(Export {
        socket: volumes.socket().to_owned(),
        name: id.to_string(),
        serial,
    })
}

/// The keys of a volume that is to be served. One that was served already needs its KMS key no more.
async fn unlock_to_serve(volumes: &Volumes, volume: &Volume, what_for: Use) -> Attempt<Unlocked> {
    let sealing = volume.sealing();
    let keys = match volumes.open_keys(sealing).await {
        Ok(keys) => keys,
        Err(fault) if what_for == Use::Again && fault.is_key_failure() => {
            match held_keys::of(volumes, &volume.id).await? {
                Some(keys) => keys,
                None => return Err(fault),
            }
        }
        Err(fault) => return Err(fault),
    };
    if !keys.is_empty() && what_for != Use::Again {
        held_keys::keep(volumes, &volume.id, &keys).await?;
    }
    unlocked(sealing, &keys)
}

/// Makes the folder of a volume that was never opened.
async fn make_first(
    volumes: &Volumes,
    place: &mut Place,
    (volume, what_for): (&Volume, Use),
    unlocked: &Unlocked,
) -> Attempt<Arc<device::Volume>> {
    let plan = match what_for {
        Use::Boot => Plan::of(volumes, volume).await?,
        Use::Data | Use::Again => Plan::Nothing,
    };
    let folder = volumes.folder_of(volume.id.as_ref());
    let base_ref = BaseRef::of(volume);
    let base: Arc<dyn device::Base> = match (&volume.upload, &base_ref) {
        (Some(upload), BaseRef::Upload { .. }) => {
            volumes.uploading((volume, upload), plan.recorder(), unlocked)
        }
        _ => {
            let at = (&volume.region, folder.as_path());
            let base = (&volume.base, plan.recorder());
            volumes.base(at, base, unlocked).await?
        }
    };
    let device = volumes
        .make_folder((folder, volume.bytes()), (base, &base_ref), unlocked)
        .await?;
    match plan {
        Plan::Nothing => {}
        Plan::Record(recording) => {
            place.recording = Some(recording);
            boot_order::watch(volumes, volume);
        }
        // Nothing is fetched ahead of who sends it.
        Plan::Prefetch(_) if volume.is_uploading() => {}
        Plan::Prefetch(order) => {
            let disk = volumes.disk(&volume.region, &volume.base, unlocked).await?;
            place.prefetch = Some(boot_order::prefetch(volume, disk, order));
        }
    }
    Ok(device)
}

/// Sends the clients of a volume away and flushes it. A volume that is not open is closed.
pub async fn close(volumes: &Volumes, id: &VolumeId) -> Result<()> {
    let mut place = volumes.place(id).await;
    Ok(volumes.stop_serving(&mut place, id).await?)
}

/// Takes volumes as they are now, all of them within the same moment as nearly as this process can.
/// What was answered to a guest before the call is in it. Durable; guests write on. The answers come
/// in the order of the ids.
pub async fn freeze(volumes: &Volumes, ids: &[VolumeId]) -> Result<Vec<Frozen>> {
    // Locked in one order, so that two calls never wait for each other in a circle.
    let mut places = BTreeMap::new();
    let mut sorted: Vec<&VolumeId> = ids.iter().collect();
    sorted.sort();
    sorted.dedup();
    for id in sorted {
        places.insert(id.clone(), volumes.place(id).await);
    }
    let mut opened = Vec::with_capacity(ids.len());
    for id in ids {
        let volume = usable(volumes, id).await?;
        let Some(place) = places.get_mut(id) else {
            return Err(Volume::not_found(id));
        };
        let at = (&volume.region, id);
        let device = volumes.device(place, at, volume.sealing()).await?;
        if device.is_none() && (volume.base_from.is_some() || volume.is_uploading()) {
            let message = format!("The disk of the volume '{id}' is still on its way.");
            return Err(Error::new(Reason::WrongState, Subject::Volume, message));
        }
        opened.push((volume, device, place.pins.clone()));
    }
    Ok(blocking(move || {
        opened
            .into_iter()
            .map(freeze_one)
            .collect::<Attempt<Vec<_>>>()
    })
    .await?)
}

fn freeze_one(
    (volume, device, pins): (Volume, Option<Arc<device::Volume>>, Pins),
) -> Attempt<Frozen> {
    let Some(device) = device else {
        return Ok(Frozen {
            volume: volume.id,
            origin: Origin::Stored(volume.base),
            _pin: None,
        });
    };
    let frozen = device.freeze()?.id().0;
    let origin = Origin::Frozen {
        volume: volume.id.clone(),
        frozen,
    };
    Ok(Frozen {
        volume: volume.id,
        origin,
        _pin: Some(Pin::new(&pins, frozen)),
    })
}
