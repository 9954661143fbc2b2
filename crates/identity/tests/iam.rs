//! Users, roles, sessions and the organization from outside, on each database.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on must fail"
)]

use base::{Reason, Region, SystemEntropy, Tags, Timestamp};
use identity::{Action, Assume, Call, Detail, Identity, Kind, MasterKey, New, Signer, Simulation};
use std::sync::Arc;
use std::time::Duration;
use store::{Db, Migration};

fn schema() -> Vec<Migration> {
    [store::SCHEMA, identity::SCHEMA].concat()
}

const NOW: i64 = 1_700_000_000_000;
const TRUST_EC2: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
    "Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

fn allow(action: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"*"}}]}}"#
    )
}

struct World {
    identity: Identity,
    _files: tempfile::TempDir,
}

impl World {
    fn new(db: &Db) -> World {
        let files = tempfile::tempdir().unwrap();
        let path = files.path().join("master.key");
        let master = Arc::new(MasterKey::load(&path, &SystemEntropy).unwrap());
        let identity = Identity {
            db: db.clone(),
            master,
            entropy: Arc::new(SystemEntropy),
        };
        World {
            identity,
            _files: files,
        }
    }

    /// The root user of a fresh account.
    async fn account(&self, name: &str) -> Call {
        let Identity { db, master, .. } = &self.identity;
        let now = Timestamp::from_millis(NOW);
        let made = identity::create_account(db, master, &SystemEntropy, name, now).await;
        self.signed(&made.unwrap().1.id, None, NOW).await.unwrap()
    }

    /// A call that was signed with a key.
    async fn signed(&self, key: &str, token: Option<&str>, at: i64) -> Option<Call> {
        let Identity { db, master, .. } = &self.identity;
        let now = Timestamp::from_millis(at);
        match identity::authenticate(db, master, (key, token), now)
            .await
            .unwrap()
        {
            Signer::Known(known) => Some(Call {
                caller: known.caller,
                region: Region::parse("us-east-1").unwrap(),
                request_id: "r".into(),
                now,
                dry_run: false,
                context: known.context,
            }),
            Signer::Expired(_) | Signer::Nobody(_) => None,
        }
    }

    async fn make(&self, call: &Call, name: &str, detail: Detail) -> identity::Entity {
        let new = New {
            name: name.into(),
            path: None,
            boundary: None,
            detail,
            tags: Tags::new(),
            document: None,
        };
        let made = identity::create_entity(&self.identity, call, Action("iam:Create"), new).await;
        made.unwrap()
    }

    async fn user(&self, root: &Call, name: &str) -> Call {
        self.make(root, name, Detail::User).await;
        let key = identity::create_access_key(&self.identity, root, Some(name)).await;
        self.signed(&key.unwrap().0.id, None, NOW).await.unwrap()
    }

    async fn put(&self, root: &Call, which: (Kind, &str), document: &str) {
        let action = Action("iam:PutPolicy");
        identity::put_inline(&self.identity, root, action, which, ("p", document))
            .await
            .unwrap();
    }

    async fn may(&self, call: &Call, action: &'static str) -> bool {
        let mut tx = self.identity.db.begin().await.unwrap();
        match identity::authorize_new(&mut tx, call, Action(action)).await {
            Ok(_) => true,
            Err(error) => {
                assert_eq!(error.reason, Reason::Denied);
                assert!(identity::Denial::of(&error).is_some());
                false
            }
        }
    }
}

fn role(trust: &str) -> Detail {
    Detail::Role {
        trust: trust.into(),
        description: None,
        max_session_s: 3600,
    }
}

#[tokio::test]
async fn a_user_may_what_policies_of_hers_and_of_her_groups_allow() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(&database.db);
        let root = world.account("one").await;
        let user = world.user(&root, "ada").await;
        assert!(world.may(&root, "ec2:DescribeImages").await);
        assert!(
            !world.may(&user, "ec2:DescribeImages").await,
            "{}",
            database.engine
        );
        world
            .put(&root, (Kind::User, "ADA"), &allow("ec2:DescribeImages"))
            .await;
        assert!(world.may(&user, "ec2:DescribeImages").await);
        world.make(&root, "group", Detail::Group).await;
        world
            .put(&root, (Kind::Group, "group"), &allow("ec2:DescribeVolumes"))
            .await;
        assert!(!world.may(&user, "ec2:DescribeVolumes").await);
        identity::add_to_group(&world.identity, &root, "group", "ada")
            .await
            .unwrap();
        assert!(world.may(&user, "ec2:DescribeVolumes").await);
        // Another account's administrator sees nothing of her.
        let stranger = world.account("two").await;
        let which = (Kind::User, "ada");
        let found =
            identity::get_entity(&world.identity, &stranger, Action("iam:GetUser"), which).await;
        assert!(found.unwrap_err().is_not_found());
    }
}

#[tokio::test]
async fn a_session_ends_in_time_with_its_role_and_never_exceeds_its_policy() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(&database.db);
        let root = world.account("one").await;
        let user = world.user(&root, "ada").await;
        let trust = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",
                "Principal":{{"AWS":"{}"}},"Action":"sts:AssumeRole"}}]}}"#,
            user.caller.arn
        );
        let made = world.make(&root, "builder", role(&trust)).await;
        world
            .put(&root, (Kind::Role, "builder"), &allow("ec2:*"))
            .await;
        let assume = Assume {
            role: made.arn(),
            name: "s1".into(),
            policy: Some(allow("ec2:DescribeVolumes")),
            ..Assume::default()
        };
        let begun = identity::assume_role(&world.identity, &user, assume)
            .await
            .unwrap();
        let keys = &begun.credentials;
        let at = |millis| world.signed(&keys.key_id, Some(keys.token.expose()), millis);
        let session = at(NOW + 1).await.unwrap();
        assert_eq!(session.caller.arn, begun.arn);
        assert!(world.may(&session, "ec2:DescribeVolumes").await);
        assert!(!world.may(&session, "ec2:DescribeImages").await);
        assert!(!world.may(&session, "iam:GetUser").await);
        assert!(world.signed(&keys.key_id, None, NOW + 1).await.is_none());
        let over = NOW + i64::try_from(Duration::from_secs(3600).as_millis()).unwrap();
        assert!(at(over - 1).await.is_some() && at(over).await.is_none());
        let action = Action("iam:Delete");
        let which = (Kind::Role, "builder");
        let refused = identity::delete_entity(&world.identity, &root, action, which).await;
        assert_eq!(refused.unwrap_err().reason, Reason::InUse);
        identity::delete_inline(&world.identity, &root, action, which, "p")
            .await
            .unwrap();
        identity::delete_entity(&world.identity, &root, action, which)
            .await
            .unwrap();
        assert!(at(NOW + 1).await.is_none(), "{}", database.engine);
        let refused = identity::assume_role(
            &world.identity,
            &root,
            Assume {
                role: made.arn(),
                name: "s2".into(),
                ..Assume::default()
            },
        );
        assert_eq!(refused.await.unwrap_err().reason, Reason::Denied);
    }
}

#[tokio::test]
async fn an_instance_gets_credentials_of_the_role_in_its_profile() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(&database.db);
        let root = world.account("one").await;
        world.make(&root, "machine", role(TRUST_EC2)).await;
        let profile = world
            .make(&root, "machine", Detail::Profile { role: None })
            .await;
        let instance = "arn:aws:ec2:us-east-1:111122223333:instance/i-1";
        let session = async |at: i64| {
            let mut tx = world.identity.db.read().await.unwrap();
            let role = identity::instance_role(&mut tx, &profile.id)
                .await
                .unwrap()?;
            let now = Timestamp::from_millis(at);
            let given = identity::instance_session(&world.identity, &role, instance, now);
            Some(given.unwrap())
        };
        assert!(session(NOW).await.is_none());
        identity::add_role_to_profile(&world.identity, &root, "machine", "machine")
            .await
            .unwrap();
        let given = session(NOW).await.unwrap();
        let keys = &given.credentials;
        let call = world
            .signed(&keys.key_id, Some(keys.token.expose()), NOW)
            .await
            .unwrap();
        assert!(call.caller.arn.ends_with(":assumed-role/machine/i-1"));
        assert_eq!(
            call.context.get("ec2:SourceInstanceARN").unwrap(),
            [instance]
        );
        assert!(!world.may(&call, "ec2:DescribeImages").await);
        world
            .put(&root, (Kind::Role, "machine"), &allow("ec2:DescribeImages"))
            .await;
        assert!(
            world.may(&call, "ec2:DescribeImages").await,
            "{}",
            database.engine
        );
    }
}

#[tokio::test]
async fn units_hold_accounts_and_the_simulator_asks_the_same_evaluator() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(&database.db);
        let manager = world.account("first").await;
        let identity = &world.identity;
        let tree = identity::describe_organization(identity, &manager)
            .await
            .unwrap();
        let root = tree.organization.root.clone();
        let made = identity::create_unit(identity, &manager, (&root, "unit")).await;
        let unit = made.unwrap().1.id;
        let account = manager.account().to_string();
        identity::move_account(identity, &manager, &account, (&root, &unit))
            .await
            .unwrap();
        let mut tx = identity.db.read().await.unwrap();
        let place = identity::organization_of(&mut tx, manager.account()).await;
        drop(tx);
        let place = place.unwrap().unwrap();
        assert_eq!(place.units, [root.clone(), unit.clone()]);
        assert!(
            place.is_within(&tree.unit_arn(&unit)) && place.is_within(&tree.organization.arn())
        );
        let gone = identity::delete_unit(identity, &manager, &unit).await;
        assert_eq!(gone.unwrap_err().reason, Reason::InUse);
        let answers = identity::simulate(
            identity,
            &manager,
            Simulation {
                policies: vec![allow("ec2:Describe*")],
                actions: vec!["ec2:DescribeImages".into(), "ec2:CopyImage".into()],
                ..Simulation::default()
            },
        );
        let allowed: Vec<bool> = answers
            .await
            .unwrap()
            .iter()
            .map(|one| one.decision.is_allowed())
            .collect();
        assert_eq!(allowed, [true, false], "{}", database.engine);
    }
}
