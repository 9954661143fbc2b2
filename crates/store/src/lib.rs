//! The metadata database: SQLite in a file, or PostgreSQL, behind one [`Db`] and one [`Tx`].
//!
//! The SQL text is what both accept: `?1` placeholders, `BIGINT`, `TEXT` and `BLOB` columns,
//! `INSERT … ON CONFLICT`, `RETURNING`. Rows, jobs and remembered answers of one operation commit
//! together, because all of them are written through the same [`Tx`].
//!
//! Promises: a committed transaction survives a crash; an uncommitted one leaves nothing; two
//! transactions never see half of each other. A transaction that lost a race fails with
//! [`base::Reason::Conflict`] and may run again from the top. Nothing but the database is to be
//! awaited while a [`Tx`] is open.
//!
//! Start at [`Db::open`], then [`Db::begin`].

mod db;
mod jobs;
mod page;
mod postgres;
mod sqlite;
mod tokens;
mod turns;
mod value;

pub use db::{Break, Breaks, Db, Migration, Tx};
pub use jobs::{Job, Lease, SCHEMA as JOBS_SCHEMA};
pub use page::Page;
pub use tokens::SCHEMA as TOKENS_SCHEMA;
pub use value::{Row, Value, doc};

/// The tables of this crate, for [`Db::migrate`].
pub const SCHEMA: &[Migration] = &[JOBS_SCHEMA, TOKENS_SCHEMA];
