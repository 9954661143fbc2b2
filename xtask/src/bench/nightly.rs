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
    let mut engine = Engine::start(bench, &folder.path().join("sealed"))?;
    let mut plain = Engine::plain(bench, &folder.path().join("plain"))?;
    let peer = Kind::Restic
        .is_here()
        .then(|| Archive::new(Kind::Restic, folder.path(), &disks));
    let peer = peer.transpose()?;
    let (mut sizes, mut plain_sizes, mut peer_sizes) = (Vec::new(), Vec::new(), Vec::new());
    let mut cpu = Vec::new();
    for night in 0..NIGHTS {
        Disks::night(&tree, night, &disk)?;
        let name = format!("night-{night}");
        let (cost, _) = engine.cost("write", json!({"file": disk, "name": name}))?;
        cpu.push(cost.cpu);
        sizes.push(stored(&mut engine)?);
        plain.ask("write", json!({"file": disk, "name": name}))?;
        plain_sizes.push(stored(&mut plain)?);
        if let Some(peer) = peer.as_ref().filter(|_| night < PEER_NIGHTS) {
            peer.add("night", &name)?;
            peer_sizes.push(bytes(peer.bytes()?));
        }
    }
    let mib = f64::from(1 << 20);
    for (how, sizes) in [("plain", &plain_sizes), ("encrypted", &sizes)] {
        let grown = growth(sizes);
        let held = |at: Option<&f64>| at.map(|bytes| bytes / mib).into_iter().collect();
        table.figure(Figure::new(
            &format!("{how}: stored for the first night"),
            "MiB",
            held(sizes.first()),
        ));
        table.figure(
            Figure::new(
                &format!("{how}: growth a night, of the first"),
                "%",
                shares(sizes),
            )
            .at_most(5.0)
            .because("some 2,200 directories lie between the files and are written anew; under a key, where nothing but the key decides where a chunk ends, each takes the files around it along, most of them in the first rebuild"),
        );
        table.figure(Figure::new(
            &format!("{how}: growth a night"),
            "MiB",
            grown.iter().map(|grown| grown / mib).collect(),
        ));
        table.figure(Figure::new(
            &format!("{how}: stored for all nights"),
            "MiB",
            held(sizes.last()),
        ));
    }
    table.figure(Figure::new(
        &format!("restic, encrypted, {PEER_NIGHTS} nights: growth a night, of the first"),
        "%",
        shares(&peer_sizes),
    ));
    table.figure(Figure::new(
        "encrypted: processor time of each night after the first",
        "s",
        cpu.into_iter().skip(1).collect(),
    ));
    Ok(table)
}

fn stored(engine: &mut Engine) -> Result<f64> {
    let stored = engine.ask("stored", json!({}))?;
    stored["packs"].as_f64().context("no bytes")
}

/// By how many hundredths of the first each is more than the one before.
fn shares(sizes: &[f64]) -> Vec<f64> {
    let first = sizes.first().copied().unwrap_or(f64::NAN);
    growth(sizes)
        .iter()
        .map(|grown| grown / first * 100.0)
        .collect()
}

/// How much each is more than the one before.
fn growth(sizes: &[f64]) -> Vec<f64> {
    sizes.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[allow(clippy::cast_precision_loss, reason = "a number of bytes to be shown")]
fn bytes(count: u64) -> f64 {
    count as f64
}
