//! PostgreSQL: serializable transactions over a small pool of connections.

use crate::db::{Access, internal};
use crate::{Row, Value};
use base::{Error, Result};
use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_postgres::types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked};
use tokio_postgres::{Client, Config, NoTls, Statement};

const CONNECTIONS: usize = 16;

/// All that is asked here is to be found by an index. Reading a whole table instead, which PostgreSQL
/// prefers while it is small, locks it against every other serializable transaction that writes to it;
/// and what is never cheap enough to be compiled is not to be compiled for being unavoidable.
const SETTINGS: &str = "SET enable_seqscan = off; SET random_page_cost = 1.1; SET jit = off";

/// From so many rows on, what PostgreSQL knows of a table is enough to plan by.
const KNOWN_ROWS: i64 = 1000;

pub(crate) struct Pool {
    config: Config,
    idle: Arc<Mutex<Vec<Connection>>>,
    room: Arc<Semaphore>,
    /// Tables of which PostgreSQL knows enough.
    known: Mutex<HashSet<&'static str>>,
}

struct Connection {
    client: Client,
    statements: HashMap<String, Statement>,
}

impl Pool {
    pub(crate) async fn open(url: &str) -> Result<Pool> {
        let config: Config = url.parse().map_err(internal)?;
        let pool = Pool {
            config,
            idle: Arc::new(Mutex::new(Vec::new())),
            room: Arc::new(Semaphore::new(CONNECTIONS)),
            known: Mutex::default(),
        };
        let first = pool.connect().await?;
        pool.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(first);
        Ok(pool)
    }

    async fn connect(&self) -> Result<Connection> {
        let (client, connection) = self.config.connect(NoTls).await.map_err(internal)?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!(%error, "a database connection ended");
            }
        });
        client.batch_execute(SETTINGS).await.map_err(translate)?;
        Ok(Connection {
            client,
            statements: HashMap::new(),
        })
    }

    /// Has PostgreSQL look at what these tables hold, unless it knows of the first that it holds much.
    /// Without that it takes a column like `region` for a good one to search by; by itself it looks only
    /// after a minute, and a disk is imported in seconds.
    pub(crate) async fn survey(&self, tables: &[&'static str]) -> Result<()> {
        let Some(first) = tables.first() else {
            return Ok(());
        };
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known().contains(first) {
            return Ok(());
        }
        let mut tx = self.begin(Access::Write).await?;
        let sql = "SELECT CAST(reltuples AS BIGINT) FROM pg_class WHERE oid = to_regclass(?1)";
        let found = tx.query(sql, &[(*first).into()]).await?;
        let rows = found.first().map_or(Ok(0), |row| row.int(0))?;
        if rows < KNOWN_ROWS {
            tx.exec(&format!("ANALYZE {}", tables.join(", ")), &[])
                .await?;
        } else {
            known().insert(first);
        }
        tx.commit().await
    }

    pub(crate) async fn begin(&self, access: Access) -> Result<PgTx> {
        let permit = self.room.clone().acquire_owned().await.map_err(internal)?;
        let begin = match access {
            Access::Write => "BEGIN ISOLATION LEVEL SERIALIZABLE",
            Access::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        let connection = self.begun(begin).await?;
        Ok(PgTx {
            connection: Some(connection),
            idle: self.idle.clone(),
            permit: Some(permit),
        })
    }

    /// A connection in a new transaction. One that lay idle may have ended unnoticed, as when the
    /// server was started again: that is the fault of nobody who asks now, so the next one is tried.
    async fn begun(&self, begin: &str) -> Result<Connection> {
        while let Some(idle) = self.take_idle() {
            if idle.client.batch_execute(begin).await.is_ok() {
                return Ok(idle);
            }
        }
        let new = self.connect().await?;
        new.client.batch_execute(begin).await.map_err(translate)?;
        Ok(new)
    }

    fn take_idle(&self) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(connection) = idle.pop() {
            if !connection.client.is_closed() {
                return Some(connection);
            }
        }
        None
    }
}

pub(crate) struct PgTx {
    /// Absent once the transaction has ended.
    connection: Option<Connection>,
    idle: Arc<Mutex<Vec<Connection>>>,
    permit: Option<OwnedSemaphorePermit>,
}

impl PgTx {
    async fn statement(&mut self, sql: &str) -> Result<(&Client, Statement)> {
        let connection = self
            .connection
            .as_mut()
            .ok_or_else(|| Error::internal("transaction ended"))?;
        if let Some(statement) = connection.statements.get(sql) {
            return Ok((&connection.client, statement.clone()));
        }
        let statement = connection
            .client
            .prepare(&dialect(sql))
            .await
            .map_err(translate)?;
        connection
            .statements
            .insert(sql.to_owned(), statement.clone());
        Ok((&connection.client, statement))
    }

    pub(crate) async fn exec(&mut self, sql: &str, values: &[Value]) -> Result<u64> {
        let (client, statement) = self.statement(sql).await?;
        client
            .execute(&statement, &parameters(values))
            .await
            .map_err(translate)
    }

    pub(crate) async fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>> {
        let (client, statement) = self.statement(sql).await?;
        let rows = client
            .query(&statement, &parameters(values))
            .await
            .map_err(translate)?;
        rows.iter().map(row).collect()
    }

    pub(crate) async fn commit(mut self) -> Result<()> {
        let connection = self
            .connection
            .take()
            .ok_or_else(|| Error::internal("transaction ended"))?;
        connection
            .client
            .batch_execute("COMMIT")
            .await
            .map_err(translate)?;
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(connection);
        Ok(())
    }
}

impl Drop for PgTx {
    fn drop(&mut self) {
        let (Some(connection), Some(permit)) = (self.connection.take(), self.permit.take()) else {
            return;
        };
        let idle = self.idle.clone();
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        runtime.spawn(async move {
            if connection.client.batch_execute("ROLLBACK").await.is_ok() {
                idle.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(connection);
            }
            drop(permit);
        });
    }
}

fn parameters(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values
        .iter()
        .map(|value| value as &(dyn ToSql + Sync))
        .collect()
}

/// The shared SQL in PostgreSQL's words: `?1` becomes `$1` outside of quotes, `BLOB` a `BYTEA`.
fn dialect(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut quoted = false;
    for c in sql.chars() {
        quoted ^= c == '\'';
        out.push(if c == '?' && !quoted { '$' } else { c });
    }
    out.replace(" BLOB", " BYTEA")
}

fn row(found: &tokio_postgres::Row) -> Result<Row> {
    let values: Result<Vec<Value>> = (0..found.len())
        .map(|column| value(found, column))
        .collect();
    Ok(Row(values?))
}

fn value(row: &tokio_postgres::Row, column: usize) -> Result<Value> {
    let kind = row.columns()[column].type_();
    let value = if *kind == Type::INT8 {
        row.try_get::<_, Option<i64>>(column)
            .map_err(internal)?
            .map(Value::Int)
    } else if *kind == Type::INT4 {
        let number = row.try_get::<_, Option<i32>>(column).map_err(internal)?;
        number.map(|n| Value::Int(i64::from(n)))
    } else if *kind == Type::BYTEA {
        row.try_get::<_, Option<Vec<u8>>>(column)
            .map_err(internal)?
            .map(Value::Blob)
    } else {
        row.try_get::<_, Option<String>>(column)
            .map_err(internal)?
            .map(Value::Text)
    };
    Ok(value.unwrap_or(Value::Null))
}

impl ToSql for Value {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(number) if *kind == Type::INT4 => i32::try_from(*number)?.to_sql(kind, out),
            Value::Int(number) => number.to_sql(kind, out),
            Value::Text(text) => text.to_sql(kind, out),
            Value::Blob(bytes) => bytes.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        [
            Type::INT4,
            Type::INT8,
            Type::TEXT,
            Type::VARCHAR,
            Type::BYTEA,
        ]
        .contains(kind)
    }

    to_sql_checked!();
}

/// Lost races (serialization, deadlock, a key that another transaction wrote first) may be run
/// again from the top.
fn translate(error: tokio_postgres::Error) -> Error {
    use tokio_postgres::error::SqlState;
    match error.code() {
        Some(code)
            if *code == SqlState::T_R_SERIALIZATION_FAILURE
                || *code == SqlState::T_R_DEADLOCK_DETECTED
                || *code == SqlState::UNIQUE_VIOLATION =>
        {
            Error::conflict(error)
        }
        Some(code) if *code == SqlState::DISK_FULL => {
            internal(io::Error::new(io::ErrorKind::StorageFull, error))
        }
        _ => internal(error),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_shared_sql_becomes_postgres_sql() {
        let sql = super::dialect("SELECT a FROM t WHERE b = ?1 AND c = '?' AND d = ?12");
        assert_eq!(sql, "SELECT a FROM t WHERE b = $1 AND c = '?' AND d = $12");
        assert_eq!(
            super::dialect("CREATE TABLE t (a BLOB)"),
            "CREATE TABLE t (a BYTEA)"
        );
    }
}
