//! A volume over NBD on a Unix socket, beside `qemu-nbd` with a qcow2 overlay.
//!
//! Both have the same raw file beneath, without holes and in the page cache, and a fresh layer for what is written; so
//! this is the volume and its server, not the store of blocks. fio asks, a fixed number of times; the processor time
//! is the server's.

use super::machine::{Cost, of_process};
use super::server::Server;
use super::table::{Row, Table, ours_first};
use super::{Bench, text};
use crate::shell;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

const ROUNDS: u32 = 5;
const BLOCK: usize = 512 * 1024;
/// How much of the disk's own data is beneath.
const BLOCKS: u32 = 768;

struct Job {
    name: &'static str,
    pattern: &'static str,
    block: &'static str,
    depth: &'static str,
    amount: &'static str,
    /// Our processor time, divided by the peer's.
    goal: f64,
}

/// In this order on a fresh volume: the reads find nothing written, the second writes find it all.
const JOBS: [Job; 4] = [
    Job {
        name: "random read 4 KiB, depth 16",
        pattern: "randread",
        block: "4k",
        depth: "16",
        amount: "160m",
        goal: 0.6,
    },
    Job {
        name: "sequential read 1 MiB, depth 4",
        pattern: "read",
        block: "1m",
        depth: "4",
        amount: "1536m",
        goal: 0.33,
    },
    Job {
        name: "first random write 4 KiB, depth 16",
        pattern: "randwrite",
        block: "4k",
        depth: "16",
        amount: "160m",
        goal: 0.5,
    },
    Job {
        name: "second random write 4 KiB, depth 16",
        pattern: "randwrite",
        block: "4k",
        depth: "16",
        amount: "160m",
        goal: 0.4,
    },
];

pub(super) fn run(bench: &Bench) -> Result<Table> {
    let mut table = Table::new("A volume over NBD, for each request");
    let base = bench.folder.path().join("dense.raw");
    let size = dense(&bench.disks()?.path("v1"), &base)?;
    let mut rows: Vec<Row> = JOBS
        .iter()
        .map(|job| Row::new(job.name, "qemu-nbd, overlay on raw").cpu(job.goal))
        .collect();
    for round in 0..bench.rounds(ROUNDS) {
        let (ours, peer) = if ours_first(round) {
            let ours = volume(bench, &base, size)?;
            (ours, qemu_nbd(bench, &base, size)?)
        } else {
            let peer = qemu_nbd(bench, &base, size)?;
            (volume(bench, &base, size)?, peer)
        };
        for ((row, ours), peer) in rows.iter_mut().zip(ours).zip(peer) {
            row.add(ours, peer);
        }
    }
    rows.into_iter().for_each(|row| table.row(row));
    table.note(format!(
        "Beneath: {} MiB of v1's own data, raw, in the page cache.",
        size >> 20
    ));
    Ok(table)
}

/// The blocks of a disk that hold something, one behind the other.
pub(super) fn dense(disk: &Path, target: &Path) -> Result<u64> {
    let (mut from, mut to) = (File::open(disk)?, File::create(target)?);
    let mut block = vec![0; BLOCK];
    let mut taken = 0;
    while taken < BLOCKS && from.read_exact(&mut block).is_ok() {
        if block.iter().any(|byte| *byte != 0) {
            to.write_all(&block)?;
            taken += 1;
        }
    }
    ensure!(taken > 0, "{} is empty", disk.display());
    to.sync_all()?;
    Ok(to.metadata()?.len())
}

fn volume(bench: &Bench, base: &Path, size: u64) -> Result<Vec<Cost>> {
    let folder = bench.scratch()?;
    let socket = folder.path().join("socket");
    let mut command = Command::new(bench.example("serve"));
    command.arg(folder.path().join("volume")).args([
        text(&socket)?,
        &size.to_string(),
        text(base)?,
    ]);
    let server = Server::nbd(command, &socket, folder.path())?;
    jobs(&server, &socket, size)
}

fn qemu_nbd(bench: &Bench, base: &Path, size: u64) -> Result<Vec<Cost>> {
    let folder = bench.scratch()?;
    let (socket, overlay) = (
        folder.path().join("socket"),
        overlay(folder.path(), base, "raw")?,
    );
    let mut command = Command::new("qemu-nbd");
    command.args([
        "--format=qcow2",
        "--shared=32",
        "--persistent",
        "--discard=unmap",
        "--cache=writeback",
        "--export-name=disk",
        "--socket",
        text(&socket)?,
        text(&overlay)?,
    ]);
    let server = Server::nbd(command, &socket, folder.path())?;
    jobs(&server, &socket, size)
}

pub(super) fn overlay(folder: &Path, base: &Path, format: &str) -> Result<PathBuf> {
    let overlay = folder.join("overlay.qcow2");
    shell::output(
        Command::new("qemu-img")
            .args(["create", "-q", "-f", "qcow2", "-F", format, "-b"])
            .arg(base)
            .arg(&overlay),
    )?;
    Ok(overlay)
}

fn jobs(server: &Server, socket: &Path, size: u64) -> Result<Vec<Cost>> {
    JOBS.iter()
        .map(|job| job.run(server, socket, size))
        .collect()
}

impl Job {
    /// The cost of one request.
    fn run(&self, server: &Server, socket: &Path, size: u64) -> Result<Cost> {
        shell::output(&mut Command::new("sync"))?;
        let mut fio = Command::new("fio");
        fio.args([
            "--name=bench",
            "--ioengine=nbd",
            "--thread=1",
            "--randrepeat=1",
        ])
        .arg(format!("--uri=nbd+unix:///disk?socket={}", text(socket)?))
        .args([
            format!("--size={size}"),
            format!("--rw={}", self.pattern),
            format!("--bs={}", self.block),
            format!("--iodepth={}", self.depth),
            format!("--io_size={}", self.amount),
            "--output-format=json".to_owned(),
        ]);
        let before = of_process(server.id())?;
        let said = shell::output(&mut fio)?;
        let cpu = of_process(server.id())? - before;
        let (wall, count) = requests(&said)?;
        Ok(Cost { cpu, wall }.per(count))
    }
}

/// How long fio asked, and how often.
fn requests(said: &str) -> Result<(f64, u32)> {
    // A line about the connection may stand before the document.
    let document = said.find('{').map_or("", |at| said.get(at..).unwrap_or(""));
    let answer: Value = serde_json::from_str(document).context("fio's answer")?;
    let job = &answer["jobs"][0];
    ensure!(job["error"] == 0, "fio failed: {}", job["error"]);
    let (read, write) = (&job["read"], &job["write"]);
    let side = if write["total_ios"].as_u64() > Some(0) {
        write
    } else {
        read
    };
    let count = side["total_ios"].as_u64().context("no count")?;
    let ms = side["runtime"].as_f64().context("no time")?;
    Ok((ms / 1e3, u32::try_from(count)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fio_may_talk_before_it_answers() {
        let said = r#"fio: connected
            {"jobs": [{"error": 0, "read": {"total_ios": 0, "runtime": 0},
            "write": {"total_ios": 400, "runtime": 2000}}]}"#;
        assert_eq!(requests(said).unwrap(), (2.0, 400));
        assert!(requests("fio: no such engine").is_err());
        assert!(requests(r#"{"jobs": [{"error": 5}]}"#).is_err());
    }
}
