//! `cargo xtask simulate`: the server under seeds (docs/simulation.md).

use crate::shell;
use anyhow::Result;

/// What continuous integration runs: about a minute, and some seeds with overlapping transactions.
pub(crate) fn a_minute() -> Result<()> {
    run(&["--minutes", "1"])?;
    run(&["--postgres", "--seed", "1", "--seeds", "6"])
}

/// Hands its options on.
pub(crate) fn run(options: &[&str]) -> Result<()> {
    let program = ["run", "--quiet", "--package", "simulation", "--"];
    shell::run(shell::cargo().args(program).args(options))
}
