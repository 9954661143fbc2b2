//! The running part: the machines of this process, the switch between them, and taking up again
//! what ran before a restart.
//!
//! A machine is a process that outlives this one. What is kept here of it (a handle, a watcher, a
//! place on the switch) is made anew from the rows at each start.

use crate::access::access;
use crate::instance::Exit;
use crate::jobs::{Ended, Settle};
use crate::metadata::{Handed, LinkLocal};
use crate::{Instance, rows};
use aws_lc_rs::hmac;
use base::{Clock, Entropy, Error, InstanceId, Result, VpcId};
use images::Images;
use machine::{Accel, Handle, Paths, Qemu, accel};
use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use store::Db;
use switch::{Cidr, GatewayPort, GuestConfig, Outbound, Switch, SwitchConfig};
use tokio::sync::OnceCell;
use tokio::task::AbortHandle;
use volumes::Volumes;

/// The operator's settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where each instance has a folder for its sockets and its console. Short: a socket's whole
    /// path has at most 107 bytes, so this one has at most [`LONGEST_RUN_FOLDER`].
    pub run_folder: PathBuf,
    /// QEMU, if not the one of the search path.
    pub qemu: Option<PathBuf>,
    /// KVM, TCG, or whatever works.
    pub accel: accel::Setting,
    /// No guest gets more memory than this, whatever its type.
    pub memory_cap_mib: Option<u32>,
    /// What all guests together may have; absent: four fifths of the host's memory.
    pub host_memory_mib: Option<u32>,
    /// How long a guest may take to shut itself down before the plug is pulled.
    pub patience: Duration,
    /// The host's loopback addresses that instances get as public ones.
    pub public_addresses: Cidr,
    /// Whether guests reach beyond their network.
    pub outbound: Outbound,
    /// What guests reach at their gateway's address, such as the API.
    pub gateway_ports: Vec<GatewayPort>,
    /// Takes the connections that guests make to the API. Without it they cannot.
    pub api: Option<crate::GuestApi>,
    /// Makes the credentials that instances with a profile read from the metadata service. Without
    /// it they have none.
    pub identity: Option<identity::Identity>,
}

/// The longest run folder: what is left for it of a socket's path.
pub const LONGEST_RUN_FOLDER: usize = 75;

impl Settings {
    /// The usual settings with this folder.
    pub fn new(run_folder: impl Into<PathBuf>) -> Settings {
        Settings {
            run_folder: run_folder.into(),
            qemu: None,
            accel: accel::Setting::Auto,
            memory_cap_mib: None,
            host_memory_mib: None,
            patience: Duration::from_secs(120),
            public_addresses: Cidr::new([127, 16, 0, 0].into(), 12),
            outbound: Outbound::Internet,
            gateway_ports: Vec::new(),
            api: None,
            identity: None,
        }
    }
}

/// What instances need to run.
pub struct Config {
    /// The metadata database.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Random bytes.
    pub entropy: Arc<dyn Entropy>,
    /// The volumes, started.
    pub volumes: Volumes,
    /// The images.
    pub images: Images,
    /// The operator's settings.
    pub settings: Settings,
}

/// The instances of this process. Cheap to clone.
#[derive(Clone)]
pub struct Instances {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    config: Config,
    switch: Switch,
    secret: hmac::Key,
    handed: Handed,
    guests: Mutex<HashMap<InstanceId, Guest>>,
    /// Held from reading the rules to handing them to the switch, so that old ones never win.
    applying: tokio::sync::Mutex<()>,
    hypervisor: OnceCell<(Qemu, Accel)>,
}

/// A machine of this process.
struct Guest {
    handle: Handle,
    watcher: AbortHandle,
    pressed: Option<Instant>,
}

/// How often the power button is pressed: a guest that is still booting does not hear it.
const PRESS_AGAIN: Duration = Duration::from_secs(5);

impl Instances {
    /// Takes up what ran before, and lets jobs bring everything else to where it should be.
    pub async fn start(config: Config) -> Result<Instances> {
        let folder = &config.settings.run_folder;
        if folder.as_os_str().len() > LONGEST_RUN_FOLDER || !folder.is_absolute() {
            let message = format!(
                "The folder for running instances must be an absolute path of at most \
                 {LONGEST_RUN_FOLDER} bytes, and is {}",
                folder.display()
            );
            return Err(Error::invalid(message));
        }
        make_folder(folder)?;
        let secret = token_secret(&config).await?;
        let link_local = Arc::new(LinkLocal::new());
        let mut switch = SwitchConfig::new(link_local.clone());
        if let Some(api) = &config.settings.api {
            switch.api = Some(Arc::new(api.clone()));
        }
        let inner = Arc::new(Inner {
            switch: Switch::new(switch),
            secret,
            handed: Handed::default(),
            guests: Mutex::default(),
            applying: tokio::sync::Mutex::default(),
            hypervisor: OnceCell::new(),
            config,
        });
        let weak = Arc::downgrade(&inner);
        *link_local
            .instances
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = weak;
        let instances = Instances { inner };
        instances.take_up_all().await?;
        instances.warm_up();
        Ok(instances)
    }

    pub(crate) fn of(inner: Arc<Inner>) -> Instances {
        Instances { inner }
    }

    /// The metadata database.
    pub fn db(&self) -> &Db {
        &self.inner.config.db
    }

    /// The clock.
    pub fn clock(&self) -> &dyn Clock {
        &*self.inner.config.clock
    }

    /// Random bytes.
    pub fn entropy(&self) -> &dyn Entropy {
        &*self.inner.config.entropy
    }

    /// The volumes.
    pub fn volumes(&self) -> &Volumes {
        &self.inner.config.volumes
    }

    /// The images.
    pub fn images(&self) -> &Images {
        &self.inner.config.images
    }

    /// The operator's settings.
    pub fn settings(&self) -> &Settings {
        &self.inner.config.settings
    }

    /// The credentials that guests were handed.
    pub(crate) fn handed(&self) -> &Handed {
        &self.inner.handed
    }

    pub(crate) fn token_secret(&self) -> &hmac::Key {
        &self.inner.secret
    }

    pub(crate) fn switch(&self) -> &Switch {
        &self.inner.switch
    }

    /// Lets go of every machine without ending any: they run on, and the next start takes them up.
    pub fn shutdown(&self) {
        for (id, guest) in self.guests().drain() {
            guest.watcher.abort();
            self.inner.switch.remove_guest(id.as_ref());
        }
    }

    fn guests(&self) -> MutexGuard<'_, HashMap<InstanceId, Guest>> {
        self.inner
            .guests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The instance's machine, running or just ended.
    pub(crate) fn handle(&self, id: &InstanceId) -> Option<Handle> {
        self.guests().get(id).map(|guest| guest.handle.clone())
    }

    /// Whether it is time to press the power button (again).
    pub(crate) fn presses(&self, id: &InstanceId) -> bool {
        let mut guests = self.guests();
        let Some(guest) = guests.get_mut(id) else {
            return false;
        };
        let due = guest.pressed.is_none_or(|at| at.elapsed() >= PRESS_AGAIN);
        if due {
            guest.pressed = Some(Instant::now());
        }
        due
    }

    /// Forgets a machine that is no more.
    pub(crate) fn forget(&self, id: &InstanceId) {
        if let Some(guest) = self.guests().remove(id) {
            guest.watcher.abort();
        }
        self.inner.switch.remove_guest(id.as_ref());
    }

    /// The folder of one instance.
    pub(crate) fn folder(&self, id: &InstanceId) -> PathBuf {
        self.settings().run_folder.join(id.as_ref())
    }

    /// The files and sockets of one instance's machine.
    pub(crate) fn paths(&self, id: &InstanceId) -> Paths {
        Paths::within(self.folder(id))
    }

    pub(crate) fn nic_socket(&self, id: &InstanceId) -> PathBuf {
        self.folder(id).join("nic")
    }

    /// QEMU and how it is accelerated; found once.
    pub(crate) async fn hypervisor(&self) -> Result<&(Qemu, Accel)> {
        let settings = self.settings();
        let find = || async {
            let qemu = Qemu::find(settings.qemu.as_deref())
                .await
                .map_err(Error::internal)?;
            let accel = accel::choose(&qemu, settings.accel).await;
            tracing::info!(kind = ?accel.kind, reason = %accel.reason, "how guests are run");
            Ok((qemu, accel))
        };
        self.inner.hypervisor.get_or_try_init(find).await
    }

    fn warm_up(&self) {
        let instances = self.clone();
        tokio::spawn(async move {
            if let Err(error) = instances.hypervisor().await {
                tracing::warn!(error = %error.chain(), "instances cannot be run on this host");
            }
        });
    }

    async fn take_up_all(&self) -> Result<()> {
        let mut tx = self.db().begin().await?;
        let all = rows::all_instances(&mut tx).await?;
        for instance in &all {
            tx.enqueue(&Settle::of(instance)).await?;
        }
        tx.commit().await?;
        for instance in all {
            let found = machine::attach(instance.id.as_ref(), &self.paths(&instance.id)).await;
            match found {
                Ok(Some(handle)) => self.adopt(&instance, handle).await?,
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(id = %instance.id, %error, "a machine cannot be taken up")
                }
            }
        }
        Ok(())
    }

    /// Keeps a machine: on the switch, and watched.
    pub(crate) async fn adopt(&self, instance: &Instance, handle: Handle) -> Result<()> {
        self.plug_in(instance).await?;
        let ended = Ended::of(instance);
        let watcher = tokio::spawn(watch(self.db().clone(), handle.clone(), ended)).abort_handle();
        let guest = Guest {
            handle,
            watcher,
            pressed: None,
        };
        if let Some(before) = self.guests().insert(instance.id.clone(), guest) {
            before.watcher.abort();
        }
        self.apply_network(&instance.interface.vpc).await
    }

    /// Gives an instance its place on the switch, unless it has it.
    pub(crate) async fn plug_in(&self, instance: &Instance) -> Result<()> {
        let mut tx = self.db().read().await?;
        let card = &instance.interface;
        let subnet = rows::subnet(&mut tx, &card.subnet).await?;
        let vpc = rows::vpc(&mut tx, &card.vpc).await?;
        drop(tx);
        let (Some(subnet), Some(vpc)) = (subnet, vpc) else {
            return Err(Error::internal(format!(
                "the network of {} is gone",
                instance.id
            )));
        };
        let mac = card.mac.parse().map_err(Error::internal)?;
        let socket = self.nic_socket(&instance.id);
        let mut guest = GuestConfig::new(
            instance.id.as_ref(),
            vpc.id.as_ref(),
            mac,
            card.address,
            subnet.range()?,
            socket,
        );
        guest.range = vpc.cidr.parse().map_err(Error::internal)?;
        guest.domain = crate::network::private_domain(&instance.region);
        guest.outbound = self.settings().outbound;
        guest
            .gateway_ports
            .clone_from(&self.settings().gateway_ports);
        guest.metadata_hop_limit = instance.metadata.hop_limit;
        match self.switch().add_guest(guest) {
            Ok(()) | Err(switch::Error::Exists(_)) => Ok(()),
            Err(error) => Err(Error::internal(error)),
        }
    }

    /// Hands the rules of a VPC to the switch, for every guest of it that is plugged in. They hold
    /// when this returns.
    pub(crate) async fn apply_network(&self, vpc: &VpcId) -> Result<()> {
        let _alone = self.inner.applying.lock().await;
        let mut tx = self.db().read().await?;
        let all = rows::instances_in(&mut tx, vpc).await?;
        let groups = rows::groups_in(&mut tx, vpc).await?;
        drop(tx);
        for instance in &all {
            let access = access(instance, &groups, &all);
            let id = instance.id.as_ref();
            // Not plugged in: it does not run.
            if self.switch().set_ingress(id, access.ingress).is_err() {
                continue;
            }
            match self.switch().set_forwards(id, access.forwards) {
                Ok(failed) => failed
                    .iter()
                    .for_each(|error| self.note_closed_port(instance, error)),
                Err(error) => tracing::warn!(id, %error, "no ports were opened"),
            }
        }
        Ok(())
    }

    /// Says where people look for it that an opened port could not be bound.
    fn note_closed_port(&self, instance: &Instance, error: &switch::ForwardError) {
        tracing::warn!(id = %instance.id, %error, "an opened port is not reachable");
        let path = self.paths(&instance.id).console;
        let note = format!("\r\n[amiable] an opened port is not reachable: {error}\r\n");
        let file = std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(path);
        if let Err(error) = file.and_then(|mut file| file.write_all(note.as_bytes())) {
            tracing::debug!(id = %instance.id, %error, "no note on the console");
        }
    }
}

async fn watch(db: Db, handle: Handle, mut ended: Ended) {
    ended.exit = exit_of(handle.wait().await);
    loop {
        let told = async {
            let mut tx = db.begin().await?;
            tx.enqueue(&ended).await?;
            tx.commit().await
        };
        match told.await {
            Ok(()) => return,
            Err(error) if error.is_conflict() => {}
            Err(error) => {
                tracing::error!(error = %error.chain(), "the end of a machine cannot be noted yet");
            }
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// How a machine ended, in the words of this crate.
pub(crate) fn exit_of(exit: machine::Exit) -> Exit {
    match exit {
        machine::Exit::GuestShutdown => Exit::Guest,
        machine::Exit::Quit | machine::Exit::Killed => Exit::Cut,
        machine::Exit::Terminated => Exit::Broken("the host ended it".into()),
        machine::Exit::Crashed { why } => Exit::Broken(why),
        _ => Exit::Broken("it ended".into()),
    }
}

async fn token_secret(config: &Config) -> Result<hmac::Key> {
    let mut fresh = [0u8; 32];
    config.entropy.fill(&mut fresh);
    let mut tx = config.db.begin().await?;
    let secret = rows::secret(&mut tx, "metadata-tokens", &fresh).await?;
    tx.commit().await?;
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &secret))
}

/// Makes a folder that nobody else may look into: consoles and sockets lie in it.
pub(crate) fn make_folder(path: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path);
    made.map_err(|error| Error::internal(format!("{} cannot be made: {error}", path.display())))
}
