//! Virtual machines as processes: starting QEMU, steering it, and finding it again.
//!
//! What it promises:
//!
//! * A guest is a process of its own, in a session of its own. It lives on when the server stops or
//!   is killed, and [`attach`] takes it up again. A recycled process number is never mistaken for
//!   it: the command line is compared while a pidfd holds the process.
//! * Why a guest ended is known, not guessed: QEMU waits, paused, after a guest's own power-off
//!   until somebody has seen it, so that none is lost while the server is away.
//! * A disk whose NBD server is gone makes the guest wait, not fail.
//! * Nothing that a guest prints or sends can fill the host's disk or memory while a [`Handle`] is
//!   held, and QEMU runs without the right to start programs.
//!
//! What it does not do: it knows no database, no accounts, no images and no network beyond the
//! socket that a [`Nic`] names. It serves no disks: their NBD servers must be there first.
//!
//! Start at [`Qemu::find`], [`Spec`] and [`Handle`].
//!
//! ```no_run
//! # async fn demo() -> Result<(), machine::Error> {
//! use machine::{Accel, Disk, Firmware, Paths, Qemu, Spec, accel};
//! let qemu = Qemu::find(None).await?;
//! let accel = accel::choose(&qemu, accel::Setting::Auto).await;
//! let spec = Spec {
//!     id: "i-0123456789abcdef0".into(),
//!     uuid: "ec2a1b2c-0000-4000-8000-000000000001".into(),
//!     product: "t3.micro".into(),
//!     vcpus: 1,
//!     memory_mib: 512,
//!     firmware: Firmware::Bios,
//!     disks: vec![Disk::new("vol-0123456789abcdef0", "/run/disk.nbd").boot()],
//!     nic: None,
//!     paths: Paths::within("/run/amiable/i-0123456789abcdef0"),
//!     accel,
//!     extra: vec![],
//! };
//! let guest = qemu.start(&spec).await?;
//! println!("{:?}", guest.wait().await);
//! # Ok(()) }
//! ```

pub mod accel;
mod agent;
mod command;
pub mod console;
mod error;
mod firmware;
mod handle;
mod process;
mod qemu;
mod qmp;
mod screen;
mod spec;
mod steer;
mod supervise;

pub use accel::Accel;
pub use agent::Frozen;
pub use error::{Error, Result};
pub use firmware::new_vars;
pub use handle::{Event, Exit, Handle, Status, attach};
pub use qemu::Qemu;
pub use spec::{Disk, Firmware, Nic, Paths, Spec};
