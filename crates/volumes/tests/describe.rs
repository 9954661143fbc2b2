//! What is described to whom, and what is refused.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a suite that cannot be set up must fail loudly"
)]

mod world;

use base::pattern::Filter;
use base::{Reason, ResourceId, SnapshotId, Subject, Tags, VolumeId};
use volumes::{CreateVolume, DescribeSnapshots, DescribeVolumes, VolumeKind};
use world::*;

fn filter(name: &str, values: &[&str]) -> Filter {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    Filter {
        name: name.to_owned(),
        values,
    }
}

async fn found(world: &World, filters: Vec<Filter>) -> Vec<VolumeId> {
    let request = DescribeVolumes {
        filters,
        ..DescribeVolumes::default()
    };
    let answer = volumes::describe_volumes(&world.volumes, &world.call(), request)
        .await
        .unwrap();
    answer.0.into_iter().map(|(volume, _)| volume.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn volumes_are_filtered_paged_and_their_owners_alone() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database).await;
        let call = world.call();
        let mut made = Vec::new();
        for n in 1..=7 {
            let tags = Tags::from([("Name".to_owned(), format!("disk-{n}"))]);
            let kind = Some(if n % 2 == 0 {
                VolumeKind::Gp3
            } else {
                VolumeKind::Gp2
            });
            let request = CreateVolume {
                tags,
                kind,
                ..wanted(EAST, Some(n), None)
            };
            made.push(
                volumes::create_volume(&world.volumes, &call, request)
                    .await
                    .unwrap(),
            );
        }
        let id = |n: usize| made[n - 1].id.clone();
        assert_eq!(found(&world, vec![filter("size", &["3"])]).await, [id(3)]);
        assert_eq!(
            found(&world, vec![filter("tag:Name", &["*-4"])]).await,
            [id(4)]
        );
        assert_eq!(
            found(&world, vec![filter("volume-type", &["gp3"])])
                .await
                .len(),
            3
        );
        assert_eq!(
            found(&world, vec![filter("tag-key", &["Name"])])
                .await
                .len(),
            7
        );
        let both = vec![filter("volume-type", &["gp3"]), filter("size", &["2", "3"])];
        assert_eq!(found(&world, both).await, [id(2)]);
        for (name, value) in [
            ("availability-zone", "us-east-1a"),
            ("availability-zone-id", "us-east-1-az1"),
            ("encrypted", "false"),
            ("status", "available"),
            ("multi-attach-enabled", "false"),
            ("fast-restored", "false"),
            ("create-time", "20*"),
            ("volume-id", "vol-*"),
        ] {
            assert_eq!(
                found(&world, vec![filter(name, &[value])]).await.len(),
                7,
                "{name}"
            );
            assert!(
                found(&world, vec![filter(name, &["nothing"])])
                    .await
                    .is_empty(),
                "{name}"
            );
        }
        for name in ["attachment.device", "attachment.instance-id", "snapshot-id"] {
            assert!(
                found(&world, vec![filter(name, &["*"])]).await.is_empty(),
                "{name}"
            );
        }
        let unknown = DescribeVolumes {
            filters: vec![filter("colour", &["x"])],
            ..Default::default()
        };
        let refused = volumes::describe_volumes(&world.volumes, &call, unknown)
            .await
            .unwrap_err();
        assert_eq!(refused.subject, Subject::Filter);
        let (mut seen, mut next_token) = (Vec::new(), None);
        loop {
            let request = DescribeVolumes {
                max_results: Some(3),
                next_token,
                ..Default::default()
            };
            let (page, next) = volumes::describe_volumes(&world.volumes, &call, request)
                .await
                .unwrap();
            seen.extend(page.into_iter().map(|(volume, _)| volume.id));
            next_token = next;
            if next_token.is_none() {
                break;
            }
        }
        let mut expected: Vec<VolumeId> = made.iter().map(|volume| volume.id.clone()).collect();
        expected.sort();
        assert_eq!(seen, expected);
        for stranger in [
            world.call_as("222222222222", EAST),
            world.call_as("111111111111", WEST),
        ] {
            let request = DescribeVolumes {
                ids: vec![id(1)],
                ..Default::default()
            };
            let refused = volumes::describe_volumes(&world.volumes, &stranger, request).await;
            let refused = refused.unwrap_err();
            assert_eq!(
                (refused.reason, refused.subject),
                (Reason::NotFound, Subject::Volume)
            );
            let all = DescribeVolumes::default();
            assert!(
                volumes::describe_volumes(&world.volumes, &stranger, all)
                    .await
                    .unwrap()
                    .0
                    .is_empty()
            );
            let delete = volumes::delete_volume(&world.volumes, &stranger, &id(1)).await;
            assert!(delete.unwrap_err().is_not_found());
            let spec = volumes::SnapshotSpec::default();
            let request = volumes::CreateSnapshot {
                volume: id(1),
                spec,
            };
            let snapshot = volumes::create_snapshot(&world.volumes, &stranger, request).await;
            assert!(snapshot.unwrap_err().is_not_found());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn snapshots_are_filtered_and_their_owners_alone() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database).await;
        let (volume, call) = (world.volume(2).await, world.call());
        let spec = volumes::SnapshotSpec {
            description: "nightly [1]".into(),
            tags: Tags::from([("Env".to_owned(), "prod".to_owned())]),
        };
        let request = volumes::CreateSnapshot {
            volume: volume.id.clone(),
            spec,
        };
        let first = volumes::create_snapshot(&world.volumes, &call, request)
            .await
            .unwrap();
        let second = world.begin_snapshot(&volume.id).await;
        let describe = async |request: DescribeSnapshots| {
            let call = world.call();
            let answer = volumes::describe_snapshots(&world.volumes, &call, request).await?;
            Ok::<_, base::Error>(
                answer
                    .0
                    .into_iter()
                    .map(|(s, _)| s.id)
                    .collect::<Vec<SnapshotId>>(),
            )
        };
        let with = async |name: &str, value: &str| {
            let filters = vec![filter(name, &[value])];
            describe(DescribeSnapshots {
                filters,
                ..Default::default()
            })
            .await
            .unwrap()
        };
        let one = vec![first.id.clone()];
        assert_eq!(with("description", "nightly*").await, one);
        assert_eq!(with("tag:Env", "prod").await, one);
        assert_eq!(with("snapshot-id", first.id.as_ref()).await, one);
        assert_eq!(with("status", "pending").await.len(), 2);
        assert_eq!(with("progress", "0%").await.len(), 2);
        world.run_jobs().await;
        for (name, value, none) in [
            ("status", "completed", "error"),
            ("progress", "100%", "99%"),
            ("volume-id", volume.id.as_ref(), "vol-ffffffff"),
            ("volume-size", "2", "1"),
            ("owner-id", "111111111111", "222222222222"),
            ("encrypted", "false", "true"),
            ("storage-tier", "standard", "archive"),
            ("start-time", "20*", "19*"),
        ] {
            assert_eq!(with(name, value).await.len(), 2, "{name}");
            assert!(with(name, none).await.is_empty(), "{name}");
        }
        assert!(with("owner-alias", "*").await.is_empty());
        for (owners, restorers, count) in [
            (vec!["self"], vec![], 2),
            (vec!["111111111111", "amazon"], vec![], 2),
            (vec!["amazon"], vec![], 0),
            (vec!["222222222222"], vec![], 0),
            (vec![], vec!["self"], 2),
            (vec![], vec!["all"], 0),
            (vec![], vec!["222222222222"], 0),
        ] {
            let owned = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect();
            let request = DescribeSnapshots {
                owners: owned(owners),
                restorable_by: owned(restorers),
                ..Default::default()
            };
            assert_eq!(describe(request).await.unwrap().len(), count);
        }
        let request = DescribeSnapshots {
            owners: vec!["x".into()],
            ..Default::default()
        };
        assert_eq!(
            describe(request).await.unwrap_err().subject,
            Subject::Account
        );
        let ids = vec![second.id.clone(), first.id.clone(), first.id.clone()];
        let request = DescribeSnapshots {
            ids: ids.clone(),
            ..Default::default()
        };
        assert_eq!(describe(request).await.unwrap().len(), 2);
        let request = DescribeSnapshots {
            ids,
            max_results: Some(5),
            ..Default::default()
        };
        assert_eq!(
            describe(request).await.unwrap_err().reason,
            Reason::Combination
        );
        let nobody = SnapshotId::parse("snap-0123456789abcdef0").unwrap();
        let request = DescribeSnapshots {
            ids: vec![nobody],
            ..Default::default()
        };
        assert!(describe(request).await.unwrap_err().is_not_found());
        let stranger = world.call_as("222222222222", EAST);
        let all = DescribeSnapshots::default();
        assert!(
            volumes::describe_snapshots(&world.volumes, &stranger, all)
                .await
                .unwrap()
                .0
                .is_empty()
        );
        let stolen = CreateVolume {
            snapshot: Some(first.id.clone()),
            ..wanted(EAST, None, None)
        };
        let stolen = volumes::create_volume(&world.volumes, &stranger, stolen).await;
        assert!(stolen.unwrap_err().is_not_found());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_volume_is_at_least_as_large_as_its_snapshot_and_a_token_makes_one() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database).await;
        let (volume, call) = (world.volume(4).await, world.call());
        let pending = world.begin_snapshot(&volume.id).await;
        let request = wanted(EAST, None, Some(&pending));
        let early = volumes::create_volume(&world.volumes, &call, request)
            .await
            .unwrap_err();
        assert_eq!(
            (early.reason, early.subject),
            (Reason::WrongState, Subject::Snapshot)
        );
        world.run_jobs().await;
        let small = wanted(EAST, Some(3), Some(&pending));
        let small = volumes::create_volume(&world.volumes, &call, small)
            .await
            .unwrap_err();
        assert_eq!(
            (small.reason, small.subject),
            (Reason::Invalid, Subject::VolumeSize)
        );
        assert_eq!(world.volume_of(None, Some(&pending)).await.size_gib, 4);
        let neither = volumes::create_volume(&world.volumes, &call, wanted(EAST, None, None)).await;
        assert_eq!(neither.unwrap_err().reason, Reason::Missing);
        let token = |size| CreateVolume {
            client_token: Some("once".into()),
            ..wanted(EAST, Some(size), None)
        };
        let one = volumes::create_volume(&world.volumes, &call, token(5))
            .await
            .unwrap();
        let same = volumes::create_volume(&world.volumes, &call, token(5))
            .await
            .unwrap();
        assert_eq!(one, same);
        let other = volumes::create_volume(&world.volumes, &call, token(6))
            .await
            .unwrap_err();
        assert_eq!(other.reason, Reason::TokenReused);
        let rehearsal = identity::Call {
            dry_run: true,
            ..call.clone()
        };
        let dry =
            volumes::create_volume(&world.volumes, &rehearsal, wanted(EAST, Some(1), None)).await;
        assert_eq!(dry.unwrap_err().reason, Reason::DryRun);
    }
}
