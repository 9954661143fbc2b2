//! Accounts, keys, permits and tags from outside, on each database.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on must fail"
)]

use base::{AccountId, Error, Reason, Region, Result, SystemEntropy, Tags, Timestamp};
use identity::{Action, Call, Caller, MasterKey, Resource, Signer};
use store::Migration;

fn schema() -> Vec<Migration> {
    [store::SCHEMA, identity::SCHEMA].concat()
}

fn master() -> (tempfile::TempDir, MasterKey) {
    let folder = tempfile::tempdir().unwrap();
    let master = MasterKey::load(&folder.path().join("master.key"), &SystemEntropy).unwrap();
    (folder, master)
}

fn call(account: &str, dry_run: bool) -> Call {
    Call {
        caller: Caller::root(AccountId::parse(account).unwrap()),
        region: Region::parse("us-east-1").unwrap(),
        request_id: "r".into(),
        now: Timestamp::from_millis(1),
        dry_run,
        context: identity::Context::new(),
    }
}

#[tokio::test]
async fn a_new_account_signs_in_with_its_key_and_names_are_unique() {
    let (_files, master) = master();
    for database in testkit::databases(&schema()).await {
        let db = &database.db;
        let now = Timestamp::from_millis(5);
        let made = identity::create_account(db, &master, &SystemEntropy, "root", now).await;
        let (account, key) = made.unwrap();
        let ask = async |id: &str| {
            let signer = identity::authenticate(db, &master, (id, None), now).await;
            match signer.unwrap() {
                Signer::Known(known) => Some(known),
                Signer::Expired(_) | Signer::Nobody(_) => None,
            }
        };
        let known = ask(&key.id).await.unwrap();
        assert_eq!(
            known.caller,
            Caller::root(account.id.clone()),
            "{}",
            database.engine
        );
        assert_eq!(known.secret.expose(), key.secret.expose());
        assert!(ask("AKIANOBODY").await.is_none());
        let again = identity::create_account(db, &master, &SystemEntropy, "root", now).await;
        assert_eq!(again.unwrap_err().reason, Reason::Duplicate);
        let bad = identity::create_account(db, &master, &SystemEntropy, "a\nb", now).await;
        assert_eq!(bad.unwrap_err().reason, Reason::Malformed);
        assert_eq!(identity::list_accounts(db).await.unwrap(), [account]);
    }
}

struct Thing(AccountId);

impl Resource for Thing {
    fn arn(&self) -> String {
        "arn:aws:ec2:us-east-1::image/ami-00000000".into()
    }
    fn owner(&self) -> &AccountId {
        &self.0
    }
    fn is_shared_for(&self, action: Action, account: &AccountId) -> bool {
        action == Action("ec2:RunInstances") && account.as_str() == "222222222222"
    }
}

async fn ask(db: &store::Db, call: &Call, action: &'static str) -> Result<(), Error> {
    let thing = Thing(AccountId::parse("111111111111").unwrap());
    let mut tx = db.begin().await?;
    identity::authorize(&mut tx, call, Action(action), &[&thing])
        .await
        .map(drop)
}

#[tokio::test]
async fn only_the_owner_and_those_it_shared_the_action_with_get_a_permit() {
    let database = testkit::sqlite(&schema()).await;
    let db = &database.db;
    let reason = |result: Result<(), Error>| result.unwrap_err().reason;
    assert!(
        ask(db, &call("111111111111", false), "ec2:DeregisterImage")
            .await
            .is_ok()
    );
    assert!(
        ask(db, &call("222222222222", false), "ec2:RunInstances")
            .await
            .is_ok()
    );
    let denied = ask(db, &call("222222222222", false), "ec2:DeregisterImage").await;
    assert_eq!(reason(denied), Reason::NotAuthorized);
    let stranger = ask(db, &call("333333333333", true), "ec2:RunInstances").await;
    assert_eq!(reason(stranger), Reason::NotAuthorized);
    let rehearsal = ask(db, &call("111111111111", true), "ec2:DeregisterImage").await;
    assert_eq!(reason(rehearsal), Reason::DryRun);
}

fn tags(pairs: &[(&str, &str)]) -> Tags {
    pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

#[tokio::test]
async fn tags_are_each_accounts_own() {
    for database in testkit::databases(&schema()).await {
        let db = &database.db;
        let (one, two) = (call("111111111111", false), call("222222222222", false));
        for (call, value) in [(&one, "mine"), (&two, "theirs")] {
            let mut tx = db.begin().await.unwrap();
            let permit = identity::authorize_new(&mut tx, call, Action("ec2:CreateTags")).await;
            let set = tags(&[("Name", value), ("empty", "")]);
            identity::put_tags(&mut tx, &permit.unwrap(), "ami-1", "image", &set)
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
        let mut tx = db.begin().await.unwrap();
        let permit = identity::authorize_new(&mut tx, &one, Action("ec2:DeleteTags"))
            .await
            .unwrap();
        let keys = [
            ("Name".to_owned(), Some("other".to_owned())),
            ("empty".to_owned(), None),
        ];
        identity::delete_tags(&mut tx, &permit, "ami-1", &keys)
            .await
            .unwrap();
        let mine = identity::tags_of(&mut tx, one.account(), "ami-1")
            .await
            .unwrap();
        assert_eq!(mine, tags(&[("Name", "mine")]), "{}", database.engine);
        let theirs = identity::tags_of_many(&mut tx, two.account(), &two.region, "image").await;
        assert_eq!(
            theirs.unwrap()["ami-1"],
            tags(&[("Name", "theirs"), ("empty", "")])
        );
        identity::delete_tags(&mut tx, &permit, "ami-1", &[])
            .await
            .unwrap();
        assert!(
            identity::all_tags(&mut tx, one.account(), &one.region)
                .await
                .unwrap()
                .is_empty()
        );
        let many = tags(
            &(0..51)
                .map(|n| n.to_string())
                .collect::<Vec<_>>()
                .iter()
                .map(|n| (n.as_str(), ""))
                .collect::<Vec<_>>(),
        );
        let error = identity::put_tags(&mut tx, &permit, "ami-1", "image", &many)
            .await
            .unwrap_err();
        assert_eq!(error.reason, Reason::Limit);
    }
}
