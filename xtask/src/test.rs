//! `cargo xtask test`: everything that must pass before a change lands.

use crate::{fuzz, guests, packages, python, shell, simulate, tidy, wire};
use anyhow::{Result, bail};
use std::path::Path;
use std::time::Instant;

/// How long each fuzz target runs.
const FUZZ_SECONDS: u32 = 60;

/// Client suites that run side by side, each on a service of its own: most of their time is spent
/// waiting, as the stock waiters look every fifteen seconds.
const SESSIONS: &str = "4";

/// Runs one part, or all of them.
pub(crate) fn run(part: Option<&str>, yes: bool) -> Result<()> {
    packages::ensure(packages::TEST, yes)?;
    type Part = (&'static str, fn() -> Result<()>);
    let parts: [Part; 6] = [
        ("check", check),
        ("rust", rust),
        ("simulation", simulate::a_minute),
        ("wire", wire::run),
        ("clients", clients),
        ("fuzz", || fuzz::run(FUZZ_SECONDS, None)),
    ];
    // Too slow for every change: only when it is named.
    let slow: [Part; 1] = [("debian", debian)];
    let chosen: Vec<_> = match part {
        None => parts.to_vec(),
        Some(part) => parts
            .into_iter()
            .chain(slow)
            .filter(|(name, _)| part == *name)
            .collect(),
    };
    if chosen.is_empty() {
        bail!(
            "there is no part {:?}: check, rust, simulation, wire, clients, fuzz, debian",
            part.unwrap_or_default()
        );
    }
    let mut table = Vec::new();
    for (name, run) in chosen {
        println!("\n== {name}");
        let began = Instant::now();
        run()?;
        table.push(format!(
            "{name:<10} {:>7.1} s",
            began.elapsed().as_secs_f64()
        ));
    }
    println!("\nAll passed:\n{}", table.join("\n"));
    Ok(())
}

/// Format, lints, layers. Suites may stop where they stand, so they may unwrap and print.
pub(crate) fn check() -> Result<()> {
    const LINT: [&str; 4] = ["clippy", "--quiet", "--workspace", "--"];
    const LINT_ALL: [&str; 5] = ["clippy", "--quiet", "--workspace", "--all-targets", "--"];
    const DENY: [&str; 2] = ["--deny", "warnings"];
    const SUITES_MAY: [&str; 4] = [
        "--allow=clippy::unwrap_used",
        "--allow=clippy::panic",
        "--allow=clippy::print_stdout",
        "--allow=clippy::print_stderr",
    ];
    shell::run(shell::cargo().args(["fmt", "--all", "--check"]))?;
    shell::run(shell::cargo().args(LINT).args(DENY))?;
    shell::run(shell::cargo().args(LINT_ALL).args(DENY).args(SUITES_MAY))?;
    tidy::run()
}

/// The suites of every crate: on both databases, on a real S3 server, with real QEMU.
fn rust() -> Result<()> {
    let tiny = guests::tiny(&guests::Cache::open()?)?;
    shell::run(
        shell::cargo()
            .args(["test", "--workspace", "--no-fail-fast"])
            .env("AMIABLE_PYTHON", python::clients()?.join("python"))
            .env("AMIABLE_TINY_IMAGE", tiny),
    )?;
    shell::run(
        shell::cargo()
            .args([
                "test",
                "--workspace",
                "--test",
                "s3",
                "--",
                "--include-ignored",
            ])
            .env("AMIABLE_TEST_WEED", python::clients()?.join("weed")),
    )
}

/// The service from outside, with the stock clients.
fn clients() -> Result<()> {
    pytest("tests/clients", None)
}

/// What needs an ordinary Debian: a role inside a guest, used by boto3 there.
fn debian() -> Result<()> {
    let disk = guests::debian(&guests::Cache::open()?)?;
    pytest("tests/clients/test_guest_api.py", Some(&disk))
}

fn pytest(suites: &str, debian: Option<&Path>) -> Result<()> {
    let tiny = guests::tiny(&guests::Cache::open()?)?;
    let binary = shell::build_server()?;
    let programs = python::clients()?;
    let path = format!(
        "{}:{}",
        programs.display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let mut pytest = std::process::Command::new(programs.join("python"));
    pytest.args([
        "-m",
        "pytest",
        "-q",
        "-n",
        SESSIONS,
        "-p",
        "no:cacheprovider",
        suites,
    ]);
    if let Some(disk) = debian {
        pytest.env("AMIABLE_DEBIAN_IMAGE", disk);
    }
    pytest
        .current_dir(shell::root())
        .env("PATH", path)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    shell::run(
        pytest
            .env("AMIABLE_BIN", binary)
            .env("AMIABLE_TINY_IMAGE", tiny),
    )
}
