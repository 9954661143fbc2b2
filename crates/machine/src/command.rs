//! From a [`Spec`] to QEMU's command line. Pure, but for looking up firmware.
//!
//! Machine type `q35`, whose own bus takes no disks while the machine runs, with one bridge whose 31
//! slots do, through ACPI. The boot disk is on the machine's own bus, where guests look first; it
//! cannot be taken away. All other disks are behind the bridge and can. Measured under translation
//! this starts half a second sooner than `pc`, and than `q35` with a port for each disk to come.
//!
//! Everything with structure goes in as JSON; where QEMU takes only `key=value`, commas are doubled.

use std::path::Path;

use serde_json::{Value, json};

use crate::error::Result;
use crate::firmware;
use crate::spec::{Disk, Firmware, Nic, Spec};

/// How long a guest waits for a disk's server that has gone: a day. Then the disk reports errors,
/// on which the guest is paused.
const RECONNECT_S: u32 = 86_400;
/// How long QEMU waits for a disk's server when the machine starts.
const OPEN_AT_START_S: u32 = 30;
/// The same when a disk is plugged in: meanwhile the guest stands still.
const OPEN_AT_PLUG_S: u32 = 3;

/// Slots of the machine's own bus; 0 and 31 are the chipset's.
const SLOT_SCREEN: &str = "0x2";
const SLOT_NIC: &str = "0x3";
const SLOT_SERIAL: &str = "0x4";
const SLOT_RANDOM: &str = "0x5";
const SLOT_BRIDGE: &str = "0x6";
const FIRST_BOOT_SLOT: usize = 7;
/// The bridge for disks that come and go. Those that are there from the start leave its slot 0 free.
const BRIDGE: &str = "bridge";
const FIRST_BRIDGE_SLOT: usize = 1;

/// The arguments for QEMU, without the program.
pub(crate) fn arguments(spec: &Spec) -> Result<Vec<String>> {
    let mut line = Line::default();
    basics(&mut line, spec);
    marks(&mut line, spec);
    firmware_of(&mut line, &spec.firmware)?;
    channels(&mut line, spec);
    devices(&mut line);
    if let Some(nic) = &spec.nic {
        network(&mut line, nic);
    }
    disks(&mut line, &spec.disks);
    line.0.extend(spec.extra.iter().cloned());
    Ok(line.0)
}

/// The name that stands in the command line, by which a process is known again.
pub(crate) fn name_argument(id: &str) -> String {
    format!("{id},process={id},debug-threads=on")
}

/// Cylinders, heads and sectors of every disk: what QEMU itself says of one from 8 GB on, if the disk's
/// first sector does not tell it otherwise. It is told so that it does not read that sector, because it
/// would answer nobody until the sector is there, and a disk may be on its way.
const GEOMETRY: (u32, u32, u32) = (16383, 16, 63);

/// The block node of a disk.
pub(crate) fn node(disk_id: &str) -> String {
    format!("n-{disk_id}")
}

/// The device of a disk.
pub(crate) fn device(disk_id: &str) -> String {
    format!("d-{disk_id}")
}

/// The block node as it is added to a machine that runs.
pub(crate) fn blockdev_to_plug(disk: &Disk) -> Value {
    blockdev(disk, OPEN_AT_PLUG_S)
}

fn blockdev(disk: &Disk, open_timeout_s: u32) -> Value {
    json!({
        "driver": "nbd",
        "node-name": node(&disk.id),
        "server": {"type": "unix", "path": disk.socket},
        "export": disk.export,
        "reconnect-delay": RECONNECT_S,
        "open-timeout": open_timeout_s,
        "read-only": disk.read_only,
        "discard": "unmap",
        "detect-zeroes": "unmap",
    })
}

/// The disk's device as it is added to a machine that runs.
pub(crate) fn device_to_plug(disk: &Disk) -> Value {
    let mut device = disk_device(disk);
    device["bus"] = BRIDGE.into();
    device
}

fn disks(line: &mut Line, disks: &[Disk]) {
    let (mut on_machine, mut on_bridge) = (FIRST_BOOT_SLOT.., FIRST_BRIDGE_SLOT..);
    for disk in disks {
        let mut device = disk_device(disk);
        let slot = if disk.boot_index.is_some() {
            on_machine.next()
        } else {
            device["bus"] = BRIDGE.into();
            on_bridge.next()
        };
        // The ranges have no end, and Spec::check allows fewer disks than there are slots.
        device["addr"] = format!("{:#x}", slot.unwrap_or_default()).into();
        line.json("-blockdev", &blockdev(disk, OPEN_AT_START_S));
        line.json("-device", &device);
    }
}

/// Errors stop the guest rather than reach it: a disk of ours reports one when its store is away
/// or the host's disk is full, and both pass.
fn disk_device(disk: &Disk) -> Value {
    let mut device = json!({
        "driver": "virtio-blk-pci",
        "id": device(&disk.id),
        "drive": node(&disk.id),
        "serial": disk.serial,
        "iothread": "io",
        "werror": "stop",
        "rerror": "stop",
        "cyls": GEOMETRY.0,
        "heads": GEOMETRY.1,
        "secs": GEOMETRY.2,
    });
    if let Some(index) = disk.boot_index {
        device["bootindex"] = index.into();
    }
    device
}

fn basics(line: &mut Line, spec: &Spec) {
    let vcpus = spec.vcpus;
    line.pair("-name", name_argument(&spec.id));
    line.flag("-no-user-config").flag("-nodefaults");
    line.pair(
        "-machine",
        "q35,usb=off,sata=off,smm=off,vmport=off,dump-guest-core=off",
    );
    line.pair("-accel", spec.accel.argument());
    line.pair("-cpu", spec.accel.processor());
    line.pair("-smp", format!("{vcpus},sockets=1,cores={vcpus},threads=1"));
    line.pair("-m", format!("{}M", spec.memory_mib));
    line.pair("-rtc", "base=utc");
    line.pair("-boot", "strict=on,menu=off");
    // A guest that sleeps can be woken by nobody.
    line.pair("-global", "ICH9-LPC.disable_s3=1")
        .pair("-global", "ICH9-LPC.disable_s4=1");
    // A guest's own power-off is kept until somebody has seen it.
    line.pair("-action", "shutdown=pause,reboot=reset");
    line.pair("-display", "none");
    line.pair("-msg", "timestamp=on");
    line.pair(
        "-sandbox",
        "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
    );
    line.pair("-pidfile", text(&spec.paths.pid));
}

/// By these a guest's cloud-init and agents know that they are on EC2, and which instance they are.
fn marks(line: &mut Line, spec: &Spec) {
    let Spec {
        uuid, product, id, ..
    } = spec;
    line.pair("-smbios", "type=0,vendor=Amazon EC2,version=1.0");
    line.pair(
        "-smbios",
        format!(
            "type=1,manufacturer=Amazon EC2,product={product},version=,serial={uuid},uuid={uuid},\
             sku=,family="
        ),
    );
    line.pair(
        "-smbios",
        format!("type=2,manufacturer=Amazon EC2,asset={id}"),
    );
    line.pair("-smbios", "type=3,manufacturer=Amazon EC2,asset=Amazon EC2");
}

fn firmware_of(line: &mut Line, firmware: &Firmware) -> Result<()> {
    let Firmware::Uefi { vars } = firmware else {
        return Ok(());
    };
    let code = firmware::code_for(vars)?;
    for (name, path, read_only) in [("code", code.as_path(), true), ("vars", vars, false)] {
        line.json(
            "-blockdev",
            &json!({
                "driver": "raw", "node-name": name, "read-only": read_only,
                "file": {"driver": "file", "filename": path},
            }),
        );
    }
    line.pair("-machine", "pflash0=code,pflash1=vars");
    Ok(())
}

/// The console, the monitor and the agent's channel.
fn channels(line: &mut Line, spec: &Spec) {
    let paths = &spec.paths;
    line.pair(
        "-chardev",
        format!("file,id=console,append=on,path={}", escaped(&paths.console)),
    );
    line.json(
        "-device",
        &json!({"driver": "isa-serial", "chardev": "console"}),
    );
    line.pair(
        "-chardev",
        format!(
            "socket,id=qmp,server=on,wait=off,path={}",
            escaped(&paths.qmp)
        ),
    );
    line.pair("-mon", "chardev=qmp,mode=control");
    line.pair(
        "-chardev",
        format!(
            "socket,id=agent,server=on,wait=off,path={}",
            escaped(&paths.agent)
        ),
    );
    line.json(
        "-device",
        &json!({"driver": "virtio-serial-pci", "id": "channels", "addr": SLOT_SERIAL}),
    );
    line.json(
        "-device",
        &json!({
            "driver": "virtserialport", "bus": "channels.0", "chardev": "agent",
            "name": "org.qemu.guest_agent.0",
        }),
    );
}

fn devices(line: &mut Line) {
    line.json(
        "-device",
        &json!({"driver": "pcie-pci-bridge", "id": BRIDGE, "addr": SLOT_BRIDGE}),
    );
    line.json("-object", &json!({"qom-type": "iothread", "id": "io"}));
    line.json(
        "-device",
        &json!({"driver": "VGA", "id": "screen", "addr": SLOT_SCREEN}),
    );
    line.json(
        "-object",
        &json!({"qom-type": "rng-random", "id": "rng", "filename": "/dev/urandom"}),
    );
    line.json(
        "-device",
        &json!({"driver": "virtio-rng-pci", "rng": "rng", "addr": SLOT_RANDOM}),
    );
}

fn network(line: &mut Line, nic: &Nic) {
    line.json(
        "-netdev",
        &json!({
            "type": "stream", "id": "net", "server": true,
            "addr": {"type": "unix", "path": nic.socket},
        }),
    );
    // No boot ROM: nothing here boots from the network, and looking for one takes time.
    line.json(
        "-device",
        &json!({
            "driver": "virtio-net-pci", "id": "nic", "netdev": "net", "mac": nic.mac,
            "romfile": "", "addr": SLOT_NIC,
        }),
    );
}

/// A path for `key=value` arguments, where a comma ends the value unless it is doubled.
fn escaped(path: &Path) -> String {
    text(path).replace(',', ",,")
}

/// Paths have been checked to be UTF-8 by [`Spec::check`].
pub(crate) fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[derive(Default)]
struct Line(Vec<String>);

impl Line {
    fn flag(&mut self, flag: &str) -> &mut Self {
        self.0.push(flag.into());
        self
    }

    fn pair(&mut self, flag: &str, value: impl Into<String>) -> &mut Self {
        self.0.extend([flag.into(), value.into()]);
        self
    }

    fn json(&mut self, flag: &str, value: &Value) -> &mut Self {
        self.pair(flag, value.to_string())
    }
}
