//! How many copies of snapshots may be in flight, on both databases.

mod world;

use base::{Reason, SnapshotId, Subject};
use volumes::{Asked, CopySnapshot, Limits, Snapshot, copy_snapshot};
use world::{EAST, WEST, World, region, schema};

const ME: &str = "111111111111";

async fn copy(world: &World, source: &Snapshot, to: &str) -> base::Result<SnapshotId> {
    let request = CopySnapshot {
        encryption: Asked::default(),
        source_region: region(EAST),
        source: source.id.clone(),
        description: None,
        tags: Default::default(),
    };
    copy_snapshot(&world.volumes, &world.call_as(ME, to), request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn one_copy_more_than_may_be_in_flight_waits_for_another_to_end() {
    for database in testkit::databases(&schema()).await {
        let world = World::new(database).await;
        let volume = world.volume(1).await;
        let source = world.snapshot(&volume.id).await;
        for _ in 0..Limits::default().snapshot_copies {
            copy(&world, &source, WEST).await.unwrap();
        }
        let error = copy(&world, &source, WEST).await.unwrap_err();
        assert_eq!(
            (error.reason, error.subject),
            (Reason::Limit, Subject::Request)
        );
        assert!(
            error
                .message
                .starts_with("Too many snapshot copies in progress: 20"),
            "{error}"
        );
        // Each Region has a limit of its own, and what is no copy is not counted.
        copy(&world, &source, EAST).await.unwrap();
        world.begin_snapshot(&volume.id).await;
        world.run_jobs().await;
        copy(&world, &source, WEST).await.unwrap();
    }
}
