//! One system, built anew each night for 30 nights: what each night adds to the store.
//!
//! A night changes one package's files, logs, caches and ids, and lays out the file system from nothing, with new times,
//! a new id and a new order (`xtask/guests/dataset/nightly.sh`).

use super::Bench;
use super::archives::{Archive, Kind};
use super::dataset::Disks;
use super::engine::Engine;
use super::table::{Figure, Table};
use anyhow::{Context, Result};
use serde_json::json;

const NIGHTS: u32 = 30;
/// The peer keeps these many; more would only take longer.
const PEER_NIGHTS: u32 = 5;

pub(super) fn run(bench: &Bench) -> Result<Table> {
    let mut table = Table::new("Thirty nightly rebuilds");
    let folder = bench.scratch()?;
    let tree = folder.path().join("tree");
    std::fs::create_dir(&tree)?;
    bench.disks()?.tree(&tree)?;
    let disks = folder.path().join("disks");
    std::fs::create_dir(&disks)?;
    let disk = disks.join("night.raw");
    let mut engine = Engine::start(bench, &folder.path().join("ours"))?;
    let peer = Kind::Restic
        .is_here()
        .then(|| Archive::new(Kind::Restic, folder.path(), &disks));
    let peer = peer.transpose()?;
    let (mut sizes, mut peer_sizes, mut cpu) = (Vec::new(), Vec::new(), Vec::new());
    for night in 0..NIGHTS {
        Disks::night(&tree, night, &disk)?;
        let name = format!("night-{night}");
        let (cost, _) = engine.cost("write", json!({"file": disk, "name": name}))?;
        cpu.push(cost.cpu);
        let stored = engine.ask("stored", json!({}))?;
        sizes.push(stored["packs"].as_f64().context("no bytes")?);
        if let Some(peer) = peer.as_ref().filter(|_| night < PEER_NIGHTS) {
            peer.add("night", &name)?;
            peer_sizes.push(bytes(peer.bytes()?));
        }
    }
    let mib = f64::from(1 << 20);
    let first = sizes.first().copied().unwrap_or(f64::NAN);
    let grown: Vec<f64> = growth(&sizes);
    table.figure(Figure::new(
        "stored for the first night",
        "MiB",
        vec![first / mib],
    ));
    table.figure(
        Figure::new(
            "growth a night, of the first",
            "%",
            grown.iter().map(|grown| grown / first * 100.0).collect(),
        )
        .at_most(5.0)
        .because("not broken down yet; each night has about 2 MiB of new files, and every inode and directory is written anew with new times"),
    );
    table.figure(Figure::new(
        "growth a night",
        "MiB",
        grown.iter().map(|grown| grown / mib).collect(),
    ));
    table.figure(Figure::new(
        "stored for all nights",
        "MiB",
        sizes.last().map(|last| last / mib).into_iter().collect(),
    ));
    let peer_first = peer_sizes.first().copied().unwrap_or(f64::NAN);
    table.figure(Figure::new(
        &format!("restic, {PEER_NIGHTS} nights: growth a night, of the first"),
        "%",
        growth(&peer_sizes)
            .iter()
            .map(|grown| grown / peer_first * 100.0)
            .collect(),
    ));
    table.figure(Figure::new(
        "processor time of each night after the first",
        "s",
        cpu.into_iter().skip(1).collect(),
    ));
    Ok(table)
}

/// How much each is more than the one before.
fn growth(sizes: &[f64]) -> Vec<f64> {
    sizes.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[allow(clippy::cast_precision_loss, reason = "a number of bytes to be shown")]
fn bytes(count: u64) -> f64 {
    count as f64
}
