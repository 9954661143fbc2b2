//! The switch: who is plugged in, and what the caller may change while guests run.

use std::{
    collections::HashMap,
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicU8, Ordering::Relaxed},
    },
    time::Instant,
};

use tokio::{runtime::Handle, sync::mpsc, task::AbortHandle};

use crate::{
    Forward, GuestConfig, IngressRule, Mac, Stats, SwitchConfig,
    firewall::Firewall,
    forward::{Listener, Visitor},
    port::{Plan, Port},
    stats::Counters,
};

/// What the switch cannot do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The guest's configuration contradicts itself.
    #[error("guest {id} cannot be connected: {fault}")]
    Invalid {
        /// Which guest.
        id: String,
        /// What is wrong.
        fault: &'static str,
    },
    /// A guest of this id is connected already.
    #[error("guest {0} is connected already")]
    Exists(String),
    /// Another guest of the network has the same IPv4 address or MAC.
    #[error("{address} is taken in network {network}")]
    AddressInUse {
        /// The address.
        address: String,
        /// The network.
        network: String,
    },
    /// No guest of this id is connected.
    #[error("guest {0} is not connected")]
    Missing(String),
}

/// A forward that could not be opened.
#[derive(Debug)]
pub struct ForwardError {
    /// Where the host was to listen.
    pub host: SocketAddr,
    /// Why it does not.
    pub reason: io::Error,
}

impl fmt::Display for ForwardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot listen on {}: {}", self.host, self.reason)
    }
}

/// What the guests of one network know of each other.
#[derive(Default)]
pub(crate) struct Network {
    peers: RwLock<HashMap<Ipv4Addr, Arc<Peer>>>,
}

impl Network {
    pub(crate) fn peer(&self, address: Ipv4Addr) -> Option<Arc<Peer>> {
        self.peers
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&address)
            .cloned()
    }

    fn peers_mut(&self) -> std::sync::RwLockWriteGuard<'_, HashMap<Ipv4Addr, Arc<Peer>>> {
        self.peers.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One guest, as others and the caller reach it.
pub(crate) struct Peer {
    pub(crate) mac: Mac,
    pub(crate) ipv4: Ipv4Addr,
    pub(crate) frames: mpsc::Sender<Vec<u8>>,
    pub(crate) firewall: Mutex<Firewall>,
    pub(crate) stats: Counters,
    pub(crate) metadata_hops: AtomicU8,
}

/// A guest that is plugged in. Dropping it closes everything that it had.
struct Guest {
    config: Arc<GuestConfig>,
    network: Arc<Network>,
    peer: Arc<Peer>,
    visitors: mpsc::Sender<Visitor>,
    forwards: Vec<Listener>,
    task: AbortHandle,
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.network.peers_mut().remove(&self.peer.ipv4);
        self.task.abort();
    }
}

#[derive(Default)]
struct State {
    guests: HashMap<String, Guest>,
    networks: HashMap<String, std::sync::Weak<Network>>,
}

struct Inner {
    config: Arc<SwitchConfig>,
    runtime: Handle,
    state: Mutex<State>,
}

/// The network of all guests. Clones are the same switch; the last one dropped unplugs everything.
/// Every method is quick, does not wait, and may be called from any thread.
#[derive(Clone)]
pub struct Switch(Arc<Inner>);

impl Switch {
    /// A switch without guests. Its tasks run on the current tokio runtime; panics outside of one.
    pub fn new(config: SwitchConfig) -> Switch {
        Switch(Arc::new(Inner {
            config: Arc::new(config),
            runtime: Handle::current(),
            state: Mutex::default(),
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Plugs a guest in, without forwards and with a closed firewall, and begins to look for its
    /// socket.
    pub fn add_guest(&self, config: GuestConfig) -> Result<(), Error> {
        let mut state = self.state();
        if state.guests.contains_key(&config.id) {
            return Err(Error::Exists(config.id));
        }
        if let Some(fault) = config.fault() {
            return Err(Error::Invalid {
                id: config.id,
                fault,
            });
        }
        state
            .networks
            .retain(|_, network| network.strong_count() > 0);
        let known = state
            .networks
            .get(&config.network)
            .and_then(std::sync::Weak::upgrade);
        let network = known.unwrap_or_default();
        let guest = self.plug(config, network)?;
        let name = guest.config.network.clone();
        state.networks.insert(name, Arc::downgrade(&guest.network));
        state.guests.insert(guest.config.id.clone(), guest);
        Ok(())
    }

    fn plug(&self, config: GuestConfig, network: Arc<Network>) -> Result<Guest, Error> {
        let (visitors, visiting) = mpsc::channel(16);
        let plan = self.plan(Arc::new(config), network, visiting)?;
        let (config, network, peer) = (plan.guest.clone(), plan.network.clone(), plan.own.clone());
        let _within = self.0.runtime.enter();
        let task = self.0.runtime.spawn(Port::new(plan).run()).abort_handle();
        Ok(Guest {
            config,
            network,
            peer,
            visitors,
            forwards: Vec::new(),
            task,
        })
    }

    /// Makes the guest known in its network, and what its port needs.
    fn plan(
        &self,
        guest: Arc<GuestConfig>,
        network: Arc<Network>,
        visitors: mpsc::Receiver<Visitor>,
    ) -> Result<Plan, Error> {
        let shared = self.0.config.clone();
        let (sender, frames) = mpsc::channel(shared.limits.queued_frames.max(1));
        let own = Arc::new(Peer {
            mac: guest.mac,
            ipv4: guest.ipv4,
            frames: sender,
            firewall: Mutex::new(Firewall::new(shared.limits.conversations, Instant::now())),
            stats: Counters::default(),
            metadata_hops: AtomicU8::new(guest.metadata_hop_limit),
        });
        introduce(&network, &own, &guest)?;
        Ok(Plan {
            guest,
            shared,
            network,
            own,
            frames,
            visitors,
        })
    }

    /// A port that no task serves, in the network of the guests that are plugged in.
    pub(crate) fn loose_port(&self, config: GuestConfig) -> Result<Port, Error> {
        let known = self
            .state()
            .networks
            .get(&config.network)
            .and_then(std::sync::Weak::upgrade);
        let plan = self.plan(
            Arc::new(config),
            known.unwrap_or_default(),
            mpsc::channel(1).1,
        )?;
        Ok(Port::new(plan))
    }

    /// Unplugs a guest: its forwards and connections close. Whether it was there.
    pub fn remove_guest(&self, id: &str) -> bool {
        self.state().guests.remove(id).is_some()
    }

    /// Replaces a guest's forwards; several that differ only in their sources are one. Ports that are no longer named stop listening before this
    /// returns, and new ones listen; connections through them live on. Answers which ports could not
    /// be opened; the rest are. Asking again tries those again.
    pub fn set_forwards(
        &self,
        id: &str,
        forwards: Vec<Forward>,
    ) -> Result<Vec<ForwardError>, Error> {
        let forwards = merged(forwards);
        let mut state = self.state();
        let guest = find(&mut state, id)?;
        guest.forwards.retain(|open| {
            let same = |new: &Forward| new.host == open.host && new.guest_port == open.guest_port;
            forwards.iter().any(same)
        });
        let mut failed = Vec::new();
        for forward in forwards {
            let same = |open: &&Listener| {
                open.host == forward.host && open.guest_port == forward.guest_port
            };
            if let Some(open) = guest.forwards.iter().find(same) {
                open.set_sources(forward.sources);
                continue;
            }
            match Listener::open(&forward, guest.visitors.clone(), &self.0.runtime) {
                Ok(listener) => guest.forwards.push(listener),
                Err(reason) => failed.push(ForwardError {
                    host: forward.host,
                    reason,
                }),
            }
        }
        Ok(failed)
    }

    /// Replaces the rules by which other guests of the network reach this one. The next packet is
    /// judged by the new ones; only conversations that this guest began itself go on regardless.
    pub fn set_ingress(&self, id: &str, rules: Vec<IngressRule>) -> Result<(), Error> {
        let mut state = self.state();
        let firewall = &find(&mut state, id)?.peer.firewall;
        firewall
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .set_rules(rules, Instant::now());
        Ok(())
    }

    /// Changes the IP hop limit of the metadata service's answers, for connections to come.
    pub fn set_metadata_hop_limit(&self, id: &str, hops: u8) -> Result<(), Error> {
        find(&mut self.state(), id)?
            .peer
            .metadata_hops
            .store(hops.max(1), Relaxed);
        Ok(())
    }

    /// What has passed through a guest's port.
    pub fn stats(&self, id: &str) -> Option<Stats> {
        self.state()
            .guests
            .get(id)
            .map(|guest| guest.peer.stats.read())
    }
}

fn find<'a>(state: &'a mut State, id: &str) -> Result<&'a mut Guest, Error> {
    state
        .guests
        .get_mut(id)
        .ok_or_else(|| Error::Missing(id.to_owned()))
}

/// One forward for each pair of ports, open to the sources of all that name it.
fn merged(forwards: Vec<Forward>) -> Vec<Forward> {
    let mut merged: Vec<Forward> = Vec::with_capacity(forwards.len());
    for forward in forwards {
        let same = |other: &&mut Forward| {
            other.host == forward.host && other.guest_port == forward.guest_port
        };
        match merged.iter_mut().find(same) {
            Some(other) => other.sources.extend(forward.sources),
            None => merged.push(forward),
        }
    }
    merged
}

/// Makes a guest known to the others of its network, if its addresses are free.
fn introduce(network: &Network, peer: &Arc<Peer>, config: &GuestConfig) -> Result<(), Error> {
    let mut peers = network.peers_mut();
    let taken = |address: String| Error::AddressInUse {
        address,
        network: config.network.clone(),
    };
    if peers.contains_key(&peer.ipv4) {
        return Err(taken(peer.ipv4.to_string()));
    }
    if peers.values().any(|other| other.mac == peer.mac) {
        return Err(taken(peer.mac.to_string()));
    }
    peers.insert(peer.ipv4, peer.clone());
    Ok(())
}
