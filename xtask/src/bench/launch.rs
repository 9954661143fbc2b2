//! Volumes from one snapshot until each export has answered its first sector.
//!
//! Ours: v1 as a snapshot; rows, folders, exports over NBD and a read by each, all at once, in one process without
//! HTTP. The peers: `qemu-img create -b` in a loop, nothing served; and one overlay served by `qemu-nbd` until its
//! socket is there, nothing read.

use super::Bench;
use super::engine::Engine;
use super::machine::{Cost, Meter, of_process};
use super::server::Server;
use super::table::{Figure, Row, Table};
use super::text;
use crate::shell;
use anyhow::{Context, Result};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;

const ROUNDS: u32 = 5;
/// One volume is made so often in a round.
const SINGLES: u32 = 10;

pub(super) fn run(bench: &Bench) -> Result<Table> {
    let mut table = Table::new("Launch: volumes from v1, each with its first sector read");
    let disks = bench.disks()?;
    let folder = bench.scratch()?;
    let mut engine = Engine::start(bench, &folder.path().join("ours"))?;
    let made = engine.ask("snapshot", json!({"file": disks.path("v1")}))?;
    let snapshot = made["snapshot"].as_str().context("no snapshot")?.to_owned();
    let base = folder.path().join("v1.qcow2");
    shell::output(
        Command::new("qemu-img")
            .args(["convert", "-f", "raw", "-O", "qcow2"])
            .arg(disks.path("v1"))
            .arg(&base),
    )?;
    let why = "each volume is a transaction, a folder, and an export";
    let mut one = Row::new("1 volume", "overlay, qemu-nbd")
        .wall(0.1)
        .because(why);
    let mut ten = Row::new("10 volumes", "qemu-img create -b, 10 times").because(why);
    let mut hundred = Row::new("100 volumes", "qemu-img create -b, 100 times")
        .wall(0.05)
        .because(why);
    let (mut singles, mut hundreds, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.rounds(ROUNDS) {
        let mut launch =
            |count: u32| engine.cost("launch", json!({"snapshot": snapshot, "count": count}));
        let add = |sum: &mut Cost, cost: Cost| {
            sum.cpu += cost.cpu;
            sum.wall += cost.wall;
        };
        let (mut ours, mut peer) = (Cost::default(), Cost::default());
        for _ in 0..SINGLES {
            let cost = launch(1)?.0;
            singles.push(cost.wall * 1e3);
            add(&mut ours, cost);
            // A program's time is counted in steps of 10 ms, which is about what one takes.
            add(&mut peer, served(bench, &base)?);
        }
        one.add(ours.per(SINGLES), peer.per(SINGLES));
        ten.add(launch(10)?.0, overlays(bench, &base, 10)?);
        let (cost, said) = launch(100)?;
        hundreds.push(cost.wall * 1e3);
        bytes.push(said["bytes_each"].as_f64().context("no bytes")? / 1024.0);
        hundred.add(cost, overlays(bench, &base, 100)?);
    }
    table.row(one);
    table.row(ten);
    table.row(hundred);
    table.figure(
        Figure::new("1 volume, by the clock", "ms", singles)
            .at_most(5.0)
            .because(why),
    );
    table.figure(
        Figure::new("100 volumes at once, by the clock", "ms", hundreds)
            .at_most(200.0)
            .because(why),
    );
    table.figure(
        Figure::new("on disk for each volume", "KiB", bytes)
            .at_most(16.0)
            .because("a folder and its files, each at least a block of the file system"),
    );
    Ok(table)
}

fn overlay(folder: &Path, base: &Path, number: u32) -> Result<PathBuf> {
    let overlay = folder.join(format!("{number}.qcow2"));
    shell::output(
        Command::new("qemu-img")
            .args(["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b"])
            .arg(base)
            .arg(&overlay),
    )?;
    Ok(overlay)
}

fn overlays(bench: &Bench, base: &Path, count: u32) -> Result<Cost> {
    let folder = bench.scratch()?;
    let meter = Meter::programs()?;
    for number in 0..count {
        overlay(folder.path(), base, number)?;
    }
    meter.stop()
}

fn served(bench: &Bench, base: &Path) -> Result<Cost> {
    let folder = bench.scratch()?;
    let socket = folder.path().join("socket");
    let meter = Meter::programs()?;
    let overlay = overlay(folder.path(), base, 0)?;
    let mut command = Command::new("qemu-nbd");
    command.args([
        "--format=qcow2",
        "--persistent",
        "--socket",
        text(&socket)?,
        text(&overlay)?,
    ]);
    let server = Server::nbd(command, &socket, folder.path())?;
    let cost = meter.stop()?;
    Ok(Cost {
        cpu: cost.cpu + of_process(server.id())?,
        ..cost
    })
}
