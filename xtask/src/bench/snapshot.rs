//! A snapshot of a volume that knows what was written, and which blocks differ between two snapshots.
//!
//! The changes of v3 and of v2 are written on top of what is there, as a snapshot of a changed volume is; on the disk as
//! it is (3 GiB), on one of 3 TiB, and with 1,000 snapshots before it. The peers have no such thing: they read all of
//! the disk again. The list of differing blocks is compared with the truth, found by reading both disks. And how long a
//! guest that writes is held up.

use super::Bench;
use super::archives::{Archive, Kind};
use super::dataset::{differing, ranges};
use super::engine::Engine;
use super::machine::{Cost, Meter};
use super::table::{Figure, Row, Table};
use crate::shell;
use anyhow::{Result, ensure};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

const ROUNDS: u32 = 3;
const ANCESTORS: u32 = 1000;
const PAUSES: u32 = 30;
const GRAIN: usize = 4096;
const BLOCK: usize = 512 * 1024;

pub(super) fn run(bench: &Bench) -> Result<Table> {
    let mut table = Table::new("Snapshot of a changed volume, and the difference of two");
    let disks = bench.disks()?;
    let [v1, v2, v3, v2r] = ["v1", "v2", "v3", "v2r"].map(|name| disks.path(name));
    let changed = |a: &Path, b: &Path| Ok::<_, anyhow::Error>(ranges(&differing(a, b, GRAIN)?));
    let (to_v2, to_v3) = (changed(&v1, &v2)?, changed(&v2, &v3)?);
    let folder = bench.scratch()?;
    let large = folder.path().join("large.raw");
    shell::output(
        Command::new("cp")
            .arg("--sparse=always")
            .arg(&v2)
            .arg(&large),
    )?;
    shell::output(Command::new("truncate").args(["--size=3T"]).arg(&large))?;
    let mut engine = Engine::start(bench, &folder.path().join("ours"))?;
    for (file, name) in [
        (&v1, "v1"),
        (&v2, "v2"),
        (&v3, "v3"),
        (&v2r, "v2r"),
        (&large, "large"),
    ] {
        engine.ask("write", json!({"file": file, "name": name}))?;
    }
    let (cost, _) = engine.cost(
        "generations",
        json!({"base": "v2", "name": "old", "count": ANCESTORS}),
    )?;
    table.note(format!(
        "{ANCESTORS} snapshots of one changed grain each, one after the other: {:.2} ms of processor time each, {:.2} ms by the clock.",
        cost.cpu * 1e3 / f64::from(ANCESTORS), cost.wall * 1e3 / f64::from(ANCESTORS)
    ));
    let kinds: Vec<Kind> = [Kind::Restic, Kind::Borg]
        .into_iter()
        .filter(|kind| kind.is_here())
        .collect();
    let mut rows: BTreeMap<(Kind, &str), Row> = BTreeMap::new();
    let few = "a transaction or two of the index and two flushes are most of it";
    let many = "63 MiB are read and hashed, and 52 of them compressed: that is most of it";
    for kind in &kinds {
        let (for_v3, for_v2) = if *kind == Kind::Restic {
            (0.01, 0.1)
        } else {
            (0.02, 0.17)
        };
        let mut row = |what, name: &str, goal, why| {
            rows.insert(
                (*kind, what),
                Row::new(name, kind.name()).cpu(goal).because(why),
            );
        };
        row("v3", "snapshot of v3's changes on v2", for_v3, few);
        row("v2", "snapshot of v2's changes on v1", for_v2, many);
    }
    let mut growth = [
        Row::new("v3's changes at 3 TiB", "ours at 3 GiB"),
        Row::new(
            &format!("v3's changes after {ANCESTORS} snapshots"),
            "ours after one",
        ),
    ];
    for _ in 0..bench.rounds(ROUNDS) {
        // A fresh store each round would hide the ancestors; so what the round wrote is let go of again.
        let mut increment = |base: &str, file: &Path, ranges: &Value| -> Result<Cost> {
            let with = json!({"base": base, "file": file, "name": "new", "ranges": ranges});
            let (cost, _) = engine.cost("increment", with)?;
            engine.ask("delete", json!({"name": "new"}))?;
            Ok(cost)
        };
        let (r2, r3) = (json!(to_v2), json!(to_v3));
        let v3_cost = increment("v2", &v3, &r3)?;
        let large_cost = increment("large", &v3, &r3)?;
        let old_cost = increment("old", &v3, &r3)?;
        growth[0].add(large_cost, v3_cost);
        growth[1].add(old_cost, v3_cost);
        let v2_cost = fresh(bench, &v1, &v2, &r2)?;
        let v3_fresh = fresh(bench, &v2, &v3, &r3)?;
        for kind in &kinds {
            let folder = bench.scratch()?;
            let archive = Archive::new(*kind, folder.path(), disks.folder())?;
            archive.add("v1", "v1")?;
            let peer_v2 = archive.add("v2", "v2")?;
            let peer_v3 = archive.add("v3", "v3")?;
            for (what, ours, peer) in [("v2", v2_cost, peer_v2), ("v3", v3_fresh, peer_v3)] {
                if let Some(row) = rows.get_mut(&(*kind, what)) {
                    row.add(ours, peer);
                }
            }
        }
    }
    rows.into_values().for_each(|row| table.row(row));
    growth.into_iter().for_each(|row| table.row(row));
    difference(bench, &mut table, &mut engine, [&v2, &v3, &v2r])?;
    for (size, gib) in [("3 GiB", 3), ("16 TiB", 16 << 10)] {
        pause(bench, &mut table, (size, gib))?;
    }
    Ok(table)
}

/// A guest writes 4 KiB after 4 KiB over NBD while snapshots are made of its disk.
fn pause(bench: &Bench, table: &mut Table, (size, gib): (&str, u64)) -> Result<()> {
    let folder = bench.scratch()?;
    let mut engine = Engine::start(bench, folder.path())?;
    let said = engine.ask("pause", json!({"gib": gib, "count": PAUSES}))?;
    let list = |name: &str| serde_json::from_value::<Vec<f64>>(said[name].clone());
    let name = format!("{size}: the longest write that meets a CreateSnapshot");
    table.figure(
        Figure::new(&name, "ms", list("pauses")?)
            .at_most(10.0)
            .because("the guest's writes go into the page cache, and the snapshot's flushes hold them up there"),
    );
    let name = format!("{size}: the longest write in as long a time without one");
    table.figure(Figure::new(&name, "ms", list("without")?));
    let name = format!("{size}: CreateSnapshot until it is answered");
    table.figure(Figure::new(&name, "ms", list("calls")?));
    table.note(format!(
        "{size}: {} writes of 4 KiB, one after the other, during {PAUSES} snapshots and what they store.",
        said["writes"]
    ));
    Ok(())
}

/// The changes on top of the disk `base`, in a store that has nothing else, so that none of them is known.
fn fresh(bench: &Bench, base: &Path, file: &Path, ranges: &Value) -> Result<Cost> {
    let folder = bench.scratch()?;
    let mut engine = Engine::start(bench, folder.path())?;
    engine.ask("write", json!({"file": base, "name": "base"}))?;
    let with = json!({"base": "base", "file": file, "name": "new", "ranges": ranges});
    Ok(engine.cost("increment", with)?.0)
}

fn difference(
    bench: &Bench,
    table: &mut Table,
    engine: &mut Engine,
    [v2, v3, v2r]: [&Path; 3],
) -> Result<()> {
    for (a, b, left, right) in [("v2", "v3", v2, v3), ("v2", "v2r", v2, v2r)] {
        let (_, said) = engine.cost("diff", json!({"a": a, "b": b}))?;
        let found: Vec<u64> = serde_json::from_value(said["blocks"].clone())?;
        let truth = differing(left, right, BLOCK)?;
        ensure!(found == truth, "the difference of {a} and {b} is wrong");
        table.note(format!(
            "The difference of {a} and {b}: {} blocks of 512 KiB, the same that reading both disks finds.",
            truth.len()
        ));
    }
    let mut row = Row::new("which blocks of v2 and v3 differ", "cmp -l of the disks")
        .cpu(0.01)
        .wall(0.01);
    let mut faster = Vec::new();
    let compare = || {
        let meter = Meter::programs()?;
        // Its list is read: with nobody to read it, cmp stops at the first difference. That there is one is a failure to
        // cmp, and as it should be here.
        let done = Command::new("cmp").arg("-l").args([v2, v3]).output()?;
        ensure!(done.status.code() == Some(1), "cmp: {}", done.status);
        meter.stop()
    };
    for _ in 0..bench.rounds(ROUNDS) {
        let (ours, _) = engine.cost("diff", json!({"a": "v2", "b": "v3"}))?;
        let peer = compare()?;
        faster.push(peer.wall / ours.wall);
        row.add(ours, peer);
    }
    table.row(row);
    table.figure(
        Figure::new(
            "the difference of v2 and v3, times faster than cmp",
            "",
            faster,
        )
        .at_least(100.0),
    );
    Ok(())
}
