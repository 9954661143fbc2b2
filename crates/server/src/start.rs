//! Puts the parts together: database, blocks, volumes, images, instances, edge.

use crate::admin::{chained, new_account};
use crate::folder::Folder;
use crate::settings::Settings;
use crate::worker::Run;
use anyhow::{Context, Result};
use api::App;
use base::{Clock, Entropy, Region, SystemClock, SystemEntropy};
use blocks::{Backend, Cache, Store};
use identity::MasterKey;
use images::Images;
use instances::{GuestApi, Instances};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{Db, Lease, Migration};
use volumes::Volumes;

/// Decoded chunks and pages that all volumes of this host share.
const CHUNK_CACHE: u64 = 256 << 20;
const PAGE_CACHE: u64 = 64 << 20;

/// Every crate's tables, in the order in which they refer to each other.
pub(crate) fn schema() -> Vec<Migration> {
    [
        store::SCHEMA,
        identity::SCHEMA,
        audit::SCHEMA,
        keys::SCHEMA,
        volumes::SCHEMA,
        images::SCHEMA,
        instances::SCHEMA,
    ]
    .concat()
}

/// What `serve` was told beyond the settings that are kept.
pub(crate) struct Options {
    pub(crate) accel: String,
    pub(crate) memory_cap_mib: Option<u32>,
    /// Takes what guests have to say to the API.
    pub(crate) guest_api: GuestApi,
}

/// Starts every part on a folder, and makes the first account if there is none.
pub(crate) async fn start(folder: &Folder, settings: &Settings, options: Options) -> Result<App> {
    let url = settings.database_url(folder);
    let db = Db::open(&url)
        .await
        .map_err(chained)
        .with_context(|| format!("the database {url} cannot be opened"))?;
    db.migrate(&schema()).await.map_err(chained)?;
    if db.is_embedded() {
        db.free_all_leases().await.map_err(chained)?;
    }
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let master = identity::open_master(&db, &folder.path("master.key"), &*entropy)
        .await
        .map_err(chained)?;
    let master = Arc::new(master);
    first_account(folder, &db, &master).await?;
    let note = Some(folder.path("audit.head"));
    let audit = audit::Trail::open(db.clone(), &master, &*entropy, note)
        .await
        .map_err(chained)?;
    let run = folder.run_folder()?;
    let keys = keys::Keys {
        db: db.clone(),
        master: master.clone(),
        entropy: entropy.clone(),
        clock: clock.clone(),
    };
    let volumes = Volumes::start(volumes::Config {
        keys: keys.clone(),
        limits: settings.limits,
        db: db.clone(),
        clock: clock.clone(),
        entropy: entropy.clone(),
        stores: stores(folder, settings, &db).await?,
        folder: folder.subfolder("volumes")?,
        socket: run.join("nbd.sock"),
    })
    .await
    .map_err(chained)?;
    let images = Images {
        db: db.clone(),
        volumes: volumes.clone(),
        entropy: entropy.clone(),
        clock: clock.clone(),
        rules: settings.images.rules(),
    };
    let mut guests = instances::Settings::new(run);
    guests.accel = options
        .accel
        .parse()
        .map_err(|error| anyhow::anyhow!("--accel: {error}"))?;
    guests.memory_cap_mib = options.memory_cap_mib;
    guests.api = Some(options.guest_api);
    guests.public_addresses = folder.public_addresses();
    guests.identity = Some(identity::Identity {
        db: db.clone(),
        master: master.clone(),
        entropy: entropy.clone(),
    });
    let instances = Instances::start(instances::Config {
        db: db.clone(),
        clock: clock.clone(),
        entropy: entropy.clone(),
        volumes: volumes.clone(),
        images: images.clone(),
        settings: guests,
    })
    .await
    .map_err(chained)?;
    let regions: Arc<[Region]> = settings.regions.clone().into();
    Ok(App {
        db,
        master,
        clock,
        audit,
        entropy,
        regions,
        keys,
        volumes,
        images,
        instances,
    })
}

/// A store of blocks for each Region.
pub(crate) async fn stores(
    folder: &Folder,
    settings: &Settings,
    db: &Db,
) -> Result<BTreeMap<Region, Store>> {
    let (index, cache) = (
        volumes::index(db.clone()),
        Cache::new(CHUNK_CACHE, PAGE_CACHE),
    );
    for region in settings.stores.keys() {
        anyhow::ensure!(
            settings.regions.contains(region),
            "settings.toml has a store for {region}, which is not among the Regions"
        );
    }
    let opened = settings.regions.iter().map(async |region| {
        let backend = backend(folder, settings, region)
            .with_context(|| format!("the store of {region} cannot be used"))?;
        let store = Store::open(backend, region.as_str(), index.clone(), cache.clone())
            .await
            .with_context(|| format!("the store of {region} cannot be used"))?;
        Ok::<_, anyhow::Error>((region.clone(), store))
    });
    Ok(futures::future::try_join_all(opened)
        .await?
        .into_iter()
        .collect())
}

/// Where a Region's packs are kept.
fn backend(folder: &Folder, settings: &Settings, region: &Region) -> Result<Backend> {
    let common = settings
        .blocks
        .as_ref()
        .map(|url| (url, crate::settings::environment().collect()));
    let own = settings.stores.get(region);
    let own = own
        .map(|store| anyhow::Ok((&store.url, store.all_options(folder)?)))
        .transpose()?;
    Ok(match own.or(common) {
        Some((url, options)) => Backend::from_url(url, options)?,
        None => Backend::directory(folder.subfolder("blocks")?)?,
    })
}

/// The first start makes one account with random credentials, shows them once, and keeps them.
async fn first_account(folder: &Folder, db: &Db, master: &MasterKey) -> Result<()> {
    let accounts = identity::list_accounts(db).await.map_err(chained)?;
    if !accounts.is_empty() {
        return Ok(());
    }
    let credentials = new_account(db, master, "root").await?;
    folder.write_credentials(&credentials)?;
    let kept = folder.path("root-credentials.json");
    crate::say(&format!(
        "The first account is made. Its credentials are kept in {} (mode 0600) and not shown again:\n  \
         account            {}\n  access key id      {}\n  secret access key  {}",
        kept.display(),
        credentials.account_id,
        credentials.access_key_id,
        credentials.secret_access_key,
    ));
    Ok(())
}

/// Runs the jobs of every crate.
pub(crate) struct Jobs(pub(crate) App);

impl Run for Jobs {
    async fn run(&self, lease: &Lease) -> base::Result<()> {
        let App {
            keys,
            volumes,
            images,
            instances,
            ..
        } = &self.0;
        if let Some(done) = keys::run_job(keys, lease).await {
            return done;
        }
        if let Some(done) = volumes::run_job(volumes, lease).await {
            return done;
        }
        if let Some(done) = images::run_job(images, lease).await {
            return done;
        }
        if let Some(done) = instances::run_job(instances, lease).await {
            return done;
        }
        Err(base::Error::internal(format!(
            "nobody runs jobs of the kind {}",
            lease.kind()
        )))
    }
}
