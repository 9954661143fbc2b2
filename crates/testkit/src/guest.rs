//! A guest: a client of the NBD server that writes and reads one disk, and waits for each answer.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// What to ask of a disk.
#[derive(Clone, Copy, Debug)]
enum Command {
    Read = 0,
    Write = 1,
    Flush = 3,
    WriteZeroes = 6,
}

/// A connection to one disk.
pub struct Guest(UnixStream);

impl Guest {
    /// Connects to the export of this name, in the oldest way that the protocol knows.
    ///
    /// # Errors
    /// If there is no such export.
    pub fn connect(socket: &Path, name: &str) -> io::Result<Guest> {
        let mut stream = UnixStream::connect(socket)?;
        // A guest that waits for longer than this waits for ever.
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let mut greeting = [0; 18];
        stream.read_exact(&mut greeting)?;
        stream.write_all(&3u32.to_be_bytes())?;
        let name = name.as_bytes();
        let mut option = b"IHAVEOPT".to_vec();
        option.extend_from_slice(&1u32.to_be_bytes());
        option.extend_from_slice(&u32::try_from(name.len()).unwrap_or(0).to_be_bytes());
        option.extend_from_slice(name);
        stream.write_all(&option)?;
        let mut size_and_flags = [0; 10];
        stream.read_exact(&mut size_and_flags)?;
        Ok(Guest(stream))
    }

    fn ask(&mut self, command: Command, offset: u64, length: u32, data: &[u8]) -> io::Result<()> {
        let mut request = 0x2560_9513u32.to_be_bytes().to_vec();
        request.extend_from_slice(&0u16.to_be_bytes());
        request.extend_from_slice(&(command as u16).to_be_bytes());
        request.extend_from_slice(&7u64.to_be_bytes());
        request.extend_from_slice(&offset.to_be_bytes());
        request.extend_from_slice(&length.to_be_bytes());
        request.extend_from_slice(data);
        self.0.write_all(&request)?;
        let mut reply = [0; 16];
        self.0.read_exact(&mut reply)?;
        match reply[4..8] {
            [0, 0, 0, 0] => Ok(()),
            _ => Err(io::Error::other("the disk answers with an error")),
        }
    }

    /// Writes.
    ///
    /// # Errors
    /// If the disk answers with one, or not at all.
    pub fn write(&mut self, offset: u64, data: &[u8]) -> io::Result<()> {
        let length = u32::try_from(data.len()).map_err(io::Error::other)?;
        self.ask(Command::Write, offset, length, data)
    }

    /// Makes zeros.
    ///
    /// # Errors
    /// If the disk answers with one, or not at all.
    pub fn zero(&mut self, offset: u64, length: u32) -> io::Result<()> {
        self.ask(Command::WriteZeroes, offset, length, &[])
    }

    /// Flushes.
    ///
    /// # Errors
    /// If the disk answers with one, or not at all.
    pub fn flush(&mut self) -> io::Result<()> {
        self.ask(Command::Flush, 0, 0, &[])
    }

    /// Reads.
    ///
    /// # Errors
    /// If the disk answers with one, or not at all.
    pub fn read(&mut self, offset: u64, length: u32) -> io::Result<Vec<u8>> {
        self.ask(Command::Read, offset, length, &[])?;
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
        self.0.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}
