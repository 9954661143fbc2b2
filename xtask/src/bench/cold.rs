//! The first reads of a fresh volume whose blocks are compressed in a store, and nothing of it in any cache.
//!
//! Random reads of 4 KiB, one at a time, over NBD. Each side's files are put out of the page cache before. The clock's
//! figure is the median of a read. Peers: `qemu-nbd` with an overlay on a compressed qcow2 file; and `nbdkit file` on
//! the raw disk, which has nothing to unpack.

use super::engine::Engine;
use super::machine::{Cost, of_process};
use super::nbd::{dense, overlay};
use super::server::Server;
use super::table::{Row, Table};
use super::{Bench, text};
use crate::{packages, shell};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

const ROUNDS: u32 = 5;

pub(super) fn run(bench: &Bench) -> Result<Table> {
    let mut table =
        Table::new("Cold reads over NBD, 4 KiB at random, one at a time; wall: the median read");
    let folder = bench.scratch()?;
    let raw = folder.path().join("dense.raw");
    let size = dense(&bench.disks()?.path("v1"), &raw)?;
    let store = folder.path().join("ours");
    let made = Engine::start(bench, &store)?.ask("snapshot", json!({"file": raw}))?;
    let snapshot = made["snapshot"].as_str().context("no snapshot")?.to_owned();
    let packed = folder.path().join("dense.qcow2");
    shell::output(
        Command::new("qemu-img")
            .args([
                "convert",
                "-c",
                "-f",
                "raw",
                "-O",
                "qcow2",
                "-o",
                "compression_type=zstd",
            ])
            .arg(&raw)
            .arg(&packed),
    )?;
    let why = "a miss reads, unseals, unpacks and hashes a whole chunk, of about 20 KiB here, for the 4 KiB that were asked for; the first of each 16 MiB looks up where some 800 chunks are";
    let mut overlaid = Row::new("cold read", "qemu-nbd, overlay on zstd qcow2")
        .wall(0.55)
        .because(why);
    let mut plain = Row::new("cold read", "nbdkit file, raw")
        .wall(2.0)
        .because(why);
    for _ in 0..bench.rounds(ROUNDS) {
        shell::output(&mut Command::new("sync"))?;
        evict(&store)?;
        let ours = {
            let mut engine = Engine::start(bench, &store)?;
            let said = engine.ask("serve", json!({"snapshot": snapshot}))?;
            let word = |name: &str| said[name].as_str().context("no export");
            reads(engine.id(), word("socket")?, word("name")?, size)?
        };
        let scratch = bench.scratch()?;
        let socket = scratch.path().join("socket");
        let top = overlay(scratch.path(), &packed, "qcow2")?;
        evict(&packed)?;
        let mut command = Command::new("qemu-nbd");
        command.args([
            "--format=qcow2",
            "--persistent",
            "--export-name=disk",
            "--socket",
        ]);
        command.args([text(&socket)?, text(&top)?]);
        let server = Server::nbd(command, &socket, scratch.path())?;
        overlaid.add(ours, reads(server.id(), text(&socket)?, "disk", size)?);
        drop(server);
        if packages::has("nbdkit") {
            let scratch = bench.scratch()?;
            let socket = scratch.path().join("socket");
            evict(&raw)?;
            let mut command = Command::new("nbdkit");
            command.args([
                "-f",
                "-e",
                "disk",
                "-U",
                text(&socket)?,
                "file",
                text(&raw)?,
            ]);
            let server = Server::nbd(command, &socket, scratch.path())?;
            plain.add(ours, reads(server.id(), text(&socket)?, "disk", size)?);
        }
    }
    table.row(overlaid);
    table.row(plain);
    Ok(table)
}

/// Puts files out of the page cache, without touching anybody else's.
fn evict(path: &Path) -> Result<()> {
    if path.is_dir() {
        for entry in std::fs::read_dir(path)? {
            evict(&entry?.path())?;
        }
    } else if path.is_file() {
        let from = format!("if={}", text(path)?);
        shell::output(Command::new("dd").args([&from, "iflag=nocache", "count=0", "status=none"]))?;
    }
    Ok(())
}

/// The server's processor time for a read, and the median of what a reader waits.
fn reads(server: u32, socket: &str, export: &str, size: u64) -> Result<Cost> {
    let mut fio = Command::new("fio");
    fio.args([
        "--name=cold",
        "--ioengine=nbd",
        "--thread=1",
        "--randrepeat=1",
        "--output-format=json",
    ]);
    fio.args(["--rw=randread", "--bs=4k", "--iodepth=1", "--io_size=8m"]);
    fio.arg(format!("--size={size}"));
    fio.arg(format!("--uri=nbd+unix:///{export}?socket={socket}"));
    let before = of_process(server)?;
    let said = shell::output(&mut fio)?;
    let cpu = of_process(server)? - before;
    let document = said.find('{').map_or("", |at| said.get(at..).unwrap_or(""));
    let answer: Value = serde_json::from_str(document).context("fio's answer")?;
    let read = &answer["jobs"][0]["read"];
    let count = read["total_ios"].as_f64().context("no count")?;
    let median = read["clat_ns"]["percentile"]["50.000000"].as_f64();
    Ok(Cost {
        cpu: cpu / count,
        wall: median.context("no median")? / 1e9,
    })
}
