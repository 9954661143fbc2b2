//! One database, one kind of transaction, two engines.

use crate::postgres::{self, PgTx};
use crate::sqlite::{self, SqliteTx};
use crate::{Row, Value};
use base::{Error, Result};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::Notify;

/// A step of a crate's schema. Steps are applied once, in order, and never edited afterwards.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Its name, unique in the database.
    pub name: &'static str,
    /// Statements separated by `;`. `BLOB` becomes `BYTEA` where the engine wants it.
    pub sql: &'static str,
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    engine: Engine,
    jobs: Arc<Notify>,
    breaks: Option<Arc<dyn Breaks>>,
}

/// Breaks connections on purpose, for tests of what comes after.
pub trait Breaks: Send + Sync {
    /// Whether a transaction fails to begin.
    fn begin(&self) -> bool;
    /// Where a commit breaks off, if it does.
    fn commit(&self) -> Option<Break>;
}

/// Where a commit breaks off. Whoever asked for it cannot tell one from the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// It did not reach the database.
    Before,
    /// It did, and the answer was lost.
    After,
}

#[derive(Clone)]
enum Engine {
    Sqlite(Arc<sqlite::Pool>),
    Postgres(Arc<postgres::Pool>),
}

/// A transaction. Dropping it without [`Tx::commit`] undoes it.
pub struct Tx {
    engine: TxEngine,
    jobs: Arc<Notify>,
    breaks: Option<Arc<dyn Breaks>>,
    enqueued: bool,
}

enum TxEngine {
    Sqlite(SqliteTx),
    Postgres(PgTx),
}

impl Db {
    /// Opens `postgres://…`, or else a SQLite file, which is made if it is absent.
    pub async fn open(url: &str) -> Result<Db> {
        let engine = if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Engine::Postgres(Arc::new(postgres::Pool::open(url).await?))
        } else {
            Engine::Sqlite(Arc::new(sqlite::Pool::open(Path::new(url))?))
        };
        Ok(Db {
            engine,
            jobs: Arc::new(Notify::new()),
            breaks: None,
        })
    }

    /// The same database, whose connections break as `breaks` says.
    pub fn breaking(mut self, breaks: Arc<dyn Breaks>) -> Db {
        self.breaks = Some(breaks);
        self
    }

    /// Whether this process is the only one that runs jobs of this database.
    pub fn is_embedded(&self) -> bool {
        matches!(self.engine, Engine::Sqlite(_))
    }

    /// What SQLite did so far, in the steps of its own machine: what a statement costs on any computer, for tests of
    /// how costs grow. `None` for PostgreSQL, which does not tell.
    pub fn steps(&self) -> Option<u64> {
        match &self.engine {
            Engine::Sqlite(pool) => Some(pool.steps()),
            Engine::Postgres(_) => None,
        }
    }

    /// Applies the steps that this database has not seen.
    pub async fn migrate(&self, steps: &[Migration]) -> Result<()> {
        let mut tx = self.begin().await?;
        tx.lock_schema().await?;
        tx.exec(
            "CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY)",
            &[],
        )
        .await?;
        for step in steps {
            let sql = "SELECT name FROM migrations WHERE name = ?1";
            if tx.first(sql, &[step.name.into()]).await?.is_some() {
                continue;
            }
            for statement in step.sql.split(';').map(str::trim).filter(|s| !s.is_empty()) {
                tx.exec(statement, &[]).await?;
            }
            tx.exec(
                "INSERT INTO migrations (name) VALUES (?1)",
                &[step.name.into()],
            )
            .await?;
        }
        tx.commit().await
    }

    /// Begins a transaction that may write.
    pub async fn begin(&self) -> Result<Tx> {
        self.start(Access::Write).await
    }

    /// Begins a transaction that only reads, from one moment's state.
    pub async fn read(&self) -> Result<Tx> {
        self.start(Access::Read).await
    }

    async fn start(&self, access: Access) -> Result<Tx> {
        if self.breaks.as_ref().is_some_and(|breaks| breaks.begin()) {
            return Err(broken());
        }
        let engine = match &self.engine {
            Engine::Sqlite(pool) => TxEngine::Sqlite(pool.begin(access).await?),
            Engine::Postgres(pool) => TxEngine::Postgres(pool.begin(access).await?),
        };
        Ok(Tx {
            engine,
            jobs: self.jobs.clone(),
            breaks: self.breaks.clone(),
            enqueued: false,
        })
    }

    /// Tells the planner what these tables hold, where it plans by that: to be called after much was written
    /// to the first of them. Costs nothing once it knows.
    pub async fn survey(&self, tables: &[&'static str]) -> Result<()> {
        match &self.engine {
            Engine::Sqlite(_) => Ok(()),
            Engine::Postgres(pool) => pool.survey(tables).await,
        }
    }

    /// Resolves when a job may be waiting (woken by a commit of this process, no promise more).
    pub async fn job_hint(&self) {
        self.jobs.notified().await;
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

impl Tx {
    /// Runs a statement, and answers how many rows it touched.
    pub async fn exec(&mut self, sql: &str, values: &[Value]) -> Result<u64> {
        match &mut self.engine {
            TxEngine::Sqlite(tx) => tx.exec(sql, values),
            TxEngine::Postgres(tx) => tx.exec(sql, values).await,
        }
    }

    /// Runs a query (or a statement with `RETURNING`), and answers its rows.
    pub async fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>> {
        match &mut self.engine {
            TxEngine::Sqlite(tx) => tx.query(sql, values),
            TxEngine::Postgres(tx) => tx.query(sql, values).await,
        }
    }

    /// The first row of a query, if there is one.
    pub async fn first(&mut self, sql: &str, values: &[Value]) -> Result<Option<Row>> {
        Ok(self.query(sql, values).await?.into_iter().next())
    }

    /// Makes everything written durable and visible.
    pub async fn commit(self) -> Result<()> {
        let at = self.breaks.and_then(|breaks| breaks.commit());
        if at == Some(Break::Before) {
            return Err(broken());
        }
        match self.engine {
            TxEngine::Sqlite(tx) => tx.commit().await?,
            TxEngine::Postgres(tx) => tx.commit().await?,
        }
        if self.enqueued {
            self.jobs.notify_one();
        }
        match at {
            Some(_) => Err(broken()),
            None => Ok(()),
        }
    }

    pub(crate) fn note_job(&mut self) {
        self.enqueued = true;
    }

    /// Two servers that start at once on one PostgreSQL must not migrate at once.
    async fn lock_schema(&mut self) -> Result<()> {
        if self.is_postgres() {
            self.query(
                "SELECT 1::bigint FROM (SELECT pg_advisory_xact_lock(7305126)) AS l",
                &[],
            )
            .await?;
        }
        Ok(())
    }

    /// Whether the engine is PostgreSQL, for statements that it needs put otherwise.
    pub fn is_postgres(&self) -> bool {
        matches!(self.engine, TxEngine::Postgres(_))
    }

    /// Whether rows can be locked against other writers (`FOR UPDATE SKIP LOCKED`).
    pub(crate) fn locks_rows(&self) -> bool {
        self.is_postgres()
    }
}

fn broken() -> Error {
    internal(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
}

pub(crate) fn internal(source: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::internal(source)
}
