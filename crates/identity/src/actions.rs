//! What an action makes, as policies name it before it exists.

use crate::Call;

/// Actions of EC2 with the kinds of resource that each makes.
#[rustfmt::skip]
const MADE: &[(&str, &[&str])] = &[
    ("ec2:CopyImage", &["image", "snapshot"]),
    ("ec2:CopySnapshot", &["snapshot"]),
    ("ec2:CreateImage", &["image", "snapshot"]),
    ("ec2:CreateSecurityGroup", &["security-group"]),
    ("ec2:CreateSnapshot", &["snapshot"]),
    ("ec2:CreateVolume", &["volume"]),
    ("ec2:RegisterImage", &["image"]),
    ("ec2:RunInstances", &["instance", "volume", "network-interface"]),
    ("ebs:StartSnapshot", &["snapshot"]),
];

/// The ARNs of what an action makes, with `*` for ids.
pub(crate) fn made_by(action: &str, call: &Call) -> Vec<String> {
    let kinds = MADE.iter().find(|(name, _)| *name == action);
    let kinds = kinds.map_or(&[][..], |(_, kinds)| kinds);
    kinds.iter().map(|kind| arn(kind, call)).collect()
}

pub(crate) fn arn(kind: &str, call: &Call) -> String {
    let region = &call.region;
    // Images and snapshots have no account in their ARNs.
    match kind {
        "image" | "snapshot" => format!("arn:aws:ec2:{region}::{kind}/*"),
        _ => format!("arn:aws:ec2:{region}:{}:{kind}/*", call.account()),
    }
}

/// Whether the request sets tags on what has this ARN. Which kinds of resource it tags is known
/// from the edge; one that does not say tags them all.
pub(crate) fn is_tagged(arn: &str, call: &Call) -> bool {
    let kind = arn
        .rsplit(':')
        .next()
        .and_then(|rest| rest.split('/').next());
    match (call.context.get(TAGGED), kind) {
        (Some(kinds), Some(kind)) => kinds.iter().any(|tagged| tagged == kind),
        _ => true,
    }
}

/// The key under which the edge says which kinds of resource a request tags. No policy can name
/// it: it has no service before a colon.
pub const TAGGED: &str = "tagged-kinds";
