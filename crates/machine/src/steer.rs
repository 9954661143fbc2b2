//! Steering a machine that runs: buttons, disks, pictures.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::AsyncReadExt;

use crate::command;
use crate::error::{Error, Result};
use crate::handle::{Event, Handle};
use crate::screen;
use crate::spec::Disk;

/// A guest that is still starting overlooks the request to let go of a disk; so it is repeated.
const ASK_AGAIN: Duration = Duration::from_secs(5);

impl Handle {
    /// Presses the power button. What the guest makes of it shows in [`Handle::wait`], or not.
    ///
    /// # Errors
    /// [`Error::Gone`] when it is over.
    pub async fn power_button(&self) -> Result<()> {
        self.tell_qemu("system_powerdown", json!({})).await
    }

    /// Presses the reset button. The guest starts anew in the same process.
    ///
    /// # Errors
    /// [`Error::Gone`] when it is over.
    pub async fn reset(&self) -> Result<()> {
        self.tell_qemu("system_reset", json!({})).await
    }

    /// Makes it stand still, with all that it wrote handed to its disks' servers and flushed.
    ///
    /// # Errors
    /// [`Error::Timeout`] while a disk's server is away.
    pub async fn pause(&self) -> Result<()> {
        self.machine.held.store(true, Ordering::Release);
        self.tell_qemu("stop", json!({})).await
    }

    /// Lets it run again.
    ///
    /// # Errors
    /// [`Error::Gone`] when it is over.
    pub async fn resume(&self) -> Result<()> {
        self.machine.held.store(false, Ordering::Release);
        self.tell_qemu("cont", json!({})).await
    }

    /// Flushes all disks. QEMU does this when it pauses a guest, so the guest stands still for it.
    ///
    /// # Errors
    /// [`Error::Timeout`] while a disk's server is away.
    pub async fn flush(&self) -> Result<()> {
        let paused = self.pause().await;
        self.resume().await?;
        paused
    }

    /// Gives the guest one more disk. Its NBD server must be there.
    ///
    /// # Errors
    /// [`Error::BadSpec`]; [`Error::Refused`] where the server does not answer, the disk is there
    /// already or there is no room for it.
    pub async fn plug(&self, disk: &Disk) -> Result<()> {
        disk.check()?;
        self.tell_qemu("blockdev-add", command::blockdev_to_plug(disk))
            .await?;
        let added = self
            .tell_qemu("device_add", command::device_to_plug(disk))
            .await;
        if added.is_err() {
            self.machine.close_disk(&disk.id).await?;
        }
        added
    }

    /// Asks the guest to let go of a disk and returns when it has, and the disk is closed. A disk
    /// that is not there is no error.
    ///
    /// # Errors
    /// [`Error::Timeout`] when the guest does not let go. It still may, later, and certainly does
    /// when it is reset: then [`Event::DiskReleased`] says so.
    pub async fn unplug(&self, disk_id: &str, patience: Duration) -> Result<()> {
        crate::spec::plain("disk", disk_id, 28)?;
        let asking = self.ask_until_released(disk_id);
        tokio::time::timeout(patience, asking)
            .await
            .unwrap_or_else(|_| {
                let what = format!("the guest's letting go of {disk_id}");
                Err(Error::Timeout {
                    what,
                    after: patience,
                })
            })
    }

    async fn ask_until_released(&self, disk_id: &str) -> Result<()> {
        let mut events = self.events();
        let released = Event::DiskReleased {
            disk: disk_id.into(),
        };
        loop {
            let asked = self
                .tell_qemu("device_del", json!({"id": command::device(disk_id)}))
                .await;
            match asked {
                Err(Error::Refused { class, .. }) if class == "DeviceNotFound" => {
                    return self.machine.close_disk(disk_id).await;
                }
                // It has been asked before and has not answered yet.
                Ok(()) | Err(Error::Refused { .. }) => {}
                Err(other) => return Err(other),
            }
            let coming =
                async { while events.recv().await.is_ok_and(|event| event != released) {} };
            if tokio::time::timeout(ASK_AGAIN, coming).await.is_ok() {
                // Released, or too many events to tell: the next round knows.
                tokio::task::yield_now().await;
            }
        }
    }

    /// The ids of the disks that the guest has now.
    ///
    /// # Errors
    /// [`Error::Gone`] when it is over.
    pub async fn disks(&self) -> Result<Vec<String>> {
        self.machine.devices().await
    }

    /// Presses a key that does nothing, which wakes a screen that has gone dark.
    ///
    /// # Errors
    /// [`Error::Gone`] when it is over.
    pub async fn wake(&self) -> Result<()> {
        let keys = json!({"keys": [{"type": "qcode", "data": "shift"}]});
        self.tell_qemu("send-key", keys).await
    }

    /// What the screen shows, as a JPEG of at most 100,000 bytes.
    ///
    /// # Errors
    /// [`Error::Gone`] when it is over; [`Error::Nonsense`] where QEMU made no picture.
    pub async fn screenshot(&self) -> Result<Vec<u8>> {
        let path = &self.machine.paths.screen;
        let _alone = self.machine.screen.lock().await;
        self.tell_qemu("screendump", json!({"filename": command::text(path)}))
            .await?;
        let mut ppm = Vec::new();
        let file = tokio::fs::File::open(path)
            .await
            .map_err(Error::io("reading", path))?;
        let read = file.take(screen::LARGEST_PPM).read_to_end(&mut ppm).await;
        read.map_err(Error::io("reading", path))?;
        tokio::fs::remove_file(path)
            .await
            .map_err(Error::io("removing", path))?;
        let converted = tokio::task::spawn_blocking(move || screen::jpeg(&ppm)).await;
        let nonsense = Error::Nonsense {
            who: "QEMU",
            expected: "a picture of the screen",
        };
        converted.ok().flatten().ok_or(nonsense)
    }

    async fn tell_qemu(&self, command: &str, arguments: Value) -> Result<()> {
        self.machine.ask(command, arguments).await.map(drop)
    }
}
