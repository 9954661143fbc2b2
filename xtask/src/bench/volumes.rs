//! Volumes from snapshots, beside overlays made by `qemu-img create -b`.
//!
//! Ours is a request over HTTP, signed and committed to disk, until the volume is available; the processor time is the
//! service's. The peer is a program started once for each overlay, as users' scripts do, and promises nothing about a
//! power cut. The last row is the promise: the size of the snapshot does not matter.

use super::Bench;
use super::client::Client;
use super::machine::{Cost, Meter};
use super::server::Server;
use super::table::{Row, Table, ours_first};
use crate::shell;
use anyhow::{Context, Result};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const ROUNDS: u32 = 5;
/// Made in each round, so that the clock ticks often enough for each.
const OURS: u32 = 100;
const PEER: u32 = 20;
const SIZES: [(u32, &str); 2] = [(8, "8 GiB"), (1024, "1 TiB")];

pub(super) fn run(bench: &Bench) -> Result<Table> {
    let mut table = Table::new("A volume from a sparse snapshot");
    let folder = bench.scratch()?;
    let server = Server::amiable(&bench.amiable(), folder.path())?;
    let mut client = Client::start(&bench.python, &server)?;
    let mut snapshots = Vec::new();
    for (gib, name) in SIZES {
        let made = client.ask("direct_snapshot", json!({"gib": gib, "blocks": 2}))?;
        let id = made["snapshot"].as_str().context("no snapshot")?.to_owned();
        let base = base(folder.path(), gib)?;
        table.row(
            Row::new(&format!("CreateVolume from {name}"), "qemu-img create -b")
                .cpu(0.1)
                .because(
                    "HTTP, a signature, policies, a durable transaction and a record of the call",
                )
                .measure(
                    bench.rounds(ROUNDS),
                    |_| create(&mut client, &id),
                    |_| overlays(bench, &base),
                )?,
        );
        snapshots.push(id);
    }
    let [small, large] = snapshots.as_slice() else {
        anyhow::bail!("two snapshots were to be made");
    };
    let mut growth = Row::new("CreateVolume from 1 TiB", "ours from 8 GiB");
    for round in 0..bench.rounds(ROUNDS) {
        if ours_first(round) {
            let cost = create(&mut client, large)?;
            growth.add(cost, create(&mut client, small)?);
        } else {
            let cost = create(&mut client, small)?;
            growth.add(create(&mut client, large)?, cost);
        }
    }
    table.row(growth);
    table.note(format!(
        "Each figure is one of {OURS} volumes (ours, on one connection) or {PEER} overlays."
    ));
    Ok(table)
}

fn create(client: &mut Client, snapshot: &str) -> Result<Cost> {
    let (cost, answer) =
        client.cost_and_answer("create_volumes", OURS, json!({"snapshot": snapshot}))?;
    client.ask("delete_volumes", json!({"volumes": answer["volumes"]}))?;
    Ok(cost)
}

fn base(folder: &Path, gib: u32) -> Result<PathBuf> {
    let base = folder.join(format!("base-{gib}.qcow2"));
    shell::output(
        Command::new("qemu-img")
            .args(["create", "-q", "-f", "qcow2"])
            .arg(&base)
            .arg(format!("{gib}G")),
    )?;
    let write = "write 0 512k";
    shell::output(Command::new("qemu-io").args(["-c", write]).arg(&base))?;
    Ok(base)
}

fn overlays(bench: &Bench, base: &Path) -> Result<Cost> {
    let folder: TempDir = bench.scratch()?;
    let meter = Meter::programs()?;
    for index in 0..PEER {
        let overlay = folder.path().join(format!("{index}.qcow2"));
        shell::output(
            Command::new("qemu-img")
                .args(["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b"])
                .arg(base)
                .arg(overlay),
        )?;
    }
    Ok(meter.stop()?.per(PEER))
}
