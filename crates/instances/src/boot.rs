//! Starting an instance's machine: volumes opened, a place on the switch, QEMU.

use crate::instance::{Event, Exit, Instance, State};
use crate::{Instances, instance_type, rows};
use base::{Error, InstanceId, Reason, Result, Subject};
use identity::Permit;
use machine::{Disk, Firmware, Nic, Spec};
use std::net::Ipv4Addr;
use store::Tx;
use switch::Cidr;
use volumes::{AttachmentState, Export, Volume};

/// How often a start is tried that fails for reasons that may pass.
const TRIES: i64 = 3;

/// Starts the machine, and notes what became of it.
pub(crate) async fn boot(
    instances: &Instances,
    permit: &Permit,
    instance: &Instance,
    attempt: i64,
) -> Result<()> {
    instances.forget(&instance.id);
    let Some(instance) = begin(instances, permit, &instance.id).await? else {
        return Ok(());
    };
    match start(instances, &instance).await {
        Ok(()) => note_running(instances, permit, &instance.id).await,
        Err(error)
            if error.reason == Reason::Internal
                && !volumes::is_key_failure(&error)
                && attempt < TRIES =>
        {
            Err(error)
        }
        Err(error) => {
            tracing::error!(id = %instance.id, error = %error.chain(), "it cannot be started");
            fail(instances, permit, &instance, &error).await
        }
    }
}

/// Counts the start, so that the end of an earlier machine is not taken for this one's, and gives
/// the instance its public address.
async fn begin(
    instances: &Instances,
    permit: &Permit,
    id: &InstanceId,
) -> Result<Option<Instance>> {
    let mut tx = instances.db().begin().await?;
    let Some(mut instance) = rows::instance(&mut tx, id).await? else {
        return Ok(None);
    };
    if !matches!(instance.state, State::Pending | State::Running) {
        return Ok(None);
    }
    instance.boots += 1;
    instance.exit = None;
    if instance.public && instance.public_ip.is_none() {
        let address = free_public(instances, &mut tx).await?;
        rows::take_public_address(&mut tx, permit, (address, id)).await?;
        instance.public_ip = Some(address);
    }
    rows::put_instance(&mut tx, permit, &instance).await?;
    tx.commit().await?;
    Ok(Some(instance))
}

/// A loopback address that no instance has.
async fn free_public(instances: &Instances, tx: &mut Tx) -> Result<Ipv4Addr> {
    let taken: std::collections::HashSet<Ipv4Addr> =
        rows::public_addresses(tx).await?.into_iter().collect();
    let mut chance = [0u8; 4];
    instances.entropy().fill(&mut chance);
    pick(
        instances.settings().public_addresses,
        u32::from_le_bytes(chance),
        |address| taken.contains(&address),
    )
    .ok_or_else(|| {
        let message = "There are no free public addresses.";
        Error::new(Reason::Capacity, Subject::Interface, message)
    })
}

fn pick(range: Cidr, chance: u32, taken: impl Fn(Ipv4Addr) -> bool) -> Option<Ipv4Addr> {
    let size = 1u64 << (32 - u32::from(range.prefix()));
    let place = |step: u64| (u64::from(chance) + step) % size;
    let usable = |address: &Ipv4Addr| !matches!(address.octets()[3], 0 | 255);
    (0..size.min(1 << 20))
        .filter_map(|step| u32::try_from(place(step)).ok())
        .map(|offset| range.nth(offset))
        .find(|address| usable(address) && !taken(*address))
}

async fn start(instances: &Instances, instance: &Instance) -> Result<()> {
    crate::supervisor::make_folder(&instances.folder(&instance.id))?;
    let mut tx = instances.db().read().await?;
    let mut attached = volumes::attached_to(&mut tx, &instance.id).await?;
    drop(tx);
    // What a guest did not let go of, a new machine does not get in the first place.
    let stays = |volume: &Volume| {
        volume
            .attachment
            .as_ref()
            .is_some_and(|at| at.state != AttachmentState::Detaching)
    };
    attached.retain(stays);
    let mut disks = Vec::new();
    for volume in in_order(attached, &instance.from_image.root_device) {
        let root = volume.attachment.as_ref().map(|at| at.device.as_str())
            == Some(instance.from_image.root_device.as_str());
        let export = if root {
            volumes::open_to_boot(instances.volumes(), &volume.id).await?
        } else {
            volumes::open(instances.volumes(), &volume.id).await?
        };
        disks.push(disk(
            &volume,
            export,
            Some(&instance.from_image.root_device),
        ));
    }
    let spec = spec(instances, instance, disks).await?;
    instances.plug_in(instance).await?;
    let (qemu, _) = instances.hypervisor().await?;
    let handle = match qemu.start(&spec).await {
        Ok(handle) => handle,
        // Started by a run of this job that was killed before it could say so.
        Err(machine::Error::AlreadyRunning { .. }) => {
            let found = machine::attach(instance.id.as_ref(), &spec.paths).await;
            found
                .map_err(Error::internal)?
                .ok_or_else(|| Error::internal("it ended meanwhile"))?
        }
        Err(error @ (machine::Error::StartFailed { .. } | machine::Error::BadSpec { .. })) => {
            return Err(cannot(error));
        }
        Err(error) => return Err(Error::internal(error)),
    };
    instances.adopt(instance, handle).await
}

/// A failure that trying again does not help.
fn cannot(error: machine::Error) -> Error {
    let message = "Its machine could not be started";
    Error::new(Reason::Unavailable, Subject::Instance, message).with_source(error)
}

/// The root first, then by device.
fn in_order(mut attached: Vec<Volume>, root: &str) -> Vec<Volume> {
    attached.sort_by_key(|volume| {
        let device = volume
            .attachment
            .as_ref()
            .map(|at| at.device.clone())
            .unwrap_or_default();
        (device != root, device)
    });
    attached
}

/// A volume as a disk of a machine. The root is booted from.
pub(crate) fn disk(volume: &Volume, export: Export, root: Option<&str>) -> Disk {
    let device = volume.attachment.as_ref().map(|at| at.device.as_str());
    Disk {
        id: volume.id.to_string(),
        socket: export.socket,
        export: export.name,
        serial: export.serial,
        boot_index: (root.is_some() && device == root).then_some(1),
        read_only: false,
    }
}

async fn spec(instances: &Instances, instance: &Instance, disks: Vec<Disk>) -> Result<Spec> {
    let (_, accel) = instances.hypervisor().await?;
    let kind = instance_type::find(&instance.kind)?;
    let settings = instances.settings();
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Ok(Spec {
        id: instance.id.to_string(),
        uuid: instance.uuid.clone(),
        product: instance.kind.clone(),
        vcpus: kind.vcpus.min(u32::try_from(processors).unwrap_or(1)),
        memory_mib: memory_mib(kind.memory_mib, settings.memory_cap_mib),
        firmware: firmware(instances, instance)?,
        disks,
        nic: Some(Nic {
            mac: instance.interface.mac.clone(),
            socket: instances.nic_socket(&instance.id),
        }),
        paths: instances.paths(&instance.id),
        accel: accel.clone(),
        extra: vec![],
    })
}

/// What a guest of a type really gets.
pub(crate) fn memory_mib(promised: u32, cap: Option<u32>) -> u32 {
    cap.map_or(promised, |cap| promised.min(cap)).max(64)
}

/// UEFI where the image wants it. An image that only prefers it gets BIOS on a host without UEFI.
fn firmware(instances: &Instances, instance: &Instance) -> Result<Firmware> {
    let wanted = instance.from_image.boot_mode.as_deref();
    if !matches!(wanted, Some("uefi" | "uefi-preferred")) {
        return Ok(Firmware::Bios);
    }
    let vars = instances.folder(&instance.id).join("vars.fd");
    match machine::new_vars(&vars) {
        Ok(()) => Ok(Firmware::Uefi { vars }),
        Err(_) if wanted == Some("uefi-preferred") => Ok(Firmware::Bios),
        Err(error) => Err(cannot(error)),
    }
}

/// The machine runs: the row says so.
pub(crate) async fn note_running(
    instances: &Instances,
    permit: &Permit,
    id: &InstanceId,
) -> Result<()> {
    let mut tx = instances.db().begin().await?;
    let Some(mut instance) = rows::instance(&mut tx, id).await? else {
        return Ok(());
    };
    match instance.state {
        State::Pending => instance = instance.after_because(Event::Booted, "", ("", ""))?,
        State::Running => {}
        // It was told to stop meanwhile; the next step brings it down.
        State::Stopping | State::Stopped | State::ShuttingDown | State::Terminated => return Ok(()),
    }
    instance.cycle = None;
    rows::put_instance(&mut tx, permit, &instance).await?;
    tx.commit().await
}

async fn fail(
    instances: &Instances,
    permit: &Permit,
    before: &Instance,
    error: &Error,
) -> Result<()> {
    instances.forget(&before.id);
    let mut tx = instances.db().begin().await?;
    let Some(now) = rows::instance(&mut tx, &before.id).await? else {
        return Ok(());
    };
    let event = match now.state {
        State::Pending if now.created == now.launched => Event::LaunchFailed,
        State::Pending => Event::StartFailed,
        State::Running => Event::Halted,
        State::Stopping | State::Stopped | State::ShuttingDown | State::Terminated => return Ok(()),
    };
    let key = volumes::is_key_failure(error);
    let (code, message) = match error.reason {
        _ if key => ("Client.InternalError", "Client error on launch"),
        Reason::Capacity => (
            "Server.InsufficientInstanceCapacity",
            error.message.as_str(),
        ),
        _ => ("Server.InternalError", error.message.as_str()),
    };
    let mut failed = now.after_because(event, code, (code, message))?;
    failed.cycle = None;
    failed.public_ip = None;
    failed.exit = Some(Exit::Cut);
    rows::free_public_address(&mut tx, permit, &failed.id).await?;
    rows::put_instance(&mut tx, permit, &failed).await?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_addresses_are_of_their_range_and_each_is_given_once() {
        let range: Cidr = "127.16.0.0/24".parse().unwrap();
        let mut taken = Vec::new();
        while let Some(address) = pick(range, 77, |address| taken.contains(&address)) {
            assert!(range.contains(address));
            taken.push(address);
        }
        taken.sort();
        taken.dedup();
        assert_eq!(taken.len(), 254);
    }

    #[test]
    fn a_cap_takes_memory_away_and_never_adds_any() {
        assert_eq!(memory_mib(1024, None), 1024);
        assert_eq!(memory_mib(1024, Some(256)), 256);
        assert_eq!(memory_mib(512, Some(4096)), 512);
    }
}
