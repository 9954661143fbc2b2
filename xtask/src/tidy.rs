//! What no compiler checks: that crates use only the crates beneath them, that SQL stands only in
//! `rows.rs` and its parts, and that programs are started only where they may be.

use crate::shell;
use anyhow::{Result, bail, ensure};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Which of our crates each crate may use. `testkit` may be used by any crate's tests.
const LAYERS: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("policy", &[]),
    ("protocol", &[]),
    ("blocks", &[]),
    ("device", &[]),
    ("formats", &[]),
    ("machine", &[]),
    ("switch", &[]),
    ("store", &["base"]),
    ("testkit", &["store"]),
    ("identity", &["base", "policy", "store"]),
    ("keys", &["base", "policy", "store", "identity"]),
    ("audit", &["base", "identity", "store"]),
    (
        "volumes",
        &["base", "store", "identity", "keys", "blocks", "device"],
    ),
    ("images", &["base", "store", "identity", "keys", "volumes"]),
    (
        "instances",
        &[
            "base", "store", "identity", "keys", "volumes", "images", "machine", "switch",
        ],
    ),
    (
        "api",
        &[
            "audit",
            "base",
            "policy",
            "protocol",
            "store",
            "identity",
            "keys",
            "blocks",
            "volumes",
            "images",
            "instances",
        ],
    ),
    (
        "simulation",
        &[
            "base", "store", "testkit", "identity", "keys", "blocks", "device", "volumes", "images",
        ],
    ),
    ("cli", &["policy", "protocol", "formats"]),
    (
        "amiable",
        &[
            "audit",
            "base",
            "store",
            "identity",
            "keys",
            "blocks",
            "switch",
            "volumes",
            "images",
            "instances",
            "api",
            "cli",
        ],
    ),
    ("xtask", &[]),
];

/// The index of chunks, whose every step is SQL.
const INDEX: [&str; 4] = [
    "volumes/src/index.rs",
    "volumes/src/lists.rs",
    "volumes/src/collect.rs",
    "volumes/src/collect_index.rs",
];

pub(crate) fn run() -> Result<()> {
    let mut found = Vec::new();
    layers(&mut found)?;
    for file in sources(&shell::root().join("crates"))? {
        rooms(&file, &mut found)?;
    }
    ensure!(found.is_empty(), "not tidy:\n{}", found.join("\n"));
    println!(
        "tidy: {} crates keep their layers; SQL and programs stand where they may",
        LAYERS.len()
    );
    Ok(())
}

fn layers(found: &mut Vec<String>) -> Result<()> {
    let allowed: BTreeMap<&str, &[&str]> = LAYERS.iter().copied().collect();
    let text =
        shell::output(shell::cargo().args(["metadata", "--format-version", "1", "--no-deps"]))?;
    let metadata: Value = serde_json::from_str(&text)?;
    let Some(packages) = metadata["packages"].as_array() else {
        bail!("cargo metadata names no packages")
    };
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let Some(may) = allowed.get(name) else {
            found.push(format!(
                "the crate {name} has no row in the table of layers"
            ));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let used = dependency["name"].as_str().unwrap_or_default();
            let is_test = dependency["kind"].as_str() == Some("dev");
            if allowed.contains_key(used) && !may.contains(&used) && !is_test {
                found.push(format!("{name} may not use {used}"));
            }
        }
    }
    Ok(())
}

fn sources(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(sources(&path)?);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    Ok(files)
}

fn rooms(file: &Path, found: &mut Vec<String>) -> Result<()> {
    let whole = std::fs::read_to_string(file)?;
    // A file's own tests may do what they like.
    let text = whole.split("#[cfg(test)]").next().unwrap_or_default();
    let shown = file
        .strip_prefix(shell::root())
        .unwrap_or(file)
        .display()
        .to_string();
    let is = |part: &str| shown.contains(part);
    let tests = is("/tests/") || is("/examples/") || is("crates/testkit/") || is("/benches/");
    let sql = ["\"SELECT ", "\"INSERT INTO", "\"UPDATE ", "\"DELETE FROM"];
    if !tests
        && !is("rows.rs")
        && !is("/rows/")
        // The index of chunks is a table and nothing else.
        && !INDEX.iter().any(|file| is(file))
        && !is("crates/store/")
        && sql.iter().any(|word| text.contains(word))
    {
        found.push(format!(
            "{shown}: SQL stands only in rows.rs, what it consists of, and the index of chunks"
        ));
    }
    if !tests
        && !is("crates/machine/")
        && text.contains("Command::new(")
        && !text.contains("clap::Command")
    {
        found.push(format!("{shown}: only `machine` starts programs"));
    }
    Ok(())
}
