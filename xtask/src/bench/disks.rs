//! Disks in, held, out and deleted: import, import again, changed disks, stored bytes, export, verify, delete.
//!
//! In each round every program keeps the same five disks in an empty store of its own, gives one back, checks all, and
//! deletes one. Ours seals (AES-256-GCM) and is durable when it answers; the peers are followed by a `sync` of their
//! file system. Our processor time is that of one process with the service's stores and SQL index but no HTTP; one row
//! has the command line and the service too.

use super::archives::{Archive, Kind};
use super::engine::Engine;
use super::machine::{Cost, Meter};
use super::server::Server;
use super::table::{Figure, Row, Table, ours_first};
use super::{Bench, text};
use crate::shell;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

const ROUNDS: u32 = 3;
const MIB: f64 = (1 << 20) as f64;

/// What is kept, in this order: the disk, and the name that it is kept under.
const KEPT: [(&str, &str); 5] = [
    ("v1", "v1"),
    ("v1", "v1-again"),
    ("v2", "v2"),
    ("v3", "v3"),
    ("v2r", "v2r"),
];
const SERVICE: &str = "service";
const EXPORT: &str = "export";
const VERIFY: &str = "verify";
const DELETE: &str = "delete";

/// One program's costs and bytes in one round, by step.
#[derive(Default)]
struct Run {
    costs: BTreeMap<&'static str, Cost>,
    /// Bytes in the store after each disk.
    bytes: BTreeMap<&'static str, f64>,
    peak_mib: f64,
    index_share: f64,
}

/// A step, a peer, the goals for the ratio of processor time and of the clock, and why they are missed.
type Goal = (&'static str, Kind, Option<f64>, Option<f64>, &'static str);

const COMPRESSION: &str = "compressing the chunks is most of our time, and the peer's codec is the same; hashing, cutting and sealing come on top";

const GOALS: [Goal; 19] = [
    ("v1", Kind::QemuImg, Some(0.55), Some(0.6), COMPRESSION),
    ("v1", Kind::Restic, Some(0.18), None, COMPRESSION),
    ("v1", Kind::Borg, None, None, ""),
    (
        SERVICE,
        Kind::QemuImg,
        Some(0.8),
        None,
        "the client hashes each block and sends it over HTTP, the service hashes it again and stages it in a file that the job reads",
    ),
    ("v1-again", Kind::QemuImg, None, None, ""),
    ("v1-again", Kind::Restic, None, None, ""),
    ("v1-again", Kind::Borg, None, None, ""),
    ("v2", Kind::Restic, None, None, ""),
    ("v2", Kind::Borg, None, None, ""),
    (
        "v3",
        Kind::Restic,
        Some(0.14),
        None,
        "all of the disk is read and hashed, once to name the chunks and once for the digest of the disk",
    ),
    (
        "v3",
        Kind::Borg,
        Some(0.2),
        None,
        "all of the disk is read and hashed, once to name the chunks and once for the digest of the disk",
    ),
    ("v2r", Kind::Restic, None, None, ""),
    ("v2r", Kind::Borg, None, None, ""),
    (
        EXPORT,
        Kind::QemuImg,
        Some(0.5),
        None,
        "every chunk is unsealed, unpacked and hashed before it is given out; qemu-img checks nothing",
    ),
    (
        EXPORT,
        Kind::Restic,
        Some(0.25),
        None,
        "writing the raw file is most of it, and costs both the same",
    ),
    (
        VERIFY,
        Kind::Restic,
        Some(0.45),
        None,
        "every chunk is unsealed, unpacked and hashed once",
    ),
    (VERIFY, Kind::Borg, None, None, ""),
    (
        DELETE,
        Kind::Restic,
        None,
        Some(0.2),
        "packs of which less than half is left are written anew",
    ),
    (DELETE, Kind::Borg, None, None, ""),
];

pub(super) fn run(bench: &Bench) -> Result<Table> {
    let mut table = Table::new("Disks: import, stored bytes, export, verify, delete");
    for name in ["v1", "v2", "v3", "v2r"] {
        bench.disks()?.warm(name)?;
    }
    let kinds: Vec<Kind> = Kind::ALL
        .into_iter()
        .filter(|kind| kind.is_here())
        .collect();
    let mut ours = Vec::new();
    let mut peers: BTreeMap<Kind, Vec<Run>> = BTreeMap::new();
    for round in 0..bench.rounds(ROUNDS) {
        if ours_first(round) {
            ours.push(engine(bench, round)?);
        }
        for kind in &kinds {
            // casync takes minutes, and only its bytes are wanted, which are the same each time.
            if *kind != Kind::Casync || round == 0 {
                peers
                    .entry(*kind)
                    .or_default()
                    .push(peer(bench, *kind, round)?);
            }
        }
        if !ours_first(round) {
            ours.push(engine(bench, round)?);
        }
        eprintln!("  round {} of {}", round + 1, bench.rounds(ROUNDS));
    }
    for goal in &GOALS {
        table.row(row(goal, &ours, &peers));
    }
    stored(&mut table, &ours, &peers);
    for kind in Kind::ALL.iter().filter(|kind| !kind.is_here()) {
        table.note(format!("{} is not installed and is left out.", kind.name()));
    }
    table.note("rustic is not packaged in Debian and is left out.".to_owned());
    table.note(
        "Restored disks were compared with the originals byte for byte, ours and the peers'."
            .to_owned(),
    );
    Ok(table)
}

fn row(goal: &Goal, ours: &[Run], peers: &BTreeMap<Kind, Vec<Run>>) -> Row {
    let (step, kind, cpu, wall, why) = *goal;
    let name = match step {
        SERVICE => "`amiable image import` v1, client and service",
        EXPORT => "export v2 to a sparse raw file",
        VERIFY => "verify all that is kept",
        DELETE => "delete v2r, give its space back",
        "v1-again" => "import v1 again",
        "v1" => "import v1, empty store",
        "v2" => "import v2 (v1 is there)",
        "v3" => "import v3 (v1, v2 are there)",
        _ => "import v2r (v1, v2, v3 are there)",
    };
    let mut row = Row::new(name, kind.name()).because(why);
    if let Some(goal) = cpu {
        row = row.cpu(goal);
    }
    if let Some(goal) = wall {
        row = row.wall(goal);
    }
    let theirs = if step == SERVICE { "v1" } else { step };
    let peers = peers.get(&kind).map(Vec::as_slice).unwrap_or_default();
    for (ours, peer) in ours.iter().zip(peers) {
        if let (Some(ours), Some(peer)) = (ours.costs.get(step), peer.costs.get(theirs)) {
            row.add(*ours, *peer);
        }
    }
    row
}

/// A number of a round.
type Of<'a> = &'a dyn Fn(&Run) -> f64;

fn stored(table: &mut Table, ours: &[Run], peers: &BTreeMap<Kind, Vec<Run>>) {
    let chain = |run: &Run| run.bytes.get("v3").copied().unwrap_or(f64::NAN);
    let all = |run: &Run| run.bytes.get("v2r").copied().unwrap_or(f64::NAN);
    let rebuilt = |run: &Run| all(run) - chain(run);
    let first = |runs: &[Run], of: Of<'_>| runs.first().map(of);
    let mib = |value: Option<f64>| {
        value
            .map(|bytes| bytes / MIB)
            .into_iter()
            .collect::<Vec<_>>()
    };
    let what: [(&str, Of<'_>); 3] = [
        ("stored for v1, v2, v3", &chain),
        ("stored for v2r on top", &rebuilt),
        ("stored in all", &all),
    ];
    for (name, of) in what {
        let mut figure = Figure::new(&format!("{name}: ours"), "MiB", mib(first(ours, of)));
        if name == "stored for v2r on top" {
            figure = figure.at_most(39.0).because("new places of old content are found by chunks, and metadata of the file system differs");
        }
        table.figure(figure);
        for (kind, runs) in peers {
            let bytes = mib(first(runs, of));
            table.figure(Figure::new(
                &format!("{name}: {}", kind.name()),
                "MiB",
                bytes,
            ));
        }
    }
    let ratios = |kind: Kind, of: Of<'_>| -> Vec<f64> {
        let peer = peers.get(&kind).and_then(|runs| first(runs, of));
        let ratio = |peer: f64| first(ours, of).map(|ours| ours / peer);
        peer.and_then(ratio).into_iter().collect()
    };
    let bytes =
        "our chunks are smaller and compressed at a faster level, and frames are sealed one by one";
    table.figure(
        Figure::new(
            "bytes for v1, v2, v3, ours to restic's",
            "",
            ratios(Kind::Restic, &chain),
        )
        .at_most(1.1)
        .because(bytes),
    );
    table.figure(
        Figure::new(
            "bytes for v2r, ours to restic's",
            "",
            ratios(Kind::Restic, &rebuilt),
        )
        .at_most(0.4)
        .because(bytes),
    );
    table.figure(
        Figure::new(
            "bytes for v2r, ours to casync's",
            "",
            ratios(Kind::Casync, &rebuilt),
        )
        .at_most(1.05)
        .because(bytes),
    );
    table.figure(Figure::new(
        "bytes for v1, v2, v3, ours to qcow2's",
        "",
        ratios(Kind::QemuImg, &chain),
    ));
    table.figure(Figure::new(
        "bytes for v1, v2, v3, ours to borg's",
        "",
        ratios(Kind::Borg, &chain),
    ));
    let of_ours = |of: Of<'_>| ours.iter().map(of).collect::<Vec<_>>();
    table.figure(
        Figure::new("the database that is the index, of the packs", "%", of_ours(&|run| run.index_share * 100.0))
            .at_most(0.2)
            .because("330 bytes for each chunk, which takes 6.1 KiB in a pack: a row of 77 that says where it is and counts who refers to it, 110 of indexes over rows, 131 in lists of what pages refer to, of which 78 stay once a collection has counted them; its address of 32 bytes alone is 0.5 %"),
    );
    table.figure(
        Figure::new(
            "peak memory of importing v1",
            "MiB",
            of_ours(&|run| run.peak_mib),
        )
        .at_most(128.0)
        .because("the chunks in flight on each core"),
    );
    table.figure(
        Figure::new(
            "import v1, our processor time",
            "s",
            of_ours(&|run| cpu(run, "v1")),
        )
        .at_most(1.6)
        .because("an absolute goal, set on a machine with nothing else to do"),
    );
    table.figure(Figure::new(
        "import v1 again, our processor time, divided by the first",
        "",
        of_ours(&|run| cpu(run, "v1-again") / cpu(run, "v1")),
    ));
}

fn cpu(run: &Run, step: &str) -> f64 {
    run.costs.get(step).map_or(f64::NAN, |cost| cost.cpu)
}

fn engine(bench: &Bench, round: u32) -> Result<Run> {
    let (folder, out) = (bench.scratch()?, bench.scratch()?);
    let disks = bench.disks()?;
    let mut engine = Engine::start(bench, folder.path())?;
    let mut run = Run::default();
    for (disk, name) in KEPT {
        let (cost, said) = engine.cost("write", json!({"file": disks.path(disk), "name": name}))?;
        run.costs.insert(name, cost);
        if name == "v1" {
            run.peak_mib = said["peak_kib"].as_f64().context("no peak")? / 1024.0;
        }
        let stored = engine.ask("stored", json!({}))?;
        let number = |of: &Value| of.as_f64().context("no bytes");
        run.bytes.insert(name, number(&stored["packs"])?);
        run.index_share = number(&stored["index"])? / number(&stored["packs"])?;
    }
    let raw = out.path().join("v2.raw");
    let (cost, _) = engine.cost("export", json!({"name": "v2", "file": raw}))?;
    run.costs.insert(EXPORT, cost);
    same(round, &raw, &disks.path("v2"))?;
    let (cost, _) = engine.cost("verify", json!({}))?;
    run.costs.insert(VERIFY, cost);
    let (cost, said) = engine.cost("delete", json!({"name": "v2r"}))?;
    ensure!(
        said["freed"].as_u64() > Some(0),
        "nothing was freed: {said}"
    );
    run.costs.insert(DELETE, cost);
    drop(engine);
    run.costs.insert(SERVICE, service(bench)?);
    Ok(run)
}

/// The command line and the service: signed requests with checksums, a job, a registered image.
fn service(bench: &Bench) -> Result<Cost> {
    let folder = bench.scratch()?;
    let server = Server::amiable(&bench.amiable(), folder.path())?;
    let mut import = Command::new(bench.amiable());
    import
        .args(["image", "import", "--json", "--name", "benchmark"])
        .arg(bench.disks()?.path("v1"))
        .envs(server.environment.iter().cloned())
        .env("XDG_STATE_HOME", folder.path());
    let meter = Meter::programs_and(server.id())?;
    shell::output(&mut import)?;
    meter.stop()
}

fn peer(bench: &Bench, kind: Kind, round: u32) -> Result<Run> {
    let (folder, out) = (bench.scratch()?, bench.scratch()?);
    let disks = bench.disks()?;
    let archive = Archive::new(kind, folder.path(), disks.folder())?;
    let mut run = Run::default();
    for (disk, name) in KEPT {
        // A file for each disk: the second of the same would only spoil the count of bytes.
        if name == "v1-again" && matches!(kind, Kind::QemuImg | Kind::Casync) {
            let cost = run.costs.get("v1").copied();
            run.costs.extend(cost.map(|cost| (name, cost)));
            continue;
        }
        run.costs.insert(name, archive.add(disk, name)?);
        run.bytes.insert(name, bytes(archive.bytes()?));
    }
    if kind == Kind::Casync {
        return Ok(run);
    }
    let (cost, raw) = archive.restore("v2", "v2", out.path())?;
    run.costs.insert(EXPORT, cost);
    same(round, &raw, &disks.path("v2"))?;
    run.costs
        .extend(archive.check()?.map(|cost| (VERIFY, cost)));
    run.costs
        .extend(archive.delete("v2r")?.map(|cost| (DELETE, cost)));
    Ok(run)
}

/// In the first round: reading gigabytes again in each would only warm the machine.
fn same(round: u32, a: &Path, b: &Path) -> Result<()> {
    if round == 0 {
        shell::output(Command::new("cmp").args([text(a)?, text(b)?]))?;
    }
    Ok(())
}

#[allow(clippy::cast_precision_loss, reason = "a number of bytes to be shown")]
fn bytes(count: u64) -> f64 {
    count as f64
}
