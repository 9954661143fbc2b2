//! `cargo xtask gen`: writes the wire types from AWS's own service models.
//!
//! The models come with botocore, which is fetched by pip at generation time and never shipped.
//! `models/operations.toml` lists the operations and the parameters of each that are honoured,
//! `models/answers.toml` the lists that answers leave out when empty, `models/fixture.toml` the
//! operations of the test set. No prose of the models is taken over. The same input writes the
//! same files.

mod docs;
mod model;
mod rust;

use crate::{guests, shell};
use anyhow::{Context, Result, ensure};
use model::Model;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

const BOTOCORE: &str = "1.43.11";
const SERVICES: &[(&str, &str)] = &[
    ("ec2", "Ec2"),
    ("sts", "Sts"),
    ("iam", "Iam"),
    ("organizations", "Organizations"),
    ("ebs", "Ebs"),
    ("cloudtrail", "CloudTrail"),
    ("kms", "Kms"),
];

/// Operations with the parameters that each honours.
type Operations = BTreeMap<String, Vec<String>>;

/// Writes the files, or with `check` says whether they would change.
pub(crate) fn run(check: bool) -> Result<()> {
    let data = botocore()?;
    let mut files = BTreeMap::new();
    let mut pages = String::from(docs::HEAD);
    let listed: BTreeMap<String, Operations> = listed_of("operations")?;
    let quiet: BTreeMap<String, Vec<String>> = listed_of("answers")?;
    let mut index = rust::Index::new("$crate", "operations", "Every operation that is spoken.");
    for (name, variant) in SERVICES {
        let model = Model::read(&data, name, quiet.get(*name))?;
        let operations = listed
            .get(*name)
            .with_context(|| format!("no operations of {name}"))?;
        let service = format!("Service::{variant}");
        files.insert(
            generated(name),
            rust::service(&model, operations, &service)?,
        );
        index.add(name, operations)?;
        docs::service(&model, operations, &mut pages)?;
    }
    files.insert(generated("mod"), index.finish(&["fixture"]));
    fixture(&data, &mut files)?;
    files.insert("docs/api/operations.md".into(), pages);
    files
        .iter()
        .try_for_each(|(path, text)| put(path, text, check))
}

fn fixture(data: &Path, files: &mut BTreeMap<PathBuf, String>) -> Result<()> {
    let listed: BTreeMap<String, BTreeMap<String, Vec<String>>> = listed_of("fixture")?;
    let text = "Every operation of the test set.";
    let mut index = rust::Index::new("$crate::fixture", "fixtures", text);
    for (name, part) in &listed {
        let model = Model::read(data, name, None)?;
        let module = name.replace('-', "_");
        let names = part
            .get("operations")
            .with_context(|| format!("no operations of {name}"))?;
        let operations = names
            .iter()
            .map(|name| (name.clone(), Vec::new()))
            .collect();
        let service = "Service::Fixture(&MODEL)";
        let path = generated(&format!("fixture/{module}"));
        files.insert(path, rust::service(&model, &operations, service)?);
        index.add(&module, &operations)?;
    }
    files.insert(generated("fixture/mod"), index.finish(&[]));
    Ok(())
}

fn generated(name: &str) -> PathBuf {
    PathBuf::from(format!("crates/protocol/src/gen/{name}.rs"))
}

fn listed_of<T: DeserializeOwned>(name: &str) -> Result<T> {
    let path = shell::root().join(format!("models/{name}.toml"));
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    toml::from_str(&text).with_context(|| path.display().to_string())
}

fn put(path: &Path, text: &str, check: bool) -> Result<()> {
    let full = shell::root().join(path);
    if check {
        let same = shell::read(&full) == text;
        ensure!(
            same,
            "{} is not what `cargo xtask gen` writes",
            path.display()
        );
        return Ok(());
    }
    if let Some(folder) = full.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(full, text).with_context(|| path.display().to_string())
}

/// The folder of botocore's models, fetched if it is not in the cache.
fn botocore() -> Result<PathBuf> {
    let folder = guests::Cache::open()?
        .folder()
        .join(format!("botocore-{BOTOCORE}"));
    let data = folder.join("botocore/data");
    if !data.exists() {
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--target"])
            .arg(&folder);
        shell::output(pip.arg(format!("botocore=={BOTOCORE}")))?;
    }
    Ok(data)
}
