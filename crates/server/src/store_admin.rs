//! Commands about the store of blocks itself: what is stored, garbage, damage, and whether all of it
//! agrees. They work on the data folder, while its server runs or not.

use crate::admin::{chained, open};
use crate::folder::Folder;
use crate::settings::Settings;
use crate::upkeep::{limits, millis};
use anyhow::{Result, bail};
use base::{Clock, Region, SystemClock};
use blocks::{Collection, Limits, Store};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use store::Db;

/// What has to be known for each of these commands.
#[derive(Args)]
pub(crate) struct Where {
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Only this Region.
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Subcommand)]
pub(crate) enum StoreCommand {
    /// Shows what is stored, and what is garbage.
    Stats {
        #[command(flatten)]
        at: Where,
    },
    /// Collects garbage now, or shows what would go.
    Gc {
        #[command(flatten)]
        at: Where,
        /// Only show what would be done.
        #[arg(long)]
        plan: bool,
        /// How long what nobody needs is kept, in seconds.
        #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
        delay: u64,
    },
    /// Compares every stored frame with its sum, and repairs what another Region has. Exit code 2:
    /// something is lost.
    Scrub {
        #[command(flatten)]
        at: Where,
    },
    /// Makes the index agree with the packs. Exit code 2: some packs are damaged.
    RebuildIndex {
        #[command(flatten)]
        at: Where,
        /// Forget the old index first. The server must not run.
        #[arg(long)]
        from_nothing: bool,
    },
}

/// A plan holds the database up while it is made: it looks no further than this.
const REHEARSED_ROWS: usize = 1_000_000;

/// An opened installation, for these commands.
struct Opened {
    folder: Folder,
    db: Db,
    index: Arc<dyn Collection>,
    stores: BTreeMap<Region, Store>,
    now: u64,
}

impl Opened {
    async fn at(place: &Where) -> Result<Opened> {
        let folder = Folder::open(&place.data)?;
        let settings = Settings::load(&folder)?;
        let (db, _) = open(&folder).await?;
        let mut stores = crate::start::stores(&folder, &settings, &db).await?;
        if let Some(wanted) = &place.region {
            stores.retain(|region, _| region.as_str() == wanted);
            if stores.is_empty() {
                bail!("there is no Region {wanted} here");
            }
        }
        let index = volumes::collection(db.clone());
        let now = millis(SystemClock.now());
        Ok(Opened {
            folder,
            db,
            index,
            stores,
            now,
        })
    }
}

pub(crate) async fn run(command: StoreCommand) -> Result<ExitCode> {
    match command {
        StoreCommand::Stats { at } => stats(&at).await,
        StoreCommand::Gc { at, plan, delay } => gc(&at, plan, delay).await,
        StoreCommand::Scrub { at } => scrub(&at).await,
        StoreCommand::RebuildIndex { at, from_nothing } => rebuild(&at, from_nothing).await,
    }
}

async fn stats(at: &Where) -> Result<ExitCode> {
    let opened = Opened::at(at).await?;
    let mut shown = Vec::new();
    for (region, store) in &opened.stores {
        let totals = store.totals().await?;
        let packs = opened.index.packs(region.as_str()).await?;
        let plan = opened.index.plan(region.as_str(), opened.now).await?;
        let oldest = packs
            .iter()
            .filter(|pack| pack.condemned == 0)
            .map(|pack| pack.checked)
            .min();
        shown.push(json!({
            "region": region.as_str(),
            "packs": totals.packs,
            "bytes": totals.bytes,
            "live_bytes": packs.iter().map(|pack| pack.live).sum::<u64>(),
            "collected": opened.index.history(region.as_str()).await?,
            "garbage": plan,
            "oldest_scrub_ms": oldest,
        }));
    }
    show(at, &shown)?;
    Ok(ExitCode::SUCCESS)
}

async fn gc(at: &Where, plan: bool, delay: u64) -> Result<ExitCode> {
    let opened = Opened::at(at).await?;
    let limits = Limits {
        delay_ms: delay.saturating_mul(1000),
        compactions: usize::MAX >> 1,
        ..limits()
    };
    let mut shown = Vec::new();
    for (region, store) in &opened.stores {
        let cutoff = opened.now.saturating_sub(limits.delay_ms);
        let planned = opened.index.plan(region.as_str(), cutoff).await?;
        if plan {
            let sweep = opened
                .index
                .rehearse(region.as_str(), cutoff, opened.now, REHEARSED_ROWS)
                .await?;
            shown.push(json!({"region": region.as_str(), "plan": planned, "sweep": sweep}));
            continue;
        }
        let done = store.collect(&*opened.index, &limits, opened.now).await?;
        let tidied = store.tidy(&*opened.index, &limits, opened.now).await?;
        let region = region.as_str();
        shown.push(json!({"region": region, "plan": planned, "done": done, "strays": tidied}));
    }
    show(at, &shown)?;
    Ok(ExitCode::SUCCESS)
}

async fn scrub(at: &Where) -> Result<ExitCode> {
    let opened = Opened::at(at).await?;
    let everywhere = Where {
        data: at.data.clone(),
        region: None,
        json: at.json,
    };
    let peers: Vec<Store> = Opened::at(&everywhere)
        .await?
        .stores
        .into_values()
        .collect();
    let (mut shown, mut ok) = (Vec::new(), true);
    for (region, store) in &opened.stores {
        let now = opened.now;
        let scrub = store
            .scrub(&*opened.index, &peers, &limits(), now, now, usize::MAX >> 1)
            .await?;
        ok &= scrub.ok();
        let mut named = std::collections::BTreeSet::new();
        for damage in &scrub.damage {
            let names = volumes::named_by_holders(&opened.db, &damage.holders).await;
            named.extend(names.map_err(chained)?);
        }
        shown.push(json!({"region": region.as_str(), "scrub": scrub, "affected": named}));
    }
    show(at, &shown)?;
    Ok(code(ok))
}

async fn rebuild(at: &Where, from_nothing: bool) -> Result<ExitCode> {
    let opened = Opened::at(at).await?;
    let _alone = from_nothing.then(|| opened.folder.lock()).transpose()?;
    let (mut shown, mut ok) = (Vec::new(), true);
    for (region, store) in &opened.stores {
        if from_nothing {
            opened.index.wipe(region.as_str()).await?;
        }
        let rebuilt = store.rebuild_index().await?;
        ok &= rebuilt.damaged.is_empty() && rebuilt.gone.is_empty();
        shown.push(json!({
            "region": region.as_str(),
            "packs": rebuilt.packs,
            "frames": rebuilt.frames,
            "gone": rebuilt.gone,
            "damaged": rebuilt.damaged,
        }));
    }
    show(at, &shown)?;
    Ok(code(ok))
}

/// `amiable fsck`: exit code 2 says that something is wrong.
pub(crate) async fn fsck(at: &Where) -> Result<ExitCode> {
    let opened = Opened::at(at).await?;
    let before = opened.now.saturating_sub(limits().delay_ms);
    let folder = opened.folder.path("volumes");
    let checked = volumes::fsck(&opened.db, &opened.stores, &folder, before).await;
    let checked = checked.map_err(chained)?;
    let ok = checked.iter().all(volumes::Checked::ok);
    let shown: Result<Vec<Value>, _> = checked.iter().map(serde_json::to_value).collect();
    show(at, &shown?)?;
    Ok(code(ok))
}

fn code(ok: bool) -> ExitCode {
    if ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(2)
    }
}

fn show(at: &Where, regions: &[Value]) -> Result<()> {
    let mut out = std::io::stdout().lock();
    if at.json {
        writeln!(out, "{}", serde_json::to_string(regions)?)?;
        return Ok(());
    }
    for region in regions {
        for (name, value) in region.as_object().into_iter().flatten() {
            show_value(&mut out, name, value)?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// One value a line, with the names of what it is in.
fn show_value(out: &mut impl Write, name: &str, value: &Value) -> Result<()> {
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                show_value(out, &format!("{name}.{field}"), value)?;
            }
        }
        Value::Array(items) if items.is_empty() => writeln!(out, "{name:32} none")?,
        Value::Array(items) => {
            for item in items {
                show_value(out, name, item)?;
            }
        }
        Value::String(text) => writeln!(out, "{name:32} {text}")?,
        Value::Null | Value::Bool(_) | Value::Number(_) => writeln!(out, "{name:32} {value}")?,
    }
    Ok(())
}
