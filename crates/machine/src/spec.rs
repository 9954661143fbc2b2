//! What a machine is made of, as plain values, and the rules that they must meet.
//!
//! A [`Spec`] is checked before anything is started: names are plain, sockets fit into what the
//! kernel takes, numbers are in range. What is checked here is what [`crate::command`] relies on.

use std::path::{Path, PathBuf};

use crate::accel::Accel;
use crate::error::{Error, Result};

/// The longest path of a Unix socket: `sun_path` has 108 bytes, one of them for the final zero.
pub const LONGEST_SOCKET_PATH: usize = 107;
/// The most disks: each has a slot of a PCI bus, and a bus has 32, some of them taken.
pub const MOST_DISKS: usize = 24;
/// The longest serial number that virtio-blk carries: `vol` and 17 hexadecimal digits fit exactly.
pub const LONGEST_SERIAL: usize = 20;

/// A machine to be started.
#[derive(Debug, Clone)]
pub struct Spec {
    /// The instance's id. Guests see it as the asset tag of the baseboard.
    pub id: String,
    /// The system UUID. It begins with `ec2`: by this cloud-init knows where it is.
    pub uuid: String,
    /// The instance type, such as `t3.micro`.
    pub product: String,
    /// Virtual processors, 1 to 255.
    pub vcpus: u32,
    /// Memory in MiB.
    pub memory_mib: u32,
    /// What the machine starts with.
    pub firmware: Firmware,
    /// Disks in the order in which the guest finds them.
    pub disks: Vec<Disk>,
    /// The network card, if there is one.
    pub nic: Option<Nic>,
    /// Where its files and sockets are.
    pub paths: Paths,
    /// KVM or TCG, from [`crate::accel::choose`].
    pub accel: Accel,
    /// More arguments for QEMU, as they are, after all others. Only from the operator's settings.
    pub extra: Vec<String>,
}

/// The firmware of a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Firmware {
    /// SeaBIOS, the `legacy-bios` of images.
    Bios,
    /// OVMF without Secure Boot, the `uefi` of images.
    Uefi {
        /// The file of variables, of this machine alone. [`crate::new_vars`] makes one.
        vars: PathBuf,
    },
}

/// A disk that an NBD server on a Unix socket serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disk {
    /// Its name for QEMU, by which it is unplugged: a volume's id will do.
    pub id: String,
    /// Where the NBD server listens.
    pub socket: PathBuf,
    /// The export's name there.
    pub export: String,
    /// What the guest reads as the disk's serial number: the volume's id without its dash.
    pub serial: String,
    /// Its place in the order of booting, from 1. Such a disk cannot be unplugged while the machine
    /// runs; one with `None` can, and is never booted from.
    pub boot_index: Option<u32>,
    /// Whether the guest may only read.
    pub read_only: bool,
}

impl Disk {
    /// A writable disk that is not booted from; export and serial number follow from the id.
    #[must_use]
    pub fn new(id: impl Into<String>, socket: impl Into<PathBuf>) -> Self {
        let id = id.into();
        let serial = id
            .chars()
            .filter(|c| *c != '-')
            .take(LONGEST_SERIAL)
            .collect();
        Self {
            export: id.clone(),
            id,
            socket: socket.into(),
            serial,
            boot_index: None,
            read_only: false,
        }
    }

    /// The same disk, booted from first.
    #[must_use]
    pub fn boot(mut self) -> Self {
        self.boot_index = Some(1);
        self
    }

    pub(crate) fn check(&self) -> Result<()> {
        plain("disks.id", &self.id, 28)?;
        plain("disks.serial", &self.serial, LONGEST_SERIAL)?;
        if self.export.len() > 255 || self.export.contains('\0') {
            return bad("disks.export", "must be at most 255 bytes without a zero");
        }
        socket_path("disks.socket", &self.socket)
    }
}

/// A network card whose other end is a stream of frames on a Unix socket.
///
/// QEMU listens on the socket, so that whoever connects may come, go and come back. Each frame is
/// preceded by its length as four bytes, big-endian. While nobody is connected, frames are dropped.
///
/// QEMU takes one connection at a time, and notices the end of one only when the guest's card has
/// taken all that was sent to it. Whoever connects again may find the socket full (`WouldBlock`)
/// until then, and should try again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nic {
    /// The card's address, `aa:bb:cc:dd:ee:ff`.
    pub mac: String,
    /// Where QEMU listens.
    pub socket: PathBuf,
}

/// Where the files and sockets of one machine are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// What the guest's serial port prints.
    pub console: PathBuf,
    /// What QEMU itself prints.
    pub log: PathBuf,
    /// QEMU's control socket.
    pub qmp: PathBuf,
    /// The socket of the agent inside of the guest.
    pub agent: PathBuf,
    /// QEMU writes its process number here and locks it.
    pub pid: PathBuf,
    /// A passing place for pictures of the screen.
    pub screen: PathBuf,
}

impl Paths {
    /// The usual names in a folder that belongs to this machine alone.
    #[must_use]
    pub fn within(folder: impl AsRef<Path>) -> Self {
        let folder = folder.as_ref();
        Self {
            console: folder.join("console.log"),
            log: folder.join("qemu.log"),
            qmp: folder.join("qmp"),
            agent: folder.join("agent"),
            pid: folder.join("pid"),
            screen: folder.join("screen.ppm"),
        }
    }

    fn check(&self) -> Result<()> {
        for (field, path) in [
            ("paths.console", &self.console),
            ("paths.log", &self.log),
            ("paths.pid", &self.pid),
            ("paths.screen", &self.screen),
        ] {
            text_path(field, path)?;
        }
        socket_path("paths.qmp", &self.qmp)?;
        socket_path("paths.agent", &self.agent)
    }
}

impl Spec {
    /// Says what is wrong with this machine, if anything.
    ///
    /// # Errors
    /// [`Error::BadSpec`] names the field and what it needs.
    pub fn check(&self) -> Result<()> {
        plain("id", &self.id, 64)?;
        plain("product", &self.product, 64)?;
        uuid(&self.uuid)?;
        if !(1..=255).contains(&self.vcpus) {
            return bad("vcpus", "must be 1 to 255");
        }
        if self.memory_mib < 16 {
            return bad("memory_mib", "must be at least 16");
        }
        if let Firmware::Uefi { vars } = &self.firmware {
            text_path("firmware.vars", vars)?;
        }
        self.check_disks()?;
        if let Some(nic) = &self.nic {
            mac(&nic.mac)?;
            socket_path("nic.socket", &nic.socket)?;
        }
        self.paths.check()
    }

    fn check_disks(&self) -> Result<()> {
        if self.disks.len() > MOST_DISKS {
            return bad("disks", format!("must be at most {MOST_DISKS}"));
        }
        for (at, disk) in self.disks.iter().enumerate() {
            disk.check()?;
            if self.disks.iter().take(at).any(|other| other.id == disk.id) {
                return bad("disks.id", format!("is there twice: {}", disk.id));
            }
        }
        Ok(())
    }
}

fn bad<T>(field: &'static str, why: impl Into<String>) -> Result<T> {
    Err(Error::BadSpec {
        field,
        why: why.into(),
    })
}

/// Words that mean nothing special to QEMU: letters and digits first, then also `-`, `.` and `_`.
pub(crate) fn plain(field: &'static str, text: &str, longest: usize) -> Result<()> {
    let ok = text.len() <= longest
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-._".contains(c));
    if ok {
        return Ok(());
    }
    bad(
        field,
        format!("must be 1 to {longest} letters, digits, '-', '.' or '_', and is {text:?}"),
    )
}

fn uuid(text: &str) -> Result<()> {
    let parts: Vec<usize> = text.split('-').map(str::len).collect();
    let hex = text.chars().all(|c| c == '-' || c.is_ascii_hexdigit());
    if !hex || parts != [8, 4, 4, 4, 12] {
        return bad("uuid", format!("must be a UUID, and is {text:?}"));
    }
    if !text.starts_with("ec2") {
        return bad(
            "uuid",
            "must begin with ec2, or guests do not know where they are",
        );
    }
    Ok(())
}

fn mac(text: &str) -> Result<()> {
    let ok = text.split(':').count() == 6
        && text
            .split(':')
            .all(|p| p.len() == 2 && p.chars().all(|c| c.is_ascii_hexdigit()));
    if ok {
        Ok(())
    } else {
        bad(
            "nic.mac",
            format!("must be aa:bb:cc:dd:ee:ff, and is {text:?}"),
        )
    }
}

fn text_path(field: &'static str, path: &Path) -> Result<()> {
    match path.to_str() {
        Some(text) if path.is_absolute() && !text.chars().any(char::is_control) => Ok(()),
        _ => bad(
            field,
            format!(
                "must be an absolute path in UTF-8, and is {}",
                path.display()
            ),
        ),
    }
}

fn socket_path(field: &'static str, path: &Path) -> Result<()> {
    text_path(field, path)?;
    let length = path.as_os_str().len();
    if length <= LONGEST_SOCKET_PATH {
        return Ok(());
    }
    bad(
        field,
        format!(
            "is {length} bytes long, and the kernel takes {LONGEST_SOCKET_PATH} for a socket; \
             use a shorter run folder than {}",
            path.display()
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> Spec {
        Spec {
            id: "i-0123456789abcdef0".into(),
            uuid: "ec2a1b2c-0000-4000-8000-000000000001".into(),
            product: "t3.micro".into(),
            vcpus: 1,
            memory_mib: 128,
            firmware: Firmware::Bios,
            disks: vec![Disk::new("vol-0123456789abcdef0", "/run/d")],
            nic: None,
            paths: Paths::within("/run/i"),
            accel: Accel::tcg("a test"),
            extra: vec![],
        }
    }

    fn field_at_fault(spec: &Spec) -> &'static str {
        match spec.check() {
            Err(Error::BadSpec { field, .. }) => field,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_usual_machine_is_accepted_and_its_serial_is_the_volume_id_without_its_dash() {
        let spec = spec();
        spec.check().unwrap();
        assert_eq!(spec.disks[0].serial, "vol0123456789abcdef0");
    }

    #[test]
    fn a_socket_path_that_the_kernel_would_cut_is_refused_with_its_length() {
        let mut spec = spec();
        spec.paths = Paths::within(format!("/run/{}", "x".repeat(110)));
        let text = spec.check().unwrap_err().to_string();
        assert!(
            text.contains("119 bytes long") && text.contains("107"),
            "{text}"
        );
    }

    #[test]
    fn what_could_slip_an_option_into_the_command_line_is_refused() {
        for id in ["i-1,file=/etc/passwd", "", "-i", "i 1", "i\n1"] {
            assert_eq!(
                field_at_fault(&Spec {
                    id: id.into(),
                    ..spec()
                }),
                "id",
                "{id:?}"
            );
        }
        let product = "t3,serial=x".to_owned();
        assert_eq!(field_at_fault(&Spec { product, ..spec() }), "product");
        let nic = Some(Nic {
            mac: "00:11:22:33:44:55,x=y".into(),
            socket: "/run/n".into(),
        });
        assert_eq!(field_at_fault(&Spec { nic, ..spec() }), "nic.mac");
    }

    #[test]
    fn a_uuid_that_cloud_init_would_not_know_is_refused() {
        for uuid in [
            "00000000-0000-4000-8000-000000000001",
            "ec2",
            "ec2a1b2c-0000-4000-8000-00000000000g",
        ] {
            assert_eq!(
                field_at_fault(&Spec {
                    uuid: uuid.into(),
                    ..spec()
                }),
                "uuid",
                "{uuid}"
            );
        }
    }

    #[test]
    fn two_disks_of_one_name_and_too_many_disks_are_refused() {
        let disk = |n: usize| Disk::new(format!("vol-{n}"), "/run/d");
        assert_eq!(
            field_at_fault(&Spec {
                disks: vec![disk(1), disk(1)],
                ..spec()
            }),
            "disks.id"
        );
        let many = (0..=MOST_DISKS).map(disk).collect();
        assert_eq!(
            field_at_fault(&Spec {
                disks: many,
                ..spec()
            }),
            "disks"
        );
    }
}
