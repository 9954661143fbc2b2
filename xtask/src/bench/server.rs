//! A server that is measured: started, waited for, and ended when it is no longer needed.

use anyhow::{Context, Result, bail, ensure};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// A running server. Ends with this value.
pub(super) struct Server {
    child: Child,
    /// Where it answers, if it speaks HTTP.
    pub(super) endpoint: String,
    /// The environment that points a client at it.
    pub(super) environment: Vec<(String, String)>,
}

impl Server {
    /// Our service, on an empty folder.
    pub(super) fn amiable(binary: &Path, folder: &Path) -> Result<Server> {
        Server::amiable_with(binary, folder, &[])
    }

    /// The same with more on its command line. Started again on a folder, it goes on there.
    pub(super) fn amiable_with(binary: &Path, folder: &Path, more: &[&str]) -> Result<Server> {
        Server::amiable_in(binary, folder, more, &[])
    }

    /// The same with more in its environment.
    pub(super) fn amiable_in(
        binary: &Path,
        folder: &Path,
        more: &[&str],
        environment: &[(String, String)],
    ) -> Result<Server> {
        let data = folder.join("data");
        let mut command = Command::new(binary);
        command.envs(environment.iter().cloned());
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]);
        command.arg(&data).args(more).stdout(Stdio::piped());
        let mut server = Server::spawn(command, folder)?;
        let out = server.child.stdout.take();
        let mut line = String::new();
        BufReader::new(out.context("the service has no output")?).read_line(&mut line)?;
        let endpoint = line
            .split_whitespace()
            .find(|word| word.starts_with("http://"));
        let Some(endpoint) = endpoint else {
            bail!("the service did not start: {}", log(folder));
        };
        server.endpoint = endpoint.to_owned();
        server.environment = exports(binary, &data)?;
        Ok(server)
    }

    /// moto's server, which keeps everything in memory.
    pub(super) fn moto(programs: &Path, folder: &Path) -> Result<Server> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = Command::new(programs.join("moto_server"));
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        let mut server = Server::spawn(command.stdout(Stdio::null()), folder)?;
        server.wait(folder, || TcpStream::connect(("127.0.0.1", port)).is_ok())?;
        server.endpoint = format!("http://127.0.0.1:{port}");
        let settings = [
            ("AWS_ACCESS_KEY_ID", "benchmark"),
            ("AWS_SECRET_ACCESS_KEY", "benchmark"),
            ("AWS_ENDPOINT_URL", &server.endpoint),
            ("AWS_DEFAULT_REGION", "us-east-1"),
        ];
        server.environment = settings
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        Ok(server)
    }

    /// Any server, which is there when its port is.
    pub(super) fn listening(
        command: &mut Command,
        at: SocketAddr,
        folder: &Path,
    ) -> Result<Server> {
        let mut server = Server::spawn(command, folder)?;
        server.wait(folder, || TcpStream::connect(at).is_ok())?;
        Ok(server)
    }

    /// A server of one disk, which is there when its socket is.
    pub(super) fn nbd(mut command: Command, socket: &Path, folder: &Path) -> Result<Server> {
        let mut server = Server::spawn(command.stdout(Stdio::null()), folder)?;
        server.wait(folder, || socket.exists())?;
        Ok(server)
    }

    fn spawn(mut command: impl std::borrow::BorrowMut<Command>, folder: &Path) -> Result<Server> {
        let command = command.borrow_mut();
        let shown = format!("{command:?}");
        let log = File::create(folder.join("server.log"))?;
        Ok(Server {
            child: command
                .stderr(log)
                .spawn()
                .with_context(|| format!("{shown} cannot be started"))?,
            endpoint: String::new(),
            environment: Vec::new(),
        })
    }

    fn wait(&mut self, folder: &Path, ready: impl Fn() -> bool) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while !ready() {
            ensure!(
                self.child.try_wait()?.is_none() && Instant::now() < deadline,
                "a server did not start: {}",
                log(folder)
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let ended = self.child.kill().and_then(|()| self.child.wait());
        if let Err(error) = ended {
            eprintln!("process {} may still run: {error}", self.child.id());
        }
    }
}

fn log(folder: &Path) -> String {
    crate::shell::read(&folder.join("server.log"))
}

/// What `amiable env` prints, as variables.
fn exports(binary: &Path, data: &Path) -> Result<Vec<(String, String)>> {
    let text = crate::shell::output(Command::new(binary).arg("env").arg("--data").arg(data))?;
    let lines = text.lines().filter_map(|line| line.strip_prefix("export "));
    Ok(lines
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.trim_matches('\'').to_owned()))
        .collect())
}
