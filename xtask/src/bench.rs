//! `cargo xtask bench`: what the service costs, with a peer beside it in the same run.
//!
//! Every figure is a pair: ours and the peer's, taken one right after the other, in several rounds whose order
//! alternates. The verdict is the median of the ratios of the rounds, with the smallest and the largest of them;
//! processor time first, because other work on the machine moves it little, and the clock second. `docs/benchmarks.md`
//! says what each row does and does not show.

mod boot;
mod client;
mod describe;
mod import;
mod machine;
mod nbd;
mod server;
mod table;
mod volumes;

use crate::{guests, packages, python, shell};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
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
    /// A real disk, raw.
    disk: PathBuf,
    /// Everything that is written, on one file system.
    folder: TempDir,
}

type Suite = (&'static str, fn(&Bench) -> Result<Table>);

const SUITES: [Suite; 5] = [
    ("import", import::run),
    ("volumes", volumes::run),
    ("nbd", nbd::run),
    ("catalogue", describe::run),
    ("boot", boot::run),
];

/// Measures one part, or everything, and prints a table for each.
pub(crate) fn run(part: Option<&str>, yes: bool) -> Result<()> {
    let began = Instant::now();
    let chosen: Vec<&Suite> = SUITES
        .iter()
        .filter(|(name, _)| part.is_none_or(|part| part == *name))
        .collect();
    if chosen.is_empty() {
        let names = SUITES.map(|(name, _)| name).join(", ");
        bail!("there is no part {:?}: {names}", part.unwrap_or_default());
    }
    packages::ensure(packages::BENCH, yes)?;
    let bench = Bench::prepare()?;
    println!("{}", machine::description()?);
    println!(
        "Each cell: median over the rounds. Ratio: ours to the peer's, median (min-max) of the rounds; below 1 we cost less.\n"
    );
    for (_, suite) in chosen {
        println!("{}", suite(&bench)?);
    }
    println!("All of it took {:.0} s.", began.elapsed().as_secs_f64());
    Ok(())
}

impl Bench {
    fn prepare() -> Result<Bench> {
        let programs = build()?;
        Ok(Bench {
            programs,
            python: python::environment("bench", PYTHON)?,
            disk: guests::debian(&guests::Cache::open()?)?,
            folder: tempfile::Builder::new()
                .prefix("amiable-bench-")
                .tempdir()?,
        })
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
        "blocks",
        "--package",
        "device",
        "--bins",
        "--example",
        "measure",
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
