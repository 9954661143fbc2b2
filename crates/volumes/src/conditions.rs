//! What policies may ask about volumes and snapshots: EC2's condition keys, by the names that the
//! Service Authorization Reference gives them. What is to be made is asked about with what is known
//! of it before it has an id.

use crate::encryption::{self, Source};
use crate::{NO_VOLUME, NewVolume, Outcome, Shape, Snapshot, Volume, encrypts_by_default};
use base::{AccountId, Region, Result, SnapshotId, Zone};
use identity::{Call, Context, Made};
use store::Tx;

/// What is known of a volume before it has an id.
struct Known<'a> {
    zone: &'a Zone,
    shape: Shape,
    encrypted: bool,
    key: Option<&'a str>,
    snapshot: Option<(&'a Region, &'a SnapshotId)>,
}

impl Known<'_> {
    fn tell(&self, context: &mut Context) {
        context.set("ec2:AvailabilityZone", self.zone.to_string());
        context.set("ec2:Encrypted", self.encrypted.to_string());
        context.set("ec2:VolumeSize", self.shape.size_gib.to_string());
        context.set("ec2:VolumeType", self.shape.kind.as_str());
        if let Some(iops) = self.shape.iops {
            context.set("ec2:VolumeIops", iops.to_string());
        }
        if let Some(throughput) = self.shape.throughput {
            context.set("ec2:VolumeThroughput", throughput.to_string());
        }
        if let Some(key) = self.key {
            context.set("ec2:KmsKeyId", key);
        }
        if let Some((region, id)) = self.snapshot {
            let arn = format!("arn:aws:ec2:{region}::snapshot/{id}");
            context.set("ec2:ParentSnapshot", arn);
        }
    }
}

/// A volume that is to be made, as policies are asked about it. The key is the one that the
/// request names.
pub async fn volume_to_make(tx: &mut Tx, call: &Call, new: &NewVolume) -> Result<Made> {
    let source = new.snapshot.as_ref().map_or(Source::Plain, |snapshot| {
        snapshot.as_source(call.account(), &call.region)
    });
    let by_default = encrypts_by_default(tx, call).await?;
    let outcome = encryption::of_volume(source, &new.encryption, by_default)?;
    let mut context = Context::new();
    Known {
        zone: &new.zone,
        shape: new.shape,
        encrypted: outcome != Outcome::Plain,
        key: new.encryption.key.as_deref(),
        snapshot: new.snapshot.as_ref().map(|s| (&s.region, &s.id)),
    }
    .tell(&mut context);
    Ok(Made::ec2(call, "volume", context))
}

/// What is known of a snapshot before it has an id.
struct KnownSnapshot<'a> {
    owner: &'a AccountId,
    encrypted: bool,
    size_gib: u32,
    parent: Option<String>,
}

impl KnownSnapshot<'_> {
    fn tell(&self, context: &mut Context) {
        context.set("ec2:Encrypted", self.encrypted.to_string());
        context.set("ec2:Owner", self.owner.as_str());
        context.set("ec2:VolumeSize", self.size_gib.to_string());
        if let Some(parent) = &self.parent {
            context.set("ec2:ParentVolume", parent.as_str());
        }
    }

    fn to_make(&self, call: &Call) -> Made {
        let mut context = Context::new();
        self.tell(&mut context);
        Made::ec2(call, "snapshot", context)
    }
}

fn parent(region: &Region, owner: &AccountId, volume: &str) -> Option<String> {
    (volume != NO_VOLUME).then(|| format!("arn:aws:ec2:{region}:{owner}:volume/{volume}"))
}

/// A snapshot that is to be made of a volume, as policies are asked about it.
pub fn snapshot_to_make(call: &Call, volume: &Volume) -> Made {
    KnownSnapshot {
        owner: call.account(),
        encrypted: volume.encrypted,
        size_gib: volume.size_gib,
        parent: parent(&volume.region, &volume.owner, volume.id.as_ref()),
    }
    .to_make(call)
}

/// A copy that is to be made of a snapshot, as policies are asked about it. It has no volume.
pub fn snapshot_copy_to_make(call: &Call, source: &Snapshot, outcome: Outcome) -> Made {
    KnownSnapshot {
        owner: call.account(),
        encrypted: outcome != Outcome::Plain,
        size_gib: source.size_gib,
        parent: None,
    }
    .to_make(call)
}

pub(crate) fn of_volume(volume: &Volume, context: &mut Context) {
    Known {
        zone: &volume.zone,
        shape: volume.shape(),
        encrypted: volume.encrypted,
        key: volume.sealing.as_ref().map(|s| s.key.arn.as_str()),
        snapshot: volume.snapshot.as_ref().map(|id| (&volume.region, id)),
    }
    .tell(context);
    context.set("ec2:VolumeID", volume.id.to_string());
}

pub(crate) fn of_snapshot(snapshot: &Snapshot, context: &mut Context) {
    KnownSnapshot {
        owner: &snapshot.owner,
        encrypted: snapshot.encrypted,
        size_gib: snapshot.size_gib,
        parent: parent(&snapshot.region, &snapshot.owner, &snapshot.volume),
    }
    .tell(context);
    context.set("ec2:SnapshotID", snapshot.id.to_string());
    context.set("ec2:SnapshotTime", snapshot.started.to_string());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CreatePermission, Origin, SnapshotState, VolumeKind, VolumeState};
    use base::{AccountId, ResourceId, Timestamp};
    use blocks::{Domain, Tree};
    use identity::Resource;

    fn told(resource: &dyn Resource, key: &str) -> Option<String> {
        let mut context = Context::new();
        resource.conditions(&mut context);
        context.get(key).map(|values| values.join(" "))
    }

    fn region() -> Region {
        Region::parse("us-east-1").unwrap()
    }

    fn owner() -> AccountId {
        AccountId::parse("111122223333").unwrap()
    }

    fn empty() -> Tree {
        Tree::empty(crate::GIB, &Domain::Plain).unwrap()
    }

    #[test]
    fn policies_may_ask_about_a_volume() {
        let volume = Volume {
            id: base::VolumeId::parse("vol-0123456789abcdef0").unwrap(),
            owner: owner(),
            region: region(),
            zone: Zone::parse(&region(), "us-east-1b").unwrap(),
            size_gib: 8,
            kind: VolumeKind::parse("gp3").unwrap(),
            iops: Some(3000),
            throughput: None,
            state: VolumeState::Available,
            created: Timestamp::from_millis(0),
            snapshot: Some(SnapshotId::parse("snap-0123456789abcdef0").unwrap()),
            encrypted: false,
            sealing: None,
            product_codes: std::collections::BTreeSet::new(),
            attachment: None,
            base: empty(),
            base_from: None,
            upload: None,
        };
        for (key, value) in [
            ("ec2:AvailabilityZone", "us-east-1b"),
            ("ec2:Encrypted", "false"),
            ("ec2:VolumeSize", "8"),
            ("ec2:VolumeType", "gp3"),
            ("ec2:VolumeIops", "3000"),
            ("ec2:VolumeID", "vol-0123456789abcdef0"),
            (
                "ec2:ParentSnapshot",
                "arn:aws:ec2:us-east-1::snapshot/snap-0123456789abcdef0",
            ),
        ] {
            assert_eq!(told(&volume, key).as_deref(), Some(value), "{key}");
        }
        assert_eq!(told(&volume, "ec2:KmsKeyId"), None);
        assert_eq!(told(&volume, "ec2:VolumeThroughput"), None);
    }

    #[test]
    fn policies_may_ask_about_a_snapshot() {
        let snapshot = Snapshot {
            id: SnapshotId::parse("snap-0123456789abcdef0").unwrap(),
            owner: owner(),
            region: region(),
            state: SnapshotState::Completed,
            state_message: None,
            size_gib: 8,
            description: String::new(),
            volume: "vol-0123456789abcdef0".into(),
            started: Timestamp::from_millis(1_700_000_000_000),
            completed: None,
            progress: 100,
            streams: false,
            tree: Some(empty()),
            encrypted: true,
            sealing: None,
            permission: CreatePermission::default(),
            data_bytes: None,
            product_codes: std::collections::BTreeSet::new(),
            origin: Origin::Stored(empty()),
        };
        for (key, value) in [
            ("ec2:Encrypted", "true"),
            ("ec2:Owner", "111122223333"),
            ("ec2:SnapshotID", "snap-0123456789abcdef0"),
            ("ec2:SnapshotTime", "2023-11-14T22:13:20.000Z"),
            ("ec2:VolumeSize", "8"),
            (
                "ec2:ParentVolume",
                "arn:aws:ec2:us-east-1:111122223333:volume/vol-0123456789abcdef0",
            ),
        ] {
            assert_eq!(told(&snapshot, key).as_deref(), Some(value), "{key}");
        }
        let copy = Snapshot {
            volume: NO_VOLUME.into(),
            ..snapshot
        };
        assert_eq!(told(&copy, "ec2:ParentVolume"), None);
    }
}
