//! Who may use whose key: policies of both sides, grants, and the service on a caller's behalf.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a suite that cannot be set up must fail loudly"
)]

mod world;

use base::{Reason, Subject};
use keys::{
    Constraints, CreateGrant, Grant, KeyRef, Opened, Operation, Plain, Retired, Unusable, Via,
    Wanted, Which, With,
};
use serde_json::json;
use world::*;

fn grant(key: &str, grantee: &str, operations: &[Operation]) -> CreateGrant {
    CreateGrant {
        key: key.to_owned(),
        grantee: grantee.to_owned(),
        retiring: None,
        operations: operations.to_vec(),
        constraints: Constraints::default(),
        name: None,
        tokens: Vec::new(),
    }
}

async fn reference(world: &World, call: &identity::Call, name: &str) -> KeyRef {
    let mut tx = world.keys.db.read().await.unwrap();
    keys::resolve(&mut tx, call, name).await.unwrap()
}

#[tokio::test]
async fn another_account_needs_the_keys_policy_and_its_own() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database);
        let (ann, bob) = (world.ann(), world.bob());
        let closed = world.key(&ann).await;
        let shared = policy(
            &world.ann,
            json!({
                "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{}:root", world.bob)},
                "Action": ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey"], "Resource": "*",
            }),
        );
        let open = world.key_with(&ann, Some(shared)).await;
        let plain = Plain::new(b"hello".to_vec());
        // The account itself may; a user of it has no policy that lets him.
        keys::encrypt(&world.keys, &bob, &with(&open.arn()), &plain)
            .await
            .unwrap();
        let eve = world.user(&world.bob, "eve");
        let denied = keys::encrypt(&world.keys, &eve, &with(&open.arn()), &plain).await;
        assert_eq!(denied.unwrap_err().reason, Reason::Denied);
        // A key that is not shared, and one that is not there, are the same to a stranger.
        let no_key = closed
            .arn()
            .replace(&closed.id, "00000000-0000-4000-8000-000000000000");
        let mut words = Vec::new();
        for arn in [closed.arn(), no_key.clone()] {
            let error = keys::describe_key(&world.keys, &bob, &arn, &[])
                .await
                .unwrap_err();
            assert_eq!(error.reason, Reason::Denied);
            words.push(error.message.replace(&arn, "ARN"));
        }
        assert_eq!(words[0], words[1]);
        // By its id alone, it is looked for in the caller's account.
        let by_id = keys::describe_key(&world.keys, &bob, &open.id, &[]).await;
        assert_eq!(by_id.unwrap_err().reason, Reason::NotFound);
        // Whoever may use it may not look after it.
        for change in [
            keys::disable_key(&world.keys, &bob, &open.arn()).await,
            keys::enable_key(&world.keys, &bob, &open.arn()).await,
            keys::create_alias(&world.keys, &bob, "alias/x", &open.arn()).await,
        ] {
            assert_eq!(change.unwrap_err().reason, Reason::Denied);
        }
        // A ciphertext of a key that is not shared does not even tell that it is one.
        let blob = world.sealed(&ann, &closed.id).await;
        let foreign = Opened {
            blob,
            ..Opened::default()
        };
        let refused = keys::decrypt(&world.keys, &bob, &foreign, &[])
            .await
            .unwrap_err();
        assert!(
            refused.message.contains("does not exist"),
            "{}",
            refused.message
        );
    }
}

#[tokio::test]
async fn the_wrapped_keys_of_one_account_do_not_open_with_the_others() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database);
        let (ann, bob) = (world.ann(), world.bob());
        let (hers, his) = (world.key(&ann).await, world.key(&bob).await);
        let (hers, his) = (
            reference(&world, &ann, &hers.id).await,
            reference(&world, &bob, &his.id).await,
        );
        let via = Via::ebs(&world.east, "snap-1");
        let mut tx = world.keys.db.begin().await.unwrap();
        let (plain, wrapped) = keys::generate_data_key(&world.keys, &mut tx, &ann, &hers, &via)
            .await
            .unwrap();
        assert_eq!(wrapped.key_arn(), hers.arn);
        let text = serde_json::to_string(&wrapped).unwrap();
        assert!(!text.contains(&hex(plain.expose())));
        assert_eq!(format!("{plain:?}"), "DataKeyPlain(..)");
        let same = keys::unwrap(&world.keys, &mut tx, &ann, &wrapped, &via)
            .await
            .unwrap();
        assert_eq!(same.expose(), plain.expose());
        let refused = keys::unwrap(&world.keys, &mut tx, &bob, &wrapped, &via)
            .await
            .unwrap_err();
        assert_eq!(keys::unusable(&refused), Some(Unusable::NotAccessible));
        // Whoever writes his own key's name on it gets nothing either.
        let forged = text.replace(&hers.arn, &his.arn);
        let forged: keys::Wrapped = serde_json::from_str(&forged).unwrap();
        assert!(
            keys::unwrap(&world.keys, &mut tx, &bob, &forged, &via)
                .await
                .is_err()
        );
        let other = Via::ebs(&world.east, "snap-2");
        assert!(
            keys::unwrap(&world.keys, &mut tx, &ann, &wrapped, &other)
                .await
                .is_err()
        );
        // And neither can move it to his key.
        let moved = keys::rewrap(&world.keys, &mut tx, &bob, (&wrapped, &via), (&his, &via)).await;
        assert_eq!(
            keys::unusable(&moved.unwrap_err()),
            Some(Unusable::NotAccessible)
        );
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn a_copy_to_another_account_moves_the_data_key_and_outlives_the_source_key() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database);
        let (ann, bob) = (world.ann(), world.bob());
        let shared = policy(
            &world.ann,
            json!({
                "Effect": "Allow", "Principal": {"AWS": world.bob.as_str()},
                "Action": ["kms:DescribeKey", "kms:ReEncrypt*", "kms:Decrypt"], "Resource": "*",
                "Condition": {"StringEquals": {"kms:ViaService": "ec2.us-east-1.amazonaws.com"}},
            }),
        );
        let hers = world.key_with(&ann, Some(shared)).await;
        let his = world.key(&bob).await;
        let his = reference(&world, &bob, &his.id).await;
        let from = Via::ebs(&world.east, "snap-1");
        let to = Via::ebs(&world.east, "snap-2");
        let mut tx = world.keys.db.begin().await.unwrap();
        let source = keys::resolve(&mut tx, &bob, &hers.arn()).await.unwrap();
        let (plain, wrapped) = keys::generate_data_key(&world.keys, &mut tx, &ann, &source, &from)
            .await
            .unwrap();
        let moved = keys::rewrap(&world.keys, &mut tx, &bob, (&wrapped, &from), (&his, &to))
            .await
            .unwrap();
        assert_eq!(moved.key_arn(), his.arn);
        tx.commit().await.unwrap();
        // Not by the same right without the service.
        let blob = world.sealed(&ann, &hers.id).await;
        let direct = Opened {
            blob,
            key: Some(hers.arn()),
            ..Opened::default()
        };
        let direct = keys::decrypt(&world.keys, &bob, &direct, &[])
            .await
            .unwrap_err();
        assert_eq!(direct.reason, Reason::Denied);
        keys::disable_key(&world.keys, &ann, &hers.id)
            .await
            .unwrap();
        let mut tx = world.keys.db.begin().await.unwrap();
        let same = keys::unwrap(&world.keys, &mut tx, &bob, &moved, &to)
            .await
            .unwrap();
        assert_eq!(same.expose(), plain.expose());
        let gone = keys::unwrap(&world.keys, &mut tx, &bob, &wrapped, &from)
            .await
            .unwrap_err();
        assert_eq!(keys::unusable(&gone), Some(Unusable::Disabled));
    }
}

#[tokio::test]
async fn a_grant_lets_its_principal_within_its_constraints_and_nobody_else() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database);
        let ann = world.ann();
        let key = world.key(&ann).await;
        let eve = world.user(&world.bob, "eve");
        let mut request = grant(
            &key.id,
            &user_arn(&world.bob, "eve"),
            &[Operation::Encrypt, Operation::Decrypt],
        );
        request.constraints.subset = Some(context(&[("team", "red")]));
        request.name = Some("for-eve".into());
        let given = keys::create_grant(&world.keys, &ann, request.clone())
            .await
            .unwrap();
        let again = keys::create_grant(&world.keys, &ann, request)
            .await
            .unwrap();
        assert_eq!(given.id, again.id);
        let red = With {
            key: key.arn(),
            context: context(&[("team", "red"), ("n", "1")]),
            tokens: vec![given.token()],
        };
        let plain = Plain::new(b"hello".to_vec());
        let sealed = keys::encrypt(&world.keys, &eve, &red, &plain)
            .await
            .unwrap();
        let open = Opened {
            blob: sealed.blob,
            key: None,
            context: red.context.clone(),
        };
        keys::decrypt(&world.keys, &eve, &open, &[]).await.unwrap();
        for pairs in [&[("team", "blue")][..], &[("Team", "red")], &[]] {
            let other = With {
                context: context(pairs),
                ..red.clone()
            };
            let refused = keys::encrypt(&world.keys, &eve, &other, &plain)
                .await
                .unwrap_err();
            assert_eq!(refused.reason, Reason::Denied, "{pairs:?}");
        }
        assert!(keys::data_key(&world.keys, &eve, &red, 32).await.is_err());
        for other in [world.user(&world.bob, "mallory"), world.bob()] {
            assert!(
                keys::encrypt(&world.keys, &other, &red, &plain)
                    .await
                    .is_err()
            );
        }
        let mut bad = red.clone();
        bad.tokens = vec!["nonsense".into()];
        let refused = keys::encrypt(&world.keys, &eve, &bad, &plain)
            .await
            .unwrap_err();
        assert_eq!(refused.subject, Subject::GrantToken);
        keys::revoke_grant(&world.keys, &ann, &key.id, &given.id.0)
            .await
            .unwrap();
        let stale = keys::encrypt(&world.keys, &eve, &red, &plain)
            .await
            .unwrap_err();
        assert_eq!(stale.subject, Subject::GrantToken);
        let revoked = With {
            tokens: Vec::new(),
            ..red
        };
        assert!(
            keys::encrypt(&world.keys, &eve, &revoked, &plain)
                .await
                .is_err()
        );
    }
}

#[tokio::test]
async fn what_a_policy_denies_no_grant_allows() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database);
        let ann = world.ann();
        let eve = user_arn(&world.ann, "eve");
        let text = policy(
            &world.ann,
            json!({
                "Effect": "Deny", "Principal": {"AWS": eve}, "Action": "kms:Encrypt", "Resource": "*",
                "Condition": {"StringEquals": {"kms:EncryptionContext:team": "blue"}},
            }),
        );
        let key = world.key_with(&ann, Some(text)).await;
        let request = grant(&key.id, &eve, &[Operation::Encrypt]);
        keys::create_grant(&world.keys, &ann, request)
            .await
            .unwrap();
        let eve = world.user(&world.ann, "eve");
        let plain = Plain::new(b"hello".to_vec());
        let try_with = |pairs: &[(&str, &str)]| With {
            context: context(pairs),
            ..with(&key.id)
        };
        keys::encrypt(&world.keys, &eve, &try_with(&[("team", "red")]), &plain)
            .await
            .unwrap();
        let denied = keys::encrypt(&world.keys, &eve, &try_with(&[("team", "blue")]), &plain).await;
        assert!(denied.unwrap_err().message.contains("explicit deny"));
    }
}

#[tokio::test]
async fn a_grant_of_a_grant_allows_no_more_than_the_first() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database);
        let ann = world.ann();
        let key = world.key(&ann).await;
        let mut first = grant(
            &key.id,
            &user_arn(&world.ann, "eve"),
            &[Operation::Decrypt, Operation::CreateGrant],
        );
        first.constraints.subset = Some(context(&[("team", "red")]));
        keys::create_grant(&world.keys, &ann, first).await.unwrap();
        let eve = world.user(&world.ann, "eve");
        let to = user_arn(&world.ann, "mallory");
        let try_grant = |operations: &[Operation], subset: Option<&[(&str, &str)]>| {
            let mut request = grant(&key.id, &to, operations);
            request.constraints.subset = subset.map(context);
            let (keys, eve) = (&world.keys, &eve);
            async move { keys::create_grant(keys, eve, request).await }
        };
        let red: &[(&str, &str)] = &[("team", "red"), ("n", "1")];
        assert!(try_grant(&[Operation::Encrypt], Some(red)).await.is_err());
        assert!(try_grant(&[Operation::Decrypt], None).await.is_err());
        assert!(
            try_grant(&[Operation::Decrypt], Some(&[("n", "1")]))
                .await
                .is_err()
        );
        try_grant(&[Operation::Decrypt], Some(red)).await.unwrap();
    }
}

#[tokio::test]
async fn a_policy_may_allow_grants_for_resources_of_aws_alone() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database);
        let (ann, bob) = (world.ann(), world.bob());
        let text = policy(
            &world.ann,
            json!({
                "Effect": "Allow", "Principal": {"AWS": world.bob.as_str()},
                "Action": ["kms:CreateGrant", "kms:GenerateDataKeyWithoutPlaintext"], "Resource": "*",
                "Condition": {"BoolIfExists": {"kms:GrantIsForAWSResource": "true"}},
            }),
        );
        let key = world.key_with(&ann, Some(text)).await;
        let free = grant(&key.arn(), world.bob.as_str(), &[Operation::Decrypt]);
        assert_eq!(
            keys::create_grant(&world.keys, &bob, free)
                .await
                .unwrap_err()
                .reason,
            Reason::Denied
        );
        let (via, volume) = (
            Via::ebs(&world.east, "vol-1"),
            "arn:aws:ec2:us-east-1:222222222222:volume/vol-1",
        );
        let mut tx = world.keys.db.begin().await.unwrap();
        let key = keys::resolve(&mut tx, &bob, &key.arn()).await.unwrap();
        let (plain, wrapped) = keys::generate_data_key(&world.keys, &mut tx, &bob, &key, &via)
            .await
            .unwrap();
        let open =
            keys::unwrap_by_grant(&world.keys, &mut tx, volume, &wrapped, &via.context).await;
        assert_eq!(
            keys::unusable(&open.unwrap_err()),
            Some(Unusable::NotAccessible)
        );
        let operations = [
            Operation::Decrypt,
            Operation::GenerateDataKeyWithoutPlaintext,
        ];
        let give = (&key, volume);
        let id = keys::grant_to_resource(&world.keys, &mut tx, &bob, give, &operations, &via)
            .await
            .unwrap();
        let again = keys::grant_to_resource(&world.keys, &mut tx, &bob, give, &operations, &via)
            .await
            .unwrap();
        assert_eq!(id, again);
        let same = keys::unwrap_by_grant(&world.keys, &mut tx, volume, &wrapped, &via.context)
            .await
            .unwrap();
        assert_eq!(same.expose(), plain.expose());
        keys::generate_by_grant(&world.keys, &mut tx, (&key, volume), &via.context)
            .await
            .unwrap();
        // For another volume, or another context, it is no grant.
        for (resource, context) in [
            (
                "arn:aws:ec2:us-east-1:222222222222:volume/vol-2",
                via.context.clone(),
            ),
            (volume, context(&[("aws:ebs:id", "vol-2")])),
        ] {
            let refused =
                keys::unwrap_by_grant(&world.keys, &mut tx, resource, &wrapped, &context).await;
            assert!(refused.is_err());
        }
        tx.commit().await.unwrap();
        // The owner sees it, and the resource gives it back.
        let which = Which::default();
        let (seen, _) = keys::list_grants(&world.keys, &ann, &key.id, (&which, &Wanted::default()))
            .await
            .unwrap();
        let seen: Vec<&Grant> = seen.iter().collect();
        assert_eq!(
            (seen.len(), &seen[0].id, seen[0].resource.as_deref()),
            (1, &id, Some(volume))
        );
        keys::disable_key(&world.keys, &ann, &key.id).await.unwrap();
        let mut tx = world.keys.db.begin().await.unwrap();
        let off = keys::unwrap_by_grant(&world.keys, &mut tx, volume, &wrapped, &via.context).await;
        assert_eq!(keys::unusable(&off.unwrap_err()), Some(Unusable::Disabled));
        keys::retire_for_resource(&mut tx, volume).await.unwrap();
        tx.commit().await.unwrap();
        let (none, _) = keys::list_grants(&world.keys, &ann, &key.id, (&which, &Wanted::default()))
            .await
            .unwrap();
        assert!(none.is_empty());
    }
}

#[tokio::test]
async fn a_grant_is_retired_by_whom_it_names() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database);
        let ann = world.ann();
        let key = world.key(&ann).await;
        let mut request = grant(&key.id, &user_arn(&world.bob, "eve"), &[Operation::Decrypt]);
        request.retiring = Some(world.bob.to_string());
        let given = keys::create_grant(&world.keys, &ann, request.clone())
            .await
            .unwrap();
        let wanted = Wanted::default();
        let listed =
            keys::list_retirable_grants(&world.keys, &ann, world.bob.as_str(), &wanted).await;
        assert_eq!(listed.unwrap().0, std::slice::from_ref(&given));
        let token = Retired::Token(given.token());
        for stranger in [
            world.user(&world.bob, "eve"),
            world.user(&world.ann, "mallory"),
        ] {
            let refused = keys::retire_grant(&world.keys, &stranger, token.clone()).await;
            assert_eq!(refused.unwrap_err().reason, Reason::Denied);
        }
        keys::retire_grant(&world.keys, &world.bob(), token.clone())
            .await
            .unwrap();
        let gone = keys::retire_grant(&world.keys, &world.bob(), token)
            .await
            .unwrap_err();
        assert_eq!(gone.reason, Reason::NotFound);
        let other = keys::create_grant(&world.keys, &ann, request)
            .await
            .unwrap();
        let named = Retired::Named {
            key: key.arn(),
            id: other.id.0,
        };
        keys::retire_grant(&world.keys, &ann, named).await.unwrap();
    }
}

#[tokio::test]
async fn a_rehearsal_says_that_it_would_have_worked_and_changes_nothing() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database);
        let ann = world.ann();
        let key = world.key(&ann).await;
        let rehearsal = identity::Call {
            dry_run: true,
            ..ann.clone()
        };
        let request = grant(&key.id, world.bob.as_str(), &[Operation::Decrypt]);
        let dry = keys::create_grant(&world.keys, &rehearsal, request)
            .await
            .unwrap_err();
        assert_eq!(dry.reason, Reason::DryRun);
        let plain = Plain::new(b"hello".to_vec());
        let dry = keys::encrypt(&world.keys, &rehearsal, &with(&key.id), &plain)
            .await
            .unwrap_err();
        assert_eq!(dry.reason, Reason::DryRun);
        let (none, _) = keys::list_grants(
            &world.keys,
            &ann,
            &key.id,
            (&Which::default(), &Wanted::default()),
        )
        .await
        .unwrap();
        assert!(none.is_empty());
    }
}
