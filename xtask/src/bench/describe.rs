//! The catalogue at 10,000 images, beside moto's server.
//!
//! The same boto3 client asks both, on one kept connection each. Ours checks the signature, keeps everything on disk
//! and commits each registration; moto keeps everything in memory and checks nothing. The processor time is the
//! server's; the clock includes boto3 reading the answer.

use super::Bench;
use super::client::Client;
use super::server::Server;
use super::table::{Row, Table};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::cell::RefCell;

const ROUNDS: u32 = 5;
const IMAGES: u32 = 10_000;
/// How often a page, a look-up by id, a look-up by name are asked for in each round: ours, the peer.
const PAGES: (u32, u32) = (100, 1);
const IDS: (u32, u32) = (400, 40);
const NAMES: (u32, u32) = (400, 20);

pub(super) fn run(bench: &Bench) -> Result<Table> {
    let mut table = Table::new("The catalogue at 10,000 images");
    let (our_folder, peer_folder) = (bench.scratch()?, bench.scratch()?);
    let our_server = Server::amiable(&bench.amiable(), our_folder.path())?;
    let peer_server = Server::moto(&bench.python, peer_folder.path())?;
    let ours = RefCell::new(Client::start(&bench.python, &our_server)?);
    let peer = RefCell::new(Client::start(&bench.python, &peer_server)?);
    let small = json!({"gib": 1, "blocks": 0});
    let our_snapshot = ours.borrow_mut().ask("direct_snapshot", small)?;
    let peer_snapshot = peer.borrow_mut().ask("plain_snapshot", json!({"gib": 1}))?;
    // Filling both is a measurement too.
    let fill = |client: &RefCell<Client>, snapshot: &Value| {
        let each = IMAGES / bench.rounds(ROUNDS);
        let snapshot = json!({"snapshot": snapshot["snapshot"]});
        client.borrow_mut().cost("register", each, snapshot)
    };
    table.row(Row::new("RegisterImage, up to 10,000 images", "moto, in memory").cpu(0.1).because("signature, policies, SQL and the audit trail, all durable; the peer keeps a dictionary in memory").measure(
        bench.rounds(ROUNDS),
        |_| fill(&ours, &our_snapshot),
        |_| fill(&peer, &peer_snapshot),
    )?);
    let calls = [
        ("DescribeImages, a page of 100", "page", PAGES, 0.001),
        ("DescribeImages, one id", "by_id", IDS, 0.1),
        ("DescribeImages, filter by name", "by_name", NAMES, 0.1),
    ];
    for (name, call, (our_count, peer_count), goal) in calls {
        table.row(Row::new(name, "moto").cpu(goal).measure(
            bench.rounds(ROUNDS),
            |_| ours.borrow_mut().cost(call, our_count, json!({})),
            |_| peer.borrow_mut().cost(call, peer_count, json!({})),
        )?);
    }
    ours.borrow_mut().ask("seek", json!({"skip": 90}))?;
    table.row(Row::new("page 91 of 100", "our page 1").cpu(1.1).measure(
        bench.rounds(ROUNDS),
        |_| ours.borrow_mut().cost("late_page", PAGES.0, json!({})),
        |_| ours.borrow_mut().cost("page", PAGES.0, json!({})),
    )?);
    let came = |client: &RefCell<Client>| -> Result<u64> {
        let answer = client.borrow_mut().ask("page", json!({"count": 1}))?;
        answer["images"].as_u64().context("no count of images")
    };
    let (our_page, peer_page) = (came(&ours)?, came(&peer)?);
    ensure!(our_page == 100, "our page has {our_page} images");
    table.note(format!(
        "Asked for a page of 100, we answer {our_page} images and moto {peer_page}: it has no pages here."
    ));
    Ok(table)
}
