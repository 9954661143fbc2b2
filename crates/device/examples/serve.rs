//! Serves a volume over NBD, for measuring it beside other servers:
//!
//! ```text
//! serve DIRECTORY SOCKET SIZE [RAW-BASE]
//! ```
//!
//! The export is named `disk`. The volume is created if the directory has none. Ends when it is killed.
#![allow(
    clippy::print_stdout,
    reason = "a command line program talks to its user"
)]

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use device::nbd::{Limits, Server, Table};
use device::{Base, Error, Extent, Kind, New, Volume, ZeroBase};

/// A raw image file as a base.
struct Raw {
    file: File,
    size: u64,
}

impl Base for Raw {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        self.file.read_exact_at(buf, offset)
    }

    fn extents(&self, offset: u64, length: u64) -> io::Result<Vec<Extent>> {
        Ok(vec![Extent {
            offset,
            length,
            kind: Kind::Data,
        }])
    }

    fn try_read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<bool> {
        let flags = rustix::io::ReadWriteFlags::NOWAIT;
        let length = buf.len();
        let mut parts = [io::IoSliceMut::new(buf)];
        match rustix::io::preadv2(&self.file, &mut parts, offset, flags) {
            Ok(count) => Ok(count == length),
            Err(rustix::io::Errno::AGAIN) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [directory, socket, size, rest @ ..] = arguments.as_slice() else {
        return Err("usage: serve DIRECTORY SOCKET SIZE [RAW-BASE]".into());
    };
    let size: u64 = size.parse()?;
    let base: Arc<dyn Base> = match rest.first() {
        Some(path) => {
            let file = File::open(path)?;
            let size = file.metadata()?.len();
            Arc::new(Raw { file, size })
        }
        None => Arc::new(ZeroBase { size }),
    };
    let directory = Path::new(directory);
    let volume = match Volume::open(directory, Arc::clone(&base)) {
        Err(Error::Missing(_)) => Volume::create(directory, &New { size, base_ref: "" }, base)?,
        opened => opened?,
    };
    let volume = Arc::new(volume);
    let table = Arc::new(Table::default());
    table.insert("disk", Arc::clone(&volume) as Arc<_>);
    let _server = Server::bind(Path::new(socket), table, Limits::default())?;
    println!("serving nbd+unix:///disk?socket={socket}");
    loop {
        std::thread::park();
    }
}
