//! Calls that change the catalogue, each durable when it is answered: by one client, and by 32 at once.
//!
//! The requests are signed before the clock starts and sent on kept connections, so that what is measured is the
//! service. The peer is moto's server, which keeps everything in memory.

use super::Bench;
use super::client::Client;
use super::machine::Cost;
use super::server::Server;
use super::table::{Figure, Row, Table};
use anyhow::{Context, Result};
use serde_json::{Value, json};

const ROUNDS: u32 = 5;
const CALLS: u32 = 256;
const CLIENTS: u32 = 32;

struct Side {
    _server: Server,
    client: Client,
    snapshot: Value,
}

impl Side {
    fn calls(&mut self, kind: &str, image: &Value, clients: u32) -> Result<(Cost, Value)> {
        let with = json!({"kind": kind, "count": CALLS, "snapshot": self.snapshot, "image": image});
        self.client.ask("prepare", with)?;
        let (cost, answer) =
            self.client
                .cost_and_answer("send", CALLS, json!({"clients": clients}))?;
        Ok((cost, answer["image"].clone()))
    }
}

pub(super) fn run(bench: &Bench) -> Result<Table> {
    let mut table = Table::new("Durable calls, one of 256");
    let (our_folder, peer_folder) = (bench.scratch()?, bench.scratch()?);
    let server = Server::amiable(&bench.amiable(), our_folder.path())?;
    let mut client = Client::start(&bench.python, &server)?;
    // A tebibyte, to show that its size does not matter.
    let made = client.ask("direct_snapshot", json!({"gib": 1024, "blocks": 2}))?;
    let snapshot = made["snapshot"].clone();
    let mut ours = Side {
        _server: server,
        client,
        snapshot,
    };
    let server = Server::moto(&bench.python, peer_folder.path())?;
    let mut client = Client::start(&bench.python, &server)?;
    let snapshot = client.ask("plain_snapshot", json!({"gib": 1}))?["snapshot"].clone();
    let mut peer = Side {
        _server: server,
        client,
        snapshot,
    };

    let durable = "signature, policies, a durable transaction and a durable record of the call; the peer keeps a dictionary in memory";
    let names = [
        ("register", "RegisterImage", 0.3),
        ("copy", "CopyImage, same Region, 1 TiB", 1.0),
        ("deregister", "DeregisterImage", 0.3),
    ];
    let mut rows: Vec<(Row, Row)> = names
        .iter()
        .map(|(_, name, _)| {
            let row = |clients: &str| {
                Row::new(&format!("{name}, {clients}"), "moto, in memory")
                    .cpu(if *name == "RegisterImage" { 0.1 } else { 1.0 })
                    .because(durable)
            };
            (row("one client"), row("32 clients"))
        })
        .collect();
    let mut rates: Vec<Vec<f64>> = vec![Vec::new(); names.len()];
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); names.len()];
    for _ in 0..bench.rounds(ROUNDS) {
        let (mut our_image, mut peer_image) = (Value::Null, Value::Null);
        for (at, (kind, _, _)) in names.iter().enumerate() {
            let (our_one, image) = ours.calls(kind, &our_image, 1)?;
            let (peer_one, theirs) = peer.calls(kind, &peer_image, 1)?;
            if *kind == "register" {
                (our_image, peer_image) = (image, theirs);
            }
            let our_many = ours.calls(kind, &our_image, CLIENTS)?.0;
            let peer_many = peer.calls(kind, &peer_image, CLIENTS)?.0;
            let (one, many) = rows.get_mut(at).context("a row")?;
            one.add(our_one, peer_one);
            many.add(our_many, peer_many);
            rates[at].push(our_one.wall / our_many.wall);
            times[at].push(our_many.cpu * 1e3);
        }
    }
    for (one, many) in rows {
        table.row(one);
        table.row(many);
    }
    for (((_, name, goal), rates), times) in names.iter().zip(rates).zip(times) {
        table.figure(
            Figure::new(&format!("{name}: rate of 32 clients, times one client's"), "", rates)
                .at_least(8.0)
                .because("one client waits for the disk, 32 share its flushes; then the processor time of a call is the limit, on as many cores as there are"),
        );
        table.figure(
            Figure::new(
                &format!("{name}: processor time of a call with 32 clients"),
                "ms",
                times,
            )
            .at_most(*goal)
            .because(durable),
        );
    }
    Ok(table)
}
