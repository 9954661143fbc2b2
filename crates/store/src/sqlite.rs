//! SQLite: one writer ([`crate::turns`]), several readers, all inline.
//!
//! Statements run on the thread that asks: a point look-up takes microseconds, so handing it to
//! another thread would cost more than it saves. `synchronous = FULL`, because what is
//! acknowledged must survive a power cut.

use crate::db::{Access, internal};
use crate::turns::{Failed, Turn, Turns};
use crate::{Row, Value};
use base::{Error, Result};
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, Statement, StatementStatus, ToSql, params_from_iter};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

const READERS: usize = 8;
/// What a connection keeps of the file, in KiB, as far as it comes to read it. Addresses of chunks are
/// all over their tree: with SQLite's own 2 MiB, taking in or forgetting a few thousand of an index of
/// 12 MiB reads and writes most of its pages many times over.
const WRITER_KIB: i64 = 32 << 10;
const READER_KIB: i64 = 8 << 10;

pub(crate) struct Pool {
    path: PathBuf,
    turns: Turns,
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
        // What a savepoint would take back, too, is kept in memory.
        writer
            .pragma_update(None, "temp_store", "MEMORY")
            .map_err(internal)?;
        let readers = Readers {
            idle: Mutex::new(Vec::new()),
            room: Arc::new(Semaphore::new(READERS)),
        };
        Ok(Pool {
            path: path.to_owned(),
            turns: Turns::new(writer),
            readers: Arc::new(readers),
            steps: Arc::default(),
        })
    }

    pub(crate) async fn begin(&self, access: Access) -> Result<SqliteTx> {
        let held = match access {
            Access::Write => Held::Writer(self.turns.next().await.map_err(translate)?),
            Access::Read => self.reader().await?,
        };
        Ok(SqliteTx {
            held,
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
        let reader = Reader {
            connection: Some(connection),
            readers: self.readers.clone(),
            _room: permit,
        };
        let begun = reader.connection().execute_batch("BEGIN");
        begun.map_err(|error| translate(error.into()))?;
        Ok(Held::Reader(reader))
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
    // A plan does not depend on the values that are bound: else each new LIMIT has one made anew.
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map_err(internal)?;
    connection.set_prepared_statement_cache_capacity(256);
    Ok(connection)
}

enum Held {
    Writer(Turn),
    Reader(Reader),
}

impl Held {
    fn connection(&self) -> &Connection {
        match self {
            Held::Writer(turn) => turn.connection(),
            Held::Reader(reader) => reader.connection(),
        }
    }
}

/// A connection that reads; it goes back to the idle ones when the transaction ends.
struct Reader {
    connection: Option<Connection>,
    readers: Arc<Readers>,
    _room: OwnedSemaphorePermit,
}

impl Reader {
    fn connection(&self) -> &Connection {
        self.connection
            .as_ref()
            .expect("a reader keeps its connection until it is dropped")
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else {
            return;
        };
        // One that cannot end its transaction is not used again.
        if !connection.is_autocommit()
            && let Err(error) = connection.execute_batch("ROLLBACK")
        {
            tracing::warn!(%error, "a transaction could not be ended");
            return;
        }
        self.readers
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(connection);
    }
}

pub(crate) struct SqliteTx {
    held: Held,
    steps: Arc<AtomicU64>,
}

/// Adds what a statement did since it was asked last. It is kept prepared, and counts on.
fn count(statement: &Statement<'_>, steps: &AtomicU64) {
    let done = statement.reset_status(StatementStatus::VmStep);
    steps.fetch_add(u64::try_from(done).unwrap_or(0), Relaxed);
}

impl SqliteTx {
    pub(crate) fn exec(&mut self, sql: &str, values: &[Value]) -> Result<u64> {
        let changed = self.run(sql, |statement| statement.execute(params_from_iter(values)))?;
        u64::try_from(changed).map_err(internal)
    }

    pub(crate) fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>> {
        let found = self.run(sql, |statement| {
            let columns = statement.column_count();
            let mut rows = statement.query(params_from_iter(values))?;
            let mut answer = Vec::new();
            while let Some(row) = rows.next()? {
                let values: Result<Vec<Value>> =
                    (0..columns).map(|c| value(row.get_ref(c))).collect();
                answer.push(values.map(Row));
            }
            Ok(answer)
        })?;
        found.into_iter().collect()
    }

    fn run<T>(
        &mut self,
        sql: &str,
        work: impl FnOnce(&mut Statement<'_>) -> rusqlite::Result<T>,
    ) -> Result<T> {
        let connection = self.held.connection();
        if connection.is_autocommit() {
            return Err(Error::internal("the transaction was taken back"));
        }
        let done = connection.prepare_cached(sql).and_then(|mut statement| {
            let done = work(&mut statement);
            count(&statement, &self.steps);
            done
        });
        done.map_err(|error| match &mut self.held {
            Held::Writer(turn) => translate(turn.failed(error)),
            Held::Reader(_) => translate(error.into()),
        })
    }

    pub(crate) async fn commit(self) -> Result<()> {
        match self.held {
            Held::Writer(turn) => turn.commit().await.map_err(translate),
            Held::Reader(_) => Ok(()),
        }
    }
}

fn value(found: rusqlite::Result<ValueRef<'_>>) -> Result<Value> {
    Ok(match found.map_err(internal)? {
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
fn translate(failed: Failed) -> Error {
    use rusqlite::ErrorCode::{ConstraintViolation, DatabaseBusy, DatabaseLocked, DiskFull};
    match failed.code() {
        Some(DatabaseBusy | DatabaseLocked | ConstraintViolation) => Error::conflict(failed),
        Some(DiskFull) => internal(io::Error::new(io::ErrorKind::StorageFull, failed)),
        _ => internal(failed),
    }
}
