//! The guest network, in user space and without privilege.
//!
//! Every guest has one network card, which QEMU offers on a Unix stream socket (`-netdev
//! stream,server=on`). The [`Switch`] connects to that socket, and connects again whenever the
//! connection breaks or this process has been restarted: a guest outlives both.
//!
//! ```text
//!                    ┌── DHCP, ARP, DNS, ping of the gateway       answered here
//!   guest ── link ── port ── 169.254.169.254:80, 169.254.169.251:80    streams for [`LinkLocal`]s
//!                    ├── another guest of its network              past the firewall, to its port
//!                    ├── anywhere else, TCP                        a socket of this host
//!                    └── host address:port ── forward ──▶ guest port
//! ```
//!
//! It promises:
//! - A guest speaks only with its own MAC and IPv4 address; anything else is dropped.
//! - Guests of different networks never see each other. Guests of one network exchange IPv4 under
//!   the [`IngressRule`]s of the one that is spoken to; replies pass.
//! - No guest reaches the loopback or link-local addresses of the host, nor the host's own
//!   addresses, but for the ports that [`GuestConfig::gateway_ports`] names.
//! - Rules and forwards take effect before the call that sets them returns.
//! - What one guest costs is bounded by [`Limits`], whatever it sends.
//!
//! It does not do: IPv6, IP fragments, multicast, UDP or ICMP to the outside (DNS excepted).
//! It knows nothing of HTTP, accounts or databases.
//!
//! Start at [`Switch`]; a frame's way through begins in `port.rs`.

mod address;
mod config;
mod dhcp;
mod dns;
mod firewall;
mod flow;
mod forward;
pub mod frame;
mod link;
mod port;
mod replay;
mod stack;
mod stats;
mod stream;
mod switch;

pub use address::{Cidr, Mac, ParseError};
pub use config::{
    Dns, Forward, GatewayPort, GuestConfig, Limits, LinkLocal, Outbound, SwitchConfig,
};
pub use firewall::{IngressRule, Protocol};
#[doc(hidden)]
pub use replay::replay;
pub use stats::Stats;
pub use stream::GuestStream;
pub use switch::{Error, ForwardError, Switch};
