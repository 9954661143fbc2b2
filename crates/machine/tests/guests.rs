//! Real QEMU, real guests: the boot sector of `guest/boot.s`, on disks served by `qemu-nbd`.
#![allow(missing_docs, reason = "a test")]

mod guest;

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use guest::{Bench, alive, nbd, qemu, stop, until};
use machine::{Disk, Error, Event, Exit, Firmware, Status, attach};
use tokio::io::AsyncReadExt;

const BOOT: Duration = Duration::from_secs(60);

#[test]
fn the_boot_sector_is_what_its_source_says() {
    let folder = tempfile::tempdir().unwrap();
    let (object, binary) = (folder.path().join("o"), folder.path().join("b"));
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guest/boot.s");
    let built = std::process::Command::new("as")
        .args(["--32", source, "-o"])
        .arg(&object)
        .status();
    if !built.is_ok_and(|status| status.success()) {
        eprintln!("no assembler here; not compared");
        return;
    }
    let mut copy = std::process::Command::new("objcopy");
    copy.args(["-O", "binary", "-j", ".text"])
        .arg(&object)
        .arg(&binary);
    assert!(copy.status().unwrap().success());
    assert_eq!(std::fs::read(&binary).unwrap(), guest::boot_sector());
}

#[tokio::test]
async fn a_guest_boots_writes_reboots_and_powers_off_when_the_button_is_pressed() {
    let mut bench = Bench::new();
    let machine = qemu().await.start(&bench.spec()).await.unwrap();
    let mut events = machine.events();
    bench.says("hello", BOOT).await;
    bench.counts_on().await;
    assert_eq!(machine.status().await.unwrap(), Status::Running);

    for name in ["qmp", "agent", "nic", "console.log", "qemu.log", "pid"] {
        let mode = std::fs::metadata(bench.path(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{name} is open to others");
    }

    machine.reset().await.unwrap();
    let twice = || bench.console().matches("hello").count() == 2;
    until("second hello", BOOT, twice, || bench.console()).await;
    assert_eq!(events.recv().await.unwrap(), Event::Reset);
    assert!(alive(machine.pid()), "a reboot keeps the process");

    machine.power_button().await.unwrap();
    assert_eq!(machine.wait().await, Exit::GuestShutdown);
    assert!(bench.console().contains("bye"));
    assert!(!alive(machine.pid()));
    assert!(machine.status().await.unwrap_err().is_gone());
    let mut seen = Vec::new();
    while let Ok(event) = events.try_recv() {
        seen.push(event);
    }
    assert!(
        seen.contains(&Event::PowerButton) && seen.contains(&Event::GuestShutdown),
        "{seen:?}"
    );
    assert_eq!(seen.last(), Some(&Event::Exited(Exit::GuestShutdown)));
}

#[tokio::test]
async fn every_way_of_ending_is_told_apart() {
    let qemu = qemu().await;
    for (way, expected) in [
        ("quit", Exit::Quit),
        ("kill", Exit::Killed),
        ("term", Exit::Terminated),
    ] {
        let mut bench = Bench::new();
        let machine = qemu.start(&bench.spec()).await.unwrap();
        let exit = match way {
            "quit" => machine.quit().await.unwrap(),
            "kill" => machine.kill().await.unwrap(),
            _ => {
                signal("-TERM", machine.pid());
                machine.wait().await
            }
        };
        assert_eq!(exit, expected);
        assert_eq!(machine.exit(), Some(expected));
    }
    let mut bench = Bench::new();
    let machine = qemu.start(&bench.spec()).await.unwrap();
    signal("-SEGV", machine.pid());
    let Exit::Crashed { why } = machine.wait().await else {
        panic!()
    };
    assert!(why.contains("signal 11"), "{why}");
}

#[tokio::test]
async fn a_machine_that_cannot_start_says_why_in_qemus_own_words() {
    let mut bench = Bench::new();
    let mut spec = bench.spec();
    spec.disks[0].export = "another".into();
    spec.extra = vec!["-device".into(), "no-such-device".into()];
    let Err(Error::StartFailed { log, .. }) = qemu().await.start(&spec).await else {
        panic!()
    };
    assert!(
        log.contains("no-such-device") || log.contains("another"),
        "{log}"
    );
}

#[tokio::test]
async fn a_second_start_of_the_same_machine_is_refused() {
    let mut bench = Bench::new();
    let (qemu, spec) = (qemu().await, bench.spec());
    let machine = qemu.start(&spec).await.unwrap();
    let again = qemu.start(&spec).await;
    assert!(matches!(again, Err(Error::AlreadyRunning { pid, .. }) if pid == machine.pid()));
    machine.kill().await.unwrap();
    qemu.start(&spec).await.unwrap().kill().await.unwrap();
}

#[tokio::test]
async fn a_guest_lives_on_without_its_handle_and_is_taken_up_again() {
    let mut bench = Bench::new();
    let spec = bench.spec();
    let machine = qemu().await.start(&spec).await.unwrap();
    let pid = machine.pid();
    bench.says("hello", BOOT).await;
    drop(machine);
    bench.counts_on().await;

    let machine = attach(&spec.id, &spec.paths).await.unwrap().unwrap();
    assert_eq!(machine.pid(), pid);
    assert_eq!(machine.status().await.unwrap(), Status::Running);
    machine.pause().await.unwrap();
    assert_eq!(machine.status().await.unwrap(), Status::Paused);
    drop(machine);

    let machine = attach(&spec.id, &spec.paths).await.unwrap().unwrap();
    bench.counts_on().await;
    machine.power_button().await.unwrap();
    assert_eq!(machine.wait().await, Exit::GuestShutdown);
    assert!(attach(&spec.id, &spec.paths).await.unwrap().is_none());
}

#[tokio::test]
async fn a_guest_that_powered_itself_off_while_nobody_watched_is_known_to_have_done_so() {
    let mut bench = Bench::new();
    let spec = bench.spec();
    let machine = qemu().await.start(&spec).await.unwrap();
    bench.says("hello", BOOT).await;
    bench.counts_on().await;
    machine.power_button().await.unwrap();
    drop(machine);
    bench.says("bye", BOOT).await;

    let machine = attach(&spec.id, &spec.paths).await.unwrap().unwrap();
    assert_eq!(machine.wait().await, Exit::GuestShutdown);
}

#[tokio::test]
async fn a_process_number_that_was_given_out_again_is_not_mistaken_for_the_machine() {
    let mut bench = Bench::new();
    let spec = bench.spec();
    assert!(
        attach(&spec.id, &spec.paths).await.unwrap().is_none(),
        "never started"
    );
    for text in [
        std::process::id().to_string(),
        "1".into(),
        "0".into(),
        "-3".into(),
        "x".into(),
    ] {
        std::fs::write(&spec.paths.pid, &text).unwrap();
        assert!(
            attach(&spec.id, &spec.paths).await.unwrap().is_none(),
            "{text}"
        );
    }
    std::fs::remove_file(&spec.paths.pid).unwrap();
}

/// Not a test by itself: the body of the server that the next test kills.
#[tokio::test]
async fn a_server_to_be_killed() {
    let Some(folder) = std::env::var_os("MACHINE_TEST_SERVER") else {
        return;
    };
    let spec = guest::spec_in(std::path::Path::new(&folder));
    let _machine = qemu().await.start(&spec).await.unwrap();
    std::fs::write(std::path::Path::new(&folder).join("started"), "").unwrap();
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_guest_outlives_the_killing_of_its_server_and_is_taken_up_by_the_next() {
    let mut bench = Bench::new();
    let spec = bench.spec();
    let mut server = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_server_to_be_killed", "--nocapture"])
        .env("MACHINE_TEST_SERVER", bench.folder.path())
        .spawn()
        .unwrap();
    let started = bench.path("started");
    until(
        "start",
        BOOT,
        || started.exists(),
        || "the server does not start it".into(),
    )
    .await;
    bench.says("hello", BOOT).await;
    server.kill().unwrap();
    server.wait().unwrap();

    bench.counts_on().await;
    let machine = attach(&spec.id, &spec.paths).await.unwrap().unwrap();
    let environment = std::fs::read(format!("/proc/{}/environ", machine.pid())).unwrap();
    let secret = b"MACHINE_TEST_SERVER";
    assert!(!environment.windows(secret.len()).any(|part| part == secret));
    assert_eq!(machine.status().await.unwrap(), Status::Running);
    machine.power_button().await.unwrap();
    assert_eq!(machine.wait().await, Exit::GuestShutdown);
}

#[tokio::test]
async fn a_disk_whose_server_is_killed_makes_the_guest_wait_and_then_go_on() {
    let mut bench = Bench::new();
    let machine = qemu().await.start(&bench.spec()).await.unwrap();
    bench.says("hello", BOOT).await;
    bench.counts_on().await;
    bench.kill_server();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let stuck = bench.count();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(bench.count(), stuck);
    assert_eq!(
        machine.status().await.unwrap(),
        Status::Running,
        "it waits, it is not paused"
    );

    bench.serve();
    bench.counts_on().await;
    assert!(
        !bench.console().contains('E'),
        "the guest saw an error: {}",
        bench.console()
    );

    // Ending it while the server is away must not take a day.
    bench.kill_server();
    assert_eq!(machine.kill().await.unwrap(), Exit::Killed);
}

#[tokio::test]
async fn an_error_of_a_disk_pauses_the_guest_which_does_not_see_it_and_tries_again() {
    let mut bench = Bench::new();
    bench.kill_server();
    bench.serve_with_a_failing_write();
    let machine = qemu().await.start(&bench.spec()).await.unwrap();
    let mut events = machine.events();
    let mut seen = Vec::new();
    while !matches!(seen.last(), Some(Event::Resumed)) {
        let event = tokio::time::timeout(BOOT, events.recv())
            .await
            .expect("an event");
        seen.push(event.unwrap());
    }
    let failed = |event: &Event| match event {
        Event::IoError {
            disk, operation, ..
        } => disk == "vol-1" && operation == "write",
        _ => false,
    };
    assert!(
        seen.iter().any(failed) && seen.contains(&Event::Paused),
        "{seen:?}"
    );
    bench.counts_on().await;
    assert!(
        !bench.console().contains('E'),
        "the guest saw an error: {}",
        bench.console()
    );
    machine.kill().await.unwrap();
}

#[tokio::test]
async fn disks_come_and_go_while_the_guest_runs() {
    let mut bench = Bench::new();
    let machine = qemu().await.start(&bench.spec()).await.unwrap();
    let more = bench.path("more.raw");
    std::fs::write(&more, vec![0; 1 << 20]).unwrap();
    let server = nbd(&more, &bench.path("more"), "vol-2");
    let disk = Disk::new("vol-2", bench.path("more"));
    bench.says("hello", BOOT).await;

    for _ in 0..2 {
        machine.plug(&disk).await.unwrap();
        let mut there = machine.disks().await.unwrap();
        there.sort();
        assert_eq!(there, ["vol-1", "vol-2"]);
        assert!(
            matches!(machine.plug(&disk).await, Err(Error::Refused { .. })),
            "twice"
        );
        machine.unplug("vol-2", BOOT).await.unwrap();
        assert_eq!(machine.disks().await.unwrap(), ["vol-1"]);
    }
    machine.unplug("vol-2", BOOT).await.unwrap();
    stop(server);

    let absent = Disk::new("vol-3", bench.path("nowhere"));
    assert!(matches!(
        machine.plug(&absent).await,
        Err(Error::Refused { .. })
    ));
    assert_eq!(machine.disks().await.unwrap(), ["vol-1"]);
    bench.counts_on().await;
    machine.kill().await.unwrap();
}

#[tokio::test]
async fn a_guest_that_does_not_let_go_of_a_disk_is_given_up_on_in_time() {
    let mut bench = Bench::new();
    let mut spec = bench.spec();
    spec.extra = vec!["-S".into()]; // it never runs, so it never answers
    let second = bench.path("second.raw");
    std::fs::write(&second, vec![0; 1 << 20]).unwrap();
    let server = nbd(&second, &bench.path("second"), "vol-2");
    spec.disks.push(Disk::new("vol-2", bench.path("second")));
    let machine = qemu().await.start(&spec).await.unwrap();
    machine.pause().await.unwrap();
    let late = machine.unplug("vol-2", Duration::from_secs(1)).await;
    assert!(matches!(late, Err(Error::Timeout { .. })), "{late:?}");
    machine.kill().await.unwrap();
    stop(server);
}

#[tokio::test]
async fn the_screen_is_a_jpeg_that_is_small_enough_and_a_key_can_be_pressed() {
    let mut bench = Bench::new();
    let machine = qemu().await.start(&bench.spec()).await.unwrap();
    bench.says("hello", BOOT).await;
    machine.wake().await.unwrap();
    let (one, two) = tokio::join!(machine.screenshot(), machine.screenshot());
    for jpeg in [one.unwrap(), two.unwrap()] {
        assert!(jpeg.starts_with(&[0xff, 0xd8, 0xff]) && jpeg.ends_with(&[0xff, 0xd9]));
        assert!((1000..=100_000).contains(&jpeg.len()), "{}", jpeg.len());
        if let Some(path) = std::env::var_os("MACHINE_TEST_KEEP_SCREEN") {
            std::fs::write(path, jpeg).unwrap();
        }
    }
    assert!(!bench.path("screen.ppm").exists());
    machine.kill().await.unwrap();
}

#[tokio::test]
async fn the_network_socket_takes_one_switch_after_the_other() {
    let mut bench = Bench::new();
    let machine = qemu().await.start(&bench.spec()).await.unwrap();
    for _ in 0..3 {
        let mut switch = tokio::net::UnixStream::connect(bench.path("nic"))
            .await
            .unwrap();
        // Nothing comes from this guest; but the connection stands.
        let read = tokio::time::timeout(Duration::from_millis(200), switch.read_u8()).await;
        assert!(read.is_err(), "closed: {read:?}");
    }
    assert_eq!(machine.status().await.unwrap(), Status::Running);
    machine.kill().await.unwrap();
}

#[tokio::test]
async fn a_guest_without_an_agent_is_found_out_in_time() {
    let mut bench = Bench::new();
    let machine = qemu().await.start(&bench.spec()).await.unwrap();
    let answer = machine.freeze(Duration::from_secs(1)).await;
    assert!(matches!(answer, Err(Error::NoAgent { .. })), "{answer:?}");
    machine.kill().await.unwrap();
}

#[tokio::test]
async fn what_two_commands_at_once_ask_gets_two_answers() {
    let mut bench = Bench::new();
    let machine = qemu().await.start(&bench.spec()).await.unwrap();
    let (status, disks, flushed) = tokio::join!(machine.status(), machine.disks(), machine.flush());
    status.unwrap();
    assert_eq!(disks.unwrap(), ["vol-1"]);
    flushed.unwrap();
    assert_eq!(machine.status().await.unwrap(), Status::Running);
    machine.kill().await.unwrap();
}

/// `AMIABLE_TINY_IMAGE`: a raw disk with a small Linux that prints `tiny: […] address` when its init
/// runs and `ready` when it has given up on the metadata service, and obeys the power button.
#[tokio::test]
async fn linux_boots_survives_the_restart_of_its_disks_server_and_takes_and_gives_a_disk() {
    let Some(image) = std::env::var_os("AMIABLE_TINY_IMAGE") else {
        eprintln!("AMIABLE_TINY_IMAGE is not set; not tried");
        return;
    };
    let mut bench = Bench::with_image(std::path::Path::new(&image));
    let mut spec = bench.spec();
    spec.memory_mib = 256;
    let began = std::time::Instant::now();
    let machine = qemu().await.start(&spec).await.unwrap();
    eprintln!("QEMU answers after {:.2?}", began.elapsed());
    bench.says("tiny: [", 3 * BOOT).await;
    eprintln!("init runs after {:.2?}", began.elapsed());
    // Another word is for images that print more, to have the server die under their writes.
    let word = std::env::var("AMIABLE_TINY_WORD").unwrap_or_else(|_| "address".into());
    bench.says(&word, BOOT).await;

    bench.kill_server();
    tokio::time::sleep(Duration::from_secs(1)).await;
    bench.serve();

    let more = bench.path("more.raw");
    std::fs::write(&more, vec![0; 1 << 20]).unwrap();
    let server = nbd(&more, &bench.path("more"), "vol-2");
    machine
        .plug(&Disk::new("vol-2", bench.path("more")))
        .await
        .unwrap();
    // Only a guest that has taken the disk can let go of it.
    let unplugged = std::time::Instant::now();
    machine.unplug("vol-2", BOOT).await.unwrap();
    eprintln!("the guest lets go of it after {:.2?}", unplugged.elapsed());
    stop(server);

    bench.says("ready", 3 * BOOT).await;
    // The guest may not listen to the button yet when it says so: press until it obeys.
    let exit = loop {
        drop(machine.power_button().await);
        if let Ok(exit) = tokio::time::timeout(Duration::from_secs(5), machine.wait()).await {
            break exit;
        }
    };
    assert_eq!(exit, Exit::GuestShutdown);
    assert!(
        !bench.console().contains("I/O error"),
        "{}",
        bench.console()
    );
}

/// Needs `AMIABLE_TINY_IMAGE`, as above, and OVMF.
#[tokio::test]
async fn linux_boots_by_uefi_with_variables_of_its_own() {
    let Some(image) = std::env::var_os("AMIABLE_TINY_IMAGE") else {
        eprintln!("AMIABLE_TINY_IMAGE is not set; not tried");
        return;
    };
    let mut bench = Bench::with_image(std::path::Path::new(&image));
    let vars = bench.path("vars.fd");
    if let Err(e) = machine::new_vars(&vars) {
        eprintln!("{e}; not tried");
        return;
    }
    let mut spec = bench.spec();
    spec.memory_mib = 256;
    spec.firmware = Firmware::Uefi { vars };
    let began = std::time::Instant::now();
    let machine = qemu().await.start(&spec).await.unwrap();
    bench.says("tiny: [", 3 * BOOT).await;
    eprintln!("init runs after {:.2?}", began.elapsed());
    machine.quit().await.unwrap();
}

fn signal(which: &str, pid: u32) {
    let pid = pid.to_string();
    let sent = std::process::Command::new("kill")
        .args([which, &pid])
        .status();
    assert!(sent.is_ok_and(|status| status.success()));
}
