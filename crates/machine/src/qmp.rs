//! QMP, QEMU's control protocol: one JSON value a line, on a Unix socket that serves one client.
//!
//! [`Qmp::connect`] gives a client and the stream of events. The client may be cloned; commands are
//! told apart by ids. When QEMU goes away every command that waits fails with `None`, and the stream
//! of events ends: that is how one learns that the connection is over.
//!
//! QEMU is trusted to speak its protocol but not to be brief: a line has a limit.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, oneshot};

/// How long an answer may take. A translated guest on a busy host keeps QEMU's main loop waiting.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
const LONGEST_LINE: u64 = 8 << 20;
/// Events that nobody has taken yet. When more come they are dropped: what matters is asked for
/// again with `query-status`.
const EVENTS_WAITING: usize = 1024;

/// Why a command has no result.
#[derive(Debug)]
pub(crate) enum Failure {
    /// QEMU is gone, or the connection.
    Gone,
    /// QEMU is there and does not answer.
    Silent,
    /// QEMU said no: error class and description.
    Refused(String, String),
}

/// Something that QEMU tells by itself.
#[derive(Debug, Clone)]
pub(crate) struct Notice {
    pub(crate) name: String,
    pub(crate) data: Value,
}

/// A client of one QEMU.
#[derive(Debug, Clone)]
pub(crate) struct Qmp {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    writer: tokio::sync::Mutex<OwnedWriteHalf>,
    waiting: Mutex<Option<HashMap<u64, oneshot::Sender<Answer>>>>,
    next: AtomicU64,
    reader: Mutex<Option<tokio::task::AbortHandle>>,
}

type Answer = Result<Value, (String, String)>;

#[derive(Deserialize)]
struct Incoming {
    id: Option<u64>,
    #[serde(rename = "return")]
    value: Option<Value>,
    error: Option<Refusal>,
    event: Option<String>,
    #[serde(default)]
    data: Value,
}

#[derive(Deserialize)]
struct Refusal {
    class: String,
    desc: String,
}

impl Qmp {
    /// Connects and gets past the greeting.
    pub(crate) async fn connect(socket: &Path) -> Result<(Self, mpsc::Receiver<Notice>), Failure> {
        let stream = UnixStream::connect(socket)
            .await
            .map_err(|_| Failure::Gone)?;
        let (reader, writer) = stream.into_split();
        let mut lines = BufReader::new(reader);
        let greeting = tokio::time::timeout(PATIENCE, read_line(&mut lines))
            .await
            .map_err(|_| Failure::Silent)?
            .ok_or(Failure::Gone)?;
        if !greeting.starts_with(b"{\"QMP\"") {
            return Err(Failure::Gone);
        }
        let qmp = Self::over(writer);
        let (notices, receiver) = mpsc::channel(EVENTS_WAITING);
        let task = tokio::spawn(Shared::listen(Arc::downgrade(&qmp.shared), lines, notices));
        *lock(&qmp.shared.reader) = Some(task.abort_handle());
        qmp.ask("qmp_capabilities", json!({})).await?;
        Ok((qmp, receiver))
    }

    fn over(writer: OwnedWriteHalf) -> Self {
        Self {
            shared: Arc::new(Shared {
                writer: tokio::sync::Mutex::new(writer),
                waiting: Mutex::new(Some(HashMap::new())),
                next: AtomicU64::new(1),
                reader: Mutex::new(None),
            }),
        }
    }

    /// Sends a command and waits for what it returns.
    pub(crate) async fn ask(&self, command: &str, arguments: Value) -> Result<Value, Failure> {
        let id = self.shared.next.fetch_add(1, Ordering::Relaxed);
        let answer = self.shared.expect(id)?;
        let mut line = json!({"execute": command, "arguments": arguments, "id": id}).to_string();
        line.push('\n');
        let asking = async {
            self.shared
                .writer
                .lock()
                .await
                .write_all(line.as_bytes())
                .await
                .ok()?;
            answer.await.ok()
        };
        let answer = tokio::time::timeout(PATIENCE, asking).await;
        self.shared.forget(id);
        match answer {
            Err(_) => Err(Failure::Silent),
            Ok(None) => Err(Failure::Gone),
            Ok(Some(Ok(value))) => Ok(value),
            Ok(Some(Err((class, description)))) => Err(Failure::Refused(class, description)),
        }
    }
}

impl Shared {
    fn expect(&self, id: u64) -> Result<oneshot::Receiver<Answer>, Failure> {
        let (sender, receiver) = oneshot::channel();
        lock(&self.waiting)
            .as_mut()
            .ok_or(Failure::Gone)?
            .insert(id, sender);
        Ok(receiver)
    }

    fn forget(&self, id: u64) {
        if let Some(waiting) = lock(&self.waiting).as_mut() {
            waiting.remove(&id);
        }
    }

    /// Hands out what QEMU says until it says nothing more.
    async fn listen(
        shared: std::sync::Weak<Self>,
        mut lines: BufReader<OwnedReadHalf>,
        notices: mpsc::Sender<Notice>,
    ) {
        while let Some(line) = read_line(&mut lines).await {
            let Some(shared) = shared.upgrade() else {
                return;
            };
            match serde_json::from_slice(&line) {
                Ok(incoming) => shared.deliver(incoming, &notices),
                Err(e) => tracing::warn!("QEMU's monitor said what is not QMP: {e}"),
            }
        }
        // Nobody will be answered any more.
        if let Some(shared) = shared.upgrade() {
            lock(&shared.waiting).take();
        }
    }

    fn deliver(&self, incoming: Incoming, notices: &mpsc::Sender<Notice>) {
        if let Some(name) = incoming.event {
            if notices
                .try_send(Notice {
                    name,
                    data: incoming.data,
                })
                .is_err()
            {
                tracing::debug!("an event of QEMU found nobody to take it");
            }
            return;
        }
        let Some(id) = incoming.id else { return };
        let sender = lock(&self.waiting)
            .as_mut()
            .and_then(|waiting| waiting.remove(&id));
        let answer = match incoming.error {
            Some(refusal) => Err((refusal.class, refusal.desc)),
            None => Ok(incoming.value.unwrap_or(Value::Null)),
        };
        if sender.is_none_or(|sender| sender.send(answer).is_err()) {
            tracing::debug!(id, "an answer of QEMU came after nobody waited for it");
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(reader) = lock(&self.reader).take() {
            reader.abort();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One line, or `None` at the end, at an error, or when it is too long.
async fn read_line(reader: &mut (impl AsyncRead + AsyncBufReadExt + Unpin)) -> Option<Vec<u8>> {
    let mut line = Vec::new();
    let read = reader
        .take(LONGEST_LINE)
        .read_until(b'\n', &mut line)
        .await
        .ok()?;
    (read > 0 && line.ends_with(b"\n")).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::UnixListener;

    async fn served(
        script: impl Fn(String) -> Vec<String> + Send + 'static,
    ) -> (Qmp, mpsc::Receiver<Notice>) {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("q");
        let listener = UnixListener::bind(&socket).unwrap();
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let (reader, mut writer) = stream.into_split();
            writer.write_all(b"{\"QMP\": {}}\r\n").await.unwrap();
            let mut lines = BufReader::new(reader).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                for answer in script(line) {
                    if answer == "bye" {
                        return;
                    }
                    writer
                        .write_all(format!("{answer}\r\n").as_bytes())
                        .await
                        .unwrap();
                }
            }
        });
        Qmp::connect(&socket).await.unwrap()
    }

    fn id_of(line: &str) -> u64 {
        serde_json::from_str::<Value>(line).unwrap()["id"]
            .as_u64()
            .unwrap()
    }

    #[tokio::test]
    async fn events_between_a_command_and_its_answer_reach_the_stream_and_not_the_asker() {
        let (qmp, mut notices) = served(|line| {
            let id = id_of(&line);
            vec![
                r#"{"event": "RESET", "data": {"guest": true}, "timestamp": {"seconds": 1}}"#
                    .into(),
                "this is not JSON".into(),
                format!(r#"{{"id": {id}, "return": {{"n": {id}}}}}"#),
            ]
        })
        .await;
        assert_eq!(qmp.ask("x", json!({})).await.unwrap(), json!({"n": 2}));
        let notice = notices.recv().await.unwrap();
        assert_eq!(
            (notice.name.as_str(), &notice.data["guest"]),
            ("RESET", &json!(true))
        );
    }

    #[tokio::test]
    async fn a_refusal_carries_class_and_words_and_the_connection_goes_on() {
        let (qmp, _notices) = served(|line| {
            let id = id_of(&line);
            if line.contains("bad") {
                vec![format!(
                    r#"{{"id": {id}, "error": {{"class": "GenericError", "desc": "no"}}}}"#
                )]
            } else {
                vec![format!(r#"{{"id": {id}, "return": {{}}}}"#)]
            }
        })
        .await;
        let refused = qmp.ask("bad", json!({})).await;
        assert!(matches!(refused, Err(Failure::Refused(c, d)) if c == "GenericError" && d == "no"));
        qmp.ask("good", json!({})).await.unwrap();
    }

    #[tokio::test]
    async fn when_qemu_dies_during_a_command_the_asker_learns_it_at_once_and_so_does_the_next() {
        let (qmp, mut notices) = served(|line| {
            let id = id_of(&line);
            if line.contains("die") {
                vec!["bye".into()]
            } else {
                vec![format!(r#"{{"id": {id}, "return": {{}}}}"#)]
            }
        })
        .await;
        assert!(matches!(
            qmp.ask("die", json!({})).await,
            Err(Failure::Gone)
        ));
        assert!(notices.recv().await.is_none());
        assert!(matches!(
            qmp.ask("again", json!({})).await,
            Err(Failure::Gone)
        ));
    }
}
