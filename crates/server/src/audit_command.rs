//! `amiable audit`: shows the audit trail, says whether it is as it was written, and cuts off what is
//! old.

use crate::admin::{chained, open};
use crate::folder::Folder;
use crate::settings::Settings;
use anyhow::{Result, bail};
use audit::{Attribute, Found, Search};
use base::{Clock, Entropy, Region, SystemClock, SystemEntropy, Timestamp};
use clap::Subcommand;
use identity::MasterKey;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use store::Db;
use store::Page;

/// What can be done with the audit trail.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Lists calls, the newest first.
    Ls {
        /// The data folder.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// Only calls of this kind, such as EventName=CopyImage, Username=ann, ResourceName=ami-…
        #[arg(long, value_name = "ATTRIBUTE=VALUE")]
        by: Option<String>,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: u16,
        /// Print the whole events, one JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Cuts off the oldest records; the rest can still be verified. Without effect on a trail that
    /// is not as it was written.
    Prune {
        /// The data folder.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// Records that are older than so many days, such as 90d.
        #[arg(long, value_name = "DAYS", value_parser = days)]
        older_than: u32,
    },
    /// Recomputes every hash and code of the trail. Fails if a record was edited, removed or added.
    Verify {
        /// The data folder.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Ls {
            data,
            by,
            limit,
            json,
        } => list(&data, by.as_deref(), limit, json)
            .await
            .map(|()| ExitCode::SUCCESS),
        Command::Prune { data, older_than } => prune(&data, older_than).await,
        Command::Verify { data, json } => verify(&data, json).await,
    }
}

async fn list(data: &Path, by: Option<&str>, limit: u16, json: bool) -> Result<()> {
    let (db, _) = open(&Folder::open(data)?).await?;
    let search = Search {
        place: None,
        from: Timestamp::from_millis(i64::MIN),
        until: Timestamp::from_millis(i64::MAX),
        attribute: by.map(attribute).transpose()?,
        before: None,
    };
    let most = usize::from(limit).max(1);
    let page = Page::read("audit", Some(i32::from(limit).max(1)), None, most).map_err(chained)?;
    let mut tx = db.read().await.map_err(chained)?;
    let (found, _) = audit::lookup(&mut tx, search, ("audit", &page))
        .await
        .map_err(chained)?;
    let mut out = std::io::stdout().lock();
    for found in found {
        if json {
            writeln!(out, "{}", found.event)?;
        } else {
            writeln!(out, "{}", line(&found))?;
        }
    }
    Ok(())
}

fn attribute(text: &str) -> Result<(Attribute, String)> {
    let parsed = text
        .split_once('=')
        .and_then(|(name, value)| Some((Attribute::parse(name)?, value.to_owned())));
    match parsed {
        Some(parsed) => Ok(parsed),
        None => bail!(
            "--by takes ATTRIBUTE=VALUE, where ATTRIBUTE is EventName, EventSource, EventId, Username, AccessKeyId, ReadOnly, ResourceName or ResourceType"
        ),
    }
}

/// When, who, what, how it ended, on what.
fn line(found: &Found) -> String {
    let event = found.json();
    let ended = event["errorCode"].as_str().unwrap_or("ok");
    let names: Vec<&str> = found
        .touched
        .iter()
        .take(4)
        .map(|touched| touched.name.as_str())
        .collect();
    format!(
        "{}  {}  {}  {}  {}:{}  {ended}  {}",
        found.at,
        event["recipientAccountId"].as_str().unwrap_or_default(),
        event["awsRegion"].as_str().unwrap_or_default(),
        found.user_name,
        found.source.split('.').next().unwrap_or_default(),
        found.name,
        names.join(" ")
    )
}

fn days(text: &str) -> Result<u32> {
    let number = text
        .strip_suffix('d')
        .and_then(|number| number.parse().ok());
    match number {
        Some(number) => Ok(number),
        None => bail!("a number of days and the letter d, such as 90d"),
    }
}

async fn prune(data: &Path, older_than: u32) -> Result<ExitCode> {
    let folder = Folder::open(data)?;
    let settings = Settings::load(&folder)?;
    let (db, master) = open(&folder).await?;
    let note = folder.path("audit.head");
    let trail = audit::Trail::open(db.clone(), &master, &SystemEntropy, Some(note.clone()))
        .await
        .map_err(chained)?;
    let cut = Cut {
        db: &db,
        master: &master,
        note: &note,
        region: &settings.regions[0],
    };
    let (count, report) = cut.cut(&trail, older_than, SystemClock.now()).await?;
    let mut out = std::io::stdout().lock();
    for sentence in &report.sentences {
        writeln!(out, "{sentence}")?;
    }
    if !report.is_whole() {
        bail!("the trail is not as it was written: nothing was cut off");
    }
    writeln!(out, "{count} records were cut off")?;
    Ok(ExitCode::SUCCESS)
}

/// Where old records are cut off.
pub(crate) struct Cut<'a> {
    pub(crate) db: &'a Db,
    pub(crate) master: &'a MasterKey,
    pub(crate) note: &'a Path,
    pub(crate) region: &'a Region,
}

impl Cut<'_> {
    /// Cuts off records older than so many days, and records that in turn.
    pub(crate) async fn cut(
        &self,
        trail: &audit::Trail,
        days: u32,
        now: Timestamp,
    ) -> Result<(u64, audit::Report)> {
        let before = now.millis() - i64::from(days) * 24 * 60 * 60 * 1000;
        let when = (Timestamp::from_millis(before), now);
        let (count, report) = audit::prune(self.db, self.master, Some(self.note), when)
            .await
            .map_err(chained)?;
        if count > 0 {
            let what = (&SystemEntropy as &dyn Entropy, now);
            let parameters = serde_json::json!({ "olderThanDays": days, "records": count });
            let region = self.region.clone();
            let record =
                audit::Record::of_installation(what, region, "PruneAuditTrail", parameters);
            trail.record(record).await.map_err(chained)?;
        }
        Ok((count, report))
    }
}

async fn verify(data: &Path, json: bool) -> Result<ExitCode> {
    let folder = Folder::open(data)?;
    let (db, master) = open(&folder).await?;
    let note = folder.path("audit.head");
    let report = audit::verify(&db, &master, Some(&note))
        .await
        .map_err(chained)?;
    let mut out = std::io::stdout().lock();
    if json {
        let shown = serde_json::json!({
            "records": report.records, "cut": report.cut, "wrong": report.wrong, "sentences": report.sentences, "head": report.head
        });
        writeln!(out, "{shown}")?;
    } else {
        for sentence in &report.sentences {
            writeln!(out, "{sentence}")?;
        }
        let verdict = if report.is_whole() {
            "as they were written"
        } else {
            "NOT as they were written"
        };
        writeln!(
            out,
            "{} records, {verdict}; the last one is {}",
            report.records, report.head
        )?;
        if report.cut > 0 {
            writeln!(out, "{} older ones were cut off", report.cut)?;
        }
    }
    Ok(if report.is_whole() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
