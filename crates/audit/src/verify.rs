//! Whether the trail is as it was written.

use crate::chain::{ChainKey, START, hash};
use crate::record::Columns;
use crate::rows::{self, Head, Kept};
use crate::trail::Anchor;
use base::Result;
use identity::MasterKey;
use std::path::Path;
use store::Db;

/// Records that are looked at together.
const PAGE: i64 = 1000;
/// Sentences that a report holds at most; the rest is counted.
const MOST_SENTENCES: usize = 50;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many records were looked at.
    pub records: u64,
    /// How many older ones were cut off by [`prune`](crate::prune).
    pub cut: u64,
    /// How many things are wrong.
    pub wrong: u64,
    /// A sentence for each of the first of them.
    pub sentences: Vec<String>,
    /// The hash of the last record, in hex. Whoever notes it elsewhere can compare it later.
    pub head: String,
}

impl Report {
    /// Whether everything is as it was written.
    pub fn is_whole(&self) -> bool {
        self.wrong == 0
    }

    fn say(&mut self, sentence: impl Into<String>) {
        self.wrong += 1;
        if self.sentences.len() < MOST_SENTENCES {
            self.sentences.push(sentence.into());
        }
    }
}

/// Reads the whole trail, as it is at one moment, and says what is wrong with it.
pub async fn verify(db: &Db, master: &MasterKey, anchor: Option<&Path>) -> Result<Report> {
    let mut report = Report::default();
    let mut tx = db.read().await?;
    let Some(head) = rows::head(&mut tx).await? else {
        if anchor.is_some_and(Path::exists) || !rows::after(&mut tx, i64::MIN, 1).await?.is_empty()
        {
            report.say("The head of the trail is gone.");
        }
        return Ok(report);
    };
    let Some(key) = ChainKey::open(master, &head.sealed_key) else {
        report.say("The key of the trail was not sealed under this master key.");
        return Ok(report);
    };
    let noted = anchor.map(|path| Anchor::read(path, &key)).transpose();
    let noted = noted.unwrap_or_else(|error| {
        report.say(format!("{}.", error.chain()));
        None
    });
    let (mut seq, mut hash) = (0, START.to_vec());
    if let Some(cut) = rows::cut(&mut tx).await? {
        if !key.sealed_cut(&cut) {
            report.say("The checkpoint before the first record was edited.");
        }
        report.cut = u64::try_from(cut.records).unwrap_or(0);
        (seq, hash) = (cut.records, cut.hash);
    }
    let mut walk = Walk {
        key,
        report,
        seq,
        hash,
        noted: noted.flatten(),
    };
    let mut from = i64::MIN;
    loop {
        let page = rows::after(&mut tx, from, PAGE).await?;
        let Some(last) = page.last() else { break };
        from = last.seq;
        for kept in &page {
            walk.record(kept);
        }
    }
    let orphans = rows::orphans(&mut tx).await?;
    if orphans > 0 {
        walk.report.say(format!(
            "{orphans} rows say what was touched by records that are not there."
        ));
    }
    Ok(walk.end(&head))
}

struct Walk {
    key: ChainKey,
    report: Report,
    seq: i64,
    hash: Vec<u8>,
    noted: Option<Anchor>,
}

impl Walk {
    fn record(&mut self, kept: &Kept) {
        let seq = kept.seq;
        self.report.records += 1;
        if seq != self.seq + 1 {
            let sentence = match seq - self.seq - 1 {
                1 => format!("Record {} is missing.", self.seq + 1),
                _ => format!("Records {} to {} are missing.", self.seq + 1, seq - 1),
            };
            self.report.say(sentence);
        } else if kept.link.previous != self.hash {
            self.report
                .say(format!("Record {seq} does not follow the one before it."));
        }
        let expected = hash(seq, kept.at, &kept.event, &kept.link.previous);
        if expected != kept.link.hash {
            self.report.say(format!("Record {seq} was edited."));
        } else if !self.key.made(&kept.link) {
            self.report.say(format!(
                "Record {seq} was not written by this installation."
            ));
        } else if Columns::of(&kept.event).as_ref() != Some(&kept.columns) {
            self.report.say(format!(
                "The columns by which record {seq} is found were edited."
            ));
        }
        if let Some(noted) = self.noted.as_ref().filter(|noted| noted.records == seq)
            && noted.hash != hex::encode(&kept.link.hash)
        {
            self.report.say(format!(
                "Record {seq} is not the one that was noted beside the database."
            ));
        }
        self.seq = seq;
        self.hash.clone_from(&kept.link.hash);
    }

    fn end(mut self, head: &Head) -> Report {
        if !self.key.sealed(head) {
            self.report.say("The head of the trail was edited.");
        }
        if head.records > self.seq {
            self.report.say(format!(
                "Records {} to {} are missing at the end.",
                self.seq + 1,
                head.records
            ));
        } else if head.records < self.seq {
            self.report.say(format!(
                "Records {} to {} are beyond the head.",
                head.records + 1,
                self.seq
            ));
        } else if head.hash != self.hash {
            self.report.say("The head does not name the last record.");
        }
        if let Some(noted) = self.noted.take().filter(|noted| noted.records > self.seq) {
            let sentence = format!(
                "The trail had {} records when its head was noted beside the database, and has {}.",
                noted.records, self.seq
            );
            self.report.say(sentence);
        }
        self.report.head = hex::encode(&self.hash);
        self.report
    }
}
