//! The guest images that the demo and the tests boot, built on demand and kept between runs.
//!
//! [`tiny`] boots in seconds and does what tests tell it; [`debian`] is Debian 12 as it is, with its own cloud-init.
//! Both are built by the scripts in `xtask/guests/` from Debian's packages. An image is kept under a key made of its
//! scripts and the versions of its packages, so it is built again when either changes. Any number of processes may ask
//! at once: one builds, the others wait; an image appears whole or not at all.

#![allow(
    clippy::print_stderr,
    reason = "xtask talks to the person who started it"
)]

use std::{
    env,
    ffi::OsString,
    fs::{self, File},
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant, SystemTime},
};

use anyhow::{Context, Result, bail};

/// Images that are no longer what their scripts and packages make are removed when they are as old as this.
const KEEP: Duration = Duration::from_secs(7 * 24 * 3600);

/// The folder for what is downloaded and built, outside of the source tree.
#[derive(Clone, Debug)]
pub struct Cache(PathBuf);

impl Cache {
    /// `$XDG_CACHE_HOME/amiable`, else `~/.cache/amiable`; where neither can be made, a folder for temporary files.
    pub fn open() -> Result<Self> {
        let wanted = wanted_folder(env::var_os("XDG_CACHE_HOME"), env::var_os("HOME"));
        if let Some(folder) = wanted.filter(|folder| fs::create_dir_all(folder).is_ok()) {
            return Ok(Self(folder));
        }
        let user = env::var("USER").unwrap_or_else(|_| "nobody".to_owned());
        Self::at(&env::temp_dir().join(format!("amiable-cache-{user}")))
    }

    /// This folder; made if it is not there.
    pub fn at(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        Ok(Self(folder.to_owned()))
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// Waits until no one else builds `what` in this cache. Over when the file is dropped, or its process ends.
    pub(crate) fn lock(&self, what: &str) -> Result<File> {
        let path = self.0.join(format!("{what}.lock"));
        let lock = File::options().create(true).append(true).open(&path);
        let lock = lock.with_context(|| format!("opening {}", path.display()))?;
        if lock.try_lock().is_err() {
            eprintln!("Waiting for another process to build {what}");
            lock.lock()
                .with_context(|| format!("locking {}", path.display()))?;
        }
        Ok(lock)
    }
}

/// An empty or relative variable says nothing.
fn wanted_folder(cache: Option<OsString>, home: Option<OsString>) -> Option<PathBuf> {
    let absolute =
        |path: Option<OsString>| path.map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = absolute(cache).or_else(|| Some(absolute(home)?.join(".cache")));
    Some(cache?.join("amiable"))
}

struct Guest {
    name: &'static str,
    /// The file that is there when it is built.
    disk: &'static str,
    /// Packages whose versions are part of the key.
    packages: &'static str,
}

const TINY: Guest = Guest {
    name: "tiny",
    disk: "tiny.raw",
    packages: "linux-image-cloud-amd64 busybox-static systemd-boot-efi",
};
const DEBIAN: Guest = Guest {
    name: "debian",
    disk: "debian.raw",
    packages: include_str!("../guests/debian/packages.txt"),
};

/// Not a guest: a system as four disks. `v1.raw` stands for them all.
const DATASET: Guest = Guest {
    name: "dataset",
    disk: "v1.raw",
    packages: concat!(
        include_str!("../guests/dataset/packages.txt"),
        include_str!("../guests/dataset/added.txt")
    ),
};

/// The path of the tiny guest's disk, a raw image; built if it is not there.
pub fn tiny(cache: &Cache) -> Result<PathBuf> {
    TINY.image(cache)
}

/// The path of the Debian 12 disk, a raw image; built if it is not there.
pub fn debian(cache: &Cache) -> Result<PathBuf> {
    DEBIAN.image(cache)
}

/// The folder of the disks that the benchmarks measure; built if they are not there.
pub(crate) fn dataset(cache: &Cache) -> Result<PathBuf> {
    let disk = DATASET.image(cache)?;
    let folder = disk.parent().context("a disk without a folder")?;
    Ok(folder.to_owned())
}

/// Where the build scripts are.
pub(crate) fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("guests")
}

impl Guest {
    fn image(&self, cache: &Cache) -> Result<PathBuf> {
        let _lock = cache.lock(self.name)?;
        let folder = cache.0.join("guests").join(self.key(cache)?);
        let disk = folder.join(self.disk);
        if !disk.exists() {
            self.build(cache, &folder)?;
        }
        Ok(disk)
    }

    /// Changes when a script or a package does.
    fn key(&self, cache: &Cache) -> Result<String> {
        let mut hasher = DefaultHasher::new();
        let own = scripts().join(self.name);
        for file in [vec![scripts().join("packages.sh")], files(&own)?].concat() {
            let path = file.strip_prefix(scripts()).unwrap_or(&file);
            path.hash(&mut hasher);
            fs::read(&file)
                .with_context(|| format!("reading {}", file.display()))?
                .hash(&mut hasher);
        }
        self.versions(cache)?.hash(&mut hasher);
        Ok(format!("{}-{:016x}", self.name, hasher.finish()))
    }

    fn versions(&self, cache: &Cache) -> Result<String> {
        let output = Command::new("bash")
            .arg(scripts().join("packages.sh"))
            .arg("versions")
            .arg(cache.0.join("packages"))
            .args(self.packages.split_whitespace())
            .stderr(Stdio::inherit())
            .output()
            .context("starting bash")?;
        if !output.status.success() {
            bail!(
                "The versions of the packages of the {} guest cannot be found out.",
                self.name
            );
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Builds into a folder beside, which gets its name when all is there.
    fn build(&self, cache: &Cache, folder: &Path) -> Result<()> {
        eprintln!(
            "Building the {} guest (once; kept in {})",
            self.name,
            cache.0.display()
        );
        let (started, partial) = (Instant::now(), folder.with_extension("partial"));
        if partial.exists() {
            fs::remove_dir_all(&partial)
                .with_context(|| format!("removing {}", partial.display()))?;
        }
        fs::create_dir_all(&partial).with_context(|| format!("making {}", partial.display()))?;
        let log = partial.join("build.log");
        self.run_script(cache, &partial, &log)?;
        fs::rename(&partial, folder).with_context(|| format!("naming {}", folder.display()))?;
        eprintln!(
            "Built the {} guest in {:.0} s",
            self.name,
            started.elapsed().as_secs_f32()
        );
        self.remove_old(folder)
    }

    fn run_script(&self, cache: &Cache, partial: &Path, log: &Path) -> Result<()> {
        let output = File::create(log).with_context(|| format!("creating {}", log.display()))?;
        let status = Command::new("bash")
            .arg(scripts().join(self.name).join("build.sh"))
            .arg(cache.0.join("packages"))
            .arg(partial)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .status()
            .context("starting bash")?;
        if status.success() {
            return Ok(());
        }
        let said = fs::read_to_string(log).unwrap_or_default();
        let lines: Vec<&str> = said.lines().collect();
        let end = lines
            .get(lines.len().saturating_sub(20)..)
            .unwrap_or_default()
            .join("\n");
        bail!(
            "Building the {} guest failed ({status}); all of it is in {}:\n{end}",
            self.name,
            log.display()
        )
    }

    /// Removes earlier images of this guest. Young ones stay: an older checkout may still use them.
    fn remove_old(&self, current: &Path) -> Result<()> {
        let Some(parent) = current.parent() else {
            return Ok(());
        };
        for entry in fs::read_dir(parent).context("looking for old guests")? {
            let entry = entry?;
            let ours = entry
                .file_name()
                .to_string_lossy()
                .starts_with(&format!("{}-", self.name));
            let modified = entry.metadata()?.modified()?;
            let age = SystemTime::now()
                .duration_since(modified)
                .unwrap_or_default();
            if ours && entry.path() != current && age > KEEP {
                fs::remove_dir_all(entry.path())
                    .with_context(|| format!("removing {}", entry.path().display()))?;
            }
        }
        Ok(())
    }
}

/// All files under a folder, sorted.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => found.extend(files(&entry.path())?),
            false => found.push(entry.path()),
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_is_where_the_variables_say() {
        let folder = |cache: Option<&str>, home: Option<&str>| {
            wanted_folder(cache.map(OsString::from), home.map(OsString::from))
        };
        assert_eq!(folder(Some("/c"), Some("/h")), Some("/c/amiable".into()));
        assert_eq!(
            folder(Some(""), Some("/h")),
            Some("/h/.cache/amiable".into())
        );
        assert_eq!(folder(Some("relative"), Some("")), None);
        assert_eq!(folder(None, None), None);
    }

    #[test]
    fn all_scripts_are_part_of_a_key() {
        for guest in [TINY, DEBIAN, DATASET] {
            let found = files(&scripts().join(guest.name)).unwrap();
            assert!(found.iter().any(|file| file.ends_with("build.sh")));
        }
        let tiny = files(&scripts().join("tiny")).unwrap();
        assert!(tiny.iter().any(|file| file.ends_with("root/bin/imds")));
    }

    #[test]
    fn one_builder_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path()).unwrap();
        let held = cache.lock("guests").unwrap();
        let other = File::options()
            .append(true)
            .open(folder.path().join("guests.lock"))
            .unwrap();
        assert!(other.try_lock().is_err());
        drop(held);
        assert!(other.try_lock().is_ok());
    }
}
