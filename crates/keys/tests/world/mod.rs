//! A small world: two accounts, a clock that tests turn, and calls.

#![allow(dead_code, reason = "not every suite needs everything")]

use base::{AccountId, Clock, Region, SystemEntropy, Timestamp};
use identity::{Call, Caller, Context, MasterKey};
use keys::{CreateKey, Key, Keys, Lockout, Origin, Plain, With};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use store::Migration;
use testkit::Database;

pub const HOUR: Duration = Duration::from_secs(3600);
pub const DAY: Duration = Duration::from_secs(24 * 3600);

#[derive(Clone)]
pub struct Turned(Arc<AtomicI64>);

impl Clock for Turned {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

pub struct World {
    pub keys: Keys,
    pub clock: Turned,
    pub ann: AccountId,
    pub bob: AccountId,
    pub east: Region,
    _database: Database,
    _folder: tempfile::TempDir,
}

pub fn schema() -> Vec<Migration> {
    [store::SCHEMA, identity::SCHEMA, keys::SCHEMA].concat()
}

impl World {
    pub fn new(database: Database) -> World {
        let folder = tempfile::tempdir().unwrap();
        let master = MasterKey::load(&folder.path().join("master.key"), &SystemEntropy).unwrap();
        let clock = Turned(Arc::new(AtomicI64::new(1_790_000_000_000)));
        World {
            keys: Keys {
                db: database.db.clone(),
                master: Arc::new(master),
                entropy: Arc::new(SystemEntropy),
                clock: Arc::new(clock.clone()),
            },
            clock,
            ann: AccountId::parse("111111111111").unwrap(),
            bob: AccountId::parse("222222222222").unwrap(),
            east: Region::parse("us-east-1").unwrap(),
            _database: database,
            _folder: folder,
        }
    }

    /// Lets time pass.
    pub fn pass(&self, time: Duration) {
        let millis = i64::try_from(time.as_millis()).unwrap();
        self.clock.0.fetch_add(millis, Ordering::SeqCst);
    }

    pub fn call_of(&self, caller: Caller) -> Call {
        Call {
            caller,
            region: self.east.clone(),
            request_id: "test".into(),
            now: self.clock.now(),
            dry_run: false,
            context: Context::new(),
        }
    }

    /// The root user of the first account.
    pub fn ann(&self) -> Call {
        self.call_of(Caller::root(self.ann.clone()))
    }

    /// The root user of the second.
    pub fn bob(&self) -> Call {
        self.call_of(Caller::root(self.bob.clone()))
    }

    /// A user without policies of his own.
    pub fn user(&self, account: &AccountId, name: &str) -> Call {
        let arn = user_arn(account, name);
        let id = format!("AIDA{}", name.to_uppercase());
        self.call_of(Caller::user(account.clone(), arn, id))
    }

    pub async fn key(&self, call: &Call) -> Key {
        self.key_with(call, None).await
    }

    pub async fn key_with(&self, call: &Call, policy: Option<String>) -> Key {
        let request = CreateKey {
            policy,
            description: "a test key".into(),
            origin: Origin::AwsKms,
            tags: Vec::new(),
            lockout: Lockout::Checked,
        };
        keys::create_key(&self.keys, call, request).await.unwrap()
    }

    pub async fn sealed(&self, call: &Call, key: &str) -> Vec<u8> {
        let plain = Plain::new(b"hello".to_vec());
        keys::encrypt(&self.keys, call, &with(key), &plain)
            .await
            .unwrap()
            .blob
    }

    /// Runs every job that is due, and answers how many that were.
    pub async fn run_jobs(&self) -> usize {
        let mut ran = 0;
        while let Some(lease) = self.keys.db.lease("test", self.clock.now()).await.unwrap() {
            keys::run_job(&self.keys, &lease).await.unwrap().unwrap();
            ran += 1;
        }
        ran
    }
}

pub fn user_arn(account: &AccountId, name: &str) -> String {
    format!("arn:aws:iam::{account}:user/{name}")
}

pub fn with(key: &str) -> With {
    With {
        key: key.to_owned(),
        ..With::default()
    }
}

pub fn context(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

/// A key policy: the owner's account as by default, and one more statement.
pub fn policy(owner: &AccountId, more: serde_json::Value) -> String {
    serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{owner}:root")},
                "Action": "kms:*", "Resource": "*",
            },
            more,
        ],
    })
    .to_string()
}
