//! Block device mappings: which disks an image or a launch has, and where they appear. Pure.

use base::{Error, Reason, Result, SnapshotId, Subject};
use serde::{Deserialize, Serialize};
use volumes::{ShapeRequest, VolumeKind};

/// One disk of an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// Such as `/dev/sda1`.
    pub device: String,
    /// What appears there.
    pub target: Target,
}

/// What appears as a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// A volume.
    Ebs(Ebs),
    /// An instance store disk, such as `ephemeral0`: carried along, never attached here.
    Ephemeral(String),
}

/// A volume to be made at launch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ebs {
    /// What it is made from; absent: an empty volume.
    pub snapshot: Option<SnapshotId>,
    /// Its size. Absent only while the image that a snapshot is made for is pending.
    pub size_gib: u32,
    /// `gp2`, `gp3`, `io1`, `io2`, `st1`, `sc1` or `standard`.
    pub kind: String,
    /// For `gp3`, `io1` and `io2`.
    pub iops: Option<u32>,
    /// For `gp3`.
    pub throughput: Option<u32>,
    /// Whether it goes when its instance is terminated.
    pub delete_on_termination: bool,
    /// Whether its blocks are sealed under a key.
    pub encrypted: bool,
    /// The key that a launch names for it.
    #[serde(default)]
    pub key: Option<String>,
}

/// One entry of a request's mapping, as the caller sent it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MappingRequest {
    /// The device name.
    pub device: String,
    /// Drop the device of this name.
    pub no_device: bool,
    /// An instance store disk.
    pub virtual_name: Option<String>,
    /// A volume.
    pub ebs: Option<EbsRequest>,
}

/// The volume part of a request's entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EbsRequest {
    /// What it is made from.
    pub snapshot: Option<SnapshotId>,
    /// Its size in GiB.
    pub size_gib: Option<u32>,
    /// Its type.
    pub kind: Option<String>,
    /// Operations a second.
    pub iops: Option<u32>,
    /// MiB a second.
    pub throughput: Option<u32>,
    /// Whether it goes with its instance.
    pub delete_on_termination: Option<bool>,
    /// Whether its blocks are sealed.
    pub encrypted: Option<bool>,
    /// The key: its id, ARN, alias or alias's ARN. Only a launch names one.
    #[serde(default)]
    pub key: Option<String>,
}

/// An error about a mapping.
pub(crate) fn bad(message: impl Into<String>) -> Error {
    Error::new(Reason::Invalid, Subject::BlockDeviceMapping, message)
}

/// Checks what can be checked of a request's entries without looking anything up.
pub fn check(entries: &[MappingRequest]) -> Result<()> {
    if entries.len() > 64 {
        return Err(bad("A block device mapping has at most 64 devices."));
    }
    for (position, entry) in entries.iter().enumerate() {
        check_device(&entry.device)?;
        if entries[..position]
            .iter()
            .any(|earlier| earlier.device == entry.device)
        {
            return Err(bad(format!(
                "The device '{}' is used more than once.",
                entry.device
            )));
        }
        check_entry(entry)?;
    }
    Ok(())
}

fn check_device(device: &str) -> Result<()> {
    let letters = |c: char| c.is_ascii_alphanumeric() || c == '/';
    if device.is_empty() {
        return Err(bad("Every block device mapping needs a DeviceName."));
    }
    if device.len() <= 32 && device.chars().all(letters) {
        return Ok(());
    }
    let shown: String = device.chars().take(64).collect();
    Err(bad(format!("Invalid device name {shown}")))
}

fn check_entry(entry: &MappingRequest) -> Result<()> {
    let given = [
        entry.no_device,
        entry.virtual_name.is_some(),
        entry.ebs.is_some(),
    ];
    if given.iter().filter(|given| **given).count() > 1 {
        let message = "takes only one of Ebs, VirtualName and NoDevice";
        return Err(bad(format!("The device '{}' {message}.", entry.device)));
    }
    if let Some(ebs) = &entry.ebs
        && ebs.key.is_some()
        && ebs.encrypted != Some(true)
    {
        let message = "The parameter KmsKeyId requires the parameter Encrypted to be set.";
        return Err(Error::new(Reason::Dependency, Subject::Parameter, message));
    }
    if let Some(name) = &entry.virtual_name {
        let number = name
            .strip_prefix("ephemeral")
            .and_then(|n| n.parse::<u8>().ok());
        if number.is_none_or(|number| number > 23) {
            let shown: String = name.chars().take(64).collect();
            return Err(bad(format!(
                "'{shown}' is not a virtual name: ephemeral0 to ephemeral23."
            )));
        }
    }
    Ok(())
}

impl Ebs {
    /// Checks that a volume of this shape can be.
    pub(crate) fn check(&self) -> Result<()> {
        let request = ShapeRequest {
            kind: Some(VolumeKind::parse(&self.kind)?),
            size_gib: i64::from(self.size_gib),
            iops: self.iops.map(i64::from),
            throughput: self.throughput.map(i64::from),
        };
        request
            .check()
            .map(drop)
            .map_err(|error| bad(error.message))
    }

    /// The volume that a request's entry asks for, over what is there already (`under`).
    pub(crate) fn from_request(
        device: &str,
        entry: &EbsRequest,
        under: Option<&Ebs>,
        snapshot_gib: Option<u32>,
    ) -> Result<Ebs> {
        let size = entry
            .size_gib
            .or(under.map(|ebs| ebs.size_gib))
            .or(snapshot_gib);
        let Some(size_gib) = size else {
            let message = "Either snapshot ID or volume size must be provided for:";
            return Err(bad(format!("{message} {device}")));
        };
        let kind = entry.kind.clone().or(under.map(|ebs| ebs.kind.clone()));
        let changed = entry.kind.is_some() && entry.kind != under.map(|ebs| ebs.kind.clone());
        let kept = under.filter(|_| !changed);
        Ok(Ebs {
            snapshot: entry
                .snapshot
                .clone()
                .or(under.and_then(|ebs| ebs.snapshot.clone())),
            size_gib,
            kind: kind.unwrap_or_else(|| "gp2".into()),
            iops: entry.iops.or(kept.and_then(|ebs| ebs.iops)),
            throughput: entry.throughput.or(kept.and_then(|ebs| ebs.throughput)),
            delete_on_termination: entry
                .delete_on_termination
                .or(under.map(|ebs| ebs.delete_on_termination))
                .unwrap_or(false),
            encrypted: entry.encrypted.unwrap_or(false) || under.is_some_and(|ebs| ebs.encrypted),
            key: entry.key.clone(),
        })
    }
}

/// The error for a volume smaller than what it is made from.
pub fn too_small(size_gib: u32, snapshot: &SnapshotId, snapshot_gib: u32) -> Error {
    bad(format!(
        "Volume of size {size_gib}GB is smaller than snapshot '{snapshot}', expect size >= {snapshot_gib}GB"
    ))
}

/// The devices of a launch: the image's, with the request's entries merged over them by name. The
/// same name overrides fields, a new name adds, `NoDevice` removes. `size_of` answers a snapshot's
/// size. The snapshot of a device of the image cannot be replaced.
pub fn merge(
    image: &[Mapping],
    entries: &[MappingRequest],
    size_of: impl Fn(&SnapshotId) -> Option<u32>,
) -> Result<Vec<Mapping>> {
    check(entries)?;
    let mut merged: Vec<Mapping> = image.to_vec();
    for entry in entries {
        let at = merged
            .iter()
            .position(|mapping| mapping.device == entry.device);
        if entry.no_device {
            if let Some(at) = at {
                merged.remove(at);
            }
            continue;
        }
        let under = at.map(|at| merged[at].clone());
        let mapping = overlay(entry, under.as_ref(), &size_of)?;
        match at {
            Some(at) => merged[at] = mapping,
            None => merged.push(mapping),
        }
    }
    merged
        .iter()
        .try_for_each(|mapping| fits(mapping, &size_of))?;
    Ok(merged)
}

fn overlay(
    entry: &MappingRequest,
    under: Option<&Mapping>,
    size_of: &impl Fn(&SnapshotId) -> Option<u32>,
) -> Result<Mapping> {
    let device = entry.device.clone();
    if let Some(name) = &entry.virtual_name {
        return Ok(Mapping {
            device,
            target: Target::Ephemeral(name.clone()),
        });
    }
    let under = match under.map(|mapping| &mapping.target) {
        Some(Target::Ebs(ebs)) => Some(ebs),
        Some(Target::Ephemeral(_)) | None => None,
    };
    let request = entry.ebs.clone().unwrap_or_default();
    if let (Some(given), Some(own)) = (
        &request.snapshot,
        under.and_then(|ebs| ebs.snapshot.as_ref()),
    ) && given != own
    {
        let message = format!("snapshotId cannot be modified on {device}: it is the image's own");
        return Err(bad(message));
    }
    let snapshot = request
        .snapshot
        .as_ref()
        .or(under.and_then(|ebs| ebs.snapshot.as_ref()));
    let ebs = Ebs::from_request(&device, &request, under, snapshot.and_then(size_of))?;
    Ok(Mapping {
        device,
        target: Target::Ebs(ebs),
    })
}

fn fits(mapping: &Mapping, size_of: &impl Fn(&SnapshotId) -> Option<u32>) -> Result<()> {
    let Target::Ebs(ebs) = &mapping.target else {
        return Ok(());
    };
    let Some(snapshot) = &ebs.snapshot else {
        return Ok(());
    };
    match size_of(snapshot) {
        Some(gib) if ebs.size_gib < gib => Err(too_small(ebs.size_gib, snapshot, gib)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::ResourceId;

    fn snapshot(n: u8) -> SnapshotId {
        SnapshotId::parse(&format!("snap-0000000{n}")).unwrap()
    }

    fn root() -> Mapping {
        let ebs = EbsRequest {
            snapshot: Some(snapshot(1)),
            delete_on_termination: Some(true),
            ..EbsRequest::default()
        };
        let ebs = Ebs::from_request("/dev/xvda", &ebs, None, Some(8)).unwrap();
        Mapping {
            device: "/dev/xvda".into(),
            target: Target::Ebs(ebs),
        }
    }

    fn entry(device: &str, ebs: EbsRequest) -> MappingRequest {
        MappingRequest {
            device: device.into(),
            ebs: Some(ebs),
            ..MappingRequest::default()
        }
    }

    fn sized(size_gib: u32) -> EbsRequest {
        EbsRequest {
            size_gib: Some(size_gib),
            ..EbsRequest::default()
        }
    }

    fn ask(entries: &[MappingRequest]) -> Result<Vec<Mapping>> {
        merge(&[root()], entries, |_| Some(8))
    }

    #[test]
    fn the_same_name_overrides_fields_and_keeps_the_rest() {
        let merged = ask(&[entry("/dev/xvda", sized(20))]).unwrap();
        let Target::Ebs(ebs) = &merged[0].target else {
            panic!("the root is a volume")
        };
        assert_eq!((ebs.size_gib, ebs.delete_on_termination), (20, true));
        assert_eq!(ebs.snapshot, Some(snapshot(1)));
    }

    #[test]
    fn a_new_name_adds_and_no_device_removes() {
        let gone = MappingRequest {
            device: "/dev/xvda".into(),
            no_device: true,
            ..MappingRequest::default()
        };
        let merged = ask(&[gone, entry("/dev/sdf", sized(5))]).unwrap();
        assert_eq!(merged.len(), 1);
        assert_eq!(merged[0].device, "/dev/sdf");
    }

    #[test]
    fn mappings_that_cannot_be_are_refused_with_awss_words() {
        let small = ask(&[entry("/dev/xvda", sized(4))]).unwrap_err();
        assert_eq!(
            small.message,
            "Volume of size 4GB is smaller than snapshot 'snap-00000001', expect size >= 8GB"
        );
        let nothing = ask(&[entry("/dev/sdf", EbsRequest::default())]).unwrap_err();
        assert_eq!(
            nothing.message,
            "Either snapshot ID or volume size must be provided for: /dev/sdf"
        );
        let other = EbsRequest {
            snapshot: Some(snapshot(2)),
            ..EbsRequest::default()
        };
        assert!(ask(&[entry("/dev/xvda", other)]).is_err());
        assert!(ask(&[entry("/dev/sdf", sized(1)), entry("/dev/sdf", sized(1))]).is_err());
        assert!(ask(&[entry("", sized(1))]).is_err());
        let both = MappingRequest {
            virtual_name: Some("ephemeral0".into()),
            ..entry("/dev/sdb", sized(1))
        };
        assert!(ask(&[both]).is_err());
        let name = |name: &str| MappingRequest {
            device: "/dev/sdb".into(),
            virtual_name: Some(name.into()),
            ..MappingRequest::default()
        };
        assert!(ask(&[name("ephemeral23")]).is_ok());
        assert!(ask(&[name("ephemeral24")]).is_err());
    }
}
