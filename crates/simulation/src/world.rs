//! The server as it is, over a database file, folders of volumes, and a store that fails for each
//! of two Regions. It can be killed and started again.

use crate::faulty::{Faults, FaultyStore};
use crate::gated::Gated;
use crate::gates::Gates;
use crate::postgres::{Postgres, STATEMENT};
use crate::random::Random;
use crate::{Broken, Engine, Result};
use base::{AccountId, Clock, Region, Timestamp};
use blocks::{Backend, Cache, Store};
use identity::{Call, Caller, MasterKey};
use images::Images;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::Duration;
use store::{Db, Lease, Migration};
use tempfile::TempDir;
use volumes::Volumes;

/// The Regions.
pub const REGIONS: [&str; 2] = ["us-east-1", "us-west-2"];
/// Two accounts that share, and one that nothing is ever shared with.
pub const ACCOUNTS: [&str; 3] = ["111111111111", "222222222222", "333333333333"];

/// A clock that goes only when it is told to.
#[derive(Default)]
pub struct HandClock(AtomicI64);

impl HandClock {
    /// Lets time pass.
    pub fn advance(&self, time: Duration) {
        let millis = i64::try_from(time.as_millis()).unwrap_or(0);
        self.0.fetch_add(millis, Relaxed);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000 + self.0.load(Relaxed))
    }
}

/// One life of the server.
pub struct Server {
    /// The database.
    pub db: Db,
    /// Volumes and snapshots.
    pub volumes: Volumes,
    /// The catalogue.
    pub images: Images,
    /// The index of chunks, behind gates.
    pub index: Arc<Gated>,
}

/// What outlives a server.
pub struct World {
    /// The time.
    pub clock: Arc<HandClock>,
    /// The gates.
    pub gates: Arc<Gates>,
    /// The faults.
    pub faults: Arc<Faults>,
    /// What each Region stores.
    pub stores: BTreeMap<Region, FaultyStore>,
    /// The server that runs; there is none only while one ends and another starts.
    server: Option<Arc<Server>>,
    /// The key of each account in each Region.
    pub keys: BTreeMap<(usize, usize), String>,
    entropy: Arc<Random>,
    master: Arc<MasterKey>,
    /// The database, where it is not a file.
    postgres: Option<Postgres>,
    folder: TempDir,
    lives: u64,
}

/// Sorts out what the simulation itself cannot do.
pub fn sound<T, E: std::fmt::Debug>(result: std::result::Result<T, E>, what: &str) -> Result<T> {
    result.map_err(|error| Broken(format!("{what}: {error:?}")))
}

/// A Region by its number.
pub fn region(number: usize) -> Region {
    Region::parse(REGIONS[number % REGIONS.len()]).expect("the names of Regions here are good")
}

/// An account by its number.
pub fn account(number: usize) -> AccountId {
    AccountId::parse(ACCOUNTS[number % ACCOUNTS.len()]).expect("the accounts here are good")
}

fn schema() -> Vec<Migration> {
    [
        store::SCHEMA,
        identity::SCHEMA,
        keys::SCHEMA,
        volumes::SCHEMA,
        images::SCHEMA,
    ]
    .concat()
}

/// Where files go: memory, if there is such a place, as nothing here loses its power.
fn temporary() -> std::io::Result<TempDir> {
    let memory = Path::new("/dev/shm");
    let builder = || {
        let mut builder = tempfile::Builder::new();
        builder.prefix("amiable-simulation-");
        builder
    };
    builder()
        .tempdir_in(memory)
        .or_else(|_| builder().tempdir())
}

struct Parts<'a> {
    folder: &'a Path,
    postgres: Option<&'a Postgres>,
    clock: &'a Arc<HandClock>,
    gates: &'a Arc<Gates>,
    faults: &'a Arc<Faults>,
    stores: &'a BTreeMap<Region, FaultyStore>,
    entropy: &'a Arc<Random>,
    master: &'a Arc<MasterKey>,
    life: u64,
}

async fn start(parts: Parts<'_>) -> Result<Arc<Server>> {
    let url = match parts.postgres {
        Some(postgres) => postgres.url.clone(),
        None => parts.folder.join("amiable.db").display().to_string(),
    };
    let mut db = sound(Db::open(&url).await, "the database")?;
    sound(db.migrate(&schema()).await, "the schema")?;
    sound(db.free_all_leases().await, "the leases")?;
    if parts.postgres.is_none() {
        db = db.breaking(parts.faults.clone());
    }
    let index = Arc::new(Gated {
        inner: volumes::collection(db.clone()),
        gates: parts.gates.clone(),
    });
    let cache = Cache::new(8 << 20, 4 << 20);
    let mut stores = BTreeMap::new();
    for (region, objects) in parts.stores {
        let backend = Backend::object_store(Arc::new(objects.clone())).unshared();
        let (index, cache) = (index.clone(), cache.clone());
        let entropy = parts.entropy.clone();
        let opened = Store::open_with(backend, region.as_str(), index, cache, entropy).await;
        stores.insert(region.clone(), sound(opened, "the store")?);
    }
    let keys = keys::Keys {
        db: db.clone(),
        master: parts.master.clone(),
        entropy: parts.entropy.clone(),
        clock: parts.clock.clone(),
    };
    let volumes = Volumes::start(volumes::Config {
        db: db.clone(),
        clock: parts.clock.clone(),
        entropy: parts.entropy.clone(),
        stores,
        folder: parts.folder.join("volumes"),
        socket: parts.folder.join(format!("nbd-{}.sock", parts.life)),
        limits: volumes::Limits::default(),
        keys,
    });
    let volumes = sound(volumes.await, "the volumes")?;
    let images = Images {
        db: db.clone(),
        volumes: volumes.clone(),
        entropy: parts.entropy.clone(),
        clock: parts.clock.clone(),
        rules: images::Rules::default(),
    };
    Ok(Arc::new(Server {
        db,
        volumes,
        images,
        index,
    }))
}

impl World {
    /// A new installation.
    pub async fn new(engine: Engine, seed: u64) -> Result<World> {
        let folder = sound(temporary(), "a folder")?;
        let (clock, gates) = (Arc::new(HandClock::default()), Arc::new(Gates::new()));
        let faults = Arc::new(Faults::new(seed));
        let entropy = Arc::new(Random::new(seed, 1));
        let master = MasterKey::load(&folder.path().join("master.key"), &*entropy);
        let master = Arc::new(sound(master, "the master key")?);
        let mut stores = BTreeMap::new();
        for number in 0..REGIONS.len() {
            let store = FaultyStore::new(gates.clone(), faults.clone(), clock.clone());
            stores.insert(region(number), store);
        }
        let postgres = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(Postgres::start(gates.clone(), faults.clone()).await?),
        };
        let server = start(Parts {
            folder: folder.path(),
            postgres: postgres.as_ref(),
            clock: &clock,
            gates: &gates,
            faults: &faults,
            stores: &stores,
            entropy: &entropy,
            master: &master,
            life: 0,
        });
        let mut world = World {
            server: Some(server.await?),
            keys: BTreeMap::new(),
            lives: 0,
            clock,
            gates,
            faults,
            stores,
            entropy,
            master,
            postgres,
            folder,
        };
        world.make_keys().await?;
        Ok(world)
    }

    async fn make_keys(&mut self) -> Result<()> {
        let who: Vec<String> = ACCOUNTS[..2]
            .iter()
            .map(|account| format!("arn:aws:iam::{account}:root"))
            .collect();
        let policy = serde_json::json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow", "Principal": {"AWS": who}, "Action": "kms:*", "Resource": "*",
            }],
        });
        for (by, account) in ACCOUNTS.iter().enumerate().take(2) {
            for (at, region) in REGIONS.iter().enumerate() {
                let request = keys::CreateKey {
                    policy: Some(policy.to_string()),
                    description: String::new(),
                    origin: keys::Origin::AwsKms,
                    tags: Vec::new(),
                    lockout: keys::Lockout::Checked,
                };
                let call = self.call(by, at);
                let made = keys::create_key(self.server().volumes.keys(), &call, request).await;
                let id = sound(made, "a key")?.id;
                let arn = format!("arn:aws:kms:{region}:{account}:key/{id}");
                self.keys.insert((by, at), arn);
            }
        }
        Ok(())
    }

    /// The server that runs.
    pub fn server(&self) -> &Arc<Server> {
        self.server
            .as_ref()
            .expect("a server always runs between two calls")
    }

    /// Ends the server where it stands and starts another. None of its tasks may be left.
    pub async fn restart(&mut self) -> Result<()> {
        if let Some(server) = self.server.take() {
            server.volumes.shutdown();
            if Arc::strong_count(&server) > 1 {
                return Err(Broken("something of the killed server lives on".into()));
            }
        }
        self.lives += 1;
        let (was_open, rate) = (self.gates.is_open(), self.faults.set(0));
        self.gates.set_open(true);
        if let Some(postgres) = &self.postgres {
            postgres.cut().await?;
        }
        let started = start(Parts {
            folder: self.folder.path(),
            postgres: self.postgres.as_ref(),
            clock: &self.clock,
            gates: &self.gates,
            faults: &self.faults,
            stores: &self.stores,
            entropy: &self.entropy,
            master: &self.master,
            life: self.lives,
        });
        self.server = Some(started.await?);
        self.gates.set_open(was_open);
        self.faults.set(rate);
        Ok(())
    }

    /// Does what waits for the server without the simulation's thread, which PostgreSQL's answers need;
    /// nor does it release anything meanwhile, so nothing is held.
    pub async fn apart<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        if self.postgres.is_none() {
            return work();
        }
        let (open, rate) = (self.gates.is_open(), self.faults.set(0));
        self.gates.set_open(true);
        self.gates.clear(STATEMENT).await;
        let (done, result) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || drop(done.send(work())));
        let result = result.await.expect("what a guest does ends");
        self.gates.set_open(open);
        self.faults.set(rate);
        result
    }

    /// Gives what is between here and PostgreSQL time to move: what lies in a socket is not counted as under way.
    pub async fn breathe(&self) {
        if self.postgres.is_some() {
            self.apart(|| std::thread::sleep(Duration::from_millis(20)))
                .await;
        }
    }

    /// Ends it all.
    pub async fn end(mut self) -> Result<()> {
        if let Some(server) = self.server.take() {
            server.volumes.shutdown();
        }
        match self.postgres {
            Some(postgres) => postgres.end().await,
            None => Ok(()),
        }
    }

    /// A request of an account's root user in a Region.
    pub fn call(&self, by: usize, at: usize) -> Call {
        Call {
            caller: Caller::root(account(by)),
            region: region(at),
            request_id: "r".into(),
            now: self.clock.now(),
            dry_run: false,
            context: identity::Context::new(),
        }
    }

    /// The time as the index of chunks counts it.
    pub fn now_ms(&self) -> u64 {
        u64::try_from(self.clock.now().millis()).unwrap_or(0)
    }

    /// Where the folders of volumes are.
    pub fn volume_folders(&self) -> PathBuf {
        self.folder.path().join("volumes")
    }
}

impl Server {
    /// The stores of blocks.
    pub fn stores(&self) -> Result<BTreeMap<Region, Store>> {
        let mut stores = BTreeMap::new();
        for region in self.volumes.regions() {
            let store = sound(self.volumes.store(region), "a store")?;
            stores.insert(region.clone(), store.clone());
        }
        Ok(stores)
    }

    /// Runs a job as a worker does.
    pub async fn run_job(&self, clock: &dyn Clock, lease: Lease) -> base::Result<()> {
        let done = if let Some(done) = keys::run_job(self.volumes.keys(), &lease).await {
            done
        } else if let Some(done) = volumes::run_job(&self.volumes, &lease).await {
            done
        } else if let Some(done) = images::run_job(&self.images, &lease).await {
            done
        } else {
            Err(base::Error::internal("nobody runs this job"))
        };
        if let Err(error) = done {
            let wait = Duration::from_secs(1 + u64::try_from(lease.attempt()).unwrap_or(0));
            self.db.put_back(&lease, clock.now().plus(wait)).await?;
            return Err(error);
        }
        Ok(())
    }
}
