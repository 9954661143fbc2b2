//! The EBS direct API: blocks put, got, and the list of those that differ between two snapshots.
//!
//! Real blocks of v1, signed requests with their SHA-256, 64 connections. The processor time is the server's. The peer
//! is moto's server, which keeps the blocks in memory and neither compresses nor compares.

use super::client::Client;
use super::machine::Cost;
use super::server::Server;
use super::table::{Figure, Row, Table};
use super::{Bench, text};
use anyhow::{Context, Result};
use serde_json::{Value, json};

const ROUNDS: u32 = 3;
const BLOCKS: u32 = 256;
const CONNECTIONS: u32 = 64;
const LISTS: u32 = 20;

struct Run {
    put: Cost,
    get: Cost,
    list: Cost,
    completed: Cost,
}

pub(super) fn run(bench: &Bench) -> Result<Table> {
    let mut table = Table::new("The EBS direct API, for each block of 512 KiB");
    let (our_folder, peer_folder) = (bench.scratch()?, bench.scratch()?);
    let our_server = Server::amiable(&bench.amiable(), our_folder.path())?;
    let peer_server = Server::moto(&bench.python, peer_folder.path())?;
    let mut put = Row::new("PutSnapshotBlock", "moto, in memory");
    let mut get = Row::new("GetSnapshotBlock", "moto, in memory");
    let mut list = Row::new("ListChangedBlocks, all differ", "moto");
    let (mut puts, mut gets, mut lists) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.rounds(ROUNDS) {
        let ours = side(bench, &our_server)?;
        let peer = side(bench, &peer_server)?;
        put.add(ours.put, peer.put);
        get.add(ours.get, peer.get);
        list.add(ours.list, peer.list);
        puts.push((ours.put.cpu + ours.completed.cpu / f64::from(BLOCKS)) * 1e3);
        gets.push(ours.get.cpu * 1e3);
        lists.push(ours.list.wall * 1e3);
    }
    table.row(put);
    table.row(get);
    table.row(list);
    table.figure(
        Figure::new("put, with what completing costs: server's processor time a block", "ms", puts)
            .at_most(2.0)
            .because("SHA-256 of the body for its checksum, the staging file and a sync that those under way share, then cutting, hashing and compressing"),
    );
    table.figure(
        Figure::new("get: server's processor time a block", "ms", gets)
            .at_most(0.9)
            .because("unpacking and hashing each chunk, SHA-256 of the block for the answer, and sending half a mebibyte"),
    );
    table.figure(
        Figure::new(
            &format!("a list of {BLOCKS} changed blocks, by the clock, boto3 reading it"),
            "ms",
            lists,
        )
        .at_most(20.0),
    );
    table.note("Glance is not run: its upload and download are another protocol.".to_owned());
    Ok(table)
}

fn side(bench: &Bench, server: &Server) -> Result<Run> {
    let mut client = Client::start(&bench.python, server)?;
    let disk = bench.disks()?.path("v1");
    let put = json!({"path": text(&disk)?, "count": BLOCKS});
    let prepared = client.ask("prepare_put", put)?;
    let snapshot = prepared["snapshot"].clone();
    let put = client.cost("send", BLOCKS, json!({"clients": CONNECTIONS}))?;
    let before = client.server_cpu()?;
    client.ask("complete", json!({"snapshot": snapshot, "blocks": BLOCKS}))?;
    let completed = Cost {
        cpu: client.server_cpu()? - before,
        wall: 0.0,
    };
    client.ask("prepare_get", json!({"snapshot": snapshot}))?;
    let get = client.cost("send", BLOCKS, json!({"clients": CONNECTIONS}))?;
    let other: Value = client.ask("direct_snapshot", json!({"gib": 1, "blocks": 0}))?;
    let other = other["snapshot"]
        .as_str()
        .context("no snapshot")?
        .to_owned();
    let with = json!({"first": other, "second": snapshot});
    let (list, _) = client.cost_and_answer("changed", LISTS, with)?;
    Ok(Run {
        put,
        get,
        list,
        completed,
    })
}
