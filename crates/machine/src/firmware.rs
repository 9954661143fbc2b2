//! OVMF, the UEFI firmware: where distributions put it, and each machine's own variables.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Code and the template of its variables, as the distributions' packages lay them out. The two of
/// a pair have one flash layout and must be used together.
const PAIRS: [(&str, &str); 4] = [
    (
        "/usr/share/OVMF/OVMF_CODE_4M.fd",
        "/usr/share/OVMF/OVMF_VARS_4M.fd",
    ),
    (
        "/usr/share/OVMF/OVMF_CODE.fd",
        "/usr/share/OVMF/OVMF_VARS.fd",
    ),
    (
        "/usr/share/edk2/ovmf/OVMF_CODE.fd",
        "/usr/share/edk2/ovmf/OVMF_VARS.fd",
    ),
    (
        "/usr/share/edk2/x64/OVMF_CODE.4m.fd",
        "/usr/share/edk2/x64/OVMF_VARS.4m.fd",
    ),
];

/// Makes a machine's file of UEFI variables from the template. A file that is there already is
/// left as it is, for it holds what the guest has set.
///
/// # Errors
/// [`Error::BadSpec`] where no OVMF is installed; [`Error::Io`] where the file cannot be written.
pub fn new_vars(path: &Path) -> Result<()> {
    if path.exists() {
        return Ok(());
    }
    let (_, template) = installed().next().ok_or_else(missing)?;
    let part = path.with_extension("part");
    std::fs::copy(template, &part)
        .and_then(|_| std::fs::rename(&part, path))
        .map_err(Error::io("writing", path))
}

/// The code that belongs to a file of variables: both of a pair have templates of one size.
pub(crate) fn code_for(vars: &Path) -> Result<PathBuf> {
    let size = |path: &Path| std::fs::metadata(path).map(|found| found.len());
    let wanted = size(vars).map_err(Error::io("reading", vars))?;
    installed()
        .find(|(_, template)| size(template).is_ok_and(|found| found == wanted))
        .map(|(code, _)| code.to_path_buf())
        .ok_or_else(missing)
}

fn installed() -> impl Iterator<Item = (&'static Path, &'static Path)> {
    PAIRS
        .into_iter()
        .map(|(code, vars)| (Path::new(code), Path::new(vars)))
        .filter(|(code, vars)| code.exists() && vars.exists())
}

fn missing() -> Error {
    Error::BadSpec {
        field: "firmware",
        why: "is UEFI, for which this host has no fitting OVMF; Debian's package is ovmf".into(),
    }
}
