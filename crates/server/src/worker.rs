//! Workers: they lease jobs and run them, a bounded number at once.

use base::{Clock, Reason, Result};
use std::sync::Arc;
use std::time::Duration;
use store::{Db, Lease};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Runs one leased job to its end.
pub(crate) trait Run: Send + Sync + 'static {
    fn run(&self, lease: &Lease) -> impl Future<Output = Result<()>> + Send;
}

/// How many jobs run at once. They wait for disks and peers more than they compute.
const AT_ONCE: usize = 8;
/// How long to wait for a job when none is due. Commits of this process wake a worker at once.
const IDLE: Duration = Duration::from_millis(250);
/// How often a lease is renewed while its job runs.
const RENEW: Duration = Duration::from_secs(20);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(60);

/// Runs jobs until `stop` turns true, then waits for those that run.
pub(crate) async fn work<R: Run>(
    db: Db,
    clock: Arc<dyn Clock>,
    holder: String,
    runner: Arc<R>,
    mut stop: watch::Receiver<bool>,
) {
    let mut running = JoinSet::new();
    while !*stop.borrow() {
        while running.try_join_next().is_some() {}
        let leased = if running.len() < AT_ONCE {
            db.lease(&holder, clock.now()).await
        } else {
            Ok(None)
        };
        match leased {
            Ok(Some(lease)) => {
                let (db, clock, runner) = (db.clone(), clock.clone(), runner.clone());
                running.spawn(async move { run(&db, &*clock, &*runner, lease).await });
                continue;
            }
            Ok(None) => {}
            Err(error) if error.is_conflict() => continue,
            Err(error) => tracing::error!(error = %error.chain(), "no job can be leased"),
        }
        tokio::select! {
            () = tokio::time::sleep(IDLE) => {}
            () = db.job_hint() => {}
            _ = running.join_next(), if !running.is_empty() => {}
            _ = stop.changed() => {}
        }
    }
    while running.join_next().await.is_some() {}
}

async fn run<R: Run>(db: &Db, clock: &dyn Clock, runner: &R, lease: Lease) {
    let work = runner.run(&lease);
    tokio::pin!(work);
    let result = loop {
        tokio::select! {
            result = &mut work => break result,
            () = tokio::time::sleep(RENEW) => {
                if let Err(error) = db.renew(&lease, clock.now()).await && error.is_conflict() {
                    tracing::warn!(kind = lease.kind(), "a job was taken over by another worker");
                    return;
                }
            }
        }
    };
    if let Err(error) = result {
        let wait = back_off(lease.attempt(), error.reason);
        tracing::warn!(kind = lease.kind(), error = %error.chain(), ?wait, "a job will be run again");
        if let Err(error) = db.put_back(&lease, clock.now().plus(wait)).await {
            tracing::error!(error = %error.chain(), "a job could not be put back");
        }
    }
}

/// A lost race is run again at once; anything else waits twice as long each time.
fn back_off(attempt: i64, reason: Reason) -> Duration {
    if reason == Reason::Conflict {
        return Duration::from_millis(20);
    }
    let doublings = u32::try_from(attempt.clamp(0, 10)).unwrap_or(10);
    Duration::from_millis(200)
        .saturating_mul(1 << doublings)
        .min(LONGEST_BACK_OFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_grows_and_has_an_end() {
        assert_eq!(back_off(0, Reason::Internal), Duration::from_millis(200));
        assert_eq!(back_off(3, Reason::Internal), Duration::from_millis(1600));
        assert_eq!(back_off(1000, Reason::Internal), LONGEST_BACK_OFF);
        assert_eq!(back_off(1000, Reason::Conflict), Duration::from_millis(20));
    }
}
