//! `cargo xtask bench`: what the service costs, with a peer beside it in the same run.
//!
//! Every figure is a pair: ours and the peer's, taken one right after the other, in several rounds whose order
//! alternates. The verdict is the median of the ratios of the rounds, with the smallest and the largest of them;
//! processor time first, because other work on the machine moves it little, and the clock second. Where there is a goal,
//! the verdict says whether every round met it. A whole part writes its figures into `docs/performance.md`, which says
//! what each row does and does not show.

mod archives;
mod boot;
mod calls;
mod client;
mod cold;
mod dataset;
mod describe;
mod direct;
mod disks;
mod engine;
mod launch;
mod link;
mod machine;
mod nbd;
mod nightly;
mod page;
mod server;
mod snapshot;
mod spread;
mod table;
mod volumes;

use crate::{guests, packages, python, shell};
use anyhow::{Context, Result, bail};
use dataset::Disks;
use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use table::Table;
use tempfile::TempDir;

/// The peer of DescribeImages, and the client that asks both; pinned, so that a run today is a run tomorrow.
const PYTHON: &[&str] = &["boto3==1.43.11", "botocore==1.43.11", "moto[server]==5.2.1"];

/// What the rows have in common.
struct Bench {
    /// The release builds.
    programs: PathBuf,
    /// The folder of Python's programs.
    python: PathBuf,
    disks: OnceCell<Disks>,
    /// Said on the command line.
    rounds: Option<u32>,
    /// Everything that is written, on one file system.
    folder: TempDir,
}

type Suite = (&'static str, fn(&Bench) -> Result<Table>);

const SUITES: &[Suite] = &[
    ("disks", disks::run),
    ("snapshot", snapshot::run),
    ("nightly", nightly::run),
    ("launch", launch::run),
    ("volumes", volumes::run),
    ("cold", cold::run),
    ("nbd", nbd::run),
    ("catalogue", describe::run),
    ("calls", calls::run),
    ("direct", direct::run),
    ("boot", boot::run),
    ("link", link::run),
];

/// Measures one part, or everything; prints a table for each and puts it on the page. A part that fails does not keep
/// the others from being measured.
pub(crate) fn run(part: Option<&str>, rounds: Option<u32>, yes: bool) -> Result<()> {
    let chosen: Vec<&Suite> = SUITES
        .iter()
        .filter(|(name, _)| part.is_none_or(|part| part == *name))
        .collect();
    if chosen.is_empty() {
        let names = SUITES
            .iter()
            .map(|(name, _)| *name)
            .collect::<Vec<_>>()
            .join(", ");
        bail!("there is no part {:?}: {names}", part.unwrap_or_default());
    }
    packages::ensure(packages::BENCH, yes)?;
    packages::try_each(packages::BENCH_PEERS, yes)?;
    let bench = Bench::prepare(rounds)?;
    let began = Instant::now();
    let mut failed = Vec::new();
    for (name, suite) in chosen {
        eprintln!("Measuring {name}");
        if let Err(error) = measure(&bench, name, *suite) {
            eprintln!("{name}: {error:#}");
            failed.push(*name);
        }
    }
    println!("All of it took {:.0} s.", began.elapsed().as_secs_f64());
    if failed.is_empty() {
        return Ok(());
    }
    bail!("not measured: {}", failed.join(", "))
}

fn measure(bench: &Bench, name: &str, suite: fn(&Bench) -> Result<Table>) -> Result<()> {
    let (began, load) = (Instant::now(), machine::load());
    let table = suite(bench)?;
    let date = shell::output(Command::new("date").args(["--utc", "+%Y-%m-%d"]))?;
    let text = format!(
        "{table}\n{}, `cargo xtask bench {name}`, {:.0} s. {} Load average at the start: {load:.1}.\n",
        date.trim(),
        began.elapsed().as_secs_f64(),
        machine::description()?,
    );
    println!("{text}");
    page::keep(name, &text)
}

impl Bench {
    fn prepare(rounds: Option<u32>) -> Result<Bench> {
        Ok(Bench {
            programs: build()?,
            python: python::environment("bench", PYTHON)?,
            disks: OnceCell::new(),
            rounds,
            folder: tempfile::Builder::new()
                .prefix("amiable-bench-")
                .tempdir()?,
        })
    }

    /// The disks that are measured; built if they are not there.
    fn disks(&self) -> Result<&Disks> {
        if let Some(disks) = self.disks.get() {
            return Ok(disks);
        }
        let found = Disks::find()?;
        Ok(self.disks.get_or_init(|| found))
    }

    /// How often a part measures each pair; `usual` if nothing else is wanted.
    fn rounds(&self, usual: u32) -> u32 {
        self.rounds.unwrap_or(usual).max(1)
    }

    /// The Debian guest, raw; built if it is not there.
    fn debian(&self) -> Result<PathBuf> {
        guests::debian(&guests::Cache::open()?)
    }

    fn amiable(&self) -> PathBuf {
        self.programs.join("amiable")
    }

    fn example(&self, name: &str) -> PathBuf {
        self.programs.join("examples").join(name)
    }

    /// A folder for one part of one round.
    fn scratch(&self) -> Result<TempDir> {
        tempfile::tempdir_in(self.folder.path()).context("making a folder for one measurement")
    }
}

/// Builds everything that is measured, optimised; answers the folder.
fn build() -> Result<PathBuf> {
    const BUILD: [&str; 13] = [
        "build",
        "--release",
        "--package",
        "amiable",
        "--package",
        "volumes",
        "--package",
        "device",
        "--bins",
        "--example",
        "bench",
        "--example",
        "serve",
    ];
    println!("Building for release; this takes some minutes the first time.");
    shell::run(shell::cargo().args(BUILD))?;
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| shell::root().join("target"), PathBuf::from);
    Ok(target.join("release"))
}

/// A path as an argument of a program.
fn text(path: &Path) -> Result<&str> {
    path.to_str()
        .with_context(|| format!("{} is not text", path.display()))
}
