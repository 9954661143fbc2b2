//! Disks, servers and guests for the tests. All of them real.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use machine::{Accel, Disk, Firmware, Nic, Paths, Qemu, Spec};

const SECTOR: &str = include_str!("boot.hex");

/// The boot sector, as its hexadecimal text says.
pub fn boot_sector() -> Vec<u8> {
    let digits: Vec<u8> = SECTOR.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    // Lines of zeros are left out of the text: what follows them is the mark at the sector's end.
    let mut sector: Vec<u8> = digits.chunks(2).map(byte).collect();
    let mark = sector.split_off(sector.len() - 2);
    sector.resize(510, 0);
    sector.extend(mark);
    sector
}

/// One guest's folder, its disk and the disk's server.
pub struct Bench {
    pub folder: tempfile::TempDir,
    server: Option<Child>,
    kill_at_end: Option<(String, Paths)>,
}

impl Bench {
    /// A bench with the boot sector on a disk of 2 MiB, served.
    pub fn new() -> Self {
        let mut bench = Self {
            folder: tempfile::tempdir().unwrap(),
            server: None,
            kill_at_end: None,
        };
        let mut disk = boot_sector();
        disk.resize(2 << 20, 0);
        std::fs::write(bench.disk(), disk).unwrap();
        bench.serve();
        bench
    }

    /// A bench with a copy of an image, served.
    pub fn with_image(image: &Path) -> Self {
        let mut bench = Self {
            folder: tempfile::tempdir().unwrap(),
            server: None,
            kill_at_end: None,
        };
        std::fs::copy(image, bench.disk()).unwrap();
        bench.serve();
        bench
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn disk(&self) -> PathBuf {
        self.path("disk.raw")
    }

    pub fn serve(&mut self) {
        self.server = Some(nbd(&self.disk(), &self.path("nbd"), "vol-1"));
    }

    pub fn kill_server(&mut self) {
        stop(self.server.take().unwrap());
    }

    pub fn spec(&mut self) -> Spec {
        let spec = spec_in(self.folder.path());
        self.kill_at_end = Some((spec.id.clone(), spec.paths.clone()));
        spec
    }

    pub fn console(&self) -> String {
        let end =
            machine::console::tail(&self.path("console.log"), machine::console::KEPT).unwrap();
        String::from_utf8_lossy(&end).into_owned()
    }

    /// How often the guest has written to its disk, as it stands on the disk.
    pub fn count(&self) -> u32 {
        let disk = std::fs::read(self.disk()).unwrap();
        u32::from_le_bytes(disk[512..516].try_into().unwrap())
    }

    /// Waits until the console says so, and panics with what it does say.
    pub async fn says(&self, text: &str, patience: Duration) {
        let what = format!("{text:?} on the console");
        until(
            &what,
            patience,
            || self.console().contains(text),
            || self.console(),
        )
        .await;
    }

    pub async fn counts_on(&self) {
        let before = self.count();
        let more = || self.count() >= before + 3;
        until("three more writes", Duration::from_secs(40), more, || {
            self.console()
        })
        .await;
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        if let Some((_, paths)) = &self.kill_at_end
            && let Ok(pid) = std::fs::read_to_string(&paths.pid)
        {
            let line = std::fs::read(format!("/proc/{}/cmdline", pid.trim())).unwrap_or_default();
            let ours = self.folder.path().as_os_str().as_encoded_bytes();
            if line.windows(ours.len()).any(|part| part == ours) {
                let killed = Command::new("kill").args(["-9", pid.trim()]).status();
                assert!(killed.is_ok());
            }
        }
        if let Some(server) = self.server.take() {
            stop(server);
        }
    }
}

/// A machine whose files are in a folder, with a disk that is served there.
pub fn spec_in(folder: &Path) -> Spec {
    Spec {
        id: "i-0123456789abcdef0".into(),
        uuid: "ec2a1b2c-0000-4000-8000-000000000001".into(),
        product: "t3.micro".into(),
        vcpus: 1,
        memory_mib: 64,
        firmware: Firmware::Bios,
        disks: vec![Disk::new("vol-1", folder.join("nbd")).boot()],
        nic: Some(Nic {
            mac: "02:00:00:00:00:01".into(),
            socket: folder.join("nic"),
        }),
        paths: Paths::within(folder),
        accel: Accel::tcg("a test"),
        extra: vec![],
    }
}

/// Waits for something, and panics with an explanation when it does not come.
pub async fn until(
    what: &str,
    patience: Duration,
    mut there: impl FnMut() -> bool,
    explain: impl Fn() -> String,
) {
    let began = Instant::now();
    while !there() {
        assert!(
            began.elapsed() < patience,
            "no {what} after {patience:?}: {}",
            explain()
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Serves the bench's disk with one write that fails, the first.
impl Bench {
    pub fn serve_with_a_failing_write(&mut self) {
        let disk = self.disk();
        let options = format!(
            "driver=raw,file.driver=blkdebug,file.image.driver=file,file.image.filename={},\
             file.inject-error.0.event=write_aio,file.inject-error.0.once=on,\
             file.inject-error.0.errno=5",
            disk.display()
        );
        let served = ["--image-opts", &options];
        self.server = Some(serve(&served, &self.path("nbd"), "vol-1"));
    }
}

/// Serves a raw file, for any number of clients one after the other.
pub fn nbd(file: &Path, socket: &Path, export: &str) -> Child {
    serve(
        &["--format=raw", "--discard=unmap", file.to_str().unwrap()],
        socket,
        export,
    )
}

fn serve(what: &[&str], socket: &Path, export: &str) -> Child {
    let server = Command::new("qemu-nbd")
        .args(["--persistent", "--shared=8", "--socket"])
        .arg(socket)
        .args(["--export-name", export])
        .args(what)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while std::os::unix::net::UnixStream::connect(socket).is_err() {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "qemu-nbd does not listen"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
    server
}

pub fn stop(mut server: Child) {
    server.kill().unwrap();
    server.wait().unwrap();
}

pub async fn qemu() -> Qemu {
    Qemu::find(None).await.unwrap()
}

/// Whether a process with this number lives, zombies aside.
pub fn alive(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit_once(") ").unwrap().1.starts_with('Z'))
}
