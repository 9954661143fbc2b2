//! Appending: one task writes all records of this process, in batches.

use crate::allowance::Allowance;
use crate::chain::{ChainKey, START, foreign};
use crate::record::{Columns, Kind, Record};
use crate::rows::{self, Head, Kept};
use base::{Entropy, Error, Result};
use identity::MasterKey;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use store::Db;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

/// Calls that wait in memory at most; the next one waits for room.
const QUEUE: usize = 4096;
/// Records that one transaction writes at most.
const BATCH: usize = 512;
/// How long the record of a call that only reads may wait for company.
const PATIENCE: Duration = Duration::from_millis(200);
/// The note has so many lines, which are written in turn, so that one that a power failure tears leaves
/// the one before it; and so long are they, as a disk writes them whole.
const NOTE_LINES: u64 = 2;
const NOTE_LINE: usize = 512;
/// How often a batch is tried again, when another server appended first or the database is away.
const ATTEMPTS: u32 = 10;

/// The trail of an installation. Cheap to clone.
#[derive(Clone)]
pub struct Trail {
    queue: mpsc::Sender<Entry>,
    refusals: Arc<Allowance>,
}

struct Entry {
    record: Option<Record>,
    /// Whoever waits for it to be durable.
    waits: Option<oneshot::Sender<bool>>,
}

impl Trail {
    /// Opens the trail, which begins with its first record. `anchor` is a file that follows its
    /// head, outside of the database.
    pub async fn open(
        db: Db,
        master: &MasterKey,
        entropy: &dyn Entropy,
        anchor: Option<PathBuf>,
    ) -> Result<Trail> {
        let (key, head) = first_head(&db, master, entropy).await?;
        let anchor = anchor.filter(|path| follows(path, &key, &head));
        let (queue, entries) = mpsc::channel(QUEUE);
        let writer = Writer {
            db,
            key: Arc::new(key),
            anchor,
            line: 0,
        };
        tokio::spawn(writer.run(entries));
        Ok(Trail {
            queue,
            refusals: Arc::default(),
        })
    }

    /// Records a call. If the call changed something, this resolves when its record is durable;
    /// an error means that it is not.
    pub async fn record(&self, record: Record) -> Result<()> {
        if record.kind == Kind::Write {
            return self.wait(Some(record)).await;
        }
        let entry = Entry {
            record: Some(record),
            waits: None,
        };
        self.queue.send(entry).await.map_err(|_| gone())
    }

    /// Records a request that was refused before anybody was known to have sent it. Nobody waits for
    /// it: if the trail is busy it is dropped.
    pub fn note(&self, record: Record) {
        let entry = Entry {
            record: Some(record),
            waits: None,
        };
        if let Err(error) = self.queue.try_send(entry) {
            tracing::warn!(%error, "a refused request could not be recorded in the audit trail");
        }
    }

    /// How many refused requests are recorded.
    pub fn refusals(&self) -> &Allowance {
        &self.refusals
    }

    /// Resolves when everything that was recorded before is durable.
    pub async fn flush(&self) -> Result<()> {
        self.wait(None).await
    }

    async fn wait(&self, record: Option<Record>) -> Result<()> {
        let (done, waits) = oneshot::channel();
        let entry = Entry {
            record,
            waits: Some(done),
        };
        self.queue.send(entry).await.map_err(|_| gone())?;
        match waits.await {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(gone()),
        }
    }
}

fn gone() -> Error {
    Error::internal("the audit trail could not be written")
}

/// The key and head of the trail, made if there are none.
async fn first_head(
    db: &Db,
    master: &MasterKey,
    entropy: &dyn Entropy,
) -> Result<(ChainKey, Head)> {
    let mut attempt = 0;
    loop {
        match try_first_head(db, master, entropy).await {
            Err(error) if error.is_conflict() && attempt < ATTEMPTS => attempt += 1,
            other => return other,
        }
    }
}

async fn try_first_head(
    db: &Db,
    master: &MasterKey,
    entropy: &dyn Entropy,
) -> Result<(ChainKey, Head)> {
    let mut tx = db.begin().await?;
    if let Some(head) = rows::head(&mut tx).await? {
        let key = ChainKey::open(master, &head.sealed_key).ok_or_else(foreign)?;
        return Ok((key, head));
    }
    let (key, sealed_key) = ChainKey::fresh(master, entropy)?;
    let head = Head {
        records: 0,
        hash: START.to_vec(),
        code: key.seal(0, &START),
        sealed_key,
    };
    rows::put_head(&mut tx, &head).await?;
    tx.commit().await?;
    Ok((key, head))
}

struct Writer {
    db: Db,
    key: Arc<ChainKey>,
    anchor: Option<PathBuf>,
    /// Which line of the note is written next.
    line: u64,
}

impl Writer {
    async fn run(mut self, mut entries: mpsc::Receiver<Entry>) {
        while let Some(first) = entries.recv().await {
            let batch = gather(first, &mut entries).await;
            let (records, waits): (Vec<_>, Vec<_>) = batch
                .into_iter()
                .map(|entry| (entry.record, entry.waits))
                .unzip();
            let records: Vec<Record> = records.into_iter().flatten().collect();
            let written = self.append(&records).await;
            if let Err(error) = &written {
                tracing::error!(
                    records = records.len(),
                    error = %error.chain(),
                    "calls could not be recorded in the audit trail"
                );
            }
            for wait in waits.into_iter().flatten() {
                if wait.send(written.is_ok()).is_err() {
                    tracing::debug!("whoever waited for a record has gone away");
                }
            }
        }
    }

    async fn append(&mut self, records: &[Record]) -> Result<()> {
        if records.is_empty() {
            return Ok(());
        }
        let mut attempt = 0;
        loop {
            match self.try_append(records).await {
                Ok(head) => {
                    self.note(&head);
                    return Ok(());
                }
                Err(error) if attempt >= ATTEMPTS => return Err(error),
                Err(_) => {
                    attempt += 1;
                    tokio::time::sleep(Duration::from_millis(u64::from(attempt * attempt))).await;
                }
            }
        }
    }

    async fn try_append(&self, records: &[Record]) -> Result<Head> {
        let mut tx = self.db.begin().await?;
        let mut head = rows::head(&mut tx).await?.ok_or_else(gone)?;
        for record in records {
            let seq = head.records + 1;
            let event = record.event();
            let columns = Columns::of(&event).ok_or_else(gone)?;
            let link = self.key.link(seq, record.at, &event, &head.hash);
            head.records = seq;
            head.hash.clone_from(&link.hash);
            rows::insert(
                &mut tx,
                &Kept {
                    seq,
                    at: record.at,
                    columns,
                    event,
                    link,
                },
            )
            .await?;
        }
        head.code = self.key.seal(head.records, &head.hash);
        rows::put_head(&mut tx, &head).await?;
        tx.commit().await?;
        Ok(head)
    }

    /// Writes the head beside the database. It is a note, not a promise: it may be one batch behind.
    fn note(&mut self, head: &Head) {
        let Some(path) = &self.anchor else { return };
        let noted = Anchor::of(head).write(path, self.line);
        self.line = (self.line + 1) % NOTE_LINES;
        if let Err(error) = noted {
            tracing::warn!(%error, path = %path.display(), "the head of the audit trail could not be noted");
        }
    }
}

/// The entries of one transaction. A batch in which somebody waits is not kept waiting.
async fn gather(first: Entry, entries: &mut mpsc::Receiver<Entry>) -> Vec<Entry> {
    let deadline = Instant::now() + PATIENCE;
    let mut hurry = first.waits.is_some();
    let mut batch = vec![first];
    while batch.len() < BATCH {
        let next = if hurry {
            entries.try_recv().ok()
        } else {
            timeout_at(deadline, entries.recv()).await.ok().flatten()
        };
        let Some(entry) = next else { break };
        hurry |= entry.waits.is_some();
        batch.push(entry);
    }
    batch
}

/// The head as it is noted beside the database.
#[derive(serde::Serialize, serde::Deserialize)]
pub(crate) struct Anchor {
    pub records: i64,
    pub hash: String,
    code: String,
}

impl Anchor {
    fn of(head: &Head) -> Anchor {
        Anchor {
            records: head.records,
            hash: hex::encode(&head.hash),
            code: hex::encode(&head.code),
        }
    }

    /// Writes it as one line of the note, in place: files that are made and renamed cost more than
    /// the record does.
    fn write(&self, path: &Path, line: u64) -> std::io::Result<()> {
        let mut text = serde_json::to_vec(self)?;
        text.resize(NOTE_LINE - 1, b' ');
        text.push(b'\n');
        let mut options = std::fs::OpenOptions::new();
        let file = options
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        file.write_all_at(&text, line * NOTE_LINE as u64)
    }

    /// What was noted last; nothing if the file is not there. A file in which no line was sealed by our
    /// key is an error.
    pub fn read(path: &Path, key: &ChainKey) -> Result<Option<Anchor>> {
        let text = match std::fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::internal(error)),
        };
        let lines = text.chunks(NOTE_LINE);
        let sealed = lines.filter_map(|line| Anchor::sealed(line, key));
        let newest = sealed.max_by_key(|anchor| anchor.records);
        let wrong = || Error::internal("the note of the audit trail's head was edited");
        newest.ok_or_else(wrong).map(Some)
    }

    /// A line that our key sealed.
    fn sealed(line: &[u8], key: &ChainKey) -> Option<Anchor> {
        let anchor: Anchor = serde_json::from_slice(line).ok()?;
        let head = Head {
            records: anchor.records,
            hash: hex::decode(&anchor.hash).ok()?,
            code: hex::decode(&anchor.code).ok()?,
            sealed_key: Vec::new(),
        };
        key.sealed(&head).then_some(anchor)
    }
}

/// Whether the note may be written on: a note that contradicts the database is evidence, and stays.
fn follows(path: &Path, key: &ChainKey, head: &Head) -> bool {
    let agrees = match Anchor::read(path, key) {
        Ok(None) => true,
        Ok(Some(anchor)) => {
            anchor.records < head.records
                || (anchor.records == head.records && anchor.hash == hex::encode(&head.hash))
        }
        Err(_) => false,
    };
    if !agrees {
        tracing::error!(
            path = %path.display(),
            "the audit trail is not the one whose head was noted: run `amiable audit verify`"
        );
    }
    agrees
}
