//! Does what `cargo xtask bench` tells it, on a folder of its own: SQLite, packs in a directory, volumes over NBD.
//!
//! `bench FOLDER [plain]` reads lines `["what", {arguments}]` from standard input and answers each with one line of JSON: the
//! seconds that it took by the clock and of this process's processor time, and what there is to say; or `error`. All
//! is real but HTTP: the same stores, index, transactions and exports as in the service.

mod disks;
mod launch;
mod pause;

use anyhow::{Context, Result, bail};
use base::{Clock, Entropy, Region, SystemClock, SystemEntropy};
use blocks::{Backend, Cache, Collection, DataKey, Domain, KeyRing, Store, Tree};
use identity::MasterKey;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use volumes::{Config, Volumes};

const REGION: &str = "us-east-1";

/// What the commands share.
struct Bench {
    folder: PathBuf,
    region: Region,
    store: Store,
    collection: Arc<dyn Collection>,
    volumes: Volumes,
    /// How disks are stored: sealed, if nobody asks for the other.
    domain: Domain,
    /// What was written, by name.
    trees: BTreeMap<String, Tree>,
}

impl Bench {
    async fn open(folder: &Path, domain: Domain) -> Result<Bench> {
        std::fs::create_dir_all(folder)?;
        let database = folder.join("bench.sqlite");
        let db = store::Db::open(database.to_str().context("the folder is not text")?).await?;
        let schema = [
            store::SCHEMA,
            identity::SCHEMA,
            keys::SCHEMA,
            volumes::SCHEMA,
        ];
        db.migrate(&schema.concat()).await?;
        let region = Region::parse(REGION)?;
        let backend = Backend::directory(folder.join("packs"))?;
        let (index, cache) = (volumes::index(db.clone()), Cache::new(64 << 20, 32 << 20));
        let store = Store::open(backend, REGION, index, cache).await?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let master = Arc::new(MasterKey::load(&folder.join("master.key"), &*entropy)?);
        let config = Config {
            limits: volumes::Limits::default(),
            db: db.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            stores: BTreeMap::from([(region.clone(), store.clone())]),
            folder: folder.join("volumes"),
            socket: folder.join("socket"),
            keys: keys::Keys {
                db: db.clone(),
                master,
                entropy,
                clock,
            },
        };
        Ok(Bench {
            folder: folder.to_owned(),
            region,
            store,
            collection: volumes::collection(db),
            volumes: Volumes::start(config).await?,
            domain,
            trees: BTreeMap::new(),
        })
    }

    async fn does(&mut self, what: &str, with: &Value) -> Result<Value> {
        match what {
            "write" => self.write(with).await,
            "increment" => self.increment(with).await,
            "generations" => self.generations(with).await,
            "diff" => self.diff(with).await,
            "export" => self.export(with).await,
            "verify" => self.verify().await,
            "delete" => self.delete(with).await,
            "stored" => self.stored().await,
            "snapshot" => self.snapshot(with).await,
            "launch" => self.launch(with).await,
            "serve" => self.serve(with).await,
            "pause" => self.pause(with).await,
            _ => bail!("there is no command {what}"),
        }
    }
}

/// A file or name among the arguments.
fn word<'a>(with: &'a Value, name: &str) -> Result<&'a str> {
    with[name].as_str().with_context(|| format!("no {name}"))
}

/// What a piece of work took.
struct Meter(Instant, f64);

impl Meter {
    fn start() -> Result<Meter> {
        Ok(Meter(Instant::now(), cpu()?))
    }

    fn stop(&self) -> Result<Value> {
        let wall = self.0.elapsed().as_secs_f64();
        Ok(json!({"wall": wall, "cpu": cpu()? - self.1}))
    }
}

/// User and system time of all threads so far, in seconds, from the scheduler's own count in nanoseconds.
fn cpu() -> Result<f64> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    let nanos = u32::try_from(time.tv_nsec)?;
    Ok(f64::from(u32::try_from(time.tv_sec)?) + f64::from(nanos) / 1e9)
}

#[tokio::main]
#[allow(clippy::print_stdout, reason = "this is a program that answers")]
async fn main() -> Result<()> {
    let usage = "usage: bench FOLDER [plain]";
    let folder = std::env::args().nth(1).context(usage)?;
    let domain = match std::env::args().nth(2).as_deref() {
        None => Domain::Sealed(KeyRing::new(1, DataKey::new([1; 32]))?),
        Some("plain") => Domain::Plain,
        Some(_) => bail!(usage),
    };
    let mut bench = Bench::open(Path::new(&folder), domain).await?;
    for line in std::io::stdin().lock().lines() {
        let (what, with): (String, Value) = serde_json::from_str(&line?)?;
        let answer = match bench.does(&what, &with).await {
            Ok(answer) => answer,
            Err(error) => json!({"error": format!("{error:#}")}),
        };
        println!("{answer}");
        std::io::stdout().flush()?;
    }
    Ok(())
}
