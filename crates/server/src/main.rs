//! `amiable`: the one binary. `serve` runs the service; `account` and `env` work on its data
//! folder; `image` is a client of its API like any other.

mod admin;
mod audit_command;
mod folder;
mod http;
mod metrics;
mod private;
mod settings;
mod start;
mod store_admin;
mod upkeep;
mod usage_command;
mod worker;

use anyhow::{Context, Result, ensure};
use base::Region;
use clap::{Parser, Subcommand};
use folder::Folder;
use settings::Settings;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;

/// An Amazon Machine Image service that anyone can run.
#[derive(Parser)]
#[command(version, about, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the service. Prints one line when it answers.
    Serve(Serve),
    /// Prints the exports that point AWS clients at the service: eval "$(amiable env --data DIR)".
    Env {
        /// The data folder.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
    /// Makes and lists accounts, while the service runs or not.
    #[command(subcommand)]
    Account(AccountCommand),
    /// Reads and verifies the audit trail, while the service runs or not.
    #[command(subcommand)]
    Audit(audit_command::Command),
    /// Shows, collects, scrubs and repairs what is stored, while the service runs or not.
    #[command(subcommand)]
    Store(store_admin::StoreCommand),
    /// Checks that all that is stored and recorded agrees. Exit code 2: something is wrong.
    Fsck(store_admin::Where),
    /// Changes the master key, while the service is stopped.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Imports, exports, shows and verifies images, over the API.
    #[command(subcommand)]
    Image(cli::ImageCommand),
    /// Works on snapshots, over the API.
    #[command(subcommand)]
    Snapshot(cli::SnapshotCommand),
}

#[derive(clap::Args)]
struct Serve {
    /// The data folder; made on the first start.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The address and port to listen on. Port 0 takes a free one.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:4566")]
    listen: String,
    /// A PostgreSQL URL instead of the embedded database. Kept for later starts.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Where packs of blocks are kept, such as s3://bucket/prefix. Kept for later starts.
    #[arg(long, value_name = "URL")]
    blocks: Option<String>,
    /// Where one Region's packs are kept, if elsewhere than the others'; may be given several times.
    /// Its options are in settings.toml. Kept for later starts.
    #[arg(long = "store", value_name = "REGION=URL")]
    stores: Vec<String>,
    /// A Region; may be given several times. Kept for later starts.
    #[arg(long = "region", value_name = "REGION")]
    regions: Vec<String>,
    /// Also answer GET /metrics (Prometheus) here, without credentials. Off unless given.
    #[arg(long, value_name = "ADDR:PORT")]
    metrics: Option<String>,
    /// How guests run: auto (KVM where it works), kvm or tcg.
    #[arg(long, default_value = "auto", env = "AMIABLE_ACCEL")]
    accel: String,
    /// No guest gets more memory than this, whatever its type.
    #[arg(long, value_name = "MIB")]
    memory_cap: Option<u32>,
}

#[derive(Subcommand)]
enum AccountCommand {
    /// Makes an account and prints its first access key.
    Create {
        /// Its name on this installation.
        name: String,
        /// The data folder.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Shows what accounts are charged for: quantities, not prices.
    Usage(usage_command::Usage),
    /// Lists the accounts.
    Ls {
        /// The data folder.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
enum KeyCommand {
    /// Makes a new master key and seals all secrets under it. Temporary credentials end.
    Rotate {
        /// The data folder.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Serve(options) => serve(options).await.map(|()| ExitCode::SUCCESS),
        Command::Env { data } => admin::env(&data).map(|()| ExitCode::SUCCESS),
        Command::Account(AccountCommand::Create { name, data, json }) => {
            admin::create_account(&data, &name, json)
                .await
                .map(|()| ExitCode::SUCCESS)
        }
        Command::Account(AccountCommand::Ls { data, json }) => admin::list_accounts(&data, json)
            .await
            .map(|()| ExitCode::SUCCESS),
        Command::Account(AccountCommand::Usage(asked)) => {
            usage_command::run(asked).await.map(|()| ExitCode::SUCCESS)
        }
        Command::Audit(command) => audit_command::run(command).await,
        Command::Store(command) => store_admin::run(command).await,
        Command::Fsck(at) => store_admin::fsck(&at).await,
        Command::Key(KeyCommand::Rotate { data }) => {
            admin::rotate_key(&data).await.map(|()| ExitCode::SUCCESS)
        }
        Command::Image(command) => cli::run(command).await,
        Command::Snapshot(command) => cli::run_on_snapshot(command).await,
    };
    done.unwrap_or_else(|error| {
        say(&format!("amiable: {error:#}"));
        ExitCode::FAILURE
    })
}

/// Says something to whoever runs the program, beside its output.
pub(crate) fn say(text: &str) {
    // Nobody may be listening any more; that is no reason to stop.
    drop(writeln!(std::io::stderr(), "{text}"));
}

async fn serve(options: Serve) -> Result<()> {
    let filter = EnvFilter::try_from_env("AMIABLE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(colours)
        .with_writer(std::io::stderr)
        // It would tell them on the same stream, and panic where that cannot be written to.
        .log_internal_errors(false)
        .init();
    private::no_core_dumps();
    let folder = Folder::create(&options.data)?;
    let _held = folder.lock()?;
    let settings = keep_settings(&folder, &options)?;
    let (guest_api, guests) = instances::guest_api();
    let started = start::Options {
        accel: options.accel,
        memory_cap_mib: options.memory_cap,
        guest_api,
    };
    let listener = http::bind(&options.listen).await?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    let scrapes = match &options.metrics {
        Some(address) => Some(http::bind(address).await?),
        None => None,
    };
    let app = start::start(&folder, &settings, started).await?;
    let (stop, stopped) = watch::channel(false);
    let metrics = Arc::new(metrics::Metrics::default());
    let scrapes = scrapes.map(|listener| {
        if let Ok(address) = listener.local_addr() {
            tracing::info!(%address, "metrics are answered");
        }
        let stopped = stopped.clone();
        tokio::spawn(metrics::serve(
            listener,
            app.clone(),
            metrics.clone(),
            stopped,
        ))
    });
    let jobs = tokio::spawn(worker::work(
        app.db.clone(),
        app.clock.clone(),
        format!("server-{}", std::process::id()),
        Arc::new(start::Jobs(app.clone())),
        stopped.clone(),
    ));
    let upkeep = tokio::spawn(upkeep::keep_up(
        app.volumes.clone(),
        app.clock.clone(),
        metrics.clone(),
        stopped.clone(),
    ));
    if let Some(keep_days) = settings.audit.keep_days {
        let trail = (app.clone(), folder.path("audit.head"));
        tokio::spawn(upkeep::keep_trail(trail, keep_days, stopped.clone()));
    }
    let answers = http::serve(listener, guests, (app.clone(), metrics), stopped);
    let answers = tokio::spawn(answers);
    folder.replace("endpoint", endpoint.as_bytes())?;
    announce(&endpoint)?;
    wait_for_signal().await?;
    stop.send(true).context("nobody is left to be stopped")?;
    answers.await?;
    jobs.await?;
    upkeep.await?;
    if let Some(scrapes) = scrapes {
        scrapes.await?;
    }
    app.audit.flush().await.map_err(admin::chained)?;
    app.instances.shutdown();
    app.volumes.shutdown();
    Ok(())
}

/// The one line on standard output.
fn announce(endpoint: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "amiable answers on {endpoint}")?;
    out.flush()?;
    Ok(())
}

async fn wait_for_signal() -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// What was given now wins over what was kept, and is kept in turn.
fn keep_settings(folder: &Folder, options: &Serve) -> Result<Settings> {
    let mut settings = Settings::load(folder)?;
    if !options.regions.is_empty() {
        let parsed: Result<Vec<Region>, base::Error> = options
            .regions
            .iter()
            .map(|name| Region::parse(name))
            .collect();
        settings.regions = parsed?;
    }
    if options.database.is_some() {
        settings.database.clone_from(&options.database);
    }
    for given in &options.stores {
        let (region, store) = settings::StoreSettings::parse(given)?;
        match settings.stores.get_mut(&region) {
            Some(known) => known.url = store.url,
            None => drop(settings.stores.insert(region, store)),
        }
    }
    if options.blocks.is_some() {
        settings.blocks.clone_from(&options.blocks);
    }
    ensure!(
        !settings.regions.is_empty(),
        "settings.toml names no Region"
    );
    settings.save(folder)?;
    Ok(settings)
}
