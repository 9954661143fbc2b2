//! Choosing between hardware virtualization and translation.
//!
//! That `/dev/kvm` can be opened proves nothing: there are variants of KVM that make virtual
//! machines and then run ordinary kernels slower than translation does, or not to their end. So KVM
//! is used only where the processor says that it can virtualize *and* a small guest, started for
//! the purpose, does a known amount of work in time.

use std::path::Path;
use std::time::{Duration, Instant};

use tokio::process::Command;

use crate::qemu::{Qemu, quiet};

/// How long the trial guest may take, from starting QEMU to its end.
const TRIAL: Duration = Duration::from_secs(3);
/// What the trial guest writes to the exit port, and what QEMU's exit status then is.
const TRIAL_WORD: u8 = 0x15;
const TRIAL_STATUS: i32 = (0x15 << 1) | 1;
/// Host memory that translated code may take, for each machine.
const TRANSLATION_MIB: u32 = 256;

/// How a machine's processors are run, and why so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accel {
    /// The way.
    pub kind: Kind,
    /// Why this one, for the log.
    pub reason: String,
}

/// A way of running a guest's processors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The host's own processors, by KVM.
    Kvm,
    /// Translation by QEMU, one thread for each virtual processor.
    Tcg,
}

/// What the operator wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Setting {
    /// KVM where it works.
    #[default]
    Auto,
    /// KVM, come what may.
    Kvm,
    /// Translation, come what may.
    Tcg,
}

impl std::str::FromStr for Setting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "kvm" => Ok(Self::Kvm),
            "tcg" => Ok(Self::Tcg),
            other => Err(format!("acceleration is auto, kvm or tcg, not {other:?}")),
        }
    }
}

impl Accel {
    /// Translation.
    #[must_use]
    pub fn tcg(reason: impl Into<String>) -> Self {
        Self {
            kind: Kind::Tcg,
            reason: reason.into(),
        }
    }

    /// Hardware virtualization.
    #[must_use]
    pub fn kvm(reason: impl Into<String>) -> Self {
        Self {
            kind: Kind::Kvm,
            reason: reason.into(),
        }
    }

    pub(crate) fn argument(&self) -> String {
        match self.kind {
            Kind::Kvm => "kvm".into(),
            Kind::Tcg => format!("tcg,thread=multi,tb-size={TRANSLATION_MIB}"),
        }
    }

    /// Under translation: what the translator can do, but without five-level page tables, which
    /// make every miss of its address cache dearer and serve guests of this size nothing, and
    /// without the promise that strings are moved fast byte by byte: a kernel that believes it
    /// copies and clears memory in the one way that a translator does slowest. Debian's start takes
    /// about an eighth less processor time for it.
    pub(crate) fn processor(&self) -> &'static str {
        match self.kind {
            Kind::Kvm => "host,migratable=off",
            Kind::Tcg => "max,la57=off,erms=off,fsrm=off",
        }
    }
}

/// Chooses, and says why. It never fails: translation always works.
pub async fn choose(qemu: &Qemu, setting: Setting) -> Accel {
    let accel = match setting {
        Setting::Kvm => Accel::kvm("the settings say so"),
        Setting::Tcg => Accel::tcg("the settings say so"),
        Setting::Auto => by_trial(qemu).await,
    };
    tracing::info!(kind = ?accel.kind, reason = %accel.reason, "chose how guests' processors run");
    accel
}

async fn by_trial(qemu: &Qemu) -> Accel {
    if !Path::new("/dev/kvm").exists() {
        return Accel::tcg("there is no /dev/kvm");
    }
    let processor = tokio::fs::read_to_string("/proc/cpuinfo")
        .await
        .unwrap_or_default();
    if !can_virtualize(&processor) {
        return Accel::tcg("the processor shows neither vmx nor svm, whatever /dev/kvm is");
    }
    match trial(qemu, "kvm", TRIAL).await {
        Ok(took) => Accel::kvm(format!("a trial guest ran in {took:.1?}")),
        Err(why) => Accel::tcg(format!("a trial guest under KVM {why}")),
    }
}

fn can_virtualize(cpuinfo: &str) -> bool {
    cpuinfo
        .lines()
        .filter(|line| line.starts_with("flags"))
        .flat_map(str::split_whitespace)
        .any(|flag| flag == "vmx" || flag == "svm")
}

/// Runs the trial guest and says how long it took, or what it did instead.
async fn trial(qemu: &Qemu, accel: &str, patience: Duration) -> Result<Duration, String> {
    let folder = tempfile_folder().map_err(|e| format!("could not be prepared: {e}"))?;
    let disk = folder.join("trial");
    let result = match std::fs::write(&disk, trial_disk()) {
        Ok(()) => run_trial(trial_command(qemu, accel, &disk), patience).await,
        Err(e) => Err(format!("could not be prepared: {e}")),
    };
    if let Err(e) = std::fs::remove_dir_all(&folder) {
        tracing::debug!(folder = %folder.display(), "left behind: {e}");
    }
    result
}

async fn run_trial(mut command: Command, patience: Duration) -> Result<Duration, String> {
    let began = Instant::now();
    match tokio::time::timeout(patience, command.output()).await {
        Err(_) => Err(format!("was not done after {patience:?}")),
        Ok(Err(e)) => Err(format!("could not be started: {e}")),
        Ok(Ok(output)) if output.status.code() == Some(TRIAL_STATUS) => Ok(began.elapsed()),
        Ok(Ok(output)) => {
            let said = String::from_utf8_lossy(&output.stderr);
            Err(format!(
                "ended with {}: {}",
                output.status,
                said.lines().next().unwrap_or("")
            ))
        }
    }
}

fn trial_command(qemu: &Qemu, accel: &str, disk: &Path) -> Command {
    let mut command = quiet(qemu.binary());
    command
        .args([
            "-no-user-config",
            "-nodefaults",
            "-display",
            "none",
            "-no-reboot",
        ])
        .args(["-machine", "pc", "-m", "16", "-accel", accel])
        .args(["-boot", "strict=on,menu=off"])
        .args(["-device", "isa-debug-exit,iobase=0xf4,iosize=4"])
        .arg("-blockdev")
        .arg(
            serde_json::json!({
                "driver": "raw", "node-name": "trial",
                "file": {"driver": "file", "filename": disk},
            })
            .to_string(),
        )
        .args(["-device", "ide-hd,drive=trial,bootindex=1"]);
    command
}

/// A boot sector that counts down from fifty million and leaves QEMU by its exit port.
fn trial_disk() -> Vec<u8> {
    let mut sector = vec![
        0xfa, // cli
        0x66, 0xb9, 0x80, 0xf0, 0xfa, 0x02, // mov ecx, 50000000
        0x66, 0x49, // again: dec ecx
        0x75, 0xfc, // jnz again
        0xb0, TRIAL_WORD, // mov al, TRIAL_WORD
        0xe6, 0xf4, // out 0xf4, al
        0xf4, // hlt
    ];
    sector.resize(1 << 20, 0);
    sector[510] = 0x55;
    sector[511] = 0xaa;
    sector
}

/// A new folder that only this user can enter.
fn tempfile_folder() -> std::io::Result<std::path::PathBuf> {
    use std::os::unix::fs::DirBuilderExt;
    let base = std::env::temp_dir();
    let mut last = std::io::Error::from(std::io::ErrorKind::AlreadyExists);
    for attempt in 0..16_u32 {
        let folder = base.join(format!("machine-trial-{}-{attempt}", std::process::id()));
        match std::fs::DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => return Ok(folder),
            Err(e) => last = e,
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_trial_guest_does_its_work_under_translation_and_one_that_is_late_is_found_out() {
        let qemu = Qemu::find(None).await.unwrap();
        trial(&qemu, "tcg", Duration::from_secs(60)).await.unwrap();
        let late = trial(&qemu, "tcg", Duration::from_millis(1))
            .await
            .unwrap_err();
        assert!(late.contains("not done"), "{late}");
        let unknown = trial(&qemu, "no-such-thing", Duration::from_secs(20))
            .await
            .unwrap_err();
        assert!(unknown.contains("ended with"), "{unknown}");
    }

    #[tokio::test]
    async fn a_processor_without_the_flags_means_translation_even_if_kvm_can_be_opened() {
        let qemu = Qemu::find(None).await.unwrap();
        let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap();
        let chosen = choose(&qemu, Setting::Auto).await;
        if !can_virtualize(&cpuinfo) {
            assert_eq!(chosen.kind, Kind::Tcg, "{chosen:?}");
        }
        assert_eq!(choose(&qemu, Setting::Kvm).await.kind, Kind::Kvm);
        assert_eq!(choose(&qemu, Setting::Tcg).await.kind, Kind::Tcg);
    }

    #[test]
    fn flags_are_whole_words_of_the_flags_line() {
        assert!(can_virtualize("flags\t\t: fpu vmx sse"));
        assert!(can_virtualize("flags : svm"));
        assert!(!can_virtualize("flags : fpu vmxnot\nbugs : svm"));
    }
}
