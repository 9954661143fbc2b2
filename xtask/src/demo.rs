//! `cargo xtask demo`: the main job, on a real Linux disk and real virtual machines, with the
//! stock aws CLI.

use crate::service::{Aws, Service, interrupted};
use crate::{guests, packages, python, shell};
use anyhow::{Context, Result, bail, ensure};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const HOME: &str = "us-east-1";
const AWAY: &str = "us-west-2";
const TYPE: &str = "t3.micro";
/// A guest without hardware virtualization takes a minute or two to boot.
const PATIENCE: Duration = Duration::from_secs(420);

const USER_DATA: &str =
    "#!/bin/sh\necho \"amiable: user data ran on $(hostname)\" > /dev/console\n";

/// What was done, for the table at the end.
#[derive(Default)]
struct Table(Vec<Row>);

struct Row {
    step: String,
    time: Duration,
    moved: Option<u64>,
    stored: Option<u64>,
}

/// Runs the demonstration. With `keep` it leaves the service running.
pub(crate) fn run(keep: bool, yes: bool) -> Result<()> {
    let began = Instant::now();
    let mut table = Table::default();
    table.time("packages of the system", || {
        packages::ensure(packages::DEMO, yes)
    })?;
    let (binary, disk, clients) = table.time("build, Debian image and aws CLI", prepare)?;
    let service = Service::start(&binary, &clients)?;
    println!("\nThe service answers on {}", service.endpoint);
    let story = Story {
        service: &service,
        disk: &disk,
        folder: service.folder.path(),
    };
    let result = story.tell(&mut table);
    table.print(began.elapsed());
    if keep && result.is_ok() {
        println!("\nThe service keeps running. In another terminal:\n");
        println!("{}", service.exports()?);
        println!("Ctrl-C ends it and cleans up.");
        service.wait_for_interrupt();
    }
    let cleaned = service.clean_up();
    result?;
    cleaned
}

/// Builds the program and the disk side by side: one waits mostly for the processor, the other
/// for the network and the disk.
fn prepare() -> Result<(PathBuf, PathBuf, PathBuf)> {
    std::thread::scope(|scope| {
        let disk = scope.spawn(|| guests::debian(&guests::Cache::open()?));
        let clients = scope.spawn(python::clients);
        let binary = shell::build_server();
        let join = |what: &str| format!("the thread that makes {what} panicked");
        let disk = disk
            .join()
            .map_err(|_| anyhow::anyhow!(join("the disk")))??;
        let clients = clients
            .join()
            .map_err(|_| anyhow::anyhow!(join("the aws CLI")))??;
        Ok((binary?, disk, clients))
    })
}

struct Story<'a> {
    service: &'a Service,
    disk: &'a Path,
    folder: &'a Path,
}

impl Story<'_> {
    fn tell(&self, table: &mut Table) -> Result<()> {
        let aws = self.service.aws(HOME, None)?;
        let away = self.service.aws(AWAY, None)?;
        let image = self.import(&aws, table)?;
        let (first, second) = self.launch_two(&aws, &image, table)?;
        self.show_consoles(&aws, &[&first, &second], table)?;
        self.change_over_ssh(&aws, &first, table)?;
        let changed = self.create_image(&aws, &first, table)?;
        self.terminate(&aws, &[&first, &second])?;
        let near = self.copy(&aws, &changed, HOME, "changed-near", table)?;
        let far = self.copy(&away, &changed, AWAY, "changed-far", table)?;
        self.verify(&[(&aws, &changed), (&aws, &near), (&away, &far)], table)?;
        self.share_and_launch(&aws, &changed, table)
    }

    fn import(&self, aws: &Aws, table: &mut Table) -> Result<String> {
        let path = self.disk.to_str().context("the disk's path is not text")?;
        let before = self.service.stored(HOME)?;
        let began = Instant::now();
        let answer = self.service.amiable(
            aws,
            &["image", "import", path, "--name", "debian-12", "--json"],
        )?;
        let image = text(&answer["image_id"])?;
        table.add(Row {
            step: format!("import {} and register {image}", self.disk.display()),
            time: began.elapsed(),
            moved: answer["bytes_sent"].as_u64(),
            stored: Some(self.service.stored(HOME)? - before),
        });
        let shown = aws.table(&["ec2", "describe-images", "--owners", "self", "--query",
            "Images[].{Image:ImageId,Name:Name,State:State,Root:RootDeviceName,Digest:Tags[0].Value}"])?;
        println!("\n{shown}");
        Ok(image)
    }

    fn launch_two(&self, aws: &Aws, image: &str, table: &mut Table) -> Result<(String, String)> {
        let began = Instant::now();
        let key = aws.json(&[
            "ec2",
            "create-key-pair",
            "--key-name",
            "demo",
            "--key-type",
            "ed25519",
        ])?;
        shell::write_secret(&self.key(), text(&key["KeyMaterial"])?.as_bytes())?;
        aws.json(&[
            "ec2",
            "authorize-security-group-ingress",
            "--group-name",
            "default",
            "--protocol",
            "tcp",
            "--port",
            "22",
            "--cidr",
            "0.0.0.0/0",
        ])?;
        let answer = aws.json(&[
            "ec2",
            "run-instances",
            "--image-id",
            image,
            "--count",
            "2",
            "--instance-type",
            TYPE,
            "--key-name",
            "demo",
            "--user-data",
            USER_DATA,
            "--tag-specifications",
            "ResourceType=instance,Tags=[{Key=Name,Value=demo}]",
        ])?;
        let ids = [
            text(&answer["Instances"][0]["InstanceId"])?,
            text(&answer["Instances"][1]["InstanceId"])?,
        ];
        aws.json(&[
            "ec2",
            "wait",
            "instance-running",
            "--instance-ids",
            &ids[0],
            &ids[1],
        ])?;
        table.add(Row::timed("two instances from one image: running", began));
        let [first, second] = ids;
        Ok((first, second))
    }

    fn show_consoles(&self, aws: &Aws, ids: &[&str], table: &mut Table) -> Result<()> {
        let began = Instant::now();
        for id in ids {
            let console = self.wait_for_console(aws, id, "amiable: user data ran on")?;
            println!("\nConsole of {id}, its last lines:");
            for line in last_lines(&console, 8) {
                println!("  | {line}");
            }
        }
        table.add(Row::timed(
            "both booted Debian and ran their user data",
            began,
        ));
        Ok(())
    }

    fn wait_for_console(&self, aws: &Aws, id: &str, marker: &str) -> Result<String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let text = aws.text(&[
                "ec2",
                "get-console-output",
                "--instance-id",
                id,
                "--latest",
                "--query",
                "Output",
            ])?;
            if text.contains(marker) {
                return Ok(text);
            }
            ensure!(!interrupted(), "stopped by Ctrl-C");
            if Instant::now() > deadline {
                bail!("{id} did not print {marker:?} in {PATIENCE:?}; it printed:\n{text}");
            }
            std::thread::sleep(Duration::from_secs(1));
        }
    }

    fn change_over_ssh(&self, aws: &Aws, id: &str, table: &mut Table) -> Result<()> {
        let began = Instant::now();
        let address = self.address(aws, id)?;
        let command =
            "echo 'changed by the demonstration' | sudo tee /etc/motd && sync && uname -a";
        let said = self.ssh(&address, command)?;
        println!("\nssh -i key admin@{address}:");
        for line in said.lines() {
            println!("  | {line}");
        }
        table.add(Row::timed("changed one over SSH", began));
        Ok(())
    }

    fn create_image(&self, aws: &Aws, instance: &str, table: &mut Table) -> Result<String> {
        let before = self.service.stored(HOME)?;
        let began = Instant::now();
        let answer = aws.json(&[
            "ec2",
            "create-image",
            "--instance-id",
            instance,
            "--name",
            "debian-12-changed",
            "--no-reboot",
        ])?;
        let image = text(&answer["ImageId"])?;
        aws.json(&["ec2", "wait", "image-available", "--image-ids", &image])?;
        let stored = self.service.stored(HOME)? - before;
        table.add(Row {
            step: format!("image of the changed instance: {image}"),
            time: began.elapsed(),
            moved: Some(stored),
            stored: Some(stored),
        });
        Ok(image)
    }

    fn copy(
        &self,
        to: &Aws,
        image: &str,
        region: &str,
        name: &str,
        table: &mut Table,
    ) -> Result<String> {
        let before = self.service.stored(region)?;
        let began = Instant::now();
        let answer = to.json(&[
            "ec2",
            "copy-image",
            "--source-image-id",
            image,
            "--source-region",
            HOME,
            "--name",
            name,
        ])?;
        let copy = text(&answer["ImageId"])?;
        to.json(&["ec2", "wait", "image-available", "--image-ids", &copy])?;
        let stored = self.service.stored(region)? - before;
        table.add(Row {
            step: format!("copy to {region}: {copy}"),
            time: began.elapsed(),
            moved: Some(stored),
            stored: Some(stored),
        });
        ensure!(
            region != HOME || stored == 0,
            "a copy within the Region wrote {stored} bytes"
        );
        Ok(copy)
    }

    fn verify(&self, images: &[(&Aws, &str)], table: &mut Table) -> Result<()> {
        let began = Instant::now();
        println!();
        let mut digests = Vec::new();
        for (aws, image) in images {
            let answer = self
                .service
                .amiable(aws, &["image", "verify", image, "--json"])?;
            let digest = text(&answer["digest"])?;
            println!(
                "{image} in {:<10} every block read back, digest {digest}",
                aws.region
            );
            digests.push(digest);
        }
        digests.dedup();
        ensure!(
            digests.len() == 1,
            "the copies have other bytes: {digests:?}"
        );
        table.add(Row::timed(
            "source and both copies hold the same bytes",
            began,
        ));
        Ok(())
    }

    fn share_and_launch(&self, aws: &Aws, image: &str, table: &mut Table) -> Result<()> {
        let began = Instant::now();
        let friend = self.service.account("friend")?;
        let theirs = self.service.aws(HOME, Some(&friend))?;
        let permission = format!("Add=[{{UserId={}}}]", friend.account_id);
        aws.json(&[
            "ec2",
            "modify-image-attribute",
            "--image-id",
            image,
            "--launch-permission",
            &permission,
        ])?;
        let answer = theirs.json(&[
            "ec2",
            "run-instances",
            "--image-id",
            image,
            "--instance-type",
            TYPE,
        ])?;
        let id = text(&answer["Instances"][0]["InstanceId"])?;
        let console = self.wait_for_console(&theirs, &id, "login:")?;
        println!("\nThe other account's instance {id} of the shared image, its console:");
        for line in last_lines(&console, 4) {
            println!("  | {line}");
        }
        self.terminate(&theirs, &[&id])?;
        table.add(Row::timed(
            "a second account booted the shared image",
            began,
        ));
        Ok(())
    }

    fn terminate(&self, aws: &Aws, ids: &[&str]) -> Result<()> {
        let with = |words: &[&str]| aws.json(&[words, ids].concat());
        with(&["ec2", "terminate-instances", "--instance-ids"])?;
        with(&["ec2", "wait", "instance-terminated", "--instance-ids"]).map(drop)
    }

    fn address(&self, aws: &Aws, id: &str) -> Result<String> {
        aws.text(&[
            "ec2",
            "describe-instances",
            "--instance-ids",
            id,
            "--query",
            "Reservations[0].Instances[0].PublicIpAddress",
        ])
    }

    fn key(&self) -> PathBuf {
        self.folder.join("demo.pem")
    }

    fn ssh(&self, address: &str, command: &str) -> Result<String> {
        let key = self.key();
        let key = key.to_str().context("the key's path is not text")?;
        let target = format!("admin@{address}");
        let deadline = Instant::now() + PATIENCE;
        loop {
            let done = std::process::Command::new("ssh")
                .args([
                    "-i",
                    key,
                    "-o",
                    "StrictHostKeyChecking=no",
                    "-o",
                    "UserKnownHostsFile=/dev/null",
                    "-o",
                    "LogLevel=ERROR",
                    "-o",
                    "BatchMode=yes",
                    "-o",
                    "ConnectTimeout=30",
                    &target,
                    command,
                ])
                .output()
                .context("ssh cannot be started")?;
            if done.status.success() {
                return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
            }
            ensure!(!interrupted(), "stopped by Ctrl-C");
            if Instant::now() > deadline {
                bail!(
                    "ssh to {address}: {}",
                    String::from_utf8_lossy(&done.stderr)
                );
            }
            std::thread::sleep(Duration::from_secs(1));
        }
    }
}

fn text(value: &serde_json::Value) -> Result<String> {
    value
        .as_str()
        .map(str::to_owned)
        .with_context(|| format!("{value} is not a text"))
}

fn last_lines(text: &str, count: usize) -> Vec<&str> {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    lines[lines.len().saturating_sub(count)..].to_vec()
}

impl Row {
    fn timed(step: &str, began: Instant) -> Row {
        Row {
            step: step.to_owned(),
            time: began.elapsed(),
            moved: None,
            stored: None,
        }
    }
}

impl Table {
    fn add(&mut self, row: Row) {
        println!("\n== {} ({:.1} s)", row.step, row.time.as_secs_f64());
        self.0.push(row);
    }

    fn time<T>(&mut self, step: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let began = Instant::now();
        let done = work()?;
        self.add(Row::timed(step, began));
        Ok(done)
    }

    fn print(&self, total: Duration) {
        println!(
            "\n{:<64} {:>9} {:>12} {:>12}",
            "step", "time", "moved", "stored"
        );
        for row in &self.0 {
            let time = format!("{:.1} s", row.time.as_secs_f64());
            let (moved, stored) = (bytes(row.moved), bytes(row.stored));
            println!("{:<64} {time:>9} {moved:>12} {stored:>12}", row.step);
        }
        println!(
            "{:<64} {:>9}",
            "in all",
            format!("{:.1} s", total.as_secs_f64())
        );
    }
}

fn bytes(count: Option<u64>) -> String {
    match count {
        None => String::new(),
        Some(count) if count < 1 << 20 => format!("{:.1} KiB", count as f64 / 1024.0),
        Some(count) => format!("{:.1} MiB", count as f64 / 1_048_576.0),
    }
}
