//! The agent inside of a guest: freezing its file systems for a snapshot.
//!
//! The agent is the guest's, so what it says is believed in nothing but its effect, and read within
//! limits. Whatever happens, a freeze is followed by a thaw: when [`Frozen`] is dropped, when the
//! answer to the freeze came too late, and when a new server takes up a guest that its forerunner
//! had frozen.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::sync::OwnedMutexGuard;
use tokio::time::timeout;

use crate::error::{Error, Result};
use crate::handle::{Handle, Machine};

/// Begins a message after which the other side forgets what came before.
const DELIMITER: u8 = 0xff;
const LONGEST_ANSWER: u64 = 64 << 10;
/// How long an agent that is there may take to say so.
const HELLO: Duration = Duration::from_secs(5);
const THAW: Duration = Duration::from_secs(20);

/// File systems that stand still until [`Frozen::thaw`], or until this is dropped.
#[derive(Debug)]
pub struct Frozen {
    talk: Option<Talk>,
    /// How many file systems the guest says it froze.
    pub file_systems: u64,
}

impl Handle {
    /// Freezes the guest's file systems, so that its disks are consistent. Linux thaws by itself
    /// nothing, Windows after ten seconds: be quick.
    ///
    /// # Errors
    /// [`Error::NoAgent`] where none answers; [`Error::Agent`] with its refusal;
    /// [`Error::Timeout`] where it does not finish in time, upon which it is told to thaw.
    pub async fn freeze(&self, patience: Duration) -> Result<Frozen> {
        Talk::with(&self.machine, HELLO.min(patience))
            .await?
            .freeze(patience)
            .await
    }
}

impl Frozen {
    /// Lets the file systems go on.
    ///
    /// # Errors
    /// As [`Handle::freeze`]. It is tried again before an error is returned.
    pub async fn thaw(mut self) -> Result<()> {
        match self.talk.take() {
            Some(talk) => talk.thaw().await,
            None => Ok(()),
        }
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        let Some(talk) = self.talk.take() else { return };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                let id = talk.id.clone();
                if let Err(e) = talk.thaw().await {
                    tracing::error!(id, "file systems may still be frozen: {e}");
                }
            });
        }
    }
}

/// Thaws, in the background, what a server that is no more may have left frozen.
pub(crate) fn thaw_leftover(machine: &Arc<Machine>) {
    let machine = Arc::clone(machine);
    tokio::spawn(async move {
        let Ok(mut talk) = Talk::with(&machine, HELLO).await else {
            return;
        };
        if matches!(talk.ask("guest-fsfreeze-status", HELLO).await, Ok(state) if state == "frozen")
        {
            tracing::warn!(id = %machine.id, "found its file systems frozen; thawing them");
            if let Err(e) = talk.thaw().await {
                tracing::error!(id = %machine.id, "file systems may still be frozen: {e}");
            }
        }
    });
}

/// A conversation with the agent. There is one at a time.
#[derive(Debug)]
struct Talk {
    id: String,
    stream: BufReader<UnixStream>,
    _alone: OwnedMutexGuard<()>,
}

impl Talk {
    async fn with(machine: &Machine, patience: Duration) -> Result<Self> {
        let alone = Arc::clone(&machine.agent).lock_owned().await;
        Self::begin(&machine.id, &machine.paths.agent, alone, patience).await
    }

    async fn begin(
        id: &str,
        socket: &Path,
        alone: OwnedMutexGuard<()>,
        patience: Duration,
    ) -> Result<Self> {
        let stream = UnixStream::connect(socket)
            .await
            .map_err(|_| Error::Gone { id: id.to_owned() })?;
        let mut talk = Self {
            id: id.to_owned(),
            stream: BufReader::new(stream),
            _alone: alone,
        };
        match timeout(patience, talk.greet()).await {
            Ok(Ok(())) => Ok(talk),
            Ok(Err(_)) | Err(_) => Err(Error::NoAgent { id: id.to_owned() }),
        }
    }

    /// Gets past what the agent may still say to somebody before us.
    async fn greet(&mut self) -> std::io::Result<()> {
        let token = u64::from(std::process::id()) << 16
            | u64::from(
                std::time::SystemTime::UNIX_EPOCH
                    .elapsed()
                    .map_or(0, |t| t.subsec_millis()),
            );
        let hello = json!({"execute": "guest-sync-delimited", "arguments": {"id": token}});
        self.stream.write_all(&[DELIMITER]).await?;
        self.stream
            .write_all(format!("{hello}\n").as_bytes())
            .await?;
        loop {
            self.skip_to_delimiter().await?;
            if self.line().await?["return"] == json!(token) {
                return Ok(());
            }
        }
    }

    async fn skip_to_delimiter(&mut self) -> std::io::Result<()> {
        loop {
            let waiting = self.stream.fill_buf().await?;
            if waiting.is_empty() {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            let found = waiting.iter().position(|byte| *byte == DELIMITER);
            let used = found.map_or(waiting.len(), |at| at + 1);
            self.stream.consume(used);
            if found.is_some() {
                return Ok(());
            }
        }
    }

    async fn line(&mut self) -> std::io::Result<Value> {
        let mut line = Vec::new();
        (&mut self.stream)
            .take(LONGEST_ANSWER)
            .read_until(b'\n', &mut line)
            .await?;
        if line.is_empty() {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        Ok(serde_json::from_slice(&line)?)
    }

    async fn ask(&mut self, command: &str, patience: Duration) -> Result<Value> {
        let id = self.id.clone();
        let asking = async {
            let line = format!("{}\n", json!({"execute": command}));
            self.stream.write_all(line.as_bytes()).await?;
            self.line().await
        };
        let what = || format!("the guest agent's {command}");
        let answer = timeout(patience, asking)
            .await
            .map_err(|_| Error::Timeout {
                what: what(),
                after: patience,
            })?
            .map_err(|_| Error::NoAgent { id: id.clone() })?;
        match answer.get("return") {
            Some(value) => Ok(value.clone()),
            None => {
                let words = answer["error"]["desc"]
                    .as_str()
                    .unwrap_or("nothing that makes sense");
                Err(Error::Agent {
                    id,
                    description: words.chars().take(200).collect(),
                })
            }
        }
    }

    async fn freeze(mut self, patience: Duration) -> Result<Frozen> {
        match self.ask("guest-fsfreeze-freeze", patience).await {
            Ok(answer) => Ok(Frozen {
                file_systems: answer.as_u64().unwrap_or(0),
                talk: Some(self),
            }),
            Err(e) => {
                // It may have frozen some, or be about to: dropping this thaws.
                drop(Frozen {
                    file_systems: 0,
                    talk: Some(self),
                });
                Err(e)
            }
        }
    }

    async fn thaw(mut self) -> Result<()> {
        if self.ask("guest-fsfreeze-thaw", THAW).await.is_ok() {
            return Ok(());
        }
        // A late answer to something else may have been in the way: begin anew.
        if timeout(HELLO, self.greet()).await.is_err() {
            return Err(Error::NoAgent {
                id: self.id.clone(),
            });
        }
        self.ask("guest-fsfreeze-thaw", THAW).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::UnixListener;
    use tokio::sync::{Mutex, mpsc};

    /// The other end of the protocol, with an answer for each command; an empty one is silence.
    async fn agent(
        answer: impl Fn(&str) -> String + Send + 'static,
    ) -> (Result<Talk>, mpsc::UnboundedReceiver<String>) {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("a");
        let listener = UnixListener::bind(&socket).unwrap();
        let (heard, hearing) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = BufReader::new(stream);
            // What an earlier client was still owed.
            stream.write_all(b"{\"return\": 7}\n").await.unwrap();
            loop {
                let mut line = Vec::new();
                if stream.read_until(b'\n', &mut line).await.unwrap_or(0) == 0 {
                    return;
                }
                let text = String::from_utf8_lossy(&line).replace('\u{fffd}', "");
                let asked: Value = serde_json::from_str(&text).unwrap();
                let command = asked["execute"].as_str().unwrap().to_owned();
                let reply = if command == "guest-sync-delimited" {
                    let mut reply = vec![DELIMITER];
                    reply.extend(
                        json!({"return": asked["arguments"]["id"]})
                            .to_string()
                            .bytes(),
                    );
                    reply
                } else {
                    answer(&command).into_bytes()
                };
                heard.send(command).unwrap();
                if !reply.is_empty() {
                    stream
                        .write_all(&[reply, b"\n".to_vec()].concat())
                        .await
                        .unwrap();
                }
            }
        });
        let alone = Arc::new(Mutex::new(())).lock_owned().await;
        (Talk::begin("i-1", &socket, alone, HELLO).await, hearing)
    }

    #[tokio::test]
    async fn a_freeze_is_counted_and_thawed_and_old_answers_are_skipped() {
        let (talk, mut heard) = agent(|_| r#"{"return": 3}"#.into()).await;
        let frozen = talk.unwrap().freeze(HELLO).await.unwrap();
        assert_eq!(frozen.file_systems, 3);
        frozen.thaw().await.unwrap();
        for expected in [
            "guest-sync-delimited",
            "guest-fsfreeze-freeze",
            "guest-fsfreeze-thaw",
        ] {
            assert_eq!(heard.recv().await.unwrap(), expected);
        }
    }

    #[tokio::test]
    async fn a_freeze_that_is_too_late_or_forgotten_is_followed_by_a_thaw() {
        let late = |command: &str| match command {
            "guest-fsfreeze-freeze" => String::new(),
            _ => r#"{"return": 1}"#.into(),
        };
        let (talk, mut heard) = agent(late).await;
        let answer = talk.unwrap().freeze(Duration::from_millis(50)).await;
        assert!(matches!(answer, Err(Error::Timeout { .. })), "{answer:?}");
        while heard.recv().await.unwrap() != "guest-fsfreeze-thaw" {}

        let (talk, mut heard) = agent(|_| r#"{"return": 1}"#.into()).await;
        drop(talk.unwrap().freeze(HELLO).await.unwrap());
        while heard.recv().await.unwrap() != "guest-fsfreeze-thaw" {}
    }

    #[tokio::test]
    async fn a_refusal_is_told_in_the_agents_words_but_not_in_more_than_can_be_read() {
        let refusal = json!({"error": {"class": "GenericError", "desc": "x".repeat(1000)}});
        let (talk, _heard) = agent(move |_| refusal.to_string()).await;
        let Err(Error::Agent { description, .. }) = talk.unwrap().freeze(HELLO).await else {
            panic!()
        };
        assert_eq!(description, "x".repeat(200));
    }
}
