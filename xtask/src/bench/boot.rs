//! A first boot from a cold store with a recorded boot order, beside a boot from a warm one.
//!
//! Debian 12 until its console asks who logs in. Cold: the service has just been started, and the kernel has dropped
//! the packs from its page cache. Warm: the next instance of the same image on the same service. The first boot of all,
//! cold too, is the one that is recorded. What was read from the packs is the service's own count.

use super::client::Client;
use super::machine::{Cost, of_process};
use super::server::Server;
use super::table::{Row, Table};
use super::{Bench, text};
use crate::shell;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;

const ROUNDS: u32 = 3;
const TYPE: &str = "t3.small";
const READY: &str = "login:";
const MIB: u64 = 1 << 20;

pub(super) fn run(bench: &Bench) -> Result<Table> {
    let mut table = Table::new("A first boot with a recorded order");
    let (folder, disk) = (bench.scratch()?, bench.debian()?);
    let mut world = World::start(bench, folder.path())?;
    let image = world.import(&disk)?;
    world.restart_cold()?;
    let recorded = world.boot(&image)?;
    world.end(&recorded.instance)?;
    let mut row = Row::new("Debian to its login, cold with an order", "ours, warm");
    let mut fetched = Vec::new();
    for _ in 0..bench.rounds(ROUNDS) {
        world.restart_cold()?;
        let cold = world.boot(&image)?;
        let warm = world.boot(&image)?;
        world.end(&cold.instance)?;
        world.end(&warm.instance)?;
        fetched.push(cold.fetched);
        row.add(cold.cost, warm.cost);
    }
    table.row(row);
    fetched.sort_unstable();
    let size = std::fs::metadata(&disk)?.len();
    let percent = |bytes: u64| bytes * 100 / size;
    let (most, first) = (
        fetched.last().copied().unwrap_or_default(),
        recorded.fetched,
    );
    table.note(format!(
        "Read from the packs: {} MiB by the first boot, which was recorded ({} % of the disk's {} MiB), at most {} MiB \
         ({} %) by the cold ones with an order. The first boot took {:.1} s.",
        first / MIB,
        percent(first),
        size / MIB,
        most / MIB,
        percent(most),
        recorded.cost.wall,
    ));
    table.note(
        "The processor time is the service's; the guest's own is QEMU's and is not counted."
            .to_owned(),
    );
    Ok(table)
}

/// A service on one folder, which is started again and again.
struct World<'a> {
    bench: &'a Bench,
    folder: &'a Path,
    metrics: SocketAddr,
    running: Option<(Server, Client)>,
}

struct Boot {
    instance: String,
    cost: Cost,
    fetched: u64,
}

impl<'a> World<'a> {
    fn start(bench: &'a Bench, folder: &'a Path) -> Result<World<'a>> {
        let mut world = World {
            bench,
            folder,
            metrics: TcpListener::bind("127.0.0.1:0")?.local_addr()?,
            running: None,
        };
        world.restart()?;
        Ok(world)
    }

    fn restart(&mut self) -> Result<()> {
        self.running = None;
        let metrics = self.metrics.to_string();
        let binary = self.bench.amiable();
        let more = ["--metrics", &metrics];
        let server = Server::amiable_with(&binary, self.folder, &more)?;
        let client = Client::start(&self.bench.python, &server)?;
        self.running = Some((server, client));
        Ok(())
    }

    /// Starts the service again, and has the kernel forget what it read of the packs.
    fn restart_cold(&mut self) -> Result<()> {
        self.running = None;
        let packs = self.folder.join("data").join("blocks");
        forget_files(&packs)?;
        self.restart()
    }

    fn running(&mut self) -> Result<&mut (Server, Client)> {
        self.running.as_mut().context("the service does not run")
    }

    fn import(&mut self, disk: &Path) -> Result<String> {
        let binary = self.bench.amiable();
        let (server, _) = self.running()?;
        let mut command = Command::new(binary);
        command.envs(server.environment.iter().cloned());
        let words = ["image", "import", text(disk)?, "--name", "boot", "--json"];
        let answer: Value = serde_json::from_str(&shell::output(command.args(words))?)?;
        let id = answer["image_id"].as_str().context("no image")?;
        Ok(id.to_owned())
    }

    fn boot(&mut self, image: &str) -> Result<Boot> {
        let before = self.fetched()?;
        let (server, client) = self.running()?;
        let cpu = of_process(server.id())?;
        let wanted = json!({"image": image, "kind": TYPE, "marker": READY});
        let answer = client.ask("boot", wanted)?;
        let cpu = of_process(server.id())? - cpu;
        let wall = answer["wall"].as_f64().context("no time in an answer")?;
        let instance = answer["instance"].as_str().context("no instance")?;
        Ok(Boot {
            instance: instance.to_owned(),
            cost: Cost { cpu, wall },
            fetched: self.fetched()? - before,
        })
    }

    fn end(&mut self, instance: &str) -> Result<()> {
        let (_, client) = self.running()?;
        client.ask("end", json!({"instance": instance})).map(drop)
    }

    /// Bytes that the service read from packs since it was started.
    fn fetched(&self) -> Result<u64> {
        let mut stream = TcpStream::connect(self.metrics)?;
        write!(
            stream,
            "GET /metrics HTTP/1.1\r\nHost: metrics\r\nConnection: close\r\n\r\n"
        )?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        const NAME: &str = "amiable_store_read_bytes_total{region=\"us-east-1\"} ";
        let found = text.lines().find_map(|line| line.strip_prefix(NAME));
        Ok(found.context("no such metric")?.trim().parse()?)
    }
}

/// Drops files from the page cache; the kernel keeps what is not written yet, so they are synced.
fn forget_files(folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            forget_files(&path)?;
        } else {
            let file = format!("of={}", text(&path)?);
            let words = [
                "oflag=nocache",
                "conv=notrunc,fdatasync",
                "count=0",
                "status=none",
            ];
            shell::output(
                Command::new("dd")
                    .args([file.as_str(), "if=/dev/null"])
                    .args(words),
            )?;
        }
    }
    Ok(())
}
