//! Names: a guest's question goes to the host's resolver, and its answer back, once.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use tokio::{net::UdpSocket, time::timeout};

use crate::Dns;

const HEADER: usize = 12;
/// How many servers of a list are tried.
const SERVERS: usize = 3;
/// The longest answer that is read; EDNS clients ask for 4096 at most.
const LONGEST: usize = 4096;

/// The servers to ask, as the configuration has them now.
pub(crate) async fn servers(dns: &Dns) -> Vec<SocketAddr> {
    match dns {
        Dns::Off => Vec::new(),
        Dns::Servers(servers) => servers.clone(),
        Dns::Host => match tokio::fs::read_to_string("/etc/resolv.conf").await {
            Ok(text) => listed(&text),
            Err(error) => {
                tracing::debug!(%error, "/etc/resolv.conf cannot be read: no names for guests");
                Vec::new()
            }
        },
    }
}

fn listed(text: &str) -> Vec<SocketAddr> {
    let mut servers = Vec::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        if words.next() == Some("nameserver")
            && let Some(Ok(address)) = words.next().map(str::parse::<IpAddr>)
        {
            servers.push(SocketAddr::new(address, 53));
        }
    }
    servers.truncate(SERVERS);
    servers
}

/// Whether these bytes are a question that may be passed on.
pub(crate) fn is_question(message: &[u8]) -> bool {
    message.len() >= HEADER && message.len() <= 1500 && message[2] & 0x80 == 0
}

/// Asks the servers in turn; an answer longer than `room` is replaced by "ask again by TCP".
pub(crate) async fn ask(
    servers: &[SocketAddr],
    question: &[u8],
    room: usize,
    patience: Duration,
) -> Option<Vec<u8>> {
    let turns = u32::try_from(servers.len())
        .ok()
        .filter(|turns| *turns > 0)?;
    for server in servers {
        match timeout(patience / turns, ask_one(*server, question)).await {
            Ok(Ok(answer)) if answer.len() <= room => return Some(answer),
            Ok(Ok(_)) => return truncated(question),
            Ok(Err(error)) => tracing::debug!(%server, %error, "a name server does not answer"),
            Err(_) => tracing::debug!(%server, "a name server takes too long"),
        }
    }
    None
}

async fn ask_one(server: SocketAddr, question: &[u8]) -> io::Result<Vec<u8>> {
    let any: IpAddr = match server {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0)).await?;
    socket.connect(server).await?;
    socket.send(question).await?;
    let mut answer = vec![0; LONGEST];
    loop {
        let length = socket.recv(&mut answer).await?;
        if length >= HEADER && answer[..2] == question[..2] && answer[2] & 0x80 != 0 {
            answer.truncate(length);
            return Ok(answer);
        }
    }
}

/// An answer without records that tells the client to ask by TCP.
fn truncated(question: &[u8]) -> Option<Vec<u8>> {
    let mut end = HEADER;
    loop {
        match *question.get(end)? {
            0 => break,
            length if length < 64 => end += usize::from(length) + 1,
            _ => return None,
        }
    }
    let mut answer = question.get(..end + 5)?.to_vec();
    answer[2] = answer[2] & 0x01 | 0x82;
    answer[3] = 0x80;
    answer[4..HEADER].copy_from_slice(&[0, 1, 0, 0, 0, 0, 0, 0]);
    Some(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_servers_are_read_from_the_hosts_file() {
        let text = "# no\nnameserver 127.0.0.53\nsearch x\nnameserver fe80::1%2\nnameserver ::1\n";
        let found = listed(text);
        assert_eq!(
            found,
            [
                "127.0.0.53:53".parse().unwrap(),
                "[::1]:53".parse().unwrap()
            ]
        );
    }

    #[test]
    fn a_long_answer_becomes_a_request_for_tcp() {
        let question = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\x01\x01a\0\0\x01\0\x01edns";
        let answer = truncated(question).unwrap();
        assert_eq!(
            answer,
            b"\x12\x34\x83\x80\0\x01\0\0\0\0\0\0\x01a\0\0\x01\0\x01"
        );
        for end in 0..question.len() {
            let _any = truncated(&question[..end]);
        }
    }
}
