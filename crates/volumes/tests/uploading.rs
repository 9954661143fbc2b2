//! Machines on a disk that is still being uploaded: whoever said which blocks are to come may launch,
//! a guest waits for those that are not there yet and never reads anything else in their place.

#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod world;

use aws_lc_rs::digest::{SHA256, digest};
use base::{Error, Reason, SnapshotId, Subject};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::thread::JoinHandle;
use volumes::direct::*;
use volumes::{Asked, Snapshot, SnapshotState};
use world::*;

/// Blocks of a disk of 1 GiB.
const BLOCKS: i64 = 2048;

/// One who uploads a disk of 1 GiB.
struct Sender {
    id: SnapshotId,
    model: Model,
    put: std::collections::BTreeSet<i64>,
}

fn block(index: i64) -> u64 {
    u64::try_from(index).unwrap() * BLOCK_BYTES
}

/// The map that says that these blocks are to come.
fn map(to_come: &[i64]) -> Vec<u8> {
    let mut map = vec![0; usize::try_from(BLOCK_BYTES).unwrap()];
    map[..MARK.len()].copy_from_slice(MARK);
    for index in to_come {
        map[HEAD + usize::try_from(index / 8).unwrap()] |= 1 << (index % 8);
    }
    map
}

impl Sender {
    /// Begins a disk which differs from its parent, if it has one, in the blocks that are to come.
    async fn start(world: &World, parent: Option<(&Snapshot, &Model)>, to_come: &[i64]) -> Sender {
        Sender::start_as(world, Asked::default(), parent, to_come).await
    }

    async fn start_as(
        world: &World,
        encryption: Asked,
        parent: Option<(&Snapshot, &Model)>,
        to_come: &[i64],
    ) -> Sender {
        let request = StartSnapshot {
            encryption,
            size_gib: 1,
            parent: parent.map(|(parent, _)| parent.id.clone()),
            description: String::new(),
            tags: base::Tags::new(),
            timeout_minutes: Some(10),
            client_token: None,
        };
        let started = start_snapshot(&world.volumes, &world.call(), request).await;
        let mut model = parent.map_or_else(|| Model::new(1, 31), |(_, model)| model.copy());
        for index in to_come {
            let bytes = model.bytes(BLOCK_BYTES);
            model.write(block(*index), &bytes);
        }
        Sender {
            id: started.unwrap().snapshot.id,
            model,
            put: Default::default(),
        }
    }

    async fn put_as(&self, world: &World, index: i64, data: Vec<u8>) -> Result<(), Error> {
        let put = PutBlock {
            snapshot: self.id.clone(),
            index,
            checksum: STANDARD.encode(digest(&SHA256, &data)),
            data,
            progress: None,
        };
        put_snapshot_block(&world.volumes, &world.call(), put)
            .await
            .map(drop)
    }

    async fn put(&mut self, world: &World, index: i64) {
        let data = self.model.read(block(index), BLOCK_BYTES);
        self.put_as(world, index, data).await.unwrap();
        self.put.insert(index);
    }

    async fn announce(&self, world: &World, to_come: &[i64]) {
        self.put_as(world, BLOCKS, map(to_come)).await.unwrap();
    }

    /// Waits until guests wait for these blocks and no others.
    async fn is_asked_for(&self, world: &World, blocks: &[u64]) {
        let asked = async {
            while wanted_blocks(&world.volumes, &self.id) != blocks {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        soon(asked).await;
    }

    async fn complete(&self, world: &World) {
        let request = CompleteSnapshot {
            snapshot: self.id.clone(),
            changed_blocks: i64::try_from(self.put.len()).unwrap(),
            checksum: None,
        };
        complete_snapshot(&world.volumes, &world.call(), request)
            .await
            .unwrap();
    }

    async fn snapshot(&self, world: &World) -> Snapshot {
        let mut tx = world.volumes.db().read().await.unwrap();
        let ids = [self.id.clone()];
        let mut found = volumes::snapshots_by_id(&mut tx, &ids).await.unwrap();
        found.remove(&self.id).unwrap()
    }
}

async fn worlds() -> Vec<World> {
    let mut worlds = Vec::new();
    for database in testkit::databases(&schema()).await {
        worlds.push(World::new(database).await);
    }
    worlds
}

fn pair(error: &Error) -> (Reason, Subject) {
    (error.reason, error.subject)
}

/// Reads all of a guest's disk on a thread of its own.
fn compare_meanwhile(guest: Guest, model: &Model) -> JoinHandle<Guest> {
    let model = model.copy();
    std::thread::spawn(move || {
        guest.compare(&model);
        guest
    })
}

async fn join<T: Send + 'static>(thread: JoinHandle<T>) -> T {
    soon(async { tokio::task::spawn_blocking(|| thread.join()).await })
        .await
        .unwrap()
        .unwrap()
}

/// A guest reads one block on a thread of its own.
fn read_meanwhile(guest: Guest, model: &Model, index: i64) -> JoinHandle<Guest> {
    let model = model.copy();
    std::thread::spawn(move || {
        reads(&guest, &model, &[index]);
        guest
    })
}

/// A guest reads the beginnings of these blocks, and they are what was sent.
fn reads(guest: &Guest, model: &Model, indexes: &[i64]) {
    for index in indexes {
        let at = block(*index);
        let text = guest.run(&[format!("read -v {at} 512")]).unwrap();
        let sent = model.read(at, 16);
        let sent: Vec<String> = sent.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(text.contains(&sent.join(" ")), "block {index}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_runs_on_what_is_there_waits_for_the_rest_and_goes_on() {
    for mut world in worlds().await {
        // Once on zeros and once on a parent.
        for with_parent in [false, true] {
            let volume = world.volume(1).await;
            let mut under = Model::new(1, 7);
            under.scribble(&Guest::open(&world, &volume.id).await, 20);
            volumes::close(&world.volumes, &volume.id).await.unwrap();
            let parent = world.snapshot(&volume.id).await;
            let parent = with_parent.then_some((&parent, &under));

            let mut sender = Sender::start(&world, parent, &[0, 5, 700, 2047]).await;
            let refused = wanted(EAST, None, Some(&sender.snapshot(&world).await));
            let refused = volumes::create_volume(&world.volumes, &world.call(), refused).await;
            assert_eq!(refused.unwrap_err().reason, Reason::WrongState);
            sender.put(&world, 0).await;
            // Two more are announced: one is taken back, and one is never put.
            sender.announce(&world, &[0, 5, 700, 900, 901, 2047]).await;
            let pending = sender.snapshot(&world).await;
            assert_eq!(pending.state, SnapshotState::Pending);
            assert!(pending.is_launchable());

            let volume = world.volume_of(None, Some(&pending)).await;
            let guest = Guest::open(&world, &volume.id).await;
            reads(&guest, &sender.model, &[0, 1, 699, 1500]);
            let reading = read_meanwhile(guest, &sender.model, 700);
            let guest = Guest::open(&world, &volume.id).await;
            let never_put = read_meanwhile(guest, &sender.model, 901);
            sender.put(&world, 5).await;
            sender.put(&world, 2047).await;
            // Others do not wait for it.
            let other = world.volume(1).await;
            let other = Guest::open(&world, &other.id).await;
            other.run(&["write -P 7 0 65536".to_owned()]).unwrap();
            sender.announce(&world, &[0, 5, 700, 901, 2047]).await;
            let guest = Guest::open(&world, &volume.id).await;
            reads(&guest, &sender.model, &[5, 900, 2047]);
            assert!(!reading.is_finished(), "the guest waits");
            sender.is_asked_for(&world, &[700, 901]).await;
            sender.put(&world, 700).await;
            join(reading).await;
            assert!(!never_put.is_finished(), "the guest waits for the map");
            sender.is_asked_for(&world, &[901]).await;
            sender.complete(&world).await;
            let guest = join(never_put).await;
            sender.is_asked_for(&world, &[]).await;

            world.run_jobs().await;
            let done = sender.snapshot(&world).await;
            world.assert_holds(&done, &sender.model).await;
            let folder = world.volumes.folder();
            assert!(!folder.join(done.id.as_ref()).exists(), "nothing is staged");
            guest.compare(&sender.model);
            let volume = world.look_volume(&volume.id).await.unwrap();
            assert_eq!(Some(&volume.base), done.tree.as_ref());

            // What the upload was may go; the volume goes on, in another process too.
            volumes::delete_snapshot(&world.volumes, &world.call(), &done.id)
                .await
                .unwrap();
            volumes::close(&world.volumes, &volume.id).await.unwrap();
            world = world.restart().await;
            let guest = Guest::open(&world, &volume.id).await;
            guest.compare(&sender.model);
            sender.model.scribble(&guest, 5);
            let made = world.snapshot(&volume.id).await;
            world.assert_holds(&made, &sender.model).await;
            guest.compare(&sender.model);
        }
        let stores = [EAST, WEST].map(|name| (region(name), world.store(name).clone()));
        let (db, folder) = (world.volumes.db(), world.volumes.folder());
        for checked in volumes::fsck(db, &stores.into(), folder, 0).await.unwrap() {
            assert!(checked.ok(), "{checked:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_guest_may_have_read_does_not_change() {
    for world in worlds().await {
        let mut sender = Sender::start(&world, None, &[3, 9]).await;
        let beyond = sender.put_as(&world, BLOCKS, vec![1; 524_288]).await;
        let beyond = beyond.unwrap_err();
        assert_eq!(pair(&beyond), (Reason::Invalid, Subject::SnapshotBlock));
        let beyond = sender.put_as(&world, BLOCKS + 1, map(&[3])).await;
        assert_eq!(beyond.unwrap_err().reason, Reason::Invalid);
        sender.announce(&world, &[3, 9]).await;
        sender.put(&world, 3).await;
        sender.put(&world, 3).await;
        let other = sender.put_as(&world, 3, vec![1; 524_288]).await;
        let other = other.unwrap_err();
        assert_eq!(pair(&other), (Reason::InUse, Subject::SnapshotBlock));
        // A map that is put again takes away, and adds nothing.
        sender.announce(&world, &[3, 4]).await;
        let world = world.restart().await;
        for index in [4, 9] {
            let late = sender.put_as(&world, index, vec![1; 524_288]).await;
            let late = late.unwrap_err();
            assert_eq!(pair(&late), (Reason::Invalid, Subject::SnapshotBlock));
            assert!(late.message.contains("not among those to come"), "{late}");
        }
        sender.complete(&world).await;
        let late = sender.put_as(&world, BLOCKS, map(&[3])).await.unwrap_err();
        assert_eq!(late.reason, Reason::WrongState);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_waits_is_found_again_after_a_restart_and_its_snapshot_waits_too() {
    for world in worlds().await {
        let mut sender = Sender::start(&world, None, &[0, 700]).await;
        sender.announce(&world, &[0, 700]).await;
        sender.put(&world, 0).await;
        let pending = sender.snapshot(&world).await;
        let (volume, unopened) = (
            world.volume_of(None, Some(&pending)).await,
            world.volume_of(None, Some(&pending)).await,
        );
        let guest = Guest::open(&world, &volume.id).await;
        guest.run(&["write -P 9 8192 4096".to_owned()]).unwrap();
        let waiting = std::thread::spawn(move || {
            let at = block(700);
            guest.run(&[format!("read {at} 4096")])
        });
        let made = world.begin_snapshot(&volume.id).await;
        let request = volumes::CreateSnapshot {
            volume: unopened.id.clone(),
            spec: Default::default(),
        };
        let refused = volumes::create_snapshot(&world.volumes, &world.call(), request).await;
        assert_eq!(refused.unwrap_err().reason, Reason::WrongState);
        world.run_jobs().await;
        assert_eq!(world.look(&made).await.state, SnapshotState::Pending);
        soon(volumes::close(&world.volumes, &volume.id))
            .await
            .unwrap();
        let told = join(waiting).await;
        assert!(told.is_err(), "it was answered: {told:?}");

        let world = soon(world.restart()).await;
        let guest = Guest::open(&world, &volume.id).await;
        reads(&guest, &sender.model, &[0, 1]);
        let mut model = sender.model.copy();
        model.write(8192, &[9; 4096]);
        let reading = compare_meanwhile(guest, &model);
        sender.put(&world, 700).await;
        let guest = join(reading).await;
        sender.complete(&world).await;
        world.run_jobs().await;
        world
            .assert_holds(&sender.snapshot(&world).await, &sender.model)
            .await;
        world.assert_holds(&world.look(&made).await, &model).await;
        guest.compare(&model);
        Guest::open(&world, &unopened.id)
            .await
            .compare(&sender.model);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_given_up_is_an_error_to_its_guests() {
    for world in worlds().await {
        let mut sender = Sender::start(&world, None, &[0, 700]).await;
        sender.announce(&world, &[0, 700]).await;
        sender.put(&world, 0).await;
        let pending = sender.snapshot(&world).await;
        let volume = world.volume_of(None, Some(&pending)).await;
        let guest = Guest::open(&world, &volume.id).await;
        let waiting = std::thread::spawn(move || {
            let at = block(700);
            guest.run(&[format!("read {at} 4096")])
        });
        let made = world.begin_snapshot(&volume.id).await;
        world.clock.advance(601);
        world.run_jobs().await;
        let told = join(waiting).await.unwrap_err();
        assert!(told.contains("Input/output error"), "{told}");
        for snapshot in [pending, made] {
            let snapshot = world.look(&snapshot).await;
            assert_eq!(snapshot.state, SnapshotState::Error);
            assert!(!snapshot.is_launchable());
        }
        let world = soon(world.restart()).await;
        let guest = Guest::open(&world, &volume.id).await;
        let told = guest.run(&["read 0 4096".to_owned()]).unwrap_err();
        assert!(told.contains("Input/output error"), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_encrypted_upload_is_read_as_it_arrives() {
    for world in worlds().await {
        let encrypted = Asked {
            encrypted: Some(true),
            key: None,
        };
        let mut sender = Sender::start_as(&world, encrypted, None, &[0, 700]).await;
        sender.announce(&world, &[0, 700]).await;
        sender.put(&world, 0).await;
        let pending = sender.snapshot(&world).await;
        assert!(pending.encrypted);
        let volume = world.volume_of(None, Some(&pending)).await;
        let guest = Guest::open(&world, &volume.id).await;
        reads(&guest, &sender.model, &[0, 1]);
        let reading = read_meanwhile(guest, &sender.model, 700);
        let other = Guest::open(&world, &volume.id).await;
        reads(&other, &sender.model, &[0, 2047]);
        assert!(!reading.is_finished(), "the guest waits");
        sender.put(&world, 700).await;
        let guest = join(reading).await;
        sender.complete(&world).await;
        world.run_jobs().await;
        guest.compare(&sender.model);
        let done = sender.snapshot(&world).await;
        let digest = sender.model.tree().await.digest().to_string();
        assert_eq!(done.digest(), Some(digest));
    }
}
