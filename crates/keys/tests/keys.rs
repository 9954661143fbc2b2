//! Keys from outside, on both databases: made, named, used, rotated, brought, deleted.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a suite that cannot be set up must fail loudly"
)]

mod world;

use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use base::{Reason, Subject, Tag};
use identity::MasterKey;
use keys::{
    Cause, CreateKey, Import, Lockout, Opened, Origin, Plain, State, Unusable, Wanted, With,
    WrappingKey,
};
use serde_json::json;
use world::*;

fn opened(blob: &[u8]) -> Opened {
    Opened {
        blob: blob.to_vec(),
        ..Opened::default()
    }
}

#[tokio::test]
async fn what_a_key_encrypts_opens_with_its_context_alone() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database);
        let ann = world.ann();
        let key = world.key(&ann).await;
        let with = With {
            key: key.id.clone(),
            context: context(&[("purpose", "test"), ("n", "1")]),
            ..With::default()
        };
        let plain = Plain::new(vec![7; 4096]);
        let sealed = keys::encrypt(&world.keys, &ann, &with, &plain)
            .await
            .unwrap();
        assert_eq!(sealed.key, key.arn());
        let mut open = opened(&sealed.blob);
        let refused = keys::decrypt(&world.keys, &ann, &open, &[])
            .await
            .unwrap_err();
        assert_eq!(
            (refused.reason, refused.subject),
            (Reason::Invalid, Subject::Ciphertext)
        );
        open.context = with.context.clone();
        let (again, arn) = keys::decrypt(&world.keys, &ann, &open, &[]).await.unwrap();
        assert_eq!((again.expose(), arn), (plain.expose(), key.arn()));
        for at in 0..sealed.blob.len() {
            let mut damaged = open.clone();
            damaged.blob[at] ^= 1;
            assert!(
                keys::decrypt(&world.keys, &ann, &damaged, &[])
                    .await
                    .is_err(),
                "byte {at}"
            );
            if at > 60 && at < sealed.blob.len() - 20 {
                break;
            }
        }
        for length in [0, 1, 67] {
            let short = opened(&sealed.blob[..length]);
            assert!(keys::decrypt(&world.keys, &ann, &short, &[]).await.is_err());
        }
        let long = Plain::new(vec![7; 4097]);
        assert!(
            keys::encrypt(&world.keys, &ann, &with, &long)
                .await
                .is_err()
        );
    }
}

#[tokio::test]
async fn a_key_is_called_by_its_four_names() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database);
        let ann = world.ann();
        let key = world.key(&ann).await;
        keys::create_alias(&world.keys, &ann, "alias/mine", &key.id)
            .await
            .unwrap();
        let again = keys::create_alias(&world.keys, &ann, "alias/mine", &key.id).await;
        assert_eq!(again.unwrap_err().reason, Reason::Duplicate);
        let alias_arn = format!("arn:aws:kms:us-east-1:{}:alias/mine", world.ann);
        for name in [&key.id, &key.arn(), "alias/mine", &alias_arn] {
            let found = keys::describe_key(&world.keys, &ann, name, &[])
                .await
                .unwrap();
            assert_eq!(found, key, "{name}");
        }
        // Only uses take aliases.
        let disabled = keys::disable_key(&world.keys, &ann, "alias/mine").await;
        assert_eq!(disabled.unwrap_err().reason, Reason::NotFound);
        let other = world.key(&ann).await;
        keys::update_alias(&world.keys, &ann, "alias/mine", &other.id)
            .await
            .unwrap();
        let found = keys::describe_key(&world.keys, &ann, "alias/mine", &[])
            .await
            .unwrap();
        assert_eq!(found, other);
        keys::delete_alias(&world.keys, &ann, "alias/mine")
            .await
            .unwrap();
        let gone = keys::describe_key(&world.keys, &ann, "alias/mine", &[]).await;
        assert_eq!(gone.unwrap_err().reason, Reason::NotFound);
        // Another Region has other keys.
        let west = identity::Call {
            region: base::Region::parse("us-west-2").unwrap(),
            ..ann.clone()
        };
        for name in [key.id.clone(), key.arn()] {
            let elsewhere = keys::describe_key(&world.keys, &west, &name, &[]).await;
            assert_eq!(elsewhere.unwrap_err().reason, Reason::NotFound);
        }
    }
}

#[tokio::test]
async fn lists_have_pages_and_the_key_of_ebs_is_there_before_it_is_made() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database);
        let ann = world.ann();
        let mut made = Vec::new();
        for _ in 0..5 {
            made.push(world.key(&ann).await.id);
        }
        made.sort();
        let (mut seen, mut marker) = (Vec::new(), None);
        loop {
            let wanted = Wanted {
                limit: Some(2),
                marker: marker.clone(),
            };
            let (part, next) = keys::list_keys(&world.keys, &ann, &wanted).await.unwrap();
            seen.extend(part.into_iter().map(|(id, _)| id));
            match next {
                Some(next) => marker = Some(next),
                None => break,
            }
        }
        assert_eq!(seen, made);
        let none = keys::list_keys(&world.keys, &world.bob(), &Wanted::default())
            .await
            .unwrap();
        assert!(none.0.is_empty());
        let all = || async {
            keys::list_aliases(&world.keys, &ann, None, &Wanted::default())
                .await
                .unwrap()
                .0
        };
        let before = all().await;
        assert_eq!(
            (before.len(), before[0].name.as_str()),
            (1, keys::EBS_ALIAS)
        );
        assert!(before[0].alias.is_none());
        let managed = keys::describe_key(&world.keys, &ann, keys::EBS_ALIAS, &[])
            .await
            .unwrap();
        assert_eq!(managed.manager, keys::Manager::Aws);
        assert_eq!(all().await[0].alias.as_ref().unwrap().key, managed.id);
    }
}

#[tokio::test]
async fn the_key_that_aws_manages_is_used_through_ec2_alone_and_never_changed() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database);
        let (ann, root) = (world.user(&world.ann, "eve"), world.ann());
        let managed = keys::describe_key(&world.keys, &root, keys::EBS_ALIAS, &[])
            .await
            .unwrap();
        let direct = keys::data_key(&world.keys, &root, &with(keys::EBS_ALIAS), 32).await;
        assert_eq!(direct.unwrap_err().reason, Reason::Denied);
        let mut tx = world.keys.db.begin().await.unwrap();
        let key = keys::managed_ebs(&world.keys, &mut tx, &ann).await.unwrap();
        assert_eq!(
            (key.id.as_str(), key.aws_managed),
            (managed.id.as_str(), true)
        );
        let via = keys::Via::ebs(&world.east, "vol-1");
        // Any principal of the account may, without policies of its own to use EBS with it.
        keys::generate_data_key(&world.keys, &mut tx, &ann, &key, &via)
            .await
            .unwrap();
        let other = keys::Via {
            service: "s3.us-east-1.amazonaws.com".into(),
            ..via.clone()
        };
        let refused = keys::generate_data_key(&world.keys, &mut tx, &ann, &key, &other).await;
        assert_eq!(
            keys::unusable(&refused.unwrap_err()),
            Some(Unusable::NotAccessible)
        );
        let bob = world.bob();
        let foreign = keys::generate_data_key(&world.keys, &mut tx, &bob, &key, &via).await;
        assert_eq!(
            keys::unusable(&foreign.unwrap_err()),
            Some(Unusable::NotAccessible)
        );
        tx.commit().await.unwrap();
        let id = managed.id.as_str();
        let changes = [
            keys::disable_key(&world.keys, &root, id).await,
            keys::schedule_deletion(&world.keys, &root, id, None)
                .await
                .map(drop),
            keys::put_policy(&world.keys, &root, (id, None), "{}", Lockout::Allowed).await,
            keys::describe_as(&world.keys, &root, id, "mine").await,
            keys::create_alias(&world.keys, &root, "alias/x", id).await,
        ];
        for change in changes {
            let reason = change.unwrap_err().reason;
            assert!(
                matches!(reason, Reason::Denied | Reason::NotPermitted),
                "{reason:?}"
            );
        }
        let (_, rotation) = keys::rotation_status(&world.keys, &root, id).await.unwrap();
        assert_eq!(rotation.every_days, Some(365));
    }
}

#[tokio::test]
async fn only_an_enabled_key_is_used_and_the_reason_is_told() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database);
        let ann = world.ann();
        let key = world.key(&ann).await;
        let blob = world.sealed(&ann, &key.id).await;
        let open = || async { keys::decrypt(&world.keys, &ann, &opened(&blob), &[]).await };
        keys::disable_key(&world.keys, &ann, &key.id).await.unwrap();
        let error = open().await.unwrap_err();
        assert_eq!(
            (error.reason, keys::unusable(&error)),
            (Reason::Unavailable, Some(Unusable::Disabled))
        );
        keys::enable_key(&world.keys, &ann, &key.id).await.unwrap();
        open().await.unwrap();
        for days in [6, 31] {
            let refused = keys::schedule_deletion(&world.keys, &ann, &key.id, Some(days)).await;
            assert_eq!(refused.unwrap_err().reason, Reason::Invalid);
        }
        let doomed = keys::schedule_deletion(&world.keys, &ann, &key.id, Some(7))
            .await
            .unwrap();
        assert_eq!(doomed.deletion, Some(ann.now.plus(DAY * 7)));
        let error = open().await.unwrap_err();
        assert_eq!(
            (error.reason, keys::unusable(&error)),
            (Reason::WrongState, Some(Unusable::PendingDeletion))
        );
        let enabled = keys::enable_key(&world.keys, &ann, &key.id).await;
        assert_eq!(enabled.unwrap_err().reason, Reason::WrongState);
        keys::cancel_deletion(&world.keys, &ann, &key.id)
            .await
            .unwrap();
        world.pass(DAY * 8);
        assert_eq!(
            world.run_jobs().await,
            1,
            "the deletion that was cancelled does nothing"
        );
        let kept = keys::describe_key(&world.keys, &ann, &key.id, &[])
            .await
            .unwrap();
        assert_eq!((kept.state, kept.deletion), (State::Disabled, None));
        keys::schedule_deletion(&world.keys, &world.ann(), &key.id, Some(7))
            .await
            .unwrap();
        keys::create_alias(&world.keys, &ann, "alias/x", &key.id)
            .await
            .unwrap_err();
        world.pass(DAY * 7 - HOUR);
        assert_eq!(world.run_jobs().await, 0);
        world.pass(HOUR);
        assert_eq!(world.run_jobs().await, 1);
        let gone = keys::describe_key(&world.keys, &ann, &key.id, &[])
            .await
            .unwrap_err();
        assert_eq!(
            (gone.reason, keys::unusable(&gone)),
            (Reason::NotFound, Some(Unusable::Gone))
        );
        assert_eq!(open().await.unwrap_err().reason, Reason::Denied);
    }
}

#[tokio::test]
async fn a_rotated_key_opens_what_its_older_material_made() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database);
        let ann = world.ann();
        let key = world.key(&ann).await;
        let mut blobs = vec![world.sealed(&ann, &key.id).await];
        keys::rotate_now(&world.keys, &ann, &key.id).await.unwrap();
        blobs.push(world.sealed(&ann, &key.id).await);
        for days in [89, 2561] {
            let refused = keys::enable_rotation(&world.keys, &ann, &key.id, Some(days)).await;
            assert_eq!(refused.unwrap_err().reason, Reason::Invalid);
        }
        keys::enable_rotation(&world.keys, &ann, &key.id, Some(90))
            .await
            .unwrap();
        world.pass(DAY * 90);
        assert_eq!(world.run_jobs().await, 1);
        blobs.push(world.sealed(&ann, &key.id).await);
        // What falls due while the key is disabled is made up for.
        keys::disable_key(&world.keys, &ann, &key.id).await.unwrap();
        world.pass(DAY * 91);
        assert_eq!(world.run_jobs().await, 1);
        keys::enable_key(&world.keys, &world.ann(), &key.id)
            .await
            .unwrap();
        assert_eq!(world.run_jobs().await, 1);
        blobs.push(world.sealed(&ann, &key.id).await);
        let numbers: Vec<u8> = blobs.iter().map(|blob| blob[20]).collect();
        assert_eq!(numbers, [1, 2, 3, 4]);
        for blob in &blobs {
            let (plain, _) = keys::decrypt(&world.keys, &ann, &opened(blob), &[])
                .await
                .unwrap();
            assert_eq!(plain.expose(), b"hello");
        }
        let listed = keys::list_rotations(&world.keys, &ann, &key.id, &Wanted::default()).await;
        let causes: Vec<Cause> = listed.unwrap().1.iter().map(|one| one.cause).collect();
        assert_eq!(
            causes,
            [Cause::OnDemand, Cause::Automatic, Cause::Automatic]
        );
        keys::disable_rotation(&world.keys, &ann, &key.id)
            .await
            .unwrap();
        world.pass(DAY * 400);
        world.run_jobs().await;
        let (_, rotation) = keys::rotation_status(&world.keys, &ann, &key.id)
            .await
            .unwrap();
        assert_eq!(
            (rotation.every_days, rotation.next, rotation.on_demand),
            (None, None, 1)
        );
        assert_eq!(world.sealed(&ann, &key.id).await[20], 4);
    }
}

fn wrap(public_key: &[u8], material: &[u8]) -> Vec<u8> {
    let key = PublicEncryptingKey::from_der(public_key).unwrap();
    let key = OaepPublicEncryptingKey::new(key).unwrap();
    let mut wrapped = vec![0; key.ciphertext_size()];
    let length = key
        .encrypt(&OAEP_SHA256_MGF1SHA256, material, &mut wrapped, None)
        .unwrap()
        .len();
    wrapped.truncate(length);
    wrapped
}

#[tokio::test]
async fn imported_material_comes_wrapped_ends_and_comes_back() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database);
        let ann = world.ann();
        let request = CreateKey {
            policy: None,
            description: String::new(),
            origin: Origin::External,
            tags: Vec::new(),
            lockout: Lockout::Checked,
        };
        let key = keys::create_key(&world.keys, &ann, request).await.unwrap();
        assert_eq!(key.state, State::PendingImport);
        let plain = Plain::new(b"x".to_vec());
        let error = keys::encrypt(&world.keys, &ann, &with(&key.id), &plain)
            .await
            .unwrap_err();
        assert_eq!(keys::unusable(&error), Some(Unusable::PendingImport));
        let size = WrappingKey::parse("RSA_2048").unwrap();
        let parameters = keys::import_parameters(&world.keys, &ann, &key.id, size)
            .await
            .unwrap();
        let import = |material: &[u8], until| Import {
            key: key.id.clone(),
            token: parameters.token.clone(),
            wrapped: wrap(&parameters.public_key, material),
            until,
        };
        let short = keys::import_material(&world.keys, &ann, import(&[1; 31], None)).await;
        assert_eq!(short.unwrap_err().subject, Subject::KeyMaterial);
        let mut torn = import(&[1; 32], None);
        torn.wrapped[9] ^= 1;
        let torn = keys::import_material(&world.keys, &ann, torn)
            .await
            .unwrap_err();
        assert_eq!(torn.subject, Subject::Ciphertext);
        let mut other = import(&[1; 32], None);
        other.token[20] ^= 1;
        let other = keys::import_material(&world.keys, &ann, other)
            .await
            .unwrap_err();
        assert_eq!(other.subject, Subject::ImportToken);
        let until = Some(ann.now.plus(HOUR));
        keys::import_material(&world.keys, &ann, import(&[1; 32], until))
            .await
            .unwrap();
        let blob = world.sealed(&ann, &key.id).await;
        world.pass(HOUR);
        let late = world.ann();
        // The end counts from its moment on, whether the job has run or not.
        for ran in [0, 1] {
            let ended = keys::decrypt(&world.keys, &late, &opened(&blob), &[])
                .await
                .unwrap_err();
            assert_eq!(
                keys::unusable(&ended),
                Some(Unusable::PendingImport),
                "{ran}"
            );
            assert_eq!(world.run_jobs().await, 1 - ran);
        }
        let different = keys::import_material(&world.keys, &late, import(&[2; 32], None)).await;
        assert_eq!(different.unwrap_err().reason, Reason::Combination);
        keys::import_material(&world.keys, &late, import(&[1; 32], None))
            .await
            .unwrap();
        let open = || async { keys::decrypt(&world.keys, &late, &opened(&blob), &[]).await };
        assert_eq!(open().await.unwrap().0.expose(), b"hello");
        keys::delete_material(&world.keys, &late, &key.id)
            .await
            .unwrap();
        assert!(open().await.is_err());
        world.pass(DAY);
        let expired =
            keys::import_material(&world.keys, &world.ann(), import(&[1; 32], None)).await;
        assert_eq!(expired.unwrap_err().reason, Reason::Unavailable);
        let made = world.key(&ann).await;
        let refused = keys::import_parameters(&world.keys, &ann, &made.id, size).await;
        assert_eq!(refused.unwrap_err().reason, Reason::Unsupported);
    }
}

#[tokio::test]
async fn a_policy_that_locks_its_owner_out_is_refused_and_so_is_one_that_is_none() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database);
        let ann = world.ann();
        let key = world.key(&ann).await;
        let put = |text: String, lockout| {
            let (keys, call, id) = (&world.keys, &ann, key.id.clone());
            async move { keys::put_policy(keys, call, (&id, Some("default")), &text, lockout).await }
        };
        let stranger = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow", "Principal": {"AWS": user_arn(&world.ann, "eve")},
                "Action": "kms:*", "Resource": "*",
            }],
        });
        for (text, lockout) in [
            (stranger.to_string(), Lockout::Checked),
            ("{}".into(), Lockout::Allowed),
            ("not json".into(), Lockout::Allowed),
        ] {
            let refused = put(text, lockout).await.unwrap_err();
            assert_eq!(
                (refused.reason, refused.subject),
                (Reason::Malformed, Subject::Policy)
            );
        }
        put(stranger.to_string(), Lockout::Allowed).await.unwrap();
        // Now the account itself may no more, and the user may.
        let denied = keys::get_policy(&world.keys, &ann, &key.id, None).await;
        assert_eq!(denied.unwrap_err().reason, Reason::Denied);
        let eve = world.user(&world.ann, "eve");
        let read = keys::get_policy(&world.keys, &eve, &key.id, None)
            .await
            .unwrap();
        assert_eq!(read, stranger.to_string());
        let no_such = keys::get_policy(&world.keys, &eve, &key.id, Some("other")).await;
        assert_eq!(no_such.unwrap_err().reason, Reason::NotFound);
    }
}

#[tokio::test]
async fn tags_are_kept_with_the_key_and_policies_read_them() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database);
        let ann = world.ann();
        let eve = user_arn(&world.ann, "eve");
        let text = policy(
            &world.ann,
            json!({
                "Effect": "Allow", "Principal": {"AWS": eve}, "Action": "kms:Encrypt", "Resource": "*",
                "Condition": {"StringEquals": {"aws:ResourceTag/team": "red"}},
            }),
        );
        let key = world.key_with(&ann, Some(text)).await;
        let eve = world.user(&world.ann, "eve");
        let plain = Plain::new(b"x".to_vec());
        assert!(
            keys::encrypt(&world.keys, &eve, &with(&key.id), &plain)
                .await
                .is_err()
        );
        let tag = |key: &str, value: &str| Tag {
            key: key.into(),
            value: value.into(),
        };
        keys::tag_key(&world.keys, &ann, &key.id, &[tag("team", "red")])
            .await
            .unwrap();
        keys::encrypt(&world.keys, &eve, &with(&key.id), &plain)
            .await
            .unwrap();
        let reserved = keys::tag_key(&world.keys, &ann, &key.id, &[tag("aws:x", "1")]).await;
        assert_eq!(reserved.unwrap_err().subject, Subject::Tag);
        let (tags, _) = keys::list_tags(&world.keys, &ann, &key.id, &Wanted::default())
            .await
            .unwrap();
        assert_eq!(tags, [("team".to_owned(), "red".to_owned())]);
        keys::untag_key(&world.keys, &ann, &key.id, &["team".into()])
            .await
            .unwrap();
        assert!(
            keys::encrypt(&world.keys, &eve, &with(&key.id), &plain)
                .await
                .is_err()
        );
    }
}

#[tokio::test]
async fn a_new_master_key_opens_what_the_old_one_sealed_and_the_old_one_no_more() {
    for database in testkit::databases(&schema()).await {
        let mut world = World::new(database);
        let ann = world.ann();
        let key = world.key(&ann).await;
        let blob = world.sealed(&ann, &key.id).await;
        let folder = tempfile::tempdir().unwrap();
        let new = MasterKey::load(&folder.path().join("new.key"), &base::SystemEntropy).unwrap();
        let mut tx = world.keys.db.begin().await.unwrap();
        keys::reseal(&mut tx, (&world.keys.master, &new), &base::SystemEntropy)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let old = keys::decrypt(&world.keys, &ann, &opened(&blob), &[])
            .await
            .unwrap_err();
        assert_eq!(old.reason, Reason::Internal);
        world.keys.master = std::sync::Arc::new(new);
        let (plain, _) = keys::decrypt(&world.keys, &ann, &opened(&blob), &[])
            .await
            .unwrap();
        assert_eq!(plain.expose(), b"hello");
    }
}
