//! The service as a developer's commands use it: started on an empty folder, asked through the
//! stock aws CLI and our own command line, and cleaned up at the end, whatever happens.

use crate::shell;
use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde_json::Value;
use std::cell::RefCell;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A running service.
pub(crate) struct Service {
    binary: PathBuf,
    clients: PathBuf,
    server: Child,
    /// What was made beside the first one.
    accounts: RefCell<Vec<Account>>,
    /// Where it answers.
    pub(crate) endpoint: String,
    /// Everything it writes.
    pub(crate) folder: TempDir,
}

/// An account's access key.
#[derive(Clone, Deserialize)]
pub(crate) struct Account {
    pub(crate) account_id: String,
    access_key_id: String,
    secret_access_key: String,
}

/// The aws CLI, pointed at the service in one Region as one account.
pub(crate) struct Aws {
    program: PathBuf,
    env: Vec<(String, String)>,
    pub(crate) region: String,
}

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Whether the user pressed Ctrl-C since a service was started.
pub(crate) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

impl Service {
    /// Starts the service on an empty folder. `clients` is the folder of the aws CLI's program.
    pub(crate) fn start(binary: &Path, clients: &Path) -> Result<Service> {
        let folder = tempfile::Builder::new().prefix("amiable-").tempdir()?;
        let log = std::fs::File::create(folder.path().join("server.log"))?;
        let mut server = Command::new(binary)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder.path().join("data"))
            .stdout(Stdio::piped())
            .stderr(log)
            // Ctrl-C is for this program, which then asks the server to end its instances.
            .process_group(0)
            .spawn()
            .context("the server cannot be started")?;
        let out = server.stdout.take().context("the server has no output")?;
        ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::SeqCst))?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line)?;
        let endpoint = line
            .split_whitespace()
            .find(|word| word.starts_with("http://"));
        let Some(endpoint) = endpoint.map(str::to_owned) else {
            bail!(
                "the server did not start: {}",
                shell::read(&folder.path().join("server.log"))
            );
        };
        let (binary, clients) = (binary.to_owned(), clients.to_owned());
        Ok(Service {
            binary,
            clients,
            server,
            accounts: RefCell::default(),
            endpoint,
            folder,
        })
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// What `amiable env` prints.
    pub(crate) fn exports(&self) -> Result<String> {
        shell::output(
            Command::new(&self.binary)
                .arg("env")
                .arg("--data")
                .arg(self.data()),
        )
    }

    /// Makes another account.
    pub(crate) fn account(&self, name: &str) -> Result<Account> {
        let mut command = Command::new(&self.binary);
        command
            .args(["account", "create", name, "--json", "--data"])
            .arg(self.data());
        let account: Account = serde_json::from_str(&shell::output(&mut command)?)?;
        self.accounts.borrow_mut().push(account.clone());
        Ok(account)
    }

    /// The aws CLI for an account (the first one by default) in a Region.
    pub(crate) fn aws(&self, region: &str, account: Option<&Account>) -> Result<Aws> {
        let exports = self.exports()?;
        let mut env: Vec<(String, String)> = exports
            .lines()
            .filter_map(|line| line.strip_prefix("export ")?.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.trim_matches('\'').to_owned()))
            .collect();
        let mut set = |name: &str, value: &str| {
            env.retain(|(known, _)| known != name);
            env.push((name.to_owned(), value.to_owned()));
        };
        set("AWS_DEFAULT_REGION", region);
        set("AWS_REGION", region);
        set("AWS_PAGER", "");
        set("AWS_CONFIG_FILE", "/dev/null");
        set("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
        if let Some(account) = account {
            set("AWS_ACCESS_KEY_ID", &account.access_key_id);
            set("AWS_SECRET_ACCESS_KEY", &account.secret_access_key);
        }
        Ok(Aws {
            program: self.clients.join("aws"),
            env,
            region: region.to_owned(),
        })
    }

    /// Our own command line with the CLI's environment; answers its JSON.
    pub(crate) fn amiable(&self, aws: &Aws, words: &[&str]) -> Result<Value> {
        let mut command = Command::new(&self.binary);
        command.args(words).envs(aws.env.iter().cloned());
        Ok(serde_json::from_str(&shell::output(&mut command)?)?)
    }

    /// How many bytes the packs of a Region take.
    pub(crate) fn stored(&self, region: &str) -> Result<u64> {
        let folder = self.data().join("blocks").join(region);
        if folder.exists() {
            shell::folder_bytes(&folder)
        } else {
            Ok(0)
        }
    }

    /// Returns when the user presses Ctrl-C.
    pub(crate) fn wait_for_interrupt(&self) {
        while !interrupted() {
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Terminates every instance, ends the server and removes the folder.
    pub(crate) fn clean_up(mut self) -> Result<()> {
        self.terminate_everything();
        self.end()
    }

    fn terminate_everything(&self) {
        let accounts = self.accounts.borrow();
        let accounts: Vec<_> = std::iter::once(None)
            .chain(accounts.iter().map(Some))
            .collect();
        for region in ["us-east-1", "us-west-2", "eu-west-1"] {
            for account in &accounts {
                if let Err(error) = self.terminate_all(region, *account) {
                    eprintln!("instances in {region} may still run: {error:#}");
                }
            }
        }
    }

    fn terminate_all(&self, region: &str, account: Option<&Account>) -> Result<()> {
        let aws = self.aws(region, account)?;
        let live = aws.json(&[
            "ec2",
            "describe-instances",
            "--query",
            "Reservations[].Instances[?State.Name!='terminated'][].InstanceId",
        ])?;
        let ids: Vec<&str> = live
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        if !ids.is_empty() {
            aws.json(
                &[
                    &["ec2", "terminate-instances", "--instance-ids"],
                    ids.as_slice(),
                ]
                .concat(),
            )?;
            aws.json(
                &[
                    &["ec2", "wait", "instance-terminated", "--instance-ids"],
                    ids.as_slice(),
                ]
                .concat(),
            )?;
        }
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        shell::output(Command::new("kill").arg(self.server.id().to_string()))?;
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.server.try_wait()?.is_none() {
            ensure!(Instant::now() < deadline, "the server does not end");
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

/// A demonstration that fails half-way leaves neither a server nor guests behind.
impl Drop for Service {
    fn drop(&mut self) {
        if matches!(self.server.try_wait(), Ok(Some(_))) {
            return;
        }
        self.terminate_everything();
        if let Err(error) = self.end() {
            eprintln!("the server may still run: {error:#}");
        }
    }
}

impl Aws {
    fn run(&self, words: &[&str], output: &str) -> Result<String> {
        let mut command = Command::new(&self.program);
        command.args(words).args(["--output", output]);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
            command.env_remove(name);
        }
        shell::output(command.envs(self.env.iter().cloned()))
    }

    /// Runs a command and answers its JSON; nothing printed is null.
    pub(crate) fn json(&self, words: &[&str]) -> Result<Value> {
        let text = self.run(words, "json")?;
        if text.trim().is_empty() {
            Ok(Value::Null)
        } else {
            Ok(serde_json::from_str(&text)?)
        }
    }

    /// Runs a command and answers its text.
    pub(crate) fn text(&self, words: &[&str]) -> Result<String> {
        Ok(self.run(words, "text")?.trim_end().to_owned())
    }

    /// Runs a command and answers its table.
    pub(crate) fn table(&self, words: &[&str]) -> Result<String> {
        self.run(words, "table")
    }
}
