//! AWS's names of usage types. A Region is named by its billing code; one that AWS has no such code
//! for, by its own name.

use base::Region;

/// What snapshots occupy. In the first Region the name stands without a code, as in AWS's reports.
pub(super) fn snapshots(region: &Region) -> String {
    match region.as_str() {
        "us-east-1" => "EBS:SnapshotUsage".to_owned(),
        _ => format!("{}-EBS:SnapshotUsage", code(region)),
    }
}

/// What leaves one Region for another.
pub(super) fn transfer(from: &Region, to: &Region) -> String {
    format!("{}-{}-AWS-Out-Bytes", code(from), code(to))
}

fn code(region: &Region) -> &str {
    let known = CODES.iter().find(|(name, _)| *name == region.as_str());
    known.map_or(region.as_str(), |(_, code)| code)
}

/// They follow no rule: eu-west-1 is older than the numbering, and the Asian ones are in the order
/// of their opening.
const CODES: &[(&str, &str)] = &[
    ("af-south-1", "AFS1"),
    ("ap-east-1", "APE1"),
    ("ap-east-2", "APE2"),
    ("ap-northeast-1", "APN1"),
    ("ap-northeast-2", "APN2"),
    ("ap-northeast-3", "APN3"),
    ("ap-south-1", "APS3"),
    ("ap-south-2", "APS5"),
    ("ap-southeast-1", "APS1"),
    ("ap-southeast-2", "APS2"),
    ("ap-southeast-3", "APS4"),
    ("ap-southeast-4", "APS6"),
    ("ap-southeast-5", "APS7"),
    ("ap-southeast-6", "APS8"),
    ("ap-southeast-7", "APS9"),
    ("ca-central-1", "CAN1"),
    ("ca-west-1", "CAN2"),
    ("eu-central-1", "EUC1"),
    ("eu-central-2", "EUC2"),
    ("eu-north-1", "EUN1"),
    ("eu-south-1", "EUS1"),
    ("eu-south-2", "EUS2"),
    ("eu-west-1", "EU"),
    ("eu-west-2", "EUW2"),
    ("eu-west-3", "EUW3"),
    ("il-central-1", "ILC1"),
    ("me-central-1", "MEC1"),
    ("me-south-1", "MES1"),
    ("mx-central-1", "MXC1"),
    ("sa-east-1", "SAE1"),
    ("us-east-1", "USE1"),
    ("us-east-2", "USE2"),
    ("us-west-1", "USW1"),
    ("us-west-2", "USW2"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_named_by_its_code_or_by_its_name() {
        let region = |name| Region::parse(name).unwrap();
        let (first, ireland, own) = ("us-east-1", "eu-west-1", "my-cellar-1");
        assert_eq!(snapshots(&region(first)), "EBS:SnapshotUsage");
        assert_eq!(snapshots(&region(ireland)), "EU-EBS:SnapshotUsage");
        assert_eq!(snapshots(&region(own)), "my-cellar-1-EBS:SnapshotUsage");
        let to_ireland = transfer(&region(first), &region(ireland));
        assert_eq!(to_ireland, "USE1-EU-AWS-Out-Bytes");
    }
}
