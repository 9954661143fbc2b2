//! `cargo xtask simulate`: the server under seeds (docs/simulation.md).

use crate::shell;
use anyhow::Result;

/// What continuous integration runs: about a minute.
pub(crate) fn a_minute() -> Result<()> {
    run(&["--minutes", "1"])
}

/// Hands its options on.
pub(crate) fn run(options: &[&str]) -> Result<()> {
    let program = ["run", "--quiet", "--package", "simulation", "--"];
    shell::run(shell::cargo().args(program).args(options))
}
