//! What many operations translate in the same way.

use base::pattern::Filter;
use base::{Error, Reason, ResourceId, Result, SnapshotId, Subject, Tag, Tags, check_tags};
use images::{EbsRequest, MappingRequest};
use protocol::ec2;
use std::collections::BTreeMap;

/// A parameter that must be there.
pub(crate) fn required<T>(value: Option<T>, name: &str) -> Result<T> {
    value.ok_or_else(|| Error::missing(name))
}

/// An id that must be there and well formed. An empty text is as good as none.
pub(crate) fn id<I: ResourceId>(value: Option<String>, name: &str) -> Result<I> {
    I::parse(&required(value.filter(|text| !text.is_empty()), name)?)
}

/// Ids that must be well formed.
pub(crate) fn ids<I: ResourceId>(values: &[String]) -> Result<Vec<I>> {
    values.iter().map(|value| I::parse(value)).collect()
}

/// A text that is absent if it is empty: Packer and Terraform send empty texts for what they
/// leave out.
pub(crate) fn present(value: Option<String>) -> Option<String> {
    value.filter(|text| !text.is_empty())
}

pub(crate) fn filters(given: Vec<ec2::Filter>) -> Vec<Filter> {
    given
        .into_iter()
        .map(|filter| Filter {
            name: filter.name.unwrap_or_default(),
            values: filter.values,
        })
        .collect()
}

/// The tags to make with new resources, by the kind of resource. Other kinds than `allowed` are
/// refused.
pub(crate) fn tag_sets(
    given: &[ec2::TagSpecification],
    allowed: &[&str],
) -> Result<BTreeMap<String, Tags>> {
    let mut sets = BTreeMap::new();
    for specification in given {
        let kind = required(
            specification.resource_type.clone(),
            "TagSpecification.ResourceType",
        )?;
        if !allowed.contains(&kind.as_str()) {
            let shown: String = kind.chars().take(64).collect();
            let message = format!(
                "'{shown}' is not a valid taggable resource type for this operation: {}.",
                allowed.join(", ")
            );
            return Err(Error::invalid(message));
        }
        if sets.contains_key(&kind) {
            let message = format!("The tag specification for '{kind}' is given more than once.");
            return Err(Error::invalid(message));
        }
        sets.insert(kind, tags_from(&specification.tags)?);
    }
    Ok(sets)
}

/// Tags that a caller sent, checked.
pub(crate) fn tags_from(given: &[ec2::Tag]) -> Result<Tags> {
    let tags: Result<Vec<Tag>> = given
        .iter()
        .map(|tag| {
            let key = required(tag.key.clone(), "Tag.Key")?;
            Ok(Tag {
                key,
                value: tag.value.clone().unwrap_or_default(),
            })
        })
        .collect();
    check_tags(&tags?)
}

pub(crate) fn tags(tags: &Tags) -> Vec<ec2::Tag> {
    let tag = |(key, value): (&String, &String)| ec2::Tag {
        key: Some(key.clone()),
        value: Some(value.clone()),
    };
    tags.iter().map(tag).collect()
}

/// The caller's tags, and the reserved tag that shows the digest.
pub(crate) fn tags_and_digest(own: &Tags, digest: Option<&str>) -> Vec<ec2::Tag> {
    let mut shown = tags(own);
    if let Some(digest) = digest {
        shown.push(ec2::Tag {
            key: Some("amiable:digest".into()),
            value: Some(digest.to_owned()),
        });
    }
    shown
}

pub(crate) fn time(time: base::Timestamp) -> protocol::Timestamp {
    protocol::Timestamp(time.millis())
}

/// A number that cannot be negative.
pub(crate) fn unsigned(value: Option<i32>, name: &str) -> Result<Option<u32>> {
    let bad = |number| {
        Error::invalid(format!(
            "Value ({number}) for parameter {name} is invalid. It must not be negative."
        ))
    };
    value
        .map(|number| u32::try_from(number).map_err(|_| bad(number)))
        .transpose()
}

/// A request's block device mapping.
pub(crate) fn mapping(given: Vec<ec2::BlockDeviceMapping>) -> Result<Vec<MappingRequest>> {
    given.into_iter().map(mapping_entry).collect()
}

fn mapping_entry(entry: ec2::BlockDeviceMapping) -> Result<MappingRequest> {
    Ok(MappingRequest {
        device: entry.device_name.unwrap_or_default(),
        no_device: entry.no_device.is_some(),
        virtual_name: present(entry.virtual_name),
        ebs: entry.ebs.map(ebs_entry).transpose()?,
    })
}

fn ebs_entry(ebs: ec2::EbsBlockDevice) -> Result<EbsRequest> {
    let snapshot = present(ebs.snapshot_id)
        .map(|id| SnapshotId::parse(&id))
        .transpose()?;
    let bad =
        |error: Error| Error::new(Reason::Invalid, Subject::BlockDeviceMapping, error.message);
    let number = |value, name| unsigned(value, name).map_err(bad);
    Ok(EbsRequest {
        snapshot,
        size_gib: number(ebs.volume_size, "Ebs.VolumeSize")?,
        kind: present(ebs.volume_type),
        iops: number(ebs.iops, "Ebs.Iops")?,
        throughput: number(ebs.throughput, "Ebs.Throughput")?,
        delete_on_termination: ebs.delete_on_termination,
        encrypted: ebs.encrypted,
        key: present(ebs.kms_key_id),
    })
}
