//! The client that asks both services: one Python process for each, with the same code and one kept connection.

use super::machine::{Cost, of_process};
use super::server::Server;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A boto3 client that does what it is told, line by line.
pub(super) struct Client {
    child: Child,
    words: ChildStdin,
    answers: BufReader<ChildStdout>,
    server: u32,
}

impl Client {
    pub(super) fn start(programs: &Path, server: &Server) -> Result<Client> {
        let mut command = Command::new(programs.join("python"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
            command.env_remove(name);
        }
        let mut child = command
            .args(["-c", include_str!("client.py")])
            .envs(server.environment.iter().cloned())
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the boto3 client cannot be started")?;
        let words = child.stdin.take().context("the client has no input")?;
        let answers = child.stdout.take().context("the client has no output")?;
        Ok(Client {
            child,
            words,
            answers: BufReader::new(answers),
            server: server.id(),
        })
    }

    /// Has the client do something; answers what it found.
    pub(super) fn ask(&mut self, what: &str, arguments: Value) -> Result<Value> {
        writeln!(self.words, "{}", json!([what, arguments]))?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let answer: Value = serde_json::from_str(&line)
            .with_context(|| format!("the boto3 client ended while it did {what}"))?;
        match answer.get("error") {
            Some(error) => bail!("{what}: {error}"),
            None => Ok(answer),
        }
    }

    /// The processor time that the server used so far.
    pub(super) fn server_cpu(&self) -> Result<f64> {
        of_process(self.server)
    }

    /// Has the client do something `count` times; answers what one time cost the server, and how long the client
    /// waited for it.
    pub(super) fn cost(&mut self, what: &str, count: u32, arguments: Value) -> Result<Cost> {
        Ok(self.cost_and_answer(what, count, arguments)?.0)
    }

    /// The same, with what the client found.
    pub(super) fn cost_and_answer(
        &mut self,
        what: &str,
        count: u32,
        mut arguments: Value,
    ) -> Result<(Cost, Value)> {
        if let Some(map) = arguments.as_object_mut() {
            map.insert("count".to_owned(), count.into());
        }
        let before = of_process(self.server)?;
        let answer = self.ask(what, arguments)?;
        let cpu = of_process(self.server)? - before;
        let wall = answer["wall"].as_f64().context("no time in an answer")?;
        Ok((Cost { cpu, wall }.per(count), answer))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let ended = self.child.kill().and_then(|()| self.child.wait());
        if let Err(error) = ended {
            eprintln!("process {} may still run: {error}", self.child.id());
        }
    }
}
