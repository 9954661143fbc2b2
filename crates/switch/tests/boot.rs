//! The switch under real Linux in real QEMU. Runs if `AMIABLE_TINY_IMAGE` names a raw image of the
//! tiny guest (DHCP, a metadata token, user data that is run, then power-off) and does nothing
//! otherwise.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it measured"
)]

use std::{
    collections::HashMap,
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use switch::{
    Cidr, Forward, GatewayPort, GuestConfig, GuestStream, IngressRule, LinkLocal, Mac, Protocol,
    Switch, SwitchConfig,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Enough of a metadata service for the tiny guest; keeps what was asked.
#[derive(Default)]
struct Metadata {
    user_data: HashMap<String, String>,
    asked: Arc<Mutex<Vec<String>>>,
}

const TOKEN: &str = "a-token-of-this-test";

impl LinkLocal for Metadata {
    fn accept(&self, guest: &str, mut stream: GuestStream) {
        let (guest, asked) = (guest.to_owned(), self.asked.clone());
        let user_data = self.user_data.get(&guest).cloned().unwrap_or_default();
        tokio::spawn(async move {
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                match stream.read_u8().await {
                    Ok(byte) => request.push(byte),
                    Err(_) => return,
                }
            }
            let request = String::from_utf8(request).unwrap();
            let line = request.lines().next().unwrap().to_owned();
            let path = line.split(' ').nth(1).unwrap();
            let trusted = request.to_lowercase().contains(TOKEN);
            let (status, body) = match path {
                "/latest/api/token" if line.starts_with("PUT") => ("200 OK", TOKEN),
                _ if !trusted => ("401 Unauthorized", ""),
                "/latest/meta-data/instance-id" => ("200 OK", &*guest),
                "/latest/meta-data/local-hostname" => ("200 OK", "tiny.ec2.internal"),
                "/latest/user-data" => ("200 OK", &*user_data),
                _ => ("404 Not Found", ""),
            };
            asked
                .lock()
                .unwrap()
                .push(format!("{guest} {line} {status}"));
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
        });
    }
}

/// A QEMU that ends with the test.
struct Machine {
    qemu: Child,
    console: PathBuf,
}

impl Drop for Machine {
    fn drop(&mut self) {
        if self.qemu.try_wait().unwrap().is_none() {
            self.qemu.kill().unwrap();
            self.qemu.wait().unwrap();
        }
    }
}

impl Machine {
    fn boot(image: &Path, folder: &Path, guest: &GuestConfig) -> Machine {
        let console = folder.join(format!("{}.console", guest.id));
        let qemu = Command::new("qemu-system-x86_64")
            .args([
                "-accel",
                "tcg,thread=multi",
                "-m",
                "256",
                "-display",
                "none",
                "-no-reboot",
            ])
            .arg("-serial")
            .arg(format!("file:{}", console.display()))
            .arg("-drive")
            .arg(format!(
                "file={},format=raw,if=virtio,snapshot=on",
                image.display()
            ))
            .arg("-netdev")
            .arg(format!(
                "stream,id=n0,server=on,addr.type=unix,addr.path={}",
                guest.socket.display()
            ))
            .arg("-device")
            .arg(format!(
                "virtio-net-pci,netdev=n0,romfile=,mac={}",
                guest.mac
            ))
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        Machine { qemu, console }
    }

    fn console(&self) -> String {
        std::fs::read(&self.console)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// Waits until the console says this.
    fn says(&mut self, text: &str) {
        let start = Instant::now();
        while !self.console().contains(text) {
            let ended = self.qemu.try_wait().unwrap();
            let waited = start.elapsed() < Duration::from_secs(180);
            let more = waited && ended.is_none() || self.console().contains(text);
            assert!(
                more,
                "the guest never said {text:?}; ended: {ended:?}\n{}",
                self.console()
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn powers_off(&mut self) {
        let start = Instant::now();
        while self.qemu.try_wait().unwrap().is_none() {
            assert!(
                start.elapsed() < Duration::from_secs(60),
                "still on\n{}",
                self.console()
            );
            thread::sleep(Duration::from_millis(20));
        }
    }
}

fn config(folder: &Path, number: u8) -> GuestConfig {
    let ipv4 = Ipv4Addr::new(10, 1, 2, number);
    let id = format!("i-{number:017}");
    let socket = folder.join(&id);
    let mac = Mac([2, 0, 0, 1, 2, number]);
    GuestConfig::new(id, "vpc-1", mac, ipv4, Cidr::new(ipv4, 20), socket)
}

fn open(guest_port: u16) -> Forward {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    Forward {
        host: free,
        guest_port,
        sources: vec![Cidr::ANY],
    }
}

/// Talks to a forwarded port, again until the guest listens there.
fn talk(to: SocketAddr, say: &[u8]) -> String {
    let start = Instant::now();
    loop {
        let mut heard = String::new();
        let mut stream = TcpStream::connect(to).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        let _refused = stream.write_all(say);
        if stream.read_to_string(&mut heard).is_ok() && !heard.is_empty() {
            return heard;
        }
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "nobody answers at {to}"
        );
        thread::sleep(Duration::from_millis(50));
    }
}

const CLIENT: &str = r#"#!/bin/sh
echo "CHECK address $(ip -4 -o addr show eth0 | tr -s ' ' | cut -d' ' -f4)"
echo "CHECK mtu $(cat /sys/class/net/eth0/mtu)"
echo "CHECK resolver $(cat /etc/resolv.conf | tr '\n' ' ')"
ping -c 1 -W 5 10.1.0.1 >/dev/null && echo "CHECK gateway answers"
ping -c 1 -W 2 10.1.2.6 >/dev/null || echo "CHECK neighbour does not answer ICMP"
for n in 1 2 3 4 5 6 7 8 9; do R=$(nc -w 5 10.1.2.6 8090 </dev/null) && break; sleep 1; done
echo "CHECK neighbour says $R"
dd if=/dev/zero bs=64k count=512 2>/dev/null | nc 10.1.0.1 8081
echo "CHECK sent"
echo hello-from-guest | nc -l -p 2022 | sed 's/^/CHECK heard /'
echo again | nc -l -p 2023 >/dev/null
T=$(printf 'PUT /latest/api/token HTTP/1.0\r\nHost: x\r\n\r\n' | nc -w 5 169.254.169.254 80 | sed '1,/^\r*$/d')
echo "CHECK token after restart $T"
nc -w 2 127.0.0.1 1 </dev/null || true
poweroff -f
"#;

const SERVER: &str = r#"#!/bin/sh
echo hello-from-neighbour | nc -l -p 8090 >/dev/null
echo "CHECK served"
poweroff -f
"#;

#[tokio::test(flavor = "multi_thread")]
async fn linux_guests_boot_meet_and_outlive_the_switch() {
    let image = std::env::var_os("AMIABLE_TINY_IMAGE").filter(|image| !image.is_empty());
    let Some(image) = image.map(PathBuf::from) else {
        println!("skipped: AMIABLE_TINY_IMAGE is not set");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let sink = TcpListener::bind("127.0.0.1:0").unwrap();
    let (mut client, server) = (config(folder.path(), 5), config(folder.path(), 6));
    client.gateway_ports = vec![GatewayPort {
        port: 8081,
        to: sink.local_addr().unwrap(),
    }];
    let asked = Arc::<Mutex<Vec<String>>>::default();
    let metadata = Arc::new(Metadata {
        user_data: HashMap::from([
            (client.id.clone(), CLIENT.to_owned()),
            (server.id.clone(), SERVER.to_owned()),
        ]),
        asked: asked.clone(),
    });
    let first = Switch::new(SwitchConfig::new(metadata.clone()));
    first.add_guest(client.clone()).unwrap();
    first.add_guest(server.clone()).unwrap();
    let only_http = IngressRule {
        protocol: Protocol::Tcp,
        ports: 8090..=8090,
        source: Cidr::host(client.ipv4),
    };
    first.set_ingress(&server.id, vec![only_http]).unwrap();
    let (ssh, later) = (open(2022), open(2023));
    let failed = first.set_forwards(&client.id, vec![ssh.clone()]).unwrap();
    assert!(failed.is_empty());

    let start = Instant::now();
    let mut one = Machine::boot(&image, folder.path(), &client);
    let mut two = Machine::boot(&image, folder.path(), &server);
    one.says("CHECK address 10.1.2.5/20");
    println!("user data runs after {:?}", start.elapsed());
    let bytes = thread::spawn(move || receive_all(&sink));
    for line in [
        "tiny: [",
        "CHECK mtu 1500",
        "CHECK resolver nameserver 10.1.0.2",
        "CHECK gateway answers",
        "CHECK neighbour does not answer ICMP",
        "CHECK neighbour says hello-from-neighbour",
    ] {
        one.says(line);
    }
    two.says("CHECK served");
    two.powers_off();
    let (received, took) = bytes.join().unwrap();
    assert_eq!(received, 32 << 20);
    println!("32 MiB from the guest in {took:?}");
    one.says("CHECK sent");
    assert_eq!(
        talk(ssh.host, b"hello-from-host\n").trim(),
        "hello-from-guest"
    );
    one.says("CHECK heard hello-from-host");

    // The server process restarts; the guest does not.
    println!("first switch: {:?}", first.stats(&client.id).unwrap());
    drop(first);
    asked.lock().unwrap().clear();
    let second = Switch::new(SwitchConfig::new(metadata));
    second.add_guest(client.clone()).unwrap();
    assert!(
        second
            .set_forwards(&client.id, vec![later.clone()])
            .unwrap()
            .is_empty()
    );
    assert_eq!(talk(later.host, b"go on\n").trim(), "again");
    one.says(&format!("CHECK token after restart {TOKEN}"));
    one.powers_off();
    let stats = second.stats(&client.id).unwrap();
    println!("second switch: {stats:?}\nwhole run: {:?}", start.elapsed());
    assert_eq!(stats.spoofed, 0);
    assert_eq!(asked.lock().unwrap().len(), 1);
}

fn receive_all(sink: &TcpListener) -> (usize, Duration) {
    let (mut stream, _) = sink.accept().unwrap();
    let start = Instant::now();
    let mut chunk = vec![0; 1 << 20];
    let mut total = 0;
    loop {
        match stream.read(&mut chunk).unwrap() {
            0 => return (total, start.elapsed()),
            read => total += read,
        }
    }
}
