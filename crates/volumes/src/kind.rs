//! The kinds of volumes and what each of them allows. (EBS User Guide, "Amazon EBS volume types".)
//!
//! The numbers are kept and shown so that clients read back what they asked for; how fast a volume
//! really is depends on the machine that it lies on.

use base::{Error, Reason, Result, Subject};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::RangeInclusive;

/// A kind of volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "AWS's names say it")]
pub enum VolumeKind {
    Gp2,
    Gp3,
    Io1,
    Io2,
    St1,
    Sc1,
    Standard,
}

/// A kind with the numbers that belong to it: checked, with AWS's defaults filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// The kind.
    pub kind: VolumeKind,
    /// Size in GiB.
    pub size_gib: u32,
    /// Operations in a second, where the kind has such a number.
    pub iops: Option<u32>,
    /// MiB in a second, for gp3.
    pub throughput: Option<u32>,
}

/// What a caller asks for, before it is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShapeRequest {
    /// The kind; gp2 if absent, as AWS has it.
    pub kind: Option<VolumeKind>,
    /// Size in GiB.
    pub size_gib: i64,
    /// Operations in a second.
    pub iops: Option<i64>,
    /// MiB in a second.
    pub throughput: Option<i64>,
}

impl VolumeKind {
    /// Reads AWS's name of a kind.
    pub fn parse(text: &str) -> Result<VolumeKind> {
        use VolumeKind::{Gp2, Gp3, Io1, Io2, Sc1, St1, Standard};
        let all = [Gp2, Gp3, Io1, Io2, St1, Sc1, Standard];
        all.into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| {
                let shown: String = text.chars().take(64).collect();
                Error::new(
                    Reason::Invalid,
                    Subject::Volume,
                    format!("Invalid volume type: {shown}"),
                )
            })
    }

    /// AWS's name of it.
    pub fn as_str(self) -> &'static str {
        match self {
            VolumeKind::Gp2 => "gp2",
            VolumeKind::Gp3 => "gp3",
            VolumeKind::Io1 => "io1",
            VolumeKind::Io2 => "io2",
            VolumeKind::St1 => "st1",
            VolumeKind::Sc1 => "sc1",
            VolumeKind::Standard => "standard",
        }
    }

    /// The sizes that it allows, in GiB.
    pub fn sizes_gib(self) -> RangeInclusive<i64> {
        match self {
            VolumeKind::Gp2 => 1..=16_384,
            VolumeKind::Gp3 => 1..=65_536,
            VolumeKind::Io1 => 4..=16_384,
            VolumeKind::Io2 => 4..=65_536,
            VolumeKind::St1 | VolumeKind::Sc1 => 125..=16_384,
            VolumeKind::Standard => 1..=1024,
        }
    }

    fn iops(self, asked: Option<i64>, size_gib: i64) -> Result<Option<u32>> {
        let range = match self {
            VolumeKind::Gp3 => 3000..=80_000,
            VolumeKind::Io1 => 100..=64_000,
            VolumeKind::Io2 => 100..=256_000,
            VolumeKind::Gp2 | VolumeKind::St1 | VolumeKind::Sc1 | VolumeKind::Standard => {
                return match asked {
                    Some(_) => Err(not_for("iops", self)),
                    None if self == VolumeKind::Gp2 => small((size_gib * 3).clamp(100, 16_000)),
                    None => Ok(None),
                };
            }
        };
        match asked {
            Some(number) if range.contains(&number) => small(number),
            Some(number) => Err(out_of_range("iops", number, &range, self)),
            None if self == VolumeKind::Gp3 => Ok(Some(3000)),
            None => {
                let message = format!("The parameter iops must be specified for {self} volumes.");
                Err(Error::new(Reason::Missing, Subject::Parameter, message))
            }
        }
    }

    fn throughput(self, asked: Option<i64>) -> Result<Option<u32>> {
        let range = 125..=2000;
        match asked {
            None if self == VolumeKind::Gp3 => Ok(Some(125)),
            None => Ok(None),
            Some(_) if self != VolumeKind::Gp3 => Err(not_for("throughput", self)),
            Some(number) if range.contains(&number) => small(number),
            Some(number) => Err(out_of_range("throughput", number, &range, self)),
        }
    }
}

impl fmt::Display for VolumeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl ShapeRequest {
    /// Checks the numbers against the kind, and fills in what AWS fills in.
    pub fn check(&self) -> Result<Shape> {
        let kind = self.kind.unwrap_or(VolumeKind::Gp2);
        if !kind.sizes_gib().contains(&self.size_gib) {
            return Err(bad_size(kind, self.size_gib));
        }
        let size_gib = u32::try_from(self.size_gib).map_err(|_| bad_size(kind, self.size_gib))?;
        let iops = kind.iops(self.iops, self.size_gib)?;
        let throughput = kind.throughput(self.throughput)?;
        Ok(Shape {
            kind,
            size_gib,
            iops,
            throughput,
        })
    }
}

fn small(number: i64) -> Result<Option<u32>> {
    u32::try_from(number).map(Some).map_err(Error::internal)
}

fn bad_size(kind: VolumeKind, size: i64) -> Error {
    let (least, most) = (
        kind.sizes_gib().start().to_owned(),
        kind.sizes_gib().end().to_owned(),
    );
    let message = if size < least {
        format!("Volume of {size}GiB is too small for volume type {kind}; minimum is {least}GiB.")
    } else {
        format!("Volume of {size}GiB is too large for volume type {kind}; maximum is {most}GiB.")
    };
    Error::new(Reason::Invalid, Subject::VolumeSize, message)
}

fn not_for(parameter: &str, kind: VolumeKind) -> Error {
    let message = format!("The parameter {parameter} is not supported for {kind} volumes.");
    Error::new(Reason::Combination, Subject::Parameter, message)
}

fn out_of_range(what: &str, number: i64, range: &RangeInclusive<i64>, kind: VolumeKind) -> Error {
    let message = format!(
        "Volume {what} of {number} is not possible for volume type {kind}; it takes {} to {}.",
        range.start(),
        range.end()
    );
    Error::invalid(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(kind: &str, size: i64, iops: Option<i64>, throughput: Option<i64>) -> Result<Shape> {
        let kind = Some(VolumeKind::parse(kind)?);
        ShapeRequest {
            kind,
            size_gib: size,
            iops,
            throughput,
        }
        .check()
    }

    #[test]
    fn each_kind_has_its_sizes() {
        for (kind, least, most) in [
            ("gp2", 1, 16_384),
            ("gp3", 1, 65_536),
            ("st1", 125, 16_384),
            ("sc1", 125, 16_384),
            ("standard", 1, 1024),
        ] {
            assert!(ask(kind, least, None, None).is_ok() && ask(kind, most, None, None).is_ok());
            for bad in [least - 1, most + 1, -1, i64::MAX] {
                let error = ask(kind, bad, None, None).unwrap_err();
                assert_eq!(
                    (error.reason, error.subject),
                    (Reason::Invalid, Subject::VolumeSize)
                );
            }
        }
        assert!(VolumeKind::parse("GP2").is_err());
    }

    #[test]
    fn numbers_are_filled_in_as_aws_fills_them_in() {
        let gp3 = ask("gp3", 8, None, None).unwrap();
        assert_eq!((gp3.iops, gp3.throughput), (Some(3000), Some(125)));
        assert_eq!(ask("gp2", 1, None, None).unwrap().iops, Some(100));
        assert_eq!(ask("gp2", 1000, None, None).unwrap().iops, Some(3000));
        assert_eq!(ask("gp2", 16_384, None, None).unwrap().iops, Some(16_000));
        assert_eq!(
            ask("io1", 8, None, None).unwrap_err().reason,
            Reason::Missing
        );
        assert_eq!(
            ask("io2", 8, Some(256_000), None).unwrap().iops,
            Some(256_000)
        );
        assert_eq!(
            ask("gp2", 8, Some(3000), None).unwrap_err().reason,
            Reason::Combination
        );
        assert_eq!(
            ask("io1", 8, Some(200), Some(200)).unwrap_err().reason,
            Reason::Combination
        );
        assert_eq!(
            ask("gp3", 8, Some(2999), None).unwrap_err().reason,
            Reason::Invalid
        );
    }
}
