//! How long a guest that writes is held up by a snapshot of its disk.

use crate::Bench;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use testkit::Guest;
use volumes::{CreateSnapshot, SnapshotSpec};

/// The guest writes within so much of its disk, spread over all of it in pieces of this size.
const PIECES: u64 = 64;
const PIECE: u64 = 1 << 20;
/// Before each snapshot, and as long again for comparison.
const QUIET: Duration = Duration::from_millis(100);

/// One write: when it began, and when it was answered.
type Write = (Instant, Instant);

/// The longest of the writes that were under way between two moments, in milliseconds.
fn longest(writes: &[Write], from: Instant, to: Instant) -> f64 {
    let met = writes
        .iter()
        .filter(|(began, ended)| *began < to && *ended > from);
    let longest = met.map(|(began, ended)| *ended - *began).max();
    longest.unwrap_or_default().as_secs_f64() * 1e3
}

impl Bench {
    /// `{gib, count}`: an empty volume whose guest writes 4 KiB after 4 KiB, here and there, while so many snapshots
    /// are made of it. For each, in milliseconds, the longest write that met it; beside it the longest that met a
    /// stretch of the same length before, without one; and how long the call took.
    pub(crate) async fn pause(&self, with: &Value) -> Result<Value> {
        let gib = with["gib"].as_u64().context("no size")?;
        let count = with["count"].as_u64().context("no count")?;
        let volume = self.create(None, Some(i64::try_from(gib)?)).await?;
        let export = volumes::open(&self.volumes, &volume).await?;
        let mut guest = Guest::connect(&export.socket, &export.name)?;
        let stride = (gib << 30) / PIECES;
        let filled = vec![0x5a; usize::try_from(PIECE)?];
        for piece in 0..PIECES {
            guest.write(piece * stride, &filled)?;
        }
        let (writes, ends) = (
            Arc::new(Mutex::new(Vec::new())),
            Arc::new(AtomicBool::new(false)),
        );
        let (noted, over) = (writes.clone(), ends.clone());
        let writer = thread::spawn(move || -> Result<()> {
            let (mut state, grain) = (1_u64, [0xa5; 4096]);
            while !over.load(Relaxed) {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                let at = (state >> 33) % (PIECES * PIECE / 4096) * 4096;
                let began = Instant::now();
                guest.write(at / PIECE * stride + at % PIECE, &grain)?;
                let write = (began, Instant::now());
                noted
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(write);
            }
            Ok(())
        });
        let mut moments = Vec::new();
        for _ in 0..count {
            tokio::time::sleep(QUIET).await;
            let request = CreateSnapshot {
                volume: volume.clone(),
                spec: SnapshotSpec::default(),
            };
            let began = Instant::now();
            volumes::create_snapshot(&self.volumes, &self.call()?, request).await?;
            moments.push((began, Instant::now()));
            self.run_jobs().await?;
        }
        ends.store(true, Relaxed);
        writer.join().ok().context("the guest stopped")??;
        let writes = writes.lock().unwrap_or_else(PoisonError::into_inner);
        let with =
            |of: &dyn Fn(&(Instant, Instant)) -> f64| moments.iter().map(of).collect::<Vec<_>>();
        let pauses = with(&|(began, ended)| longest(&writes, *began, *ended));
        let without = with(&|(began, ended)| {
            let end = *began - QUIET / 4;
            longest(&writes, end - (*ended - *began), end)
        });
        let calls = with(&|(began, ended)| (*ended - *began).as_secs_f64() * 1e3);
        Ok(json!({"pauses": pauses, "without": without, "calls": calls, "writes": writes.len()}))
    }
}
