//! The trail from outside, on both databases: what is appended is found, and whatever is done to it
//! behind its back is found out.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use audit::{Attribute, Kind, Record, Report, Search, Touched, Trail, lookup, prune, verify};
use base::{AccountId, Region, SystemEntropy, Timestamp};
use identity::MasterKey;
use serde_json::json;
use std::path::Path;
use store::{Db, Page};
use tempfile::TempDir;

const US: &str = "us-west-2";

fn record(number: i64, kind: Kind) -> Record {
    Record {
        id: format!("event-{number:04}"),
        at: Timestamp::from_millis(1_700_000_000_000 + number * 1000),
        account: Some(AccountId::parse("111122223333").unwrap()),
        region: Region::parse(US).unwrap(),
        source: "ec2.amazonaws.com".into(),
        name: if kind == Kind::Write {
            "CreateImage"
        } else {
            "DescribeImages"
        }
        .into(),
        kind,
        identity: json!({ "type": "Root", "accountId": "111122223333" }),
        access_key: "AKIAEXAMPLE".into(),
        user_name: "root".into(),
        peer: "192.0.2.1".into(),
        agent: "test".into(),
        request_id: format!("request-{number}"),
        error: (number % 3 == 0).then(|| ("UnauthorizedOperation".into(), "No.".into())),
        decisions: json!([]),
        response: json!(null),
        parameters: json!({ "InstanceId": format!("i-{number:08x}") }),
        touched: vec![Touched {
            kind: "AWS::EC2::Instance".into(),
            name: format!("i-{number:08x}"),
        }],
    }
}

struct World {
    db: Db,
    master: MasterKey,
    files: TempDir,
}

impl World {
    async fn new(db: &Db) -> World {
        let files = tempfile::tempdir().unwrap();
        let master = MasterKey::load(&files.path().join("master.key"), &SystemEntropy).unwrap();
        World {
            db: db.clone(),
            master,
            files,
        }
    }

    fn anchor(&self) -> std::path::PathBuf {
        self.files.path().join("audit.head")
    }

    async fn trail(&self) -> Trail {
        Trail::open(
            self.db.clone(),
            &self.master,
            &SystemEntropy,
            Some(self.anchor()),
        )
        .await
        .unwrap()
    }

    async fn verify(&self) -> Report {
        verify(&self.db, &self.master, Some(&self.anchor()))
            .await
            .unwrap()
    }

    /// What someone who can write the database does.
    async fn tamper(&self, sql: &str) {
        let mut tx = self.db.begin().await.unwrap();
        assert!(
            tx.exec(sql, &[]).await.unwrap() > 0,
            "{sql} touched nothing"
        );
        tx.commit().await.unwrap();
    }
}

fn schema() -> Vec<store::Migration> {
    audit::SCHEMA.to_vec()
}

async fn filled(db: &Db) -> World {
    let world = World::new(db).await;
    let trail = world.trail().await;
    for number in 1..=20 {
        let kind = if number % 2 == 0 {
            Kind::Write
        } else {
            Kind::Read
        };
        trail.record(record(number, kind)).await.unwrap();
    }
    trail.flush().await.unwrap();
    let report = world.verify().await;
    assert_eq!((report.records, report.wrong), (20, 0), "{report:?}");
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_done_to_the_trail_is_found_out() {
    for (sql, expected) in [
        (
            "UPDATE audit_records SET event = replace(event, 'i-00000007', 'i-00000008') WHERE seq = 7",
            "Record 7 was edited.",
        ),
        (
            "UPDATE audit_records SET at = at + 1 WHERE seq = 7",
            "Record 7 was edited.",
        ),
        (
            "UPDATE audit_records SET name = 'Nothing' WHERE seq = 7",
            "by which record 7 is found were edited",
        ),
        (
            "UPDATE audit_touched SET name = 'i-0' WHERE seq = 7",
            "by which record 7 is found were edited",
        ),
        (
            "DELETE FROM audit_touched WHERE seq = 7",
            "by which record 7 is found were edited",
        ),
        (
            "DELETE FROM audit_records WHERE seq = 7",
            "Record 7 is missing.",
        ),
        (
            "DELETE FROM audit_records WHERE seq = 1",
            "Record 1 is missing.",
        ),
        (
            "DELETE FROM audit_records WHERE seq > 17",
            "Records 18 to 20 are missing at the end.",
        ),
        (
            "DELETE FROM audit_records WHERE seq = 20",
            "Records 20 to 20 are missing at the end.",
        ),
        ("DELETE FROM audit_records", "missing at the end"),
        (
            "UPDATE audit_head SET records = 19, hash = (SELECT hash FROM audit_records WHERE seq = 19)",
            "The head of the trail was edited.",
        ),
        (
            "UPDATE audit_head SET sealed_key = code",
            "was not sealed under this master key",
        ),
        ("DELETE FROM audit_head", "The head of the trail is gone."),
        // Two records change places.
        (
            "UPDATE audit_records SET seq = CASE seq WHEN 5 THEN -6 ELSE -5 END WHERE seq IN (5, 6)",
            "Record 5 is missing",
        ),
        (
            "UPDATE audit_records SET event = (SELECT r.event FROM audit_records r WHERE r.seq = 11 - audit_records.seq), at = (SELECT r.at FROM audit_records r WHERE r.seq = 11 - audit_records.seq) WHERE seq IN (5, 6)",
            "Record 5 was edited.",
        ),
        // The same, with their hashes: each is a true record, but not there.
        (
            "UPDATE audit_records SET event = (SELECT r.event FROM audit_records r WHERE r.seq = 11 - audit_records.seq), at = (SELECT r.at FROM audit_records r WHERE r.seq = 11 - audit_records.seq), hash = (SELECT r.hash FROM audit_records r WHERE r.seq = 11 - audit_records.seq), previous = (SELECT r.previous FROM audit_records r WHERE r.seq = 11 - audit_records.seq), code = (SELECT r.code FROM audit_records r WHERE r.seq = 11 - audit_records.seq) WHERE seq IN (5, 6)",
            "Record 5 does not follow",
        ),
    ] {
        for database in testkit::databases(&schema()).await {
            let world = filled(&database.db).await;
            // A negative number first, so that no two rows have the same one at any moment.
            world.tamper(sql).await;
            if sql.contains("CASE seq") {
                world
                    .tamper("UPDATE audit_records SET seq = -seq WHERE seq < 0")
                    .await;
            }
            let report = world.verify().await;
            let expected = if sql.contains("CASE seq") {
                "Record 5 was edited."
            } else {
                expected
            };
            assert!(
                report
                    .sentences
                    .iter()
                    .any(|sentence| sentence.contains(expected)),
                "{}: {sql}: {report:?}",
                database.engine
            );
        }
    }
}

/// The record of that number, and what came before it by the clock.
fn before(number: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + number * 1000)
}

#[tokio::test(flavor = "multi_thread")]
async fn old_records_are_cut_off_and_the_rest_is_verified_from_a_checkpoint() {
    for database in testkit::databases(&schema()).await {
        let world = filled(&database.db).await;
        let cut = async |until: i64| {
            let (db, note) = (&world.db, world.anchor());
            let when = (before(until), before(1000));
            prune(db, &world.master, Some(&note), when).await.unwrap()
        };
        assert_eq!(cut(1).await.0, 0);
        assert_eq!(cut(6).await.0, 5);
        assert_eq!(cut(11).await.0, 5);
        let report = world.verify().await;
        assert!(report.is_whole(), "{}: {report:?}", database.engine);
        assert_eq!((report.records, report.cut), (10, 10));
        // The trail goes on.
        let trail = world.trail().await;
        trail.record(record(21, Kind::Write)).await.unwrap();
        assert_eq!(cut(5000).await.0, 11);
        let trail = world.trail().await;
        trail.record(record(22, Kind::Write)).await.unwrap();
        trail.record(record(23, Kind::Write)).await.unwrap();
        let report = world.verify().await;
        assert!(report.is_whole(), "{}: {report:?}", database.engine);
        assert_eq!((report.records, report.cut), (2, 21));
        // What is cut by others is found out, and then nothing more is cut.
        world
            .tamper("DELETE FROM audit_records WHERE seq = 22")
            .await;
        let (count, report) = cut(5000).await;
        assert_eq!(count, 0);
        assert!(report.sentences[0].contains("Record 22 is missing"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_that_was_edited_is_found_out() {
    for sql in [
        "UPDATE audit_cut SET records = 11",
        "UPDATE audit_cut SET at = at + 1",
        "UPDATE audit_cut SET hash = (SELECT hash FROM audit_records WHERE seq = 11), records = 11",
        "DELETE FROM audit_cut",
    ] {
        let database = testkit::sqlite(&schema()).await;
        let world = filled(&database.db).await;
        let when = (before(11), before(1000));
        let (count, _) = prune(&world.db, &world.master, None, when).await.unwrap();
        assert_eq!(count, 10);
        world.tamper(sql).await;
        assert!(!world.verify().await.is_whole(), "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_put_back_to_an_older_state_is_found_out() {
    for database in testkit::databases(&schema()).await {
        let world = filled(&database.db).await;
        // Exactly what the tables held when there were 12 records: every code in it is good.
        let other = testkit::sqlite(&schema()).await;
        drop(other);
        let trail = world.trail().await;
        world
            .tamper("CREATE TABLE old_head AS SELECT * FROM audit_head")
            .await;
        trail.record(record(21, Kind::Write)).await.unwrap();
        world
            .tamper("DELETE FROM audit_records WHERE seq = 21")
            .await;
        world
            .tamper("DELETE FROM audit_touched WHERE seq = 21")
            .await;
        world.tamper("DELETE FROM audit_head").await;
        world
            .tamper("INSERT INTO audit_head SELECT * FROM old_head")
            .await;
        let without = verify(&world.db, &world.master, None).await.unwrap();
        assert!(
            without.is_whole(),
            "only the note beside the database knows: {without:?}"
        );
        let report = world.verify().await;
        assert!(report.sentences[0].contains("had 21 records"), "{report:?}");
        // The server goes on, and does not write over the note.
        let trail = world.trail().await;
        trail.record(record(22, Kind::Write)).await.unwrap();
        let report = world.verify().await;
        assert!(!report.is_whole() && report.records == 21, "{report:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trail_of_another_master_key_is_neither_opened_nor_believed() {
    let database = testkit::sqlite(&schema()).await;
    let world = filled(&database.db).await;
    let other = MasterKey::load(&world.files.path().join("other.key"), &SystemEntropy).unwrap();
    assert!(!verify(&world.db, &other, None).await.unwrap().is_whole());
    assert!(
        Trail::open(world.db.clone(), &other, &SystemEntropy, None)
            .await
            .is_err()
    );
    std::fs::write(
        world.anchor(),
        "{\"records\":1,\"hash\":\"00\",\"code\":\"00\"}",
    )
    .unwrap();
    assert!(
        world.verify().await.sentences[0].contains("note of the audit trail's head was edited")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn several_servers_append_to_one_chain() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(&database.db).await;
        let trails = [world.trail().await, world.trail().await];
        let mut tasks = Vec::new();
        for number in 0..60 {
            let trail = trails[usize::try_from(number % 2).unwrap()].clone();
            let kind = if number % 4 < 2 {
                Kind::Write
            } else {
                Kind::Data
            };
            tasks.push(tokio::spawn(async move {
                trail.record(record(number, kind)).await
            }));
        }
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        for trail in &trails {
            trail.flush().await.unwrap();
        }
        let report = verify(&world.db, &world.master, None).await.unwrap();
        assert_eq!(
            (report.records, report.wrong),
            (60, 0),
            "{}: {report:?}",
            database.engine
        );
    }
}

fn search(attribute: Option<(Attribute, &str)>) -> Search {
    Search {
        place: Some((
            AccountId::parse("111122223333").unwrap(),
            Region::parse(US).unwrap(),
        )),
        from: Timestamp::from_millis(0),
        until: Timestamp::from_millis(i64::MAX),
        attribute: attribute.map(|(attribute, value)| (attribute, value.to_owned())),
        before: None,
    }
}

async fn ids(
    db: &Db,
    search: Search,
    limit: i32,
    token: Option<&str>,
) -> (Vec<String>, Option<String>) {
    let page = Page::read("events", Some(limit), token, 50).unwrap();
    let mut tx = db.read().await.unwrap();
    let (found, next) = lookup(&mut tx, search, ("events", &page)).await.unwrap();
    (found.into_iter().map(|found| found.id).collect(), next)
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_found_by_what_they_say_newest_first_and_page_by_page() {
    for database in testkit::databases(&schema()).await {
        let world = filled(&database.db).await;
        let trail = world.trail().await;
        trail.record(record(21, Kind::Data)).await.unwrap();
        trail
            .record(Record {
                region: Region::parse("eu-west-1").unwrap(),
                ..record(22, Kind::Write)
            })
            .await
            .unwrap();
        let (mut all, mut token) = (Vec::new(), None::<String>);
        loop {
            let (page, next) = ids(&world.db, search(None), 7, token.as_deref()).await;
            all.extend(page);
            token = next;
            if token.is_none() {
                break;
            }
        }
        let expected: Vec<String> = (1..=20)
            .rev()
            .map(|number| format!("event-{number:04}"))
            .collect();
        assert_eq!(all, expected);
        for (attribute, value, count) in [
            (Attribute::EventId, "event-0003", 1),
            (Attribute::EventName, "CreateImage", 10),
            (Attribute::EventSource, "ec2.amazonaws.com", 20),
            (Attribute::EventSource, "kms.amazonaws.com", 0),
            (Attribute::Username, "root", 20),
            (Attribute::AccessKeyId, "AKIAEXAMPLE", 20),
            (Attribute::ReadOnly, "true", 10),
            (Attribute::ResourceName, "i-00000009", 1),
            (Attribute::ResourceType, "AWS::EC2::Instance", 20),
        ] {
            let (found, _) = ids(&world.db, search(Some((attribute, value))), 50, None).await;
            assert_eq!(found.len(), count, "{attribute:?} {value}");
        }
        let mut some = search(None);
        some.from = Timestamp::from_millis(1_700_000_000_000 + 5000);
        some.until = Timestamp::from_millis(1_700_000_000_000 + 8000);
        assert_eq!(ids(&world.db, some, 50, None).await.0.len(), 4);
        let everything = Search {
            place: None,
            ..search(None)
        };
        assert_eq!(ids(&world.db, everything, 50, None).await.0.len(), 22);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_note_beside_the_database_follows_the_head() {
    let database = testkit::sqlite(&schema()).await;
    let world = filled(&database.db).await;
    let text = std::fs::read_to_string(world.anchor()).unwrap();
    let lines = text.lines().map(serde_json::from_str::<serde_json::Value>);
    let lines = lines.map(|line| line.unwrap());
    let noted = lines.max_by_key(|line| line["records"].as_i64()).unwrap();
    let report = verify(&world.db, &world.master, Some(Path::new(&world.anchor())))
        .await
        .unwrap();
    assert_eq!(noted["records"], 20);
    assert_eq!(noted["hash"], report.head.as_str());
    assert!(text.len() <= 1024, "it does not grow");

    // A line that was torn leaves the one before it, whichever it was.
    let trail = world.trail().await;
    for number in 21..25 {
        trail.record(record(number, Kind::Write)).await.unwrap();
    }
    let whole = std::fs::read(world.anchor()).unwrap();
    for torn in [0..512, 512..1024] {
        let mut text = whole.clone();
        text[torn][100..].fill(0);
        std::fs::write(world.anchor(), text).unwrap();
        assert!(world.verify().await.is_whole());
    }
    let mut text = whole;
    text.fill(0);
    std::fs::write(world.anchor(), text).unwrap();
    assert!(!world.verify().await.is_whole());
}
