//! SQLite: one writer, several readers, all inline.
//!
//! Statements run on the thread that asks: a point look-up takes microseconds, so handing it to
//! another thread would cost more than it saves. `synchronous = FULL`, because what is
//! acknowledged must survive a power cut.

use crate::db::{Access, internal};
use crate::{Row, Value};
use base::{Error, Result};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, Statement, StatementStatus, ToSql, params_from_iter};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

const READERS: usize = 8;
/// What a connection keeps of the file, in KiB, as far as it comes to read it. Addresses of chunks are
/// all over their tree: with SQLite's own 2 MiB, taking in or forgetting a few thousand of an index of
/// 12 MiB reads and writes most of its pages many times over.
const WRITER_KIB: i64 = 32 << 10;
const READER_KIB: i64 = 8 << 10;

pub(crate) struct Pool {
    path: PathBuf,
    writer: Arc<tokio::sync::Mutex<Connection>>,
    readers: Arc<Readers>,
    steps: Arc<AtomicU64>,
}

struct Readers {
    idle: Mutex<Vec<Connection>>,
    room: Arc<Semaphore>,
}

impl Pool {
    pub(crate) fn open(path: &Path) -> Result<Pool> {
        let writer = connect(path, OpenFlags::default(), WRITER_KIB)?;
        writer
            .pragma_update(None, "journal_mode", "WAL")
            .map_err(internal)?;
        writer
            .pragma_update(None, "synchronous", "FULL")
            .map_err(internal)?;
        let readers = Readers {
            idle: Mutex::new(Vec::new()),
            room: Arc::new(Semaphore::new(READERS)),
        };
        Ok(Pool {
            path: path.to_owned(),
            writer: Arc::new(tokio::sync::Mutex::new(writer)),
            readers: Arc::new(readers),
            steps: Arc::default(),
        })
    }

    pub(crate) async fn begin(&self, access: Access) -> Result<SqliteTx> {
        let held = match access {
            Access::Write => Held::Writer(self.writer.clone().lock_owned().await),
            Access::Read => self.reader().await?,
        };
        let begin = if access == Access::Write {
            "BEGIN IMMEDIATE"
        } else {
            "BEGIN"
        };
        held.connection().execute_batch(begin).map_err(translate)?;
        Ok(SqliteTx {
            held,
            open: true,
            steps: self.steps.clone(),
        })
    }

    pub(crate) fn steps(&self) -> u64 {
        self.steps.load(Relaxed)
    }

    async fn reader(&self) -> Result<Held> {
        let permit = self
            .readers
            .room
            .clone()
            .acquire_owned()
            .await
            .map_err(internal)?;
        let idle = self
            .readers
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let connection = match idle {
            Some(connection) => connection,
            None => connect(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY, READER_KIB)?,
        };
        Ok(Held::Reader(Some(connection), self.readers.clone(), permit))
    }
}

fn connect(path: &Path, flags: OpenFlags, cache_kib: i64) -> Result<Connection> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(internal)?;
    connection
        .busy_timeout(std::time::Duration::from_secs(10))
        .map_err(internal)?;
    connection
        .pragma_update(None, "foreign_keys", "ON")
        .map_err(internal)?;
    connection
        .pragma_update(None, "cache_size", -cache_kib)
        .map_err(internal)?;
    connection.set_prepared_statement_cache_capacity(256);
    Ok(connection)
}

enum Held {
    Writer(OwnedMutexGuard<Connection>),
    /// The connection goes back to the idle ones when the transaction ends.
    Reader(
        Option<Connection>,
        Arc<Readers>,
        #[allow(dead_code, reason = "held, not read")] OwnedSemaphorePermit,
    ),
}

impl Held {
    fn connection(&self) -> &Connection {
        match self {
            Held::Writer(guard) => guard,
            Held::Reader(connection, _, _) => connection
                .as_ref()
                .expect("a reader keeps its connection until it is dropped"),
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Held::Reader(connection, readers, _) = self
            && let Some(connection) = connection.take()
        {
            readers
                .idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(connection);
        }
    }
}

pub(crate) struct SqliteTx {
    held: Held,
    open: bool,
    steps: Arc<AtomicU64>,
}

/// Adds what a statement did since it was asked last. It is kept prepared, and counts on.
fn count(statement: &Statement<'_>, steps: &AtomicU64) {
    let done = statement.reset_status(StatementStatus::VmStep);
    steps.fetch_add(u64::try_from(done).unwrap_or(0), Relaxed);
}

impl SqliteTx {
    pub(crate) fn exec(&mut self, sql: &str, values: &[Value]) -> Result<u64> {
        let mut statement = self
            .held
            .connection()
            .prepare_cached(sql)
            .map_err(translate)?;
        let changed = statement
            .execute(params_from_iter(values))
            .map_err(translate)?;
        count(&statement, &self.steps);
        u64::try_from(changed).map_err(internal)
    }

    pub(crate) fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>> {
        let mut statement = self
            .held
            .connection()
            .prepare_cached(sql)
            .map_err(translate)?;
        let columns = statement.column_count();
        let mut rows = statement
            .query(params_from_iter(values))
            .map_err(translate)?;
        let mut answer = Vec::new();
        while let Some(row) = rows.next().map_err(translate)? {
            let values: Result<Vec<Value>> = (0..columns)
                .map(|c| value(row.get_ref(c).map_err(internal)?))
                .collect();
            answer.push(Row(values?));
        }
        drop(rows);
        count(&statement, &self.steps);
        Ok(answer)
    }

    pub(crate) fn commit(mut self) -> Result<()> {
        self.held
            .connection()
            .execute_batch("COMMIT")
            .map_err(translate)?;
        self.open = false;
        Ok(())
    }
}

impl Drop for SqliteTx {
    fn drop(&mut self) {
        // SQLite takes back by itself what a full disk cut short.
        let connection = self.held.connection();
        if self.open
            && !connection.is_autocommit()
            && let Err(error) = connection.execute_batch("ROLLBACK")
        {
            tracing::warn!(%error, "a transaction could not be rolled back");
        }
    }
}

fn value(found: ValueRef<'_>) -> Result<Value> {
    Ok(match found {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Text(text) => {
            Value::Text(std::str::from_utf8(text).map_err(internal)?.to_owned())
        }
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
        ValueRef::Real(_) => {
            return Err(Error::internal("no column holds a floating-point number"));
        }
    })
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Int(number) => ValueRef::Integer(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// A lost race for the writer's place may be run again; a broken constraint means that another
/// transaction wrote the same key first, so the same holds.
fn translate(error: rusqlite::Error) -> Error {
    use rusqlite::ErrorCode::{ConstraintViolation, DatabaseBusy, DatabaseLocked, DiskFull};
    match error.sqlite_error_code() {
        Some(DatabaseBusy | DatabaseLocked | ConstraintViolation) => Error::conflict(error),
        Some(DiskFull) => internal(io::Error::new(io::ErrorKind::StorageFull, error)),
        _ => internal(error),
    }
}
