//! An image copied over a long link: launched at once while its blocks come, beside launched when all of it is there.
//!
//! The source Region's packs lie on an S3 server behind a proxy of our own, which gives each byte its delay and all of
//! them together their rate, in each direction: this needs no privileges and no kernel module. Both guests have a
//! gigabyte of other data on their disk that a start does not read.

use super::client::Client;
use super::machine::{Cost, of_process};
use super::server::Server;
use super::table::{Figure, Row, Table};
use super::{Bench, text};
use crate::{guests, python, shell};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

const ROUNDS: u32 = 1;
const ONE_WAY: Duration = Duration::from_millis(50);
/// 200 Mbit/s.
const BYTES_PER_SECOND: f64 = 25e6;
const OTHER_DATA: u64 = 1 << 30;
const MIB: f64 = 1_048_576.0;

pub(super) fn run(bench: &Bench) -> Result<Table> {
    let mut table = Table::new("A copied image over a link of 100 ms and 200 Mbit/s");
    let tiny = guests::tiny(&guests::Cache::open()?)?;
    let debian = bench.debian()?;
    let guests = [
        ("the tiny guest answers", &tiny, 80, false),
        ("Debian's sshd answers", &debian, 22, false),
        (
            "Debian's sshd answers, its owner started it before",
            &debian,
            22,
            true,
        ),
    ];
    for (name, disk, port, is_known) in guests {
        let mut row = Row::new(name, "ours, launched when all is copied")
            .wall(0.2)
            .because("the start itself takes about 35 s without KVM, launched on a complete copy or on one that is on its way; the rest is the copy, of which the launch at once waits for next to nothing");
        let (mut carried, mut stored) = (Vec::new(), 0.0);
        for _ in 0..bench.rounds(ROUNDS) {
            let folder = bench.scratch()?;
            let mut world = World::start(bench, folder.path())?;
            let image = world.import(disk, folder.path())?;
            if is_known {
                world
                    .client()?
                    .ask("first_start", json!({"image": image, "port": port}))?;
            }
            world.restart()?;
            let at_once = world.launch(&image, "us-west-2", false, port)?;
            world.restart()?;
            let after = world.launch(&image, "eu-west-1", true, port)?;
            row.add(at_once.cost, after.cost);
            carried.push(at_once.carried / after.carried);
            stored = after.carried;
        }
        table.row(row);
        table.figure(
            Figure::new(
                &format!("{name}: bytes over the link, launched at once, to those of the copy"),
                "",
                carried,
            )
            .at_most(1.1)
            .because("what a guest reads while a copy has it in hand is fetched by both"),
        );
        table.note(format!("{name}: the copy carries {:.0} MiB.", stored / MIB));
    }
    table.note(
        "From CopyImage to the first answer of the guest. The processor time is the service's. \
        What an owner's start of an image reads is recorded, goes with its copies, and is fetched first."
            .to_owned(),
    );
    table.note("The proxy has a rate and a delay, and loses nothing.".to_owned());
    Ok(table)
}

struct Launched {
    cost: Cost,
    /// Bytes from the source's store.
    carried: f64,
}

/// A service whose first Region is far away.
struct World<'a> {
    bench: &'a Bench,
    folder: &'a Path,
    link: Link,
    settings: Vec<(String, String)>,
    running: Option<(Server, Client)>,
    _store: Server,
}

impl<'a> World<'a> {
    fn start(bench: &'a Bench, folder: &'a Path) -> Result<World<'a>> {
        let (store, address) = object_store(folder)?;
        let link = Link::to(address)?;
        let settings = [
            ("AWS_ENDPOINT", format!("http://{}", link.address)),
            ("AWS_ACCESS_KEY_ID", "benchmark".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "benchmark".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
        ];
        let settings = settings
            .map(|(name, value)| (name.to_owned(), value))
            .into();
        let mut world = World {
            bench,
            folder,
            link,
            settings,
            running: None,
            _store: store,
        };
        world.restart()?;
        Ok(world)
    }

    /// Starts the service again: it has nothing in memory.
    fn restart(&mut self) -> Result<()> {
        self.running = None;
        let far = ["--store", "us-east-1=s3://packs/far"];
        let server = Server::amiable_in(&self.bench.amiable(), self.folder, &far, &self.settings)?;
        let client = Client::start(&self.bench.python, &server)?;
        self.running = Some((server, client));
        Ok(())
    }

    fn client(&mut self) -> Result<&mut Client> {
        let running = self.running.as_mut().context("the service does not run")?;
        Ok(&mut running.1)
    }

    /// A guest's disk with other data behind it, uploaded while the link is short.
    fn import(&mut self, disk: &Path, folder: &Path) -> Result<String> {
        let raw = folder.join("disk.raw");
        shell::output(Command::new("cp").args(["--sparse=always", text(disk)?, text(&raw)?]))?;
        let file = std::fs::File::options().write(true).open(&raw)?;
        let start = file.metadata()?.len();
        let mut noise = 0x9e37_79b9_7f4a_7c15_u64;
        let mut block = vec![0; 1 << 20];
        for at in (0..OTHER_DATA).step_by(block.len()) {
            for word in block.chunks_exact_mut(8) {
                noise ^= noise << 13;
                noise ^= noise >> 7;
                noise ^= noise << 17;
                word.copy_from_slice(&noise.to_le_bytes());
            }
            file.write_all_at(&block, start + at)?;
        }
        let (server, _) = self.running.as_ref().context("the service does not run")?;
        let mut command = Command::new(self.bench.amiable());
        command.envs(server.environment.iter().cloned());
        command.env("XDG_STATE_HOME", folder);
        let words = ["image", "import", text(&raw)?, "--name", "far", "--json"];
        let answer: Value = serde_json::from_str(&shell::output(command.args(words))?)?;
        std::fs::remove_file(raw)?;
        Ok(answer["image_id"].as_str().context("no image")?.to_owned())
    }

    fn launch(&mut self, image: &str, region: &str, wait: bool, port: u16) -> Result<Launched> {
        self.link.shape(true);
        let before = self.link.carried();
        let (server, client) = self.running.as_mut().context("the service does not run")?;
        let cpu = of_process(server.id())?;
        let wanted = json!({"image": image, "region": region, "whole": wait, "port": port});
        let answer = client.ask("copy_and_launch", wanted)?;
        let cpu = of_process(server.id())? - cpu;
        let wall = answer["wall"].as_f64().context("no time in an answer")?;
        client.ask("copied", answer["copy"].clone())?;
        let carried = self.link.carried() - before;
        client.ask("end", answer["instance"].clone())?;
        self.link.shape(false);
        ensure!(carried > 0.0, "nothing came over the link");
        Ok(Launched {
            cost: Cost { cpu, wall },
            carried,
        })
    }
}

/// A SeaweedFS with an empty bucket.
fn object_store(folder: &Path) -> Result<(Server, SocketAddr)> {
    let data = folder.join("s3");
    std::fs::create_dir(&data)?;
    let identity = json!({"identities": [{
        "name": "benchmark", "credentials": [{"accessKey": "benchmark", "secretKey": "benchmark"}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }]});
    std::fs::write(folder.join("s3.json"), identity.to_string())?;
    let free = || -> Result<u16> { Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port()) };
    let mut command = Command::new(python::clients()?.join("weed"));
    command.args(["server", "-s3", "-ip=127.0.0.1"]);
    command.arg(format!("-dir={}", text(&data)?));
    command.arg(format!("-s3.config={}", text(&folder.join("s3.json"))?));
    command.args(["-s3.port.iceberg=0", "-s3.port.lance=0"]);
    let mut address = None;
    for part in ["master", "volume", "filer", "s3"] {
        let port = free()?;
        command.arg(format!("-{part}.port={port}"));
        command.arg(format!("-{part}.port.grpc={}", free()?));
        address = Some(SocketAddr::from(([127, 0, 0, 1], port)));
    }
    let address = address.context("no port")?;
    let server = Server::listening(command.stdout(Stdio::null()), address, &data)?;
    let made = Command::new(python::clients()?.join("python"))
        .args(["-c", MAKE_BUCKET, &format!("http://{address}")])
        .output()?;
    ensure!(
        made.status.success(),
        "no bucket: {}",
        String::from_utf8_lossy(&made.stderr)
    );
    Ok((server, address))
}

const MAKE_BUCKET: &str = r#"
import sys, time, boto3, botocore
s3 = boto3.client("s3", endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="benchmark",
                  aws_secret_access_key="benchmark", config=botocore.config.Config(
                      s3={"addressing_style": "path"}, retries={"max_attempts": 0}, read_timeout=10))
deadline = time.monotonic() + 90
while True:
    try:
        s3.create_bucket(Bucket="packs")
        break
    except Exception:
        if time.monotonic() > deadline:
            raise
        time.sleep(0.2)
"#;

/// A TCP proxy with a delay and a rate for each direction, which all connections share.
struct Link {
    address: SocketAddr,
    state: Arc<Shape>,
}

#[derive(Default)]
struct Shape {
    long: std::sync::atomic::AtomicBool,
    carried: AtomicU64,
    /// When the last byte that was sent will have left.
    there: Mutex<Option<Instant>>,
    back: Mutex<Option<Instant>>,
}

impl Link {
    fn to(target: SocketAddr) -> Result<Link> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let (address, state) = (listener.local_addr()?, Arc::<Shape>::default());
        let shared = state.clone();
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let Ok(far) = TcpStream::connect(target) else {
                    continue;
                };
                for stream in [&near, &far] {
                    // Whole requests are written at once; the delay is the proxy's to make.
                    drop(stream.set_nodelay(true));
                }
                if let (Ok(from), Ok(to)) = (near.try_clone(), far.try_clone()) {
                    carry(from, to, shared.clone(), false);
                    carry(far, near, shared.clone(), true);
                }
            }
        });
        Ok(Link { address, state })
    }

    fn shape(&self, long: bool) {
        self.state.long.store(long, Relaxed);
    }

    #[allow(clippy::cast_precision_loss, reason = "a number of bytes to be shown")]
    fn carried(&self) -> f64 {
        self.state.carried.load(Relaxed) as f64
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, shape: Arc<Shape>, is_answer: bool) {
    // What is on the way: a delay's worth of the rate, and some.
    let (sender, receiver) = mpsc::sync_channel::<(Instant, Vec<u8>)>(256);
    std::thread::spawn(move || {
        let mut part = vec![0; 16 << 10];
        while let Ok(size @ 1..) = from.read(&mut part) {
            let due = if shape.long.load(Relaxed) {
                shape.due(size, is_answer)
            } else {
                Instant::now()
            };
            if is_answer {
                shape
                    .carried
                    .fetch_add(u64::try_from(size).unwrap_or(0), Relaxed);
            }
            if sender.send((due, part[..size].to_vec())).is_err() {
                return;
            }
        }
    });
    std::thread::spawn(move || {
        for (due, part) in receiver {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&part).is_err() {
                return;
            }
        }
        drop(to.shutdown(std::net::Shutdown::Write));
    });
}

impl Shape {
    /// When so many bytes that are sent now arrive.
    fn due(&self, size: usize, is_answer: bool) -> Instant {
        let lane = if is_answer { &self.back } else { &self.there };
        let mut free = lane.lock().unwrap_or_else(PoisonError::into_inner);
        let size = f64::from(u32::try_from(size).unwrap_or(u32::MAX));
        let begin = free.map_or_else(Instant::now, |free| free.max(Instant::now()));
        let end = begin + Duration::from_secs_f64(size / BYTES_PER_SECOND);
        *free = Some(end);
        end + ONE_WAY
    }
}
