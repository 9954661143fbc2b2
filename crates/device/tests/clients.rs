//! The server as its users see it: QEMU's and libnbd's tools, and a client that speaks the protocol by hand
//! where those are too polite. Tests of a tool that is not installed say so and pass.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::cast_possible_truncation,
    reason = "tests fail by panicking, say what they skip, and count in small numbers"
)]

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use device::nbd::{Export, Limits, ReadOnly, Server, Table};
use device::{Extent, New, Volume, ZeroBase, Zeroing};

const SIZE: u64 = 64 << 20;

struct Served {
    home: tempfile::TempDir,
    volume: Arc<Volume>,
    table: Arc<Table>,
    server: Server,
}

impl Served {
    fn start(limits: Limits) -> Served {
        let home = tempfile::tempdir().unwrap();
        let new = New {
            size: SIZE,
            base_ref: "",
        };
        let base = Arc::new(ZeroBase { size: 0 });
        let volume = Arc::new(Volume::create(&home.path().join("v"), &new, base).unwrap());
        let table = Arc::new(Table::default());
        table.insert("disk", Arc::clone(&volume) as Arc<_>);
        let exports = Arc::clone(&table) as Arc<_>;
        let server = Server::bind(&home.path().join("s"), exports, limits).unwrap();
        Served {
            home,
            volume,
            table,
            server,
        }
    }

    fn socket(&self) -> PathBuf {
        self.home.path().join("s")
    }

    fn uri(&self, name: &str) -> String {
        format!("nbd+unix:///{name}?socket={}", self.socket().display())
    }
}

/// Runs a tool; `None` if it is not installed.
fn run(program: &str, arguments: &[&str]) -> Option<Output> {
    match Command::new(program).args(arguments).output() {
        Ok(output) => Some(output),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            eprintln!("{program} is not installed: not tested");
            None
        }
        Err(error) => panic!("{program}: {error}"),
    }
}

fn succeed(program: &str, arguments: &[&str]) -> Option<String> {
    let output = run(program, arguments)?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{program} {arguments:?}\n{text}\n{errors}"
    );
    Some(text)
}

/// Bytes that are neither zeros nor the same everywhere.
fn pattern(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let next = |_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..length).map(next).collect()
}

#[test]
fn qemu_img_copies_a_disk_in_and_out_and_finds_it_the_same() {
    let served = Served::start(Limits::default());
    let file = served.home.path().join("in.raw");
    let mut bytes = vec![0; SIZE as usize];
    bytes[5 << 20..9 << 20].copy_from_slice(&pattern(4 << 20));
    bytes[SIZE as usize - 777..].copy_from_slice(&pattern(777));
    std::fs::write(&file, &bytes).unwrap();
    let (file, uri) = (file.to_str().unwrap(), served.uri("disk"));
    let arguments = ["convert", "-n", "-f", "raw", "-O", "raw", file, &uri];
    if succeed("qemu-img", &arguments).is_none() {
        return;
    }
    succeed(
        "qemu-img",
        &["compare", "-f", "raw", "-F", "raw", file, &uri],
    );
    let mut found = vec![0; SIZE as usize];
    served.volume.read_at(&mut found, 0).unwrap();
    assert!(found == bytes);
    let map = succeed("qemu-img", &["map", "--output=json", "-f", "raw", &uri]).unwrap();
    assert!(
        map.contains("\"zero\": true") && map.contains("\"data\": true"),
        "{map}"
    );
}

#[test]
fn qemu_io_writes_zeroes_trims_and_reads_back_at_any_alignment() {
    let served = Served::start(Limits::default());
    let commands = [
        "write -P 0x55 1000 5000",
        "read -P 0x55 1000 5000",
        "write -z 2000 700",
        "read -P 0 2000 700",
        "read -P 0x55 2700 3300",
        "write -P 9 0 64k",
        "discard 4k 60k",
        "read -P 9 0 4k",
        "read -P 0 4k 60k",
        "write -f -P 3 1M 33M",
        "read -P 3 1M 33M",
        "write -zu 2M 1M",
        "read -P 0 2M 1M",
        "read -P 3 3M 31M",
        "flush",
        "write -P 7 67108352 512",
        "read -P 7 67108352 512",
        "aio_write -P 1 40M 1M",
        "aio_write -P 2 41M 1M",
        "aio_flush",
        "read -P 1 40M 1M",
        "read -P 2 41M 1M",
    ];
    let uri = served.uri("disk");
    let mut arguments = vec!["-f", "raw"];
    commands
        .iter()
        .for_each(|command| arguments.extend(["-c", command]));
    arguments.push(&uri);
    let Some(text) = succeed("qemu-io", &arguments) else {
        return;
    };
    assert!(!text.contains("fail"), "{text}");
    assert!(served.volume.counters().flushes >= 2);
}

#[test]
fn libnbd_copies_with_many_connections_and_sees_what_is_offered() {
    let served = Served::start(Limits::default());
    let file = served.home.path().join("in.raw");
    let bytes = pattern(SIZE as usize);
    std::fs::write(&file, &bytes).unwrap();
    let (path, uri) = (file.to_str().unwrap(), served.uri("disk"));
    if succeed("nbdcopy", &["--connections=4", path, &uri]).is_none() {
        return;
    }
    let mut found = vec![0; SIZE as usize];
    served.volume.read_at(&mut found, 0).unwrap();
    assert!(found == bytes);
    let out = served.home.path().join("out.raw");
    succeed("nbdcopy", &["--connections=4", &uri, out.to_str().unwrap()]);
    assert!(std::fs::read(out).unwrap() == bytes);
    served
        .volume
        .zero(1 << 20, 1 << 20, Zeroing::Punch)
        .unwrap();
    let info = succeed("nbdinfo", &[&uri]).unwrap();
    for offered in [
        "can_multi_conn: true",
        "can_fua: true",
        "can_fast_zero: true",
        "can_df: true",
    ] {
        assert!(info.contains(offered), "{info}");
    }
    let map = succeed("nbdinfo", &["--map", &uri]).unwrap();
    assert_eq!(map.lines().count(), 3, "{map}");
    assert!(
        !run("nbdinfo", &[&served.uri("other")])
            .unwrap()
            .status
            .success()
    );
}

#[test]
fn a_read_only_disk_is_read_and_not_written() {
    let served = Served::start(Limits::default());
    served
        .table
        .insert("image", Arc::new(ReadOnly(ZeroBase { size: 1 << 20 })));
    let uri = served.uri("image");
    let Some(output) = run(
        "qemu-io",
        &["-r", "-f", "raw", "-c", "read -P 0 0 1M", &uri],
    ) else {
        return;
    };
    assert!(output.status.success());
    let mut client = Client::start(&served.socket(), "image");
    client.request(0, 1, 0, 4, b"abcd");
    assert_eq!(client.simple_reply(), 1, "EPERM");
}

/// A client that speaks the protocol by hand, with simple replies.
struct Client(UnixStream);

impl Client {
    fn connect(socket: &Path) -> UnixStream {
        let mut stream = UnixStream::connect(socket).unwrap();
        let mut hello = [0; 18];
        stream.read_exact(&mut hello).unwrap();
        assert_eq!(&hello[..16], b"NBDMAGICIHAVEOPT");
        stream.write_all(&3_u32.to_be_bytes()).unwrap();
        stream
    }

    fn start(socket: &Path, name: &str) -> Client {
        let mut stream = Client::connect(socket);
        stream.write_all(&option(1, name.as_bytes())).unwrap();
        let mut found = [0; 10];
        stream.read_exact(&mut found).unwrap();
        Client(stream)
    }

    fn request(&mut self, flags: u16, command: u16, offset: u64, length: u32, payload: &[u8]) {
        self.0
            .write_all(&request(flags, command, offset, length, payload))
            .unwrap();
    }

    /// The error number of the next reply.
    fn simple_reply(&mut self) -> u32 {
        let mut reply = [0; 16];
        self.0.read_exact(&mut reply).unwrap();
        assert_eq!(reply[..4], 0x6744_6698_u32.to_be_bytes());
        u32::from_be_bytes(reply[4..8].try_into().unwrap())
    }
}

fn option(number: u32, data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap();
    [
        b"IHAVEOPT",
        &number.to_be_bytes()[..],
        &length.to_be_bytes(),
        data,
    ]
    .concat()
}

fn request(flags: u16, command: u16, offset: u64, length: u32, payload: &[u8]) -> Vec<u8> {
    let magic = 0x2560_9513_u32.to_be_bytes();
    let head = [
        &magic[..],
        &flags.to_be_bytes(),
        &command.to_be_bytes(),
        b"cookie!!",
    ]
    .concat();
    [
        &head[..],
        &offset.to_be_bytes(),
        &length.to_be_bytes(),
        payload,
    ]
    .concat()
}

/// Flags, command, offset, length, payload, and the error to expect.
type Case<'a> = (u16, u16, u64, u32, &'a [u8], u32);

#[test]
fn what_lies_outside_of_the_disk_is_refused_with_the_number_that_the_protocol_names() {
    let served = Served::start(Limits::default());
    let mut client = Client::start(&served.socket(), "disk");
    let cases: [Case<'_>; 10] = [
        (0, 0, SIZE - 1, 2, b"", 22),
        (0, 0, u64::MAX, 2, b"", 22),
        (0, 0, 0, (32 << 20) + 1, b"", 22),
        (0, 1, SIZE - 1, 2, b"ab", 28),
        (0, 6, SIZE, 1, b"", 28),
        (0, 4, SIZE, 1, b"", 22),
        (0, 7, 0, 4096, b"", 22),
        (0x80, 1, 0, 2, b"ab", 22),
        (0, 99, 0, 0, b"", 22),
        (0, 1, SIZE, 0, b"", 0),
    ];
    for (flags, command, offset, length, payload, expected) in cases {
        client.request(flags, command, offset, length, payload);
        assert_eq!(
            client.simple_reply(),
            expected,
            "command {command} at {offset}"
        );
    }
    client.request(0, 3, 0, 0, b"");
    assert_eq!(client.simple_reply(), 0, "and the connection still serves");
}

#[test]
fn nonsense_ends_the_connection_and_no_other() {
    let served = Served::start(Limits::default());
    let mut good = Client::start(&served.socket(), "disk");
    for nonsense in [
        vec![0; 64],
        request(0, 1, 0, u32::MAX, b""),
        b"GET / HTTP/1.1\r\n\r\n1234567890".to_vec(),
    ] {
        let mut bad = Client::start(&served.socket(), "disk");
        bad.0.write_all(&nonsense).unwrap();
        assert_eq!(bad.0.read(&mut [0; 16]).unwrap_or(0), 0, "it is hung up on");
    }
    let mut bad = Client::connect(&served.socket());
    bad.write_all(&option(7, &[0xff; 3])).unwrap();
    let mut refused = [0; 20];
    bad.read_exact(&mut refused).unwrap();
    assert_eq!(refused[12..16], ((1_u32 << 31) | 3).to_be_bytes());
    bad.write_all(&option(6, &vec![0; 100_000])).unwrap();
    bad.read_exact(&mut refused).unwrap();
    assert_eq!(
        refused[12..16],
        ((1_u32 << 31) | 9).to_be_bytes(),
        "too big, and skipped"
    );
    bad.write_all(&option(2, b"")).unwrap();
    bad.read_exact(&mut refused).unwrap();
    good.request(0, 3, 0, 0, b"");
    assert_eq!(good.simple_reply(), 0);
}

proptest::proptest! {
    #[test]
    fn whatever_requests_come_in_the_connection_ends_by_itself(
        requests in proptest::collection::vec(
            (0..40_u16, 0..9_u16, 0..(1_u64 << 20) + 9, 0..1_u32 << 21), 0..30,
        ),
        cut in 0..100_usize,
        structured in proptest::bool::ANY,
    ) {
        let mut sent = 3_u32.to_be_bytes().to_vec();
        if structured {
            sent.extend(option(8, b""));
            sent.extend(option(10, b"\0\0\0\x04disk\0\0\0\x01\0\0\0\x0fbase:allocation"));
        }
        sent.extend(option(7, b"\0\0\0\x04disk\0\0"));
        for (flags, command, offset, length) in requests {
            let payload = if command == 1 { vec![7; length as usize] } else { Vec::new() };
            sent.extend(request(flags, command, offset, length, &payload));
        }
        sent.truncate(sent.len() - cut.min(sent.len() / 2));
        let heard = device::nbd::converse(&sent).unwrap();
        proptest::prop_assert!(heard.starts_with(b"NBDMAGIC"));
    }
}

#[test]
fn a_client_that_does_not_read_its_replies_fills_no_memory_and_stops_no_other() {
    let served = Served::start(Limits {
        bytes_in_flight: 4 << 20,
        ..Limits::default()
    });
    let mut greedy = Client::start(&served.socket(), "disk");
    greedy.0.set_nonblocking(true).unwrap();
    let before = resident();
    let reads: Vec<u8> = (0..64)
        .flat_map(|_| request(0, 0, 0, 16 << 20, b""))
        .collect();
    let mut sent = 0;
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(1) {
        match greedy.0.write(&reads) {
            Ok(count) => sent += count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert!(sent > 0);
    let grown = resident().saturating_sub(before);
    assert!(grown < 200 << 20, "{} MiB", grown >> 20);
    let mut other = Client::start(&served.socket(), "disk");
    other.request(1, 1, 4096, 4, b"abcd");
    assert_eq!(other.simple_reply(), 0);
}

fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

#[test]
fn an_export_has_so_many_connections_and_no_more() {
    let served = Served::start(Limits {
        connections_of_an_export: 2,
        ..Limits::default()
    });
    let _first = Client::start(&served.socket(), "disk");
    let _second = Client::start(&served.socket(), "disk");
    let mut third = Client::connect(&served.socket());
    third.write_all(&option(1, b"disk")).unwrap();
    assert_eq!(third.read(&mut [0; 10]).unwrap(), 0);
}

#[test]
fn a_detached_export_answers_what_it_took_flushes_and_hangs_up() {
    let served = Served::start(Limits::default());
    let mut client = Client::start(&served.socket(), "disk");
    client.request(0, 1, 8192, 4, b"last");
    assert_eq!(client.simple_reply(), 0);
    assert_eq!(served.server.connections("disk"), 1);
    served.table.remove("disk");
    served.server.detach("disk").unwrap();
    assert_eq!(served.server.connections("disk"), 0);
    assert!(served.volume.counters().flushes >= 1);
    assert_eq!(client.0.read(&mut [0; 16]).unwrap(), 0, "hung up");
    let mut late = Client::connect(&served.socket());
    late.write_all(&option(1, b"disk")).unwrap();
    assert_eq!(late.read(&mut [0; 10]).unwrap(), 0, "the name is gone");
}

/// An export whose flush takes long.
struct SlowFlush(Volume);

impl Export for SlowFlush {
    fn size(&self) -> u64 {
        Volume::size(&self.0)
    }
    fn read(&self, buf: &mut [u8], offset: u64, sparse: &mut Vec<Extent>) -> io::Result<()> {
        Export::read(&self.0, buf, offset, sparse)
    }
    fn write(&self, buf: &[u8], offset: u64) -> io::Result<()> {
        Export::write(&self.0, buf, offset)
    }
    fn zero(&self, offset: u64, length: u64, how: Zeroing) -> io::Result<()> {
        Export::zero(&self.0, offset, length, how)
    }
    fn flush(&self) -> io::Result<()> {
        std::thread::sleep(Duration::from_secs(2));
        Export::flush(&self.0)
    }
    fn extents(&self, offset: u64, length: u64, most: usize) -> io::Result<Vec<Extent>> {
        Export::extents(&self.0, offset, length, most)
    }
}

#[test]
fn a_slow_flush_does_not_hold_up_reads_on_its_connection() {
    let served = Served::start(Limits::default());
    let new = New {
        size: SIZE,
        base_ref: "",
    };
    let base = Arc::new(ZeroBase { size: 0 });
    let volume = Volume::create(&served.home.path().join("slow"), &new, base).unwrap();
    served.table.insert("slow", Arc::new(SlowFlush(volume)));
    let mut client = Client::start(&served.socket(), "slow");
    let began = Instant::now();
    client.request(0, 3, 0, 0, b"");
    for _ in 0..10 {
        client.request(0, 0, 0, 4, b"");
        assert_eq!(client.simple_reply(), 0);
        client.0.read_exact(&mut [0; 4]).unwrap();
    }
    assert!(began.elapsed() < Duration::from_secs(1));
    assert_eq!(client.simple_reply(), 0, "the flush");
    assert!(began.elapsed() >= Duration::from_secs(2));
}

/// A server in a process of its own, which can be killed. It is this test program, told to be one.
struct Process(Child);

impl Process {
    fn start(dir: &Path, socket: &Path) -> Process {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "be_a_server", "--ignored", "--nocapture"])
            .env("DEVICE_TEST_DIR", dir)
            .env("DEVICE_TEST_SOCKET", socket)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let began = Instant::now();
        while UnixStream::connect(socket).is_err() {
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "the server does not start"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        Process(child)
    }

    /// SIGKILL: nothing of the process runs any more.
    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
#[ignore = "not a test: the server process of other tests"]
fn be_a_server() {
    let variable = |name| std::env::var_os(name).map(PathBuf::from);
    let Some(dir) = variable("DEVICE_TEST_DIR") else {
        return;
    };
    let socket = variable("DEVICE_TEST_SOCKET").unwrap();
    let base = || Arc::new(ZeroBase { size: 0 });
    let volume = Volume::open(&dir, base()).or_else(|_| {
        Volume::create(
            &dir,
            &New {
                size: SIZE,
                base_ref: "",
            },
            base(),
        )
    });
    let table = Arc::new(Table::default());
    table.insert("disk", Arc::new(volume.unwrap()));
    let _server = Server::bind(&socket, table, Limits::default()).unwrap();
    std::thread::sleep(Duration::from_secs(300));
}

#[test]
fn no_answered_write_is_lost_when_the_server_is_killed() {
    let home = tempfile::tempdir().unwrap();
    let (dir, socket) = (home.path().join("v"), home.path().join("s"));
    let mut round = 0_u8;
    let mut model = vec![0; 4 << 20];
    for _ in 0..4 {
        let server = Process::start(&dir, &socket);
        let mut client = Client::start(&socket, "disk");
        for _ in 0..50 {
            round = round.wrapping_add(37);
            // Unaligned, so that grains are filled from below.
            let offset = usize::from(round) * 16_000;
            let bytes = vec![round | 1; 3000 + usize::from(round) * 10];
            let length = u32::try_from(bytes.len()).unwrap();
            client.request(0, 1, offset as u64, length, &bytes);
            assert_eq!(client.simple_reply(), 0);
            model[offset..offset + bytes.len()].copy_from_slice(&bytes);
        }
        // One more that is on its way when the server dies.
        let late = request(0, 1, 8 << 20, 1 << 20, &vec![5; 1 << 20]);
        let _sent = client.0.write(&late[..late.len() / 2]);
        server.kill();
        let volume = Volume::open(&dir, Arc::new(ZeroBase { size: 0 })).unwrap();
        let mut found = vec![0; 4 << 20];
        volume.read_at(&mut found, 0).unwrap();
        assert!(found == model);
        let mut unfinished = vec![1; 1 << 20];
        volume.read_at(&mut unfinished, 8 << 20).unwrap();
        assert_eq!(
            unfinished,
            vec![0; 1 << 20],
            "what did not arrive as a whole is not there"
        );
    }
}

#[test]
fn a_qemu_client_goes_on_writing_over_a_killed_and_restarted_server() {
    if run("qemu-img", &["--version"]).is_none() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let (dir, socket) = (home.path().join("v"), home.path().join("s"));
    let mut server = Process::start(&dir, &socket);
    let path = socket.to_str().unwrap();
    // QEMU tries again after 1, 2, 4, 8, then every 16 seconds: on a loaded machine it may find nobody a few times.
    let image = format!(
        r#"json:{{"driver":"raw","file":{{"driver":"nbd","export":"disk","reconnect-delay":300,"server":{{"type":"unix","path":"{path}"}}}}}}"#
    );
    // 4 KiB writes of 0xa7 over the first 40 MiB, three times, with flushes.
    let arguments = [
        "bench",
        "-w",
        "--pattern=0xa7",
        "-c",
        "30720",
        "-d",
        "16",
        "-s",
        "4096",
    ];
    let mut client = Command::new("qemu-img")
        .args(arguments)
        .args(["--flush-interval=512", "-S", "4096", &image])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut kills = 0;
    while client.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(120));
        server.kill();
        kills += 1;
        server = Process::start(&dir, &socket);
        std::thread::sleep(Duration::from_millis(80));
        assert!(kills < 200, "the client does not get on");
    }
    assert!(client.wait().unwrap().success());
    assert!(kills >= 2, "{kills} kills");
    server.kill();
    let volume = Volume::open(&dir, Arc::new(ZeroBase { size: 0 })).unwrap();
    let mut found = vec![0; 64 << 20];
    volume.read_at(&mut found, 0).unwrap();
    assert!(
        found.iter().all(|byte| *byte == 0xa7),
        "every write is there"
    );
}
