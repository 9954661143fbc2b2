//! What requests answer, on both databases. Nothing is booted here.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod world;

use base::pattern::Filter;
use base::{Reason, Subject, Tags};
use identity::Call;
use instances::{
    Asked, Change, CreateGroup, KeyForm, KeyKind, List, Manner, NameOrId, Permission, Revoke, Run,
    State, Which,
};
use volumes::{CreateVolume, VolumeState};
use world::{World, call, call_of, launch_of, region, rehearsal, schema};

fn filter(name: &str, value: &str) -> Filter {
    Filter {
        name: name.into(),
        values: vec![value.into()],
    }
}

fn filtered(name: &str, value: &str) -> List {
    List {
        filters: vec![filter(name, value)],
        ..List::default()
    }
}

fn named(group: &str) -> NameOrId {
    NameOrId {
        id: None,
        name: Some(group.into()),
    }
}

fn ssh(range: &str) -> Asked {
    let permission = Permission {
        protocol: Some("tcp".into()),
        from: Some(22),
        to: Some(22),
        ranges: vec![(range.into(), None)],
        ..Permission::default()
    };
    Asked {
        permission,
        peers: vec![],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn key_pairs_come_and_go_and_belong_to_their_account() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database).await;
        let (instances, tags) = (&world.instances, Tags::from([("a".into(), "b".into())]));
        let (key, private) = instances::create_key_pair(
            instances,
            &call(),
            ("mine", (KeyKind::Ed25519, KeyForm::Pem), &tags),
        )
        .await
        .unwrap();
        assert!(
            private
                .expose()
                .starts_with("-----BEGIN OPENSSH PRIVATE KEY-----")
        );
        let again = instances::create_key_pair(
            instances,
            &call(),
            ("mine", (KeyKind::Rsa, KeyForm::Pem), &tags),
        )
        .await;
        let again = again.unwrap_err();
        assert_eq!(
            (again.reason, again.subject),
            (Reason::Duplicate, Subject::KeyPair)
        );
        assert_eq!(again.message, "The keypair 'mine' already exists.");
        let material = key.public_key.as_bytes();
        instances::import_key_pair(instances, &call(), ("theirs", material, &Tags::new()))
            .await
            .unwrap();
        let other = call_of("999922223333");
        instances::import_key_pair(instances, &other, ("mine", material, &Tags::new()))
            .await
            .unwrap();
        let describe = async |names: &[String], filters: &[Filter]| {
            instances::describe_key_pairs(instances, &call(), (names, &[]), filters).await
        };
        let all = describe(&[], &[]).await.unwrap();
        assert_eq!(
            all.iter().map(|k| k.key.name.as_str()).collect::<Vec<_>>(),
            ["mine", "theirs"]
        );
        assert_eq!(
            describe(&[], &[filter("tag:a", "b")]).await.unwrap().len(),
            1
        );
        assert!(
            describe(&["nope".into()], &[])
                .await
                .unwrap_err()
                .is_not_found()
        );
        let delete = async |call: Call| {
            instances::delete_key_pair(instances, &call, (Some("mine"), None)).await
        };
        assert_eq!(
            delete(rehearsal()).await.unwrap_err().reason,
            Reason::DryRun
        );
        assert_eq!(delete(call()).await.unwrap(), Some(key.id));
        assert_eq!(delete(call()).await.unwrap(), None);
        assert_eq!(describe(&[], &[]).await.unwrap().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_has_a_default_network_and_groups_are_opened_and_closed() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database).await;
        let instances = &world.instances;
        let vpcs = instances::describe_vpcs(instances, &call(), &filtered("isDefault", "true"))
            .await
            .unwrap()
            .0;
        let subnets = instances::describe_subnets(instances, &call(), &List::default())
            .await
            .unwrap()
            .0;
        assert_eq!((vpcs.len(), subnets.len(), subnets[0].0.free), (1, 3, 4091));
        let request = CreateGroup {
            name: "web".into(),
            description: "for the web".into(),
            ..CreateGroup::default()
        };
        let group = instances::create_security_group(instances, &call(), request.clone())
            .await
            .unwrap();
        let again = instances::create_security_group(instances, &call(), request)
            .await
            .unwrap_err();
        assert_eq!(
            (again.reason, again.subject),
            (Reason::Duplicate, Subject::Group)
        );
        let open = async |range| {
            let asked = (vec![ssh(range)], &Tags::new());
            instances::authorize_ingress(instances, &call(), &named("web"), asked).await
        };
        let (_, rules) = open("0.0.0.0/0").await.unwrap();
        let twice = open("0.0.0.0/0").await.unwrap_err();
        assert_eq!(
            (twice.reason, twice.subject),
            (Reason::Duplicate, Subject::GroupRule)
        );
        open("10.0.0.0/8").await.unwrap();
        let list = filtered("group-id", group.id.as_ref());
        let listed = instances::describe_security_group_rules(instances, &call(), &list).await;
        assert_eq!(listed.unwrap().0.len(), 3);
        let close = async |revoke| {
            instances::revoke_ingress(instances, &call(), &named("web"), revoke).await
        };
        close(Revoke::Rules(vec![rules[0].id.to_string()]))
            .await
            .unwrap();
        let gone = close(Revoke::Permissions(vec![ssh("0.0.0.0/0")]))
            .await
            .unwrap_err();
        assert_eq!(
            (gone.reason, gone.subject),
            (Reason::NotFound, Subject::GroupRule)
        );
        close(Revoke::Permissions(vec![ssh("10.0.0.0/8")]))
            .await
            .unwrap();
        let groups = async |call: Call, names: &[String]| {
            instances::describe_security_groups(instances, &call, &List::default(), names).await
        };
        assert!(
            groups(call(), &["web".into()]).await.unwrap().0[0]
                .0
                .ingress
                .is_empty()
        );
        assert_eq!(
            groups(call_of("999922223333"), &[]).await.unwrap().0.len(),
            1
        );
        let delete =
            async |name| instances::delete_security_group(instances, &call(), &named(name)).await;
        assert_eq!(delete("web").await.unwrap(), group.id);
        assert!(delete("web").await.unwrap_err().is_not_found());
        assert_eq!(
            delete("default").await.unwrap_err().reason,
            Reason::NotPermitted
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_launch_is_checked_written_described_and_replayed() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database).await;
        let instances = &world.instances;
        let image = world.image("one", None).await;
        refusals(&world, &launch_of(&image)).await;
        let mut request = Run {
            client_token: Some("t".into()),
            most: Some(2),
            ..launch_of(&image)
        };
        request.instance_tags = Tags::from([("Name".into(), "web".into())]);
        let launched = instances::run(instances, &call(), request.clone())
            .await
            .unwrap();
        assert_eq!(launched.instances.len(), 2);
        let one = &launched.instances[0];
        assert_eq!((one.instance.state, one.volumes.len()), (State::Pending, 1));
        assert!(one.instance.uuid.starts_with("ec2"));
        let again = instances::run(instances, &call(), request.clone())
            .await
            .unwrap();
        assert_eq!(again.id, launched.id);
        request.kind = Some("t3.micro".into());
        let other = instances::run(instances, &call(), request)
            .await
            .unwrap_err();
        assert_eq!(other.reason, Reason::TokenReused);
        described(&world, one).await;
        capacity(&world, &launch_of(&image)).await;
    }
}

async fn refusals(world: &World, good: &Run) {
    let ask = async |request: Run| {
        let error = instances::run(&world.instances, &call(), request)
            .await
            .unwrap_err();
        (error.reason, error.subject)
    };
    let text = |text: &str| Some(text.to_owned());
    let missing = instances::run(
        &world.instances,
        &call(),
        Run {
            image: None,
            ..good.clone()
        },
    )
    .await;
    assert_eq!(
        missing.unwrap_err().message,
        "The request must contain the parameter ImageId"
    );
    for (request, expected) in [
        (
            Run {
                image: text("ami-00000009"),
                ..good.clone()
            },
            (Reason::NotFound, Subject::Image),
        ),
        (
            Run {
                kind: text("x9.huge"),
                ..good.clone()
            },
            (Reason::Invalid, Subject::InstanceType),
        ),
        (
            Run {
                key: text("nope"),
                ..good.clone()
            },
            (Reason::NotFound, Subject::KeyPair),
        ),
        (
            Run {
                group_ids: vec!["sg-00000009".into()],
                ..good.clone()
            },
            (Reason::NotFound, Subject::Group),
        ),
        (
            Run {
                subnet: text("subnet-00000009"),
                ..good.clone()
            },
            (Reason::NotFound, Subject::Subnet),
        ),
        (
            Run {
                zone: text("us-east-1z"),
                ..good.clone()
            },
            (Reason::Invalid, Subject::Zone),
        ),
        (
            Run {
                user_data: text("%"),
                ..good.clone()
            },
            (Reason::Malformed, Subject::UserData),
        ),
        (
            Run {
                least: Some(2),
                ..good.clone()
            },
            (Reason::Invalid, Subject::Parameter),
        ),
    ] {
        assert_eq!(ask(request).await, expected);
    }
    let rehearsed = instances::run(&world.instances, &rehearsal(), good.clone())
        .await
        .unwrap_err();
    assert_eq!(rehearsed.reason, Reason::DryRun);
    let stranger = instances::run(&world.instances, &call_of("999922223333"), good.clone()).await;
    assert!(stranger.unwrap_err().is_not_found());
}

async fn described(world: &World, one: &instances::Described) {
    let instances = &world.instances;
    let find = async |name: &str, value: &str| {
        let found = instances::describe(instances, &call(), &filtered(name, value))
            .await
            .unwrap()
            .0;
        found
            .iter()
            .map(|reservation| reservation.instances.len())
            .sum::<usize>()
    };
    let instance = &one.instance;
    for (name, value, count) in [
        ("instance-state-name", "pending", 2),
        ("instance-state-code", "16", 0),
        ("tag:Name", "w*", 2),
        ("instance-id", instance.id.as_ref(), 1),
        (
            "private-ip-address",
            &instance.interface.address.to_string(),
            1,
        ),
        (
            "block-device-mapping.volume-id",
            one.volumes[0].id.as_ref(),
            1,
        ),
        ("network-interface.mac-address", &instance.interface.mac, 1),
        ("instance.group-name", "default", 2),
        ("root-device-name", "/dev/xvda", 2),
        ("image-id", "ami-*", 2),
        ("metadata-options.http-tokens", "optional", 2),
    ] {
        assert_eq!(find(name, value).await, count, "{name}={value}");
    }
    let stranger = instances::describe(instances, &call_of("999922223333"), &List::default())
        .await
        .unwrap();
    assert!(stranger.0.is_empty());
    let ids = List {
        ids: vec![instance.id.to_string()],
        ..List::default()
    };
    assert!(
        instances::describe(instances, &call_of("999922223333"), &ids)
            .await
            .unwrap_err()
            .is_not_found()
    );
    let unknown = instances::describe(instances, &call(), &filtered("colour", "red"))
        .await
        .unwrap_err();
    assert_eq!(unknown.subject, Subject::Filter);
    let cards = instances::describe_network_interfaces(instances, &call(), &List::default())
        .await
        .unwrap()
        .0;
    assert_eq!(cards.len(), 2);
    let status = instances::describe_status(instances, &call(), &List::default(), Which::All)
        .await
        .unwrap()
        .0;
    assert_eq!((status.len(), status[0].summary), (2, "initializing"));
}

/// The host has 1 GiB, each guest at most 256 MiB, and two live already.
async fn capacity(world: &World, good: &Run) {
    let instances = &world.instances;
    let five = Run {
        least: Some(3),
        most: Some(3),
        ..good.clone()
    };
    let error = instances::run(instances, &call(), five).await.unwrap_err();
    assert_eq!(error.reason, Reason::Capacity);
    let some = Run {
        least: Some(1),
        most: Some(9),
        ..good.clone()
    };
    assert_eq!(
        instances::run(instances, &call(), some)
            .await
            .unwrap()
            .instances
            .len(),
        2
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_launched_is_protected_changed_and_terminated_with_its_volumes() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database).await;
        let instances = &world.instances;
        let image = world.image("one", None).await;
        let request = Run {
            disable_termination: true,
            ..launch_of(&image)
        };
        let launched = instances::run(instances, &call(), request).await.unwrap();
        let id = launched.instances[0].instance.id.to_string();
        let ids = std::slice::from_ref(&id);
        let end = async || instances::terminate(instances, &call(), ids, Manner::Kindly).await;
        assert_eq!(end().await.unwrap_err().reason, Reason::NotPermitted);
        let modify = async |changes: &[Change]| {
            instances::modify_attribute(instances, &call(), &id, changes).await
        };
        assert_eq!(
            modify(&[Change::Ena(true)]).await.unwrap_err().reason,
            Reason::WrongState
        );
        assert_eq!(modify(&[]).await.unwrap_err().reason, Reason::Combination);
        modify(&[Change::DisableTermination(false)]).await.unwrap();
        let volume = attach(&world, &id).await;
        let changed = end().await.unwrap();
        assert_eq!(
            (changed[0].before, changed[0].now.state),
            (State::Pending, State::ShuttingDown)
        );
        assert_eq!(end().await.unwrap()[0].before, State::ShuttingDown);
        world.until_state(&id, State::Terminated, 20).await;
        let gone = world.described(&id).await;
        assert!(gone.volumes.is_empty());
        assert!(gone.instance.transition.starts_with("User initiated ("));
        let again = instances::start(instances, &call(), ids).await.unwrap_err();
        assert_eq!(
            (again.reason, again.subject),
            (Reason::WrongState, Subject::Instance)
        );
        let mut tx = world.db().read().await.unwrap();
        let kept = volumes::volume_for(&mut tx, call().account(), &volume)
            .await
            .unwrap();
        assert_eq!(kept.state, VolumeState::Available);
        let root = &launched.instances[0].volumes[0].id;
        assert!(
            volumes::volume_for(&mut tx, call().account(), root)
                .await
                .unwrap_err()
                .is_not_found()
        );
        let unknown =
            instances::stop(instances, &call(), &["i-00000009".into()], Manner::Kindly).await;
        assert_eq!(
            unknown.unwrap_err().message,
            "The instance ID 'i-00000009' does not exist"
        );
    }
}

/// A pending instance takes no volume; so it fails there and stays available.
async fn attach(world: &World, id: &str) -> base::VolumeId {
    let request = CreateVolume {
        encryption: volumes::Asked::default(),
        zone: base::Zone::parse(&region(), "us-east-1a").unwrap(),
        size_gib: Some(1),
        snapshot: None,
        kind: None,
        iops: None,
        throughput: None,
        tags: Tags::new(),
        client_token: None,
    };
    let volume = volumes::create_volume(&world.volumes, &call(), request)
        .await
        .unwrap();
    let to = async |device| {
        let place = (id, device);
        let refused =
            instances::attach_volume(&world.instances, &call(), volume.id.as_ref(), place).await;
        let error = refused.unwrap_err();
        (error.reason, error.subject)
    };
    assert_eq!(
        to("/dev/sdf").await,
        (Reason::WrongState, Subject::Instance)
    );
    assert_eq!(to("nonsense").await, (Reason::Invalid, Subject::Parameter));
    volume.id
}
