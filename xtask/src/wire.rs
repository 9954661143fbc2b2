//! The wire against botocore's: its serializer, its parser, its clients' signatures.

use crate::{python, shell};
use anyhow::Result;
use std::path::PathBuf;
use std::process::Command;

/// Builds the program that the suite talks to, and runs the suite.
pub(crate) fn run() -> Result<()> {
    let programs = python::clients()?;
    let echo = [
        "build",
        "--quiet",
        "--package",
        "protocol",
        "--example",
        "echo",
    ];
    shell::run(shell::cargo().args(echo).args(["--features", "fixture"]))?;
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| shell::root().join("target"), PathBuf::from);
    let mut pytest = Command::new(programs.join("python"));
    pytest.args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/wire"]);
    pytest
        .current_dir(shell::root())
        .env("PYTHONDONTWRITEBYTECODE", "1");
    shell::run(pytest.env("AMIABLE_ECHO", target.join("debug/examples/echo")))
}
