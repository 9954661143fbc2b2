//! Our stores and volumes in one process, without HTTP: `crates/volumes/examples/bench`, told what to do line by line.

use super::Bench;
use super::machine::Cost;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A running process. Ends with this value.
pub(super) struct Engine {
    child: Child,
    words: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Engine {
    /// On this folder, which may have what an earlier process left.
    pub(super) fn start(bench: &Bench, folder: &Path) -> Result<Engine> {
        Engine::with(bench, &[folder.as_os_str()])
    }

    /// The same, with disks that are stored plain.
    pub(super) fn plain(bench: &Bench, folder: &Path) -> Result<Engine> {
        Engine::with(bench, &[folder.as_os_str(), "plain".as_ref()])
    }

    fn with(bench: &Bench, arguments: &[&OsStr]) -> Result<Engine> {
        let mut child = Command::new(bench.example("bench"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the stores' program cannot be started")?;
        let words = child.stdin.take().context("it has no input")?;
        let answers = BufReader::new(child.stdout.take().context("it has no output")?);
        Ok(Engine {
            child,
            words,
            answers,
        })
    }

    /// Has it do something; answers what it cost, and what there is to say.
    pub(super) fn cost(&mut self, what: &str, with: Value) -> Result<(Cost, Value)> {
        let answer = self.ask(what, with)?;
        let number = |name: &str| answer[name].as_f64().context("no time in an answer");
        let cost = Cost {
            cpu: number("cpu")?,
            wall: number("wall")?,
        };
        Ok((cost, answer))
    }

    pub(super) fn ask(&mut self, what: &str, with: Value) -> Result<Value> {
        writeln!(self.words, "{}", json!([what, with]))?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let answer: Value = serde_json::from_str(&line)
            .with_context(|| format!("the stores' program ended while it did {what}"))?;
        match answer.get("error") {
            Some(error) => bail!("{what}: {error}"),
            None => Ok(answer),
        }
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let ended = self.child.kill().and_then(|()| self.child.wait());
        if let Err(error) = ended {
            eprintln!("process {} may still run: {error}", self.child.id());
        }
    }
}
