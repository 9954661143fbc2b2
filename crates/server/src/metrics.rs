//! What an operator's monitoring reads: `GET /metrics` in the Prometheus text format, on an address
//! of its own (`serve --metrics`), because whoever reads it needs no credentials.
//!
//! Gauges are read from the database when they are asked for; counters begin at zero with the
//! process, except those of collected garbage, which the database keeps.

use crate::upkeep::millis;
use anyhow::Result;
use api::App;
use blocks::Collection;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

/// How long one connection may take, and how many there are at once.
const PATIENCE: Duration = Duration::from_secs(30);
const CONNECTIONS: usize = 16;

/// What the parts of the server count as they work.
#[derive(Default)]
pub(crate) struct Metrics {
    /// Answers of the API, by hundreds of the status code.
    answers: [AtomicU64; 6],
    /// Rounds of upkeep that failed.
    pub(crate) upkeep_failures: AtomicU64,
    regions: Mutex<BTreeMap<String, Upkeep>>,
}

/// What upkeep found in one Region since the process began.
#[derive(Clone, Copy, Default)]
pub(crate) struct Upkeep {
    /// Frames that did not match their sums, and those that no other Region had.
    pub(crate) damaged: u64,
    pub(crate) lost: u64,
    /// Packs deleted and compacted.
    pub(crate) packs_deleted: u64,
    pub(crate) packs_compacted: u64,
    /// When everything was last compared, in milliseconds, and what disagreed.
    pub(crate) checked: u64,
    pub(crate) findings: u64,
}

impl Metrics {
    /// Counts an answer of the API.
    pub(crate) fn answered(&self, status: StatusCode) {
        let class = usize::from(status.as_u16() / 100).min(5);
        self.answers[class].fetch_add(1, Relaxed);
    }

    /// Notes what upkeep found.
    pub(crate) fn note(&self, region: &str, note: impl FnOnce(&mut Upkeep)) {
        let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        note(regions.entry(region.to_owned()).or_default());
    }

    fn upkeep(&self) -> BTreeMap<String, Upkeep> {
        let regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        regions.clone()
    }
}

/// Answers scrapes until `stop` turns true.
pub(crate) async fn serve(
    listener: TcpListener,
    app: App,
    metrics: Arc<Metrics>,
    mut stop: watch::Receiver<bool>,
) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(permit) = room.clone().acquire_owned().await else {
            return;
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => return,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (app, metrics) = (app.clone(), metrics.clone());
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(app.clone(), metrics.clone(), request));
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(PATIENCE)
                .serve_connection(TokioIo::new(stream), service);
            drop(tokio::time::timeout(PATIENCE, connection).await);
            drop(permit);
        });
    }
}

async fn answer(
    app: App,
    metrics: Arc<Metrics>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (status, text) = if request.uri().path() != "/metrics" {
        (StatusCode::NOT_FOUND, "Metrics are at /metrics.\n".into())
    } else if request.method() != Method::GET {
        (StatusCode::METHOD_NOT_ALLOWED, "Only GET.\n".into())
    } else {
        match render(&app, &metrics).await {
            Ok(text) => (StatusCode::OK, text),
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "metrics could not be read");
                let text = "The metrics could not be read; the log says why.\n";
                (StatusCode::INTERNAL_SERVER_ERROR, text.into())
            }
        }
    };
    let mut answer = Response::new(Full::new(Bytes::from(text)));
    *answer.status_mut() = status;
    let kind = http::HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(answer)
}

/// One metric: its name, kind, meaning, and values by labels.
struct Family {
    name: &'static str,
    kind: &'static str,
    help: &'static str,
    values: Vec<(String, u64)>,
}

async fn render(app: &App, metrics: &Metrics) -> Result<String> {
    let mut text = String::new();
    for family in families(app, metrics).await? {
        let Family {
            name, kind, help, ..
        } = family;
        writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}")?;
        for (labels, value) in family.values {
            writeln!(text, "{name}{labels} {value}")?;
        }
    }
    Ok(text)
}

async fn families(app: &App, metrics: &Metrics) -> Result<Vec<Family>> {
    let answers = metrics.answers.iter().enumerate().skip(1);
    let answers = answers.map(|(class, n)| (format!("{{class=\"{class}xx\"}}"), n.load(Relaxed)));
    let jobs = app.db.jobs_left().await?;
    let mut families = vec![
        Family {
            name: "amiable_api_answers_total",
            kind: "counter",
            help: "Answers of the API, by class of status code.",
            values: answers.collect(),
        },
        Family {
            name: "amiable_jobs",
            kind: "gauge",
            help: "Jobs that wait, run, or are put there for later.",
            values: vec![(String::new(), u64::try_from(jobs).unwrap_or(0))],
        },
        Family {
            name: "amiable_upkeep_failures_total",
            kind: "counter",
            help: "Rounds of collection and scrubbing that failed.",
            values: vec![(String::new(), metrics.upkeep_failures.load(Relaxed))],
        },
    ];
    families.extend(of_stores(app).await?);
    families.extend(of_upkeep(&metrics.upkeep()));
    Ok(families)
}

/// What is stored, in each Region.
async fn of_stores(app: &App) -> Result<Vec<Family>> {
    const FAMILIES: [(&str, &str, &str); 10] = [
        ("amiable_store_packs", "gauge", "Packs that are stored."),
        ("amiable_store_bytes", "gauge", "Bytes of stored packs."),
        (
            "amiable_store_live_bytes",
            "gauge",
            "Bytes of frames that the index leads to.",
        ),
        (
            "amiable_store_unreferenced_bytes",
            "gauge",
            "Bytes that nothing refers to; what only they refer to comes on top.",
        ),
        (
            "amiable_store_condemned_bytes",
            "gauge",
            "Bytes of packs that wait to be deleted.",
        ),
        (
            "amiable_store_oldest_scrub_timestamp_seconds",
            "gauge",
            "When the pack was scrubbed whose scrub is longest ago; 0 if one never was.",
        ),
        (
            "amiable_store_collected_addresses_total",
            "counter",
            "Chunks and pages that were ever collected.",
        ),
        (
            "amiable_store_collected_bytes_total",
            "counter",
            "Bytes of chunks and pages that were ever collected.",
        ),
        (
            "amiable_store_reads_total",
            "counter",
            "Reads of stored packs.",
        ),
        (
            "amiable_store_read_bytes_total",
            "counter",
            "Bytes read from stored packs.",
        ),
    ];
    let index = volumes::collection(app.db.clone());
    let now = millis(app.clock.now());
    let mut families: Vec<Family> = FAMILIES
        .into_iter()
        .map(|(name, kind, help)| Family {
            name,
            kind,
            help,
            values: vec![],
        })
        .collect();
    for region in app.regions.iter() {
        let stored = of_store(&*index, region.as_str(), now).await?;
        let (reads, bytes) = app.volumes.store(region)?.fetched();
        let values = stored.into_iter().chain([reads, bytes]);
        for (family, value) in families.iter_mut().zip(values) {
            family.values.push((label(region.as_str()), value));
        }
    }
    Ok(families)
}

async fn of_store(index: &dyn Collection, region: &str, now: u64) -> Result<[u64; 8]> {
    let packs = index.packs(region).await?;
    let plan = index.plan(region, now).await?;
    let (addresses, bytes) = index.history(region).await?;
    let kept = packs.iter().filter(|pack| pack.condemned == 0);
    Ok([
        u64::try_from(packs.len()).unwrap_or(u64::MAX),
        packs.iter().map(|pack| pack.bytes).sum(),
        packs.iter().map(|pack| pack.live).sum(),
        plan.unreferenced_bytes,
        plan.condemned_bytes,
        kept.map(|pack| pack.checked).min().unwrap_or(now) / 1000,
        addresses,
        bytes,
    ])
}

fn of_upkeep(regions: &BTreeMap<String, Upkeep>) -> Vec<Family> {
    type Take = fn(&Upkeep) -> u64;
    const FAMILIES: [(&str, &str, &str, Take); 6] = [
        (
            "amiable_scrub_damaged_total",
            "counter",
            "Stored frames that did not match their sums.",
            |found| found.damaged,
        ),
        (
            "amiable_scrub_lost_total",
            "counter",
            "Damaged frames that no other Region had.",
            |found| found.lost,
        ),
        (
            "amiable_collection_packs_deleted_total",
            "counter",
            "Packs that were deleted.",
            |found| found.packs_deleted,
        ),
        (
            "amiable_collection_packs_compacted_total",
            "counter",
            "Packs whose rest was moved into new ones.",
            |found| found.packs_compacted,
        ),
        (
            "amiable_fsck_findings",
            "gauge",
            "What disagreed when everything was last compared; 0 is how it must be.",
            |found| found.findings,
        ),
        (
            "amiable_fsck_timestamp_seconds",
            "gauge",
            "When everything was last compared; 0 if not since the server began.",
            |found| found.checked / 1000,
        ),
    ];
    let family = |(name, kind, help, take): (&'static str, &'static str, &'static str, Take)| {
        let values = regions
            .iter()
            .map(|(region, found)| (label(region), take(found)))
            .collect();
        Family {
            name,
            kind,
            help,
            values,
        }
    };
    FAMILIES.into_iter().map(family).collect()
}

fn label(region: &str) -> String {
    format!("{{region=\"{region}\"}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_upkeep_finds_is_shown_for_each_region() {
        let metrics = Metrics::default();
        metrics.note("us-east-1", |found| found.findings = 3);
        metrics.note("us-east-1", |found| found.checked = 5_000);
        metrics.note("eu-west-1", |found| found.lost += 2);
        let families = of_upkeep(&metrics.upkeep());
        let values = |name: &str| {
            let family = families.iter().find(|family| family.name == name);
            family.unwrap().values.clone()
        };
        let (west, east) = (label("eu-west-1"), label("us-east-1"));
        let both = |w, e| vec![(west.clone(), w), (east.clone(), e)];
        assert_eq!(values("amiable_fsck_findings"), both(0, 3));
        assert_eq!(values("amiable_fsck_timestamp_seconds"), both(0, 5));
        assert_eq!(values("amiable_scrub_lost_total"), both(2, 0));
    }
}
