//! The database from outside, on each engine.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on must fail"
)]

use base::{AccountId, Reason, Region, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Db, Job, Migration, Value};

const TABLE: Migration = Migration {
    name: "test-001",
    sql: "CREATE TABLE things (id TEXT PRIMARY KEY, size BIGINT NOT NULL, body BLOB, note TEXT)",
};

fn schema() -> Vec<Migration> {
    [store::SCHEMA, &[TABLE]].concat()
}

async fn insert(db: &Db, id: &str, size: i64) -> base::Result<()> {
    let mut tx = db.begin().await?;
    let sql = "INSERT INTO things (id, size, body, note) VALUES (?1, ?2, ?3, ?4)";
    tx.exec(
        sql,
        &[
            id.into(),
            size.into(),
            Value::Blob(vec![0, 1, 255]),
            Value::Null,
        ],
    )
    .await?;
    tx.commit().await
}

async fn count(db: &Db) -> i64 {
    let mut tx = db.read().await.unwrap();
    tx.first("SELECT COUNT(*) FROM things", &[])
        .await
        .unwrap()
        .unwrap()
        .int(0)
        .unwrap()
}

#[tokio::test]
async fn values_of_every_type_come_back_as_they_went_in() {
    for database in testkit::databases(&schema()).await {
        insert(&database.db, "a", i64::MIN).await.unwrap();
        let mut tx = database.db.read().await.unwrap();
        let row = tx
            .first("SELECT id, size, body, note FROM things", &[])
            .await
            .unwrap()
            .unwrap();
        assert_eq!(row.text(0).unwrap(), "a", "{}", database.engine);
        assert_eq!(row.int(1).unwrap(), i64::MIN);
        assert_eq!(row.blob(2).unwrap(), [0, 1, 255]);
        assert_eq!(row.maybe_text(3).unwrap(), None);
        assert!(row.int(0).is_err());
    }
}

#[tokio::test]
async fn a_dropped_transaction_leaves_nothing() {
    for database in testkit::databases(&schema()).await {
        let mut tx = database.db.begin().await.unwrap();
        tx.exec("INSERT INTO things (id, size) VALUES ('a', 1)", &[])
            .await
            .unwrap();
        drop(tx);
        assert_eq!(count(&database.db).await, 0, "{}", database.engine);
        insert(&database.db, "a", 1).await.unwrap();
        assert_eq!(count(&database.db).await, 1, "{}", database.engine);
    }
}

#[tokio::test]
async fn a_key_that_was_written_first_by_another_is_a_conflict() {
    for database in testkit::databases(&schema()).await {
        insert(&database.db, "a", 1).await.unwrap();
        let error = insert(&database.db, "a", 2).await.unwrap_err();
        assert_eq!(error.reason, Reason::Conflict, "{}", database.engine);
        insert(&database.db, "b", 2).await.unwrap();
    }
}

#[tokio::test]
async fn racing_increments_lose_nothing() {
    for database in testkit::databases(&schema()).await {
        insert(&database.db, "a", 0).await.unwrap();
        let tasks: Vec<_> = (0..8)
            .map(|_| tokio::spawn(increment_until_it_holds(database.db.clone())))
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let mut tx = database.db.read().await.unwrap();
        let row = tx
            .first("SELECT size FROM things", &[])
            .await
            .unwrap()
            .unwrap();
        assert_eq!(row.int(0).unwrap(), 80, "{}", database.engine);
    }
}

async fn increment_until_it_holds(db: Db) {
    for _ in 0..10 {
        loop {
            match increment(&db).await {
                Ok(()) => break,
                Err(error) => assert!(error.is_conflict(), "{}", error.chain()),
            }
        }
    }
}

async fn increment(db: &Db) -> base::Result<()> {
    let mut tx = db.begin().await?;
    let row = tx
        .first("SELECT size FROM things WHERE id = ?1", &["a".into()])
        .await?
        .unwrap();
    let next = row.int(0)? + 1;
    tx.exec(
        "UPDATE things SET size = ?1 WHERE id = ?2",
        &[next.into(), "a".into()],
    )
    .await?;
    tx.commit().await
}

#[tokio::test]
async fn connections_that_ended_while_they_lay_idle_are_replaced() {
    let postgres = testkit::databases(&schema()).await.pop().unwrap();
    if postgres.engine != "postgresql" {
        return;
    }
    let db = &postgres.db;
    let (first, second) = (db.begin().await.unwrap(), db.begin().await.unwrap());
    let mut killer = db.read().await.unwrap();
    first.commit().await.unwrap();
    second.commit().await.unwrap();
    let kill = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND backend_type = 'client backend'";
    let killed = killer.first(kill, &[]).await.unwrap().unwrap();
    assert!(killed.int(0).unwrap() >= 2);
    insert(db, "a", 1).await.unwrap();
    assert_eq!(count(db).await, 1);
}

#[tokio::test]
async fn migrating_again_changes_nothing() {
    for database in testkit::databases(&schema()).await {
        insert(&database.db, "a", 1).await.unwrap();
        database.db.migrate(&schema()).await.unwrap();
        assert_eq!(count(&database.db).await, 1, "{}", database.engine);
    }
}

#[tokio::test]
async fn a_client_token_replays_its_answer_and_refuses_other_parameters() {
    let account = AccountId::parse("123456789012").unwrap();
    let region = Region::parse("us-east-1").unwrap();
    for database in testkit::databases(&schema()).await {
        let at = (&account, &region);
        let mut tx = database.db.begin().await.unwrap();
        assert_eq!(tx.replay(at, "CopyImage", "t", "p").await.unwrap(), None);
        tx.remember(at, "CopyImage", "t", "p", "ami-1")
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let mut tx = database.db.read().await.unwrap();
        assert_eq!(
            tx.replay(at, "CopyImage", "t", "p")
                .await
                .unwrap()
                .as_deref(),
            Some("ami-1")
        );
        assert_eq!(tx.replay(at, "RunInstances", "t", "p").await.unwrap(), None);
        let error = tx.replay(at, "CopyImage", "t", "q").await.unwrap_err();
        assert_eq!(error.reason, Reason::TokenReused, "{}", database.engine);
    }
}

#[derive(Serialize, Deserialize)]
struct Paint {
    what: String,
}

impl Job for Paint {
    const KIND: &'static str = "paint";
    fn key(&self) -> String {
        self.what.clone()
    }
}

async fn enqueue(db: &Db, what: &str) {
    let mut tx = db.begin().await.unwrap();
    tx.enqueue(&Paint { what: what.into() }).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_job_is_held_by_one_and_passes_on_when_its_lease_ends() {
    let start = Timestamp::from_millis(1_000_000);
    let later = start.plus(std::time::Duration::from_secs(61));
    for database in testkit::databases(&schema()).await {
        let db = &database.db;
        enqueue(db, "door").await;
        enqueue(db, "door").await;
        let first = db.lease("one", start).await.unwrap().unwrap();
        assert_eq!(first.job::<Paint>().unwrap().what, "door");
        assert!(
            db.lease("two", start).await.unwrap().is_none(),
            "{}",
            database.engine
        );
        let second = db.lease("two", later).await.unwrap().unwrap();
        assert_eq!(second.attempt(), 1);
        assert!(db.renew(&first, later).await.unwrap_err().is_conflict());
        let mut tx = db.begin().await.unwrap();
        assert!(
            tx.finish(&first).await.unwrap_err().is_conflict(),
            "{}",
            database.engine
        );
        drop(tx);
        let mut tx = db.begin().await.unwrap();
        tx.finish(&second).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(db.jobs_left().await.unwrap(), 0, "{}", database.engine);
    }
}

#[tokio::test]
async fn a_job_that_was_put_back_waits_for_its_time() {
    let now = Timestamp::from_millis(1_000_000);
    let later = now.plus(std::time::Duration::from_secs(5));
    for database in testkit::databases(&schema()).await {
        let db = &database.db;
        enqueue(db, "door").await;
        let lease = db.lease("one", now).await.unwrap().unwrap();
        db.put_back(&lease, later).await.unwrap();
        assert!(
            db.lease("one", now).await.unwrap().is_none(),
            "{}",
            database.engine
        );
        assert!(
            db.lease("one", later).await.unwrap().is_some(),
            "{}",
            database.engine
        );
    }
}
