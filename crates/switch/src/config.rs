//! What the switch is told: about itself, and about each guest.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use crate::{Cidr, GuestStream, Mac};

/// Who answers on a link-local address, port 80.
pub trait LinkLocal: Send + Sync {
    /// A guest has connected. Must return at once (start a task); dropping the stream hangs up.
    fn accept(&self, guest: &str, stream: GuestStream);
}

/// What all guests share.
#[derive(Clone)]
pub struct SwitchConfig {
    /// Who answers on the metadata address, 169.254.169.254.
    pub metadata: Arc<dyn LinkLocal>,
    /// Who answers on the API's address, 169.254.169.251. Absent: nothing has that address.
    pub api: Option<Arc<dyn LinkLocal>>,
    /// Who answers names.
    pub dns: Dns,
    /// Ranges that no guest may reach through this host, besides those that are always refused.
    pub forbidden: Vec<Cidr>,
    /// What one guest may cost.
    pub limits: Limits,
}

impl SwitchConfig {
    /// The usual settings, without an API.
    pub fn new(metadata: Arc<dyn LinkLocal>) -> SwitchConfig {
        SwitchConfig {
            metadata,
            api: None,
            dns: Dns::Host,
            forbidden: Vec::new(),
            limits: Limits::default(),
        }
    }
}

/// Where names asked of the network's resolver (gateway, base + 2, 169.254.169.253) are looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dns {
    /// At the name servers of the host's /etc/resolv.conf, as it is at the time.
    Host,
    /// At these.
    Servers(Vec<SocketAddr>),
    /// Nowhere: questions are dropped.
    Off,
}

/// Bounds on what one guest may hold.
#[derive(Debug, Clone)]
pub struct Limits {
    /// TCP connections through the switch at once, all kinds together.
    pub connections: usize,
    /// Connections to the outside that are still being made.
    pub pending: usize,
    /// Bytes buffered for each connection and direction.
    pub buffer: usize,
    /// Frames waiting from other guests; more are dropped.
    pub queued_frames: usize,
    /// Names being looked up.
    pub lookups: usize,
    /// Conversations with other guests that the guest began and that the firewall remembers.
    pub conversations: usize,
    /// How long a connection may take to be made, in either direction.
    pub connect_timeout: Duration,
    /// How long a name may take to be looked up.
    pub lookup_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 256,
            pending: 64,
            buffer: 128 * 1024,
            queued_frames: 512,
            lookups: 32,
            conversations: 4096,
            connect_timeout: Duration::from_secs(10),
            lookup_timeout: Duration::from_secs(4),
        }
    }
}

/// Whether a guest reaches beyond its network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outbound {
    /// TCP to everything that the host reaches, except the host itself.
    Internet,
    /// Nothing beyond its network; names are still answered.
    None,
}

/// A port of the gateway address that leads to a socket of the host, such as the API's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GatewayPort {
    /// The port that the guest connects to, at the gateway's address.
    pub port: u16,
    /// Where the connection really goes. Loopback is allowed here, and here only.
    pub to: SocketAddr,
}

/// One guest's network card and its place in a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestConfig {
    /// The guest's name for the caller: unique in the switch.
    pub id: String,
    /// The network (VPC) that it is in. Guests with equal text see each other, and no others.
    pub network: String,
    /// Every address of the network; those that no guest has go nowhere.
    pub range: Cidr,
    /// The MAC that QEMU was given for the card.
    pub mac: Mac,
    /// The address that the guest gets by DHCP and must use.
    pub ipv4: Ipv4Addr,
    /// Its subnet.
    pub subnet: Cidr,
    /// The router's address, answered by the switch.
    pub gateway: Ipv4Addr,
    /// The host name that DHCP hands out, without domain.
    pub hostname: String,
    /// The domain that DHCP hands out.
    pub domain: String,
    /// The largest IP packet, handed out by DHCP. 576 to 9216.
    pub mtu: u16,
    /// The Unix socket that QEMU listens on; it need not be there yet.
    pub socket: PathBuf,
    /// Whether it reaches beyond its network.
    pub outbound: Outbound,
    /// What it reaches at the gateway's address.
    pub gateway_ports: Vec<GatewayPort>,
    /// IP hop limit of what the metadata service sends, 1 to 255.
    pub metadata_hop_limit: u8,
}

impl GuestConfig {
    /// A guest with the usual settings: the gateway is the subnet's first address, the host name
    /// is `ip-10-0-0-5` in `ec2.internal`, and the Internet is open.
    pub fn new(
        id: impl Into<String>,
        network: impl Into<String>,
        mac: Mac,
        ipv4: Ipv4Addr,
        subnet: Cidr,
        socket: impl Into<PathBuf>,
    ) -> GuestConfig {
        let [a, b, c, d] = ipv4.octets();
        GuestConfig {
            id: id.into(),
            network: network.into(),
            range: subnet,
            mac,
            ipv4,
            subnet,
            gateway: subnet.nth(1),
            hostname: format!("ip-{a}-{b}-{c}-{d}"),
            domain: "ec2.internal".to_owned(),
            mtu: 1500,
            socket: socket.into(),
            outbound: Outbound::Internet,
            gateway_ports: Vec::new(),
            metadata_hop_limit: 64,
        }
    }

    /// What is wrong with this configuration, if anything.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let inside = |address| self.subnet.contains(address);
        let edge = |address| {
            self.subnet.prefix() < 31
                && (address == self.subnet.base() || address == self.subnet.broadcast())
        };
        if !self.mac.is_unicast() || self.mac == crate::frame::GATEWAY_MAC {
            Some("its MAC address cannot be a guest's")
        } else if !inside(self.ipv4) || edge(self.ipv4) {
            Some("its address is not one of its subnet's")
        } else if !inside(self.gateway) || edge(self.gateway) || self.gateway == self.ipv4 {
            Some("its gateway is not another address of its subnet")
        } else if !self.range.contains(self.subnet.base())
            || self.range.prefix() > self.subnet.prefix()
        {
            Some("its subnet is not within its network's range")
        } else if !(576..=9216).contains(&self.mtu) {
            Some("its MTU is not between 576 and 9216")
        } else if self.metadata_hop_limit == 0 {
            Some("its metadata hop limit is zero")
        } else if self.hostname.len() > 63 || self.domain.len() > 200 {
            Some("its host or domain name is too long")
        } else {
            None
        }
    }

    /// Where this guest finds the resolver: the gateway, the subnet's and the network's base + 2,
    /// and AWS's link-local address.
    pub(crate) fn is_resolver(&self, address: Ipv4Addr) -> bool {
        address == self.gateway
            || address == self.range.nth(2)
            || address == self.subnet.nth(2)
            || address == crate::frame::RESOLVER
    }
}

/// A port of the host that leads to a port of the guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forward {
    /// Where the host listens, such as 127.1.2.3:22.
    pub host: SocketAddr,
    /// Where connections go, at the guest's address.
    pub guest_port: u16,
    /// Who may connect; others are hung up on. Empty means nobody.
    pub sources: Vec<Cidr>,
}
