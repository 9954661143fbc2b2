//! A real PostgreSQL server, started from the distribution's package.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};
use tempfile::TempDir;

struct Server {
    port: u16,
    _files: TempDir,
}

static SERVER: OnceLock<Server> = OnceLock::new();
static COUNT: AtomicU32 = AtomicU32::new(0);
static CHILD: Mutex<Option<Child>> = Mutex::new(None);

/// The URL of a new, empty database of a real server, whose name is the last part.
pub async fn fresh_postgresql() -> String {
    let server = SERVER.get_or_init(start);
    let name = format!("amiable_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    administer(server, &format!("CREATE DATABASE {name}")).await;
    url(server.port, &name)
}

/// Drops a database that was made so, whoever still uses it.
pub async fn drop_postgresql(url: &str) {
    let (Some(server), Some((_, name))) = (SERVER.get(), url.rsplit_once('/')) else {
        panic!("{url} is no database of this process");
    };
    administer(server, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
}

/// How many connections to a database that was made so there are.
pub async fn connections_to_postgresql(url: &str) -> i64 {
    let (Some(server), Some((_, name))) = (SERVER.get(), url.rsplit_once('/')) else {
        panic!("{url} is no database of this process");
    };
    let count = "SELECT COUNT(*) FROM pg_stat_activity
        WHERE datname = $1 AND backend_type = 'client backend'";
    let (client, driver) = admin(server).await;
    let row = client.query_one(count, &[&name]).await.unwrap();
    drop(client);
    driver.await.unwrap().unwrap();
    row.get(0)
}

async fn administer(server: &Server, statement: &str) {
    let (client, driver) = admin(server).await;
    client.batch_execute(statement).await.unwrap();
    drop(client);
    driver.await.unwrap().unwrap();
}

type Driver = tokio::task::JoinHandle<Result<(), tokio_postgres::Error>>;

async fn admin(server: &Server) -> (tokio_postgres::Client, Driver) {
    let (client, connection) = connect(&url(server.port, "postgres")).await;
    (client, tokio::spawn(connection))
}

fn url(port: u16, database: &str) -> String {
    format!("postgres://postgres@127.0.0.1:{port}/{database}")
}

async fn connect(
    url: &str,
) -> (
    tokio_postgres::Client,
    tokio_postgres::Connection<tokio_postgres::Socket, tokio_postgres::tls::NoTlsStream>,
) {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        match tokio_postgres::connect(url, tokio_postgres::NoTls).await {
            Ok(connected) => return connected,
            Err(error) if Instant::now() > deadline => {
                panic!("PostgreSQL does not answer: {error}")
            }
            // Tasks may have a clock that stands still.
            Err(_) => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

/// Starts a server on a free port. It refuses to run as root, so root starts it as `postgres`.
/// The server watches its parent through a shell's pipe and ends with the test process.
fn start() -> Server {
    let files = tempfile::tempdir().unwrap();
    let root = is_root();
    if root {
        run(Command::new("chown").arg("postgres").arg(files.path()));
    }
    let programs = programs();
    let data = files.path().join("data");
    let initdb = programs.join("initdb");
    let mut init = as_postgres(root, &initdb);
    run(init
        .args(["--auth=trust", "--no-sync", "-U", "postgres", "-D"])
        .arg(&data));
    let port = free_port();
    // `cat` ends when this process does, whatever way; then the server is told to stop.
    let script = format!(
        "'{}' -D '{}' -p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='{}' \
         -c fsync=off & server=$!; cat >/dev/null; kill -INT $server; wait $server; rm -rf '{}'",
        programs.join("postgres").display(),
        data.display(),
        files.path().display(),
        files.path().display(),
    );
    let mut shell = as_postgres(root, Path::new("/bin/sh"));
    let child = shell
        .args(["-c", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    *CHILD.lock().unwrap() = Some(child);
    Server {
        port,
        _files: files,
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout.trim_ascii() == b"0"
}

fn as_postgres(root: bool, program: &Path) -> Command {
    if !root {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=postgres", "--regid=postgres", "--clear-groups"])
        .arg(program);
    command.current_dir("/");
    command
}

/// The newest installed version's folder of programs.
fn programs() -> PathBuf {
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .expect("PostgreSQL is not installed: apt-get install postgresql, or set AMIABLE_TEST_DATABASES=sqlite")
        .map(|entry| entry.unwrap().path().join("bin"))
        .filter(|path| path.join("initdb").exists())
        .collect();
    found.sort();
    found
        .pop()
        .expect("PostgreSQL's server is not installed: apt-get install postgresql")
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

fn run(command: &mut Command) {
    let done = command.output().unwrap();
    assert!(
        done.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
}
