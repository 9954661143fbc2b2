//! A real disk into an empty store, beside `qemu-img convert -c` with zstd.
//!
//! The disk is in the page cache. Both sides end when what they wrote is on the disk: our store syncs by itself, for
//! qemu-img a sync of its file system is part of its time. Ours hashes, cuts, deduplicates and, where the row says so,
//! encrypts; qemu-img compresses.

use super::machine::{Cost, Meter};
use super::server::Server;
use super::table::{Row, Table};
use super::{Bench, text};
use crate::shell;
use anyhow::{Context, Result};
use std::cell::Cell;
use std::path::Path;
use std::process::Command;

const ROUNDS: u32 = 5;
const MIB: u64 = 1 << 20;

pub(super) fn run(bench: &Bench) -> Result<Table> {
    let mut table = Table::new("Import of a real disk into an empty store");
    // The first reader pays for the disk, so it is neither side.
    shell::output(Command::new("sha256sum").arg(&bench.disk))?;
    let (sealed, served, qcow2) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let peer = |_| qemu_img(bench, &qcow2);
    table.row(Row::measure(
        "store alone, plain",
        ROUNDS,
        |_| store(bench, false, &Cell::new(0)),
        peer,
    )?);
    table.row(Row::measure(
        "store alone, AES-256-GCM",
        ROUNDS,
        |_| store(bench, true, &sealed),
        peer,
    )?);
    table.row(Row::measure(
        "`amiable image import`, client and service",
        ROUNDS,
        |_| end_to_end(bench, &served),
        peer,
    )?);
    let disk = std::fs::metadata(&bench.disk)?.len();
    table.note(format!(
        "The disk: Debian 12, {} MiB. Stored: {} MiB encrypted by the store alone, {} MiB by the service; the qcow2 file has {} MiB.",
        disk / MIB,
        sealed.get() / MIB,
        served.get() / MIB,
        qcow2.get() / MIB
    ));
    Ok(table)
}

/// The store in one process, without the service around it.
fn store(bench: &Bench, sealed: bool, stored: &Cell<u64>) -> Result<Cost> {
    let folder = bench.scratch()?;
    let mut command = Command::new(bench.example("measure"));
    command
        .arg(folder.path())
        .args(sealed.then_some("--sealed"))
        .arg(&bench.disk);
    let cost = written(&shell::output(&mut command)?)?;
    stored.set(shell::folder_bytes(folder.path())?);
    Ok(cost)
}

/// The program also reads everything back; only the line about writing counts.
fn written(text: &str) -> Result<Cost> {
    let line = text
        .lines()
        .find_map(|line| line.trim_start().strip_prefix("write "));
    let mut numbers = line
        .context("the store's program did not say what writing cost")?
        .split_whitespace()
        .filter_map(|word| word.parse::<f64>().ok());
    let (wall, cpu) = (numbers.next(), numbers.next());
    Ok(Cost {
        wall: wall.context("no time")?,
        cpu: cpu.context("no processor time")?,
    })
}

/// The command line and the service: signed requests with checksums, a job, a registered image.
fn end_to_end(bench: &Bench, stored: &Cell<u64>) -> Result<Cost> {
    let folder = bench.scratch()?;
    let server = Server::amiable(&bench.amiable(), folder.path())?;
    let mut import = Command::new(bench.amiable());
    import
        .args(["image", "import", "--json", "--name", "benchmark"])
        .arg(&bench.disk)
        .envs(server.environment.iter().cloned())
        .env("XDG_STATE_HOME", folder.path());
    let meter = Meter::programs_and(server.id())?;
    shell::output(&mut import)?;
    let cost = meter.stop()?;
    stored.set(shell::folder_bytes(
        &folder.path().join("data").join("blocks"),
    )?);
    Ok(cost)
}

fn qemu_img(bench: &Bench, stored: &Cell<u64>) -> Result<Cost> {
    const CONVERT: [&str; 9] = [
        "convert",
        "-c",
        "-f",
        "raw",
        "-O",
        "qcow2",
        "-o",
        "compression_type=zstd",
        "--",
    ];
    let folder = bench.scratch()?;
    let target = folder.path().join("disk.qcow2");
    let meter = Meter::programs()?;
    shell::output(
        Command::new("qemu-img")
            .args(CONVERT)
            .arg(&bench.disk)
            .arg(&target),
    )?;
    sync(&target)?;
    let cost = meter.stop()?;
    stored.set(target.metadata()?.len());
    Ok(cost)
}

fn sync(path: &Path) -> Result<()> {
    shell::output(Command::new("sync").args(["-f", text(path)?]))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_writing_cost_is_read_from_its_line_alone() {
        let said = "disk.raw: 1100 MiB, digest 5\n  write  1.25 s, 0.98 CPU s, 480 MiB read\n  verify 9.00 s, 8.00 CPU s\n";
        let cost = Cost {
            wall: 1.25,
            cpu: 0.98,
        };
        assert_eq!(written(said).unwrap(), cost);
        assert!(written("").is_err());
    }
}
