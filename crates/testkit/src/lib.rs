//! What suites of several crates share: real databases to run on, a guest of an NBD server
//! ([`Guest`]), and the loss of power ([`power`]).
//!
//! For tests only. A suite asks for [`databases`] and runs on each of them: a fresh SQLite file and
//! a fresh database of a real PostgreSQL server, which is started from the distribution's package
//! once for each test process and ends with it. `AMIABLE_TEST_DATABASES=sqlite` leaves PostgreSQL
//! out, for a machine without it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a suite that cannot be set up must fail loudly"
)]

mod guest;
mod postgres;
pub mod power;

pub use guest::Guest;
pub use postgres::{connections_to_postgresql, drop_postgresql, fresh_postgresql};

use store::{Db, Migration};
use tempfile::TempDir;

/// One database to run a suite on. It goes when this is dropped.
pub struct Database {
    /// `sqlite` or `postgresql`, for the messages of assertions.
    pub engine: &'static str,
    /// What [`Db::open`] was given.
    pub url: String,
    /// The open database.
    pub db: Db,
    _files: Option<TempDir>,
}

/// A fresh database of each engine with this schema.
pub async fn databases(schema: &[Migration]) -> Vec<Database> {
    let mut all = vec![sqlite(schema).await];
    if std::env::var("AMIABLE_TEST_DATABASES").as_deref() != Ok("sqlite") {
        all.push(postgresql(schema).await);
    }
    all
}

/// A fresh SQLite database with this schema.
pub async fn sqlite(schema: &[Migration]) -> Database {
    let files = tempfile::tempdir().unwrap();
    let url = files
        .path()
        .join("catalogue.db")
        .to_str()
        .unwrap()
        .to_owned();
    Database {
        _files: Some(files),
        ..sqlite_in(url, schema).await
    }
}

/// A SQLite database in a file that may be there and stays, with this schema.
pub async fn sqlite_in(url: String, schema: &[Migration]) -> Database {
    let db = Db::open(&url).await.unwrap();
    db.migrate(schema).await.unwrap();
    Database {
        engine: "sqlite",
        url,
        db,
        _files: None,
    }
}

/// A fresh PostgreSQL database with this schema.
pub async fn postgresql(schema: &[Migration]) -> Database {
    let url = fresh_postgresql().await;
    let db = Db::open(&url).await.unwrap();
    db.migrate(schema).await.unwrap();
    Database {
        engine: "postgresql",
        url,
        db,
        _files: None,
    }
}
