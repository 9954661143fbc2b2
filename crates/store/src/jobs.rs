//! Jobs: work committed in the same transaction as the row that needs it, and finished later.
//!
//! A job is run by whoever leases it. A lease ends when its time runs out or its holder dies; then
//! another takes the job from the start. So a job must be safe to run any number of times, from
//! any point where a kill left it.

use crate::{Db, Migration, Tx};
use base::{Error, Result, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

pub(crate) const TABLE: &str = "
CREATE TABLE jobs (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, doc TEXT NOT NULL,
    attempt BIGINT NOT NULL, run_after BIGINT NOT NULL,
    holder TEXT NOT NULL, lease_until BIGINT NOT NULL);
CREATE INDEX jobs_due ON jobs (run_after)";

/// The table of jobs.
pub const SCHEMA: Migration = Migration {
    name: "store-002-jobs",
    sql: TABLE,
};

/// How long a holder may keep a job without [`Db::renew`].
pub const LEASE: Duration = Duration::from_secs(60);

/// Work to be finished later.
pub trait Job: Serialize + DeserializeOwned + Send + Sync {
    /// Its name in the table.
    const KIND: &'static str;

    /// What it is about. Enqueueing a second job of the same kind and key changes nothing.
    fn key(&self) -> String;
}

/// The right to run one job. Only [`Db::lease`] makes it.
#[derive(Clone, Debug)]
pub struct Lease {
    id: String,
    kind: String,
    doc: String,
    attempt: i64,
    holder: String,
}

impl Lease {
    /// The kind of job.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// How many times it was begun before.
    pub fn attempt(&self) -> i64 {
        self.attempt
    }

    /// The job itself.
    pub fn job<J: Job>(&self) -> Result<J> {
        serde_json::from_str(&self.doc).map_err(Error::internal)
    }
}

impl Tx {
    /// Adds a job; it runs after this transaction has committed.
    pub async fn enqueue<J: Job>(&mut self, job: &J) -> Result<()> {
        self.enqueue_at(job, Timestamp::default()).await
    }

    /// Adds a job that runs at that time at the earliest.
    pub async fn enqueue_at<J: Job>(&mut self, job: &J, at: Timestamp) -> Result<()> {
        let id = format!("{}/{}", J::KIND, job.key());
        let doc = crate::doc(job)?;
        let sql = "INSERT INTO jobs (id, kind, doc, attempt, run_after, holder, lease_until)
            VALUES (?1, ?2, ?3, 0, ?4, '', 0) ON CONFLICT (id) DO NOTHING";
        self.exec(sql, &[id.into(), J::KIND.into(), doc, at.into()])
            .await?;
        self.note_job();
        Ok(())
    }

    /// Ends a job in the transaction that finishes its work. Fails with a conflict if the lease
    /// was lost, so that nothing is written twice.
    pub async fn finish(&mut self, lease: &Lease) -> Result<()> {
        let sql = "DELETE FROM jobs WHERE id = ?1 AND holder = ?2";
        let gone = self
            .exec(sql, &[(&lease.id).into(), (&lease.holder).into()])
            .await?;
        if gone == 1 {
            Ok(())
        } else {
            Err(Error::conflict("the lease of the job was lost"))
        }
    }

    async fn due(&mut self, now: Timestamp) -> Result<Option<crate::Row>> {
        let mut sql = "SELECT id, kind, doc, attempt FROM jobs
            WHERE run_after <= ?1 AND lease_until <= ?1 ORDER BY run_after, id LIMIT 1"
            .to_owned();
        if self.locks_rows() {
            sql.push_str(" FOR UPDATE SKIP LOCKED");
        }
        self.first(&sql, &[now.into()]).await
    }
}

impl Db {
    /// Takes a job that is due, if there is one.
    pub async fn lease(&self, holder: &str, now: Timestamp) -> Result<Option<Lease>> {
        let mut tx = self.begin().await?;
        let Some(row) = tx.due(now).await? else {
            return Ok(None);
        };
        let lease = Lease {
            id: row.text(0)?.to_owned(),
            kind: row.text(1)?.to_owned(),
            doc: row.text(2)?.to_owned(),
            attempt: row.int(3)?,
            holder: holder.to_owned(),
        };
        let sql =
            "UPDATE jobs SET holder = ?2, lease_until = ?3, attempt = attempt + 1 WHERE id = ?1";
        tx.exec(
            sql,
            &[(&lease.id).into(), holder.into(), now.plus(LEASE).into()],
        )
        .await?;
        tx.commit().await?;
        Ok(Some(lease))
    }

    /// Keeps a job for another [`LEASE`]. Fails with a conflict if somebody else holds it now.
    pub async fn renew(&self, lease: &Lease, now: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        let sql = "UPDATE jobs SET lease_until = ?3 WHERE id = ?1 AND holder = ?2";
        let values = [
            (&lease.id).into(),
            (&lease.holder).into(),
            now.plus(LEASE).into(),
        ];
        let kept = tx.exec(sql, &values).await?;
        tx.commit().await?;
        if kept == 1 {
            Ok(())
        } else {
            Err(Error::conflict("the lease of the job was lost"))
        }
    }

    /// Gives a job back, to be run again at that time.
    pub async fn put_back(&self, lease: &Lease, at: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        let sql = "UPDATE jobs SET holder = '', lease_until = 0, run_after = ?3
            WHERE id = ?1 AND holder = ?2";
        tx.exec(
            sql,
            &[(&lease.id).into(), (&lease.holder).into(), at.into()],
        )
        .await?;
        tx.commit().await
    }

    /// Frees every lease: for a process that knows that it alone runs jobs, at its start.
    pub async fn free_all_leases(&self) -> Result<()> {
        let mut tx = self.begin().await?;
        tx.exec("UPDATE jobs SET holder = '', lease_until = 0", &[])
            .await?;
        tx.commit().await
    }

    /// How many jobs wait or run.
    pub async fn jobs_left(&self) -> Result<i64> {
        let mut tx = self.read().await?;
        let row = tx.first("SELECT COUNT(*) FROM jobs", &[]).await?;
        row.map_or(Ok(0), |row| row.int(0))
    }
}
