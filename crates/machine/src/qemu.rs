//! The QEMU on this host: which program, which version.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::process::Command;

use crate::error::{Error, Result};

const NAME: &str = "qemu-system-x86_64";
/// `-netdev stream` and `open-timeout` of NBD are there since this version.
const OLDEST: (u32, u32) = (7, 2);
const PATIENCE: Duration = Duration::from_secs(20);

/// A QEMU that was asked for its version and is recent enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Qemu {
    binary: PathBuf,
    version: (u32, u32),
}

impl Qemu {
    /// Finds QEMU: the program that is named, or `qemu-system-x86_64` from the search path.
    ///
    /// # Errors
    /// [`Error::NoQemu`] where it is missing, does not run, or is older than 7.2.
    pub async fn find(named: Option<&Path>) -> Result<Self> {
        let binary = named.map_or_else(|| PathBuf::from(NAME), Path::to_path_buf);
        let no = |why: String| Error::NoQemu {
            binary: binary.display().to_string(),
            why,
        };
        let asked = quiet(&binary).arg("--version").output();
        let output = tokio::time::timeout(PATIENCE, asked)
            .await
            .map_err(|_| no("it did not tell its version".into()))?
            .map_err(|e| no(e.to_string()))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let version = parse_version(&text).ok_or_else(|| no("its version is unreadable".into()))?;
        if version < OLDEST {
            return Err(no(format!(
                "version {}.{} is too old",
                version.0, version.1
            )));
        }
        Ok(Self { binary, version })
    }

    /// The program.
    #[must_use]
    pub fn binary(&self) -> &Path {
        &self.binary
    }

    /// Major and minor version.
    #[must_use]
    pub fn version(&self) -> (u32, u32) {
        self.version
    }
}

/// A program that inherits nothing of the server's environment but the search path, and gets no
/// input. Secrets in the server's environment must not be readable in a guest's process.
pub(crate) fn quiet(binary: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(binary);
    command
        .env_clear()
        .stdin(std::process::Stdio::null())
        .kill_on_drop(true);
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command
}

fn parse_version(text: &str) -> Option<(u32, u32)> {
    let rest = text.split_once("version ")?.1;
    let mut numbers = rest.split(|c: char| !c.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_several_releases_are_read() {
        let debian = "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)\nCopyright";
        assert_eq!(parse_version(debian), Some((7, 2)));
        assert_eq!(parse_version("QEMU emulator version 10.0.2"), Some((10, 0)));
        assert_eq!(parse_version("command not found"), None);
    }

    #[tokio::test]
    async fn a_program_that_is_not_qemu_is_refused_with_its_name() {
        let text = Qemu::find(Some(Path::new("/bin/true")))
            .await
            .unwrap_err()
            .to_string();
        assert!(
            text.contains("/bin/true") && text.contains("qemu-system-x86"),
            "{text}"
        );
        assert!(Qemu::find(Some(Path::new("/nowhere/qemu"))).await.is_err());
    }
}
