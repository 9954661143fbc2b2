//! Upkeep of what is stored: garbage is collected every minute, everything is scrubbed every two
//! weeks; every day strays are looked for, rows are compared with what is stored, and the audit trail
//! is cut. Several servers may do it at once.

use crate::audit_command::Cut;
use crate::metrics::Metrics;
use api::App;
use base::{Clock, Region, Timestamp};
use blocks::{Collection, Limits, Store};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::sync::watch;
use volumes::Volumes;

const EVERY: Duration = Duration::from_secs(60);
const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// Everything is read again within this time.
const SCRUB_WITHIN_MS: u64 = 14 * DAY_MS;
/// Packs that are scrubbed in a round: 16 GiB an hour at most, and 32 MiB in a second.
const SCRUB_PACKS: usize = 16;
/// Packs that are put in line in a round.
const NEW_PACKS: usize = 1000;
/// Bytes in a second that upkeep reads or writes.
const BYTES_PER_SECOND: u64 = 32 << 20;

/// Collects and scrubs until `stop` turns true.
pub(crate) async fn keep_up(
    volumes: Volumes,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
    mut stop: watch::Receiver<bool>,
) {
    let index = volumes::collection(volumes.db().clone());
    let stores: BTreeMap<Region, Store> = volumes
        .regions()
        .filter_map(|region| Some((region.clone(), volumes.store(region).ok()?.clone())))
        .collect();
    let mut tidied = 0;
    while !*stop.borrow() {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = stop.changed() => return,
        }
        let now = millis(clock.now());
        let look_around = now.saturating_sub(tidied) > DAY_MS;
        let round = async {
            for store in stores.values() {
                let at = (&*index, store, &*metrics);
                if let Err(error) = round(&volumes, at, &stores, now, look_around).await {
                    metrics.upkeep_failures.fetch_add(1, Relaxed);
                    tracing::error!(region = store.region(), error = %error, "upkeep failed");
                }
            }
            if look_around && let Err(error) = compare(&volumes, &stores, &metrics, now).await {
                metrics.upkeep_failures.fetch_add(1, Relaxed);
                tracing::error!(error = %error.chain(), "a check could not be made");
            }
        };
        tokio::select! {
            () = round => {}
            _ = stop.changed() => return,
        }
        if look_around {
            tidied = now;
        }
    }
}

/// Cuts old records off the audit trail, once a day, until `stop` turns true.
pub(crate) async fn keep_trail(
    (app, note): (App, PathBuf),
    keep_days: u32,
    mut stop: watch::Receiver<bool>,
) {
    let cut = Cut {
        db: &app.db,
        master: &app.master,
        note: &note,
        region: &app.regions[0],
    };
    while !*stop.borrow() {
        match cut.cut(&app.audit, keep_days, app.clock.now()).await {
            Ok((_, report)) if !report.is_whole() => {
                tracing::error!(
                    "the audit trail is not as it was written and is not cut: run `amiable audit verify`"
                );
            }
            Ok((0, _)) => {}
            Ok((records, _)) => {
                tracing::info!(records, "old records of the audit trail were cut off")
            }
            Err(error) => tracing::error!(%error, "the audit trail could not be cut"),
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(DAY_MS)) => {}
            _ = stop.changed() => return,
        }
    }
}

/// The time as the index of blocks counts it.
pub(crate) fn millis(at: Timestamp) -> u64 {
    u64::try_from(at.millis()).unwrap_or(0)
}

pub(crate) fn limits() -> Limits {
    Limits {
        bytes_per_second: BYTES_PER_SECOND,
        ..Limits::default()
    }
}

async fn round(
    volumes: &Volumes,
    (index, store, metrics): (&dyn Collection, &Store, &Metrics),
    stores: &BTreeMap<Region, Store>,
    now: u64,
    look_around: bool,
) -> blocks::Result<()> {
    let (region, limits) = (store.region(), limits());
    let done = store.collect(index, &limits, now).await?;
    if done.addresses + done.packs_deleted + done.packs_compacted > 0 {
        tracing::info!(region, ?done, "garbage was collected");
        metrics.note(region, |found| {
            found.packs_deleted += done.packs_deleted;
            found.packs_compacted += done.packs_compacted;
        });
    }
    if look_around {
        let done = store.tidy(index, &limits, now).await?;
        if done.orphans + done.leftovers > 0 {
            tracing::info!(region, ?done, "strays were found");
        }
    }
    // What was just written need not be read at once: its first turn comes with that of all others.
    for new in index.unchecked(region, 1, NEW_PACKS).await? {
        index.note_checked(region, &new.id, now).await?;
    }
    let peers: Vec<Store> = stores.values().cloned().collect();
    let before = now.saturating_sub(SCRUB_WITHIN_MS);
    let scrub = store
        .scrub(index, &peers, &limits, now, before, SCRUB_PACKS)
        .await?;
    for damage in &scrub.damage {
        let named = volumes::named_by_holders(volumes.db(), &damage.holders).await;
        let named = named.unwrap_or_default();
        let (pack, lost) = (damage.pack, damage.lost.len());
        metrics.note(region, |found| {
            found.damaged += count(damage.damaged.len());
            found.lost += count(lost);
        });
        tracing::error!(region, %pack, damaged = damage.damaged.len(), lost, ?named, "stored data was damaged");
    }
    for unread in &scrub.unread {
        tracing::error!(region, unread, "a pack could not be read");
    }
    Ok(())
}

/// Compares everything that is recorded with what is stored.
async fn compare(
    volumes: &Volumes,
    stores: &BTreeMap<Region, Store>,
    metrics: &Metrics,
    now: u64,
) -> base::Result<()> {
    let before = now.saturating_sub(limits().delay_ms);
    let checked = volumes::fsck(volumes.db(), stores, volumes.folder(), before).await?;
    for checked in checked {
        if !checked.ok() {
            tracing::error!(region = %checked.region, ?checked, "what is stored does not agree");
        }
        let findings = count(checked.findings.len() + checked.audit.findings.len());
        metrics.note(checked.region.as_str(), |found| {
            found.checked = now;
            found.findings = findings + checked.audit.lost;
        });
    }
    Ok(())
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
