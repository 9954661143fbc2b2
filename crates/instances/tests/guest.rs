//! Real guests in QEMU, through the whole crate. `AMIABLE_TINY_IMAGE` names a raw disk image whose
//! guest gets an address by DHCP, a token and user data from the metadata service, runs the user
//! data, and prints `tiny: … ready` (see `ready` below); without it these tests do nothing.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod world;

use base::{ImageId, Tags};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use images::{Create, Describe};
use instances::{
    Asked, CreateGroup, Instances, Manner, NameOrId, Permission, Reboot, Revoke, Run,
    ShutdownBehavior, State,
};
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use volumes::{AttachmentState, CreateVolume};
use world::{World, call, launch_of, region, schema};

/// A listener on two ports, a word on the console, and on to the end of time.
const STAY: &str = "#!/bin/sh
echo user-data says $((6*7))
for m in virtio_blk acpiphp pci_hotplug shpchp; do insmod /lib/modules/$(uname -r)/$m.ko 2>/dev/null; done
while :; do echo hello from the guest | nc -l -p 22 >/dev/null 2>&1; done &
while :; do echo hello from the guest | nc -l -p 8080 >/dev/null 2>&1; done &
n=0; while :; do n=$((n+1)); echo tick $n disks $(ls /sys/block | tr '\\n' ' '); sleep 1; done
";

fn tiny() -> Option<PathBuf> {
    std::env::var_os("AMIABLE_TINY_IMAGE").map(PathBuf::from)
}

async fn open(instances: &Instances, group: &str, port: i64) {
    let permission = Permission {
        protocol: Some("tcp".into()),
        from: Some(port),
        to: Some(port),
        ranges: vec![("127.0.0.0/8".into(), None)],
        ..Permission::default()
    };
    let which = NameOrId {
        id: None,
        name: Some(group.into()),
    };
    let asked = (
        vec![Asked {
            permission,
            peers: vec![],
        }],
        &Tags::new(),
    );
    instances::authorize_ingress(instances, &call(), &which, asked)
        .await
        .unwrap();
}

async fn launch(world: &World, image: &ImageId, script: &str) -> String {
    let request = CreateGroup {
        name: "open".into(),
        description: "open".into(),
        ..CreateGroup::default()
    };
    drop(instances::create_security_group(&world.instances, &call(), request).await);
    let request = Run {
        user_data: Some(STANDARD.encode(script)),
        group_names: vec!["open".into()],
        ..launch_of(image)
    };
    let launched = instances::run(&world.instances, &call(), request)
        .await
        .unwrap();
    launched.instances[0].instance.id.to_string()
}

async fn says_hello(address: Ipv4Addr, port: u16) -> bool {
    let talk = async {
        let mut stream = TcpStream::connect((address, port)).await.ok()?;
        stream.write_all(b"\n").await.ok()?;
        let mut text = Vec::new();
        stream.read_to_end(&mut text).await.ok()?;
        String::from_utf8(text).ok()
    };
    let said = tokio::time::timeout(Duration::from_secs(3), talk).await;
    said.ok()
        .flatten()
        .is_some_and(|text| text.contains("hello from the guest"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_lives_through_everything() {
    let Some(tiny) = tiny() else { return };
    let mut world = World::new(testkit::sqlite(&schema()).await).await;
    let image = world.image("tiny", Some(&tiny)).await;
    let id = launch(&world, &image, STAY).await;
    world.until_state(&id, State::Running, 30).await;
    world.until_printed(&id, "user-data says 42", 1).await;
    assert!(
        world
            .console(&id)
            .await
            .contains(&format!("instance-id={id}"))
    );

    // A port that is opened while the guest runs leads to it at once, and no longer when closed.
    let address = world.described(&id).await.instance.public_ip.unwrap();
    assert!(!says_hello(address, 8080).await);
    open(&world.instances, "open", 8080).await;
    world
        .until("the opened port answers", 20, async || {
            says_hello(address, 8080).await
        })
        .await;

    // The service goes and comes back; the guest does not notice.
    world = world.restart().await;
    world.run_jobs().await;
    assert_eq!(world.described(&id).await.instance.state, State::Running);
    world
        .until("the port answers after the restart", 20, async || {
            says_hello(address, 8080).await
        })
        .await;
    let ticks = world.console(&id).await.matches("tick").count();
    world.until_printed(&id, "tick", ticks + 2).await;
    assert_eq!(
        world
            .console(&id)
            .await
            .matches("user-data says 42")
            .count(),
        1
    );

    let which = NameOrId {
        id: None,
        name: Some("open".into()),
    };
    let (group, _) = {
        let list = instances::List::default();
        let names = ["open".to_owned()];
        let found =
            instances::describe_security_groups(&world.instances, &call(), &list, &names).await;
        found.unwrap().0.remove(0)
    };
    let rules = group
        .ingress
        .iter()
        .map(|rule| rule.id.to_string())
        .collect();
    instances::revoke_ingress(&world.instances, &call(), &which, Revoke::Rules(rules))
        .await
        .unwrap();
    assert!(!says_hello(address, 8080).await);

    hot_plug(&world, &id).await;
    let picture =
        instances::console_screenshot(&world.instances, &call(), &id, instances::Wake::Yes).await;
    assert!(picture.unwrap().1.starts_with(&[0xff, 0xd8]));

    // Reboot: the state stays, the guest starts again.
    let ids = std::slice::from_ref(&id);
    instances::reboot(&world.instances, &call(), ids)
        .await
        .unwrap();
    world.until_printed(&id, "user-data says 42", 2).await;
    assert_eq!(world.described(&id).await.instance.state, State::Running);

    let left = async || world.described(&id).await.volumes.len() == 1;
    world
        .until(
            "the new machine does not have the detached volume",
            20,
            left,
        )
        .await;

    // Stop and start: the private address stays.
    let private = world.described(&id).await.instance.interface.address;
    let stopping = instances::stop(&world.instances, &call(), ids, Manner::AtOnce)
        .await
        .unwrap();
    assert_eq!(stopping[0].now.state, State::Stopping);
    world.until_state(&id, State::Stopped, 30).await;
    let stopped = world.described(&id).await.instance;
    assert_eq!(
        stopped.state_reason.unwrap().code,
        "Client.UserInitiatedShutdown"
    );
    assert_eq!(stopped.public_ip, None);
    instances::start(&world.instances, &call(), ids)
        .await
        .unwrap();
    world.until_state(&id, State::Running, 30).await;
    world.until_printed(&id, "user-data says 42", 3).await;
    assert_eq!(
        world.described(&id).await.instance.interface.address,
        private
    );

    let ended = instances::terminate(&world.instances, &call(), ids, Manner::AtOnce)
        .await
        .unwrap();
    assert_eq!(ended[0].before, State::Running);
    world.until_state(&id, State::Terminated, 30).await;
    assert!(world.described(&id).await.volumes.is_empty());
}

/// Attaches a volume to the running guest, which sees one disk more, and takes it away again.
async fn hot_plug(world: &World, id: &str) {
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
    let place = (id, "/dev/sdf");
    let attached = instances::attach_volume(&world.instances, &call(), volume.id.as_ref(), place)
        .await
        .unwrap();
    assert_eq!(
        attached.attachment.unwrap().state,
        AttachmentState::Attaching
    );
    world
        .until("the volume is attached", 20, async || {
            let volumes = world.described(id).await.volumes;
            volumes.len() == 2
                && volumes
                    .iter()
                    .all(|v| v.attachment.as_ref().unwrap().state == AttachmentState::Attached)
        })
        .await;
    let root = world
        .described(id)
        .await
        .volumes
        .into_iter()
        .find(|v| v.id != volume.id)
        .unwrap();
    let refused =
        instances::detach_volume(&world.instances, &call(), root.id.as_ref(), (None, None)).await;
    assert_eq!(refused.unwrap_err().reason, base::Reason::NotPermitted);
    let detached =
        instances::detach_volume(&world.instances, &call(), volume.id.as_ref(), (None, None))
            .await
            .unwrap();
    assert_eq!(
        detached.attachment.unwrap().state,
        AttachmentState::Detaching
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_is_captured_from_a_guest_and_boots() {
    let Some(tiny) = tiny() else { return };
    let world = World::new(testkit::sqlite(&schema()).await).await;
    let image = world.image("tiny", Some(&tiny)).await;
    let id = launch(&world, &image, STAY).await;
    world.until_printed(&id, "user-data says 42", 1).await;
    for (name, reboot, boots) in [("live", Reboot::No, 1), ("rebooted", Reboot::Yes, 2)] {
        let request = Create {
            name: name.into(),
            ..Create::default()
        };
        let captured = instances::create_image(&world.instances, &call(), &id, (&request, reboot))
            .await
            .unwrap();
        world
            .until("the image is available", 60, async || {
                let request = Describe {
                    ids: vec![captured.clone()],
                    ..Describe::default()
                };
                let found = images::describe(&world.images, &call(), &request)
                    .await
                    .unwrap()
                    .0;
                assert_ne!(found[0].image.state, images::State::Failed);
                found[0].image.state == images::State::Available
            })
            .await;
        world.until_printed(&id, "user-data says 42", boots).await;
        assert_eq!(world.described(&id).await.instance.state, State::Running);
        let copy = launch(
            &world,
            &captured,
            "#!/bin/sh\necho I am the copy\nsleep 3600\n",
        )
        .await;
        world.until_printed(&copy, "I am the copy", 1).await;
        let ids = [copy];
        instances::terminate(&world.instances, &call(), &ids, Manner::AtOnce)
            .await
            .unwrap();
        world.until_state(&ids[0], State::Terminated, 30).await;
    }
    let ids = std::slice::from_ref(&id);
    instances::terminate(&world.instances, &call(), ids, Manner::AtOnce)
        .await
        .unwrap();
    world.until_state(&id, State::Terminated, 30).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guests_own_power_off_stops_or_terminates_it() {
    let Some(tiny) = tiny() else { return };
    let world = World::new(testkit::sqlite(&schema()).await).await;
    let image = world.image("tiny", Some(&tiny)).await;
    for (shutdown, state) in [
        (ShutdownBehavior::Stop, State::Stopped),
        (ShutdownBehavior::Terminate, State::Terminated),
    ] {
        let request = Run {
            user_data: Some(STANDARD.encode("#!/bin/sh\npoweroff -f\n")),
            shutdown: Some(shutdown),
            ..launch_of(&image)
        };
        let launched = instances::run(&world.instances, &call(), request)
            .await
            .unwrap();
        let id = launched.instances[0].instance.id.to_string();
        world.until_state(&id, state, 120).await;
        let reason = world.described(&id).await.instance.state_reason.unwrap();
        assert_eq!(reason.code, "Client.InstanceInitiatedShutdown");
    }
}
