//! The image that an import registers.

use crate::api::{Api, is_fault};
use anyhow::{Context, Result, bail, ensure};
use protocol::ec2;
use std::path::Path;

/// The longest name of an image, and the shortest.
const LONGEST: usize = 128;
const SHORTEST: usize = 3;
const LONGEST_DESCRIPTION: usize = 255;

/// What an image is registered with.
pub(crate) struct Registration {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) architecture: String,
    pub(crate) boot_mode: Option<String>,
    pub(crate) root_device: String,
    pub(crate) tags: Vec<(String, String)>,
}

impl Registration {
    /// Everything, as one text: two registrations are the same if and only if their texts are.
    pub(crate) fn identity(&self) -> String {
        format!(
            "{:?}",
            (
                &self.name,
                &self.description,
                &self.architecture,
                &self.boot_mode,
                &self.root_device,
                &self.tags
            )
        )
    }

    /// Refuses, before a disk is sent, what could not be registered with it: a name or a description
    /// that no image may have, and a name that an image has already, unless that image has this very
    /// snapshot.
    pub(crate) async fn check(&self, api: &Api, snapshot: Option<&str>) -> Result<()> {
        self.check_texts()?;
        match self.namesake(api).await? {
            Some(image) if !snapshot.is_some_and(|id| has(&image, id)) => {
                let id = image.image_id.unwrap_or_default();
                bail!(
                    "The name {:?} is taken by your image {id}.\nhint: --name gives another name",
                    self.name
                )
            }
            _ => Ok(()),
        }
    }

    fn check_texts(&self) -> Result<()> {
        let characters = self.name.chars().count();
        ensure!(
            (SHORTEST..=LONGEST).contains(&characters) && self.name.chars().all(is_legal),
            "The name {:?} is not one that an image may have: 3 to 128 letters, digits, spaces and ( ) [ ] . / - ' @ _\nhint: --name gives another name",
            self.name
        );
        let described = self.description.as_ref().map(|text| text.chars().count());
        ensure!(
            described.unwrap_or_default() <= LONGEST_DESCRIPTION,
            "The description has more than {LONGEST_DESCRIPTION} characters."
        );
        Ok(())
    }

    /// Registers the image, or finds it if an earlier run did.
    pub(crate) async fn register(&self, api: &Api, snapshot: &str) -> Result<String> {
        if let Some(id) = self.registered(api, snapshot).await? {
            return Ok(id);
        }
        match api.call::<ec2::RegisterImage>(self.request(snapshot)).await {
            Ok(answer) => answer.image_id.context("the answer names no image"),
            // A try whose answer was lost may have registered it.
            Err(error) if is_fault(&error, "InvalidAMIName.Duplicate") => {
                self.registered(api, snapshot).await?.ok_or(error)
            }
            Err(error) => Err(error),
        }
    }

    async fn registered(&self, api: &Api, snapshot: &str) -> Result<Option<String>> {
        let namesake = self.namesake(api).await?;
        Ok(namesake
            .filter(|image| has(image, snapshot))
            .and_then(|image| image.image_id))
    }

    /// One's own image of this name.
    async fn namesake(&self, api: &Api) -> Result<Option<ec2::Image>> {
        let filter = ec2::Filter {
            name: Some("name".into()),
            values: vec![self.name.clone()],
        };
        let input = ec2::DescribeImagesRequest {
            owners: vec!["self".into()],
            filters: vec![filter],
            include_disabled: Some(true),
            ..ec2::DescribeImagesRequest::default()
        };
        let found = api.call::<ec2::DescribeImages>(input).await?.images;
        // A name with an asterisk in it would match others.
        let same = |image: &ec2::Image| image.name.as_ref() == Some(&self.name);
        Ok(found.into_iter().find(same))
    }

    fn request(&self, snapshot: &str) -> ec2::RegisterImageRequest {
        let tags: Vec<ec2::Tag> = self
            .tags
            .iter()
            .map(|(key, value)| ec2::Tag {
                key: Some(key.clone()),
                value: Some(value.clone()),
            })
            .collect();
        let specification = ec2::TagSpecification {
            resource_type: Some("image".into()),
            tags,
        };
        let root = ec2::BlockDeviceMapping {
            device_name: Some(self.root_device.clone()),
            ebs: Some(ec2::EbsBlockDevice {
                snapshot_id: Some(snapshot.to_owned()),
                ..ec2::EbsBlockDevice::default()
            }),
            ..ec2::BlockDeviceMapping::default()
        };
        ec2::RegisterImageRequest {
            name: Some(self.name.clone()),
            description: self.description.clone(),
            architecture: Some(self.architecture.clone()),
            virtualization_type: Some("hvm".into()),
            boot_mode: self.boot_mode.clone(),
            ena_support: Some(true),
            root_device_name: Some(self.root_device.clone()),
            block_device_mappings: vec![root],
            tag_specifications: Some(specification)
                .filter(|specification| !specification.tags.is_empty())
                .into_iter()
                .collect(),
            ..ec2::RegisterImageRequest::default()
        }
    }
}

fn has(image: &ec2::Image, snapshot: &str) -> bool {
    let of = |mapping: &ec2::BlockDeviceMapping| mapping.ebs.as_ref()?.snapshot_id.clone();
    let mut snapshots = image.block_device_mappings.iter().filter_map(of);
    snapshots.any(|id| id == snapshot)
}

fn is_legal(c: char) -> bool {
    c.is_ascii_alphanumeric() || " ()[]./-'@_".contains(c)
}

/// A name that images may have, from a file's.
pub(crate) fn name_of(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let name: String = stem
        .trim()
        .chars()
        .map(|c| if is_legal(c) { c } else { '-' })
        .take(LONGEST)
        .collect();
    if name.len() < SHORTEST {
        return format!("image-{name}").trim_end_matches('-').to_owned();
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_become_names_of_images() {
        let name = |file: &str| name_of(Path::new(file));
        assert_eq!(name("/a/debian-12.qcow2"), "debian-12");
        assert_eq!(name("Ubuntu 24.04 (min).img"), "Ubuntu 24.04 (min)");
        assert_eq!(name("größe*?.raw"), "gr--e--");
        assert_eq!(name("x.raw"), "image-x");
        assert_eq!(name(&"long".repeat(100)).len(), 128);
        assert!(name(" .raw").len() >= SHORTEST);
    }

    fn registration(tags: &[(&str, &str)]) -> Registration {
        Registration {
            name: "a".into(),
            description: None,
            architecture: "x86_64".into(),
            boot_mode: None,
            root_device: "/dev/xvda".into(),
            tags: tags
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
        }
    }

    #[test]
    fn registrations_that_differ_have_other_identities() {
        let identity = |tags| registration(tags).identity();
        assert_eq!(identity(&[("a", "b")]), identity(&[("a", "b")]));
        assert_ne!(identity(&[("a", "b")]), identity(&[("a", "c")]));
        assert_ne!(
            identity(&[("a", "b\", \"c")]),
            identity(&[("a", "b"), ("c", "")])
        );
    }

    #[test]
    fn what_cannot_be_registered_is_refused_before_a_disk_is_sent() {
        let with = |name: &str, description: &str| Registration {
            name: name.to_owned(),
            description: Some(description.to_owned()),
            ..registration(&[])
        };
        assert!(with("abc", "").check_texts().is_ok());
        assert!(
            with(&"n".repeat(128), &"d".repeat(255))
                .check_texts()
                .is_ok()
        );
        for name in ["", "ab", "a*b", "näme", &"n".repeat(129)] {
            let error = with(name, "").check_texts().unwrap_err().to_string();
            assert!(error.contains("--name"), "{error}");
        }
        assert!(with("abc", &"d".repeat(256)).check_texts().is_err());
    }

    #[test]
    fn an_image_without_tags_is_registered_without_a_list_of_tags() {
        assert!(
            registration(&[])
                .request("snap-1")
                .tag_specifications
                .is_empty()
        );
        let request = registration(&[("k", "v")]).request("snap-1");
        assert_eq!(request.tag_specifications.len(), 1);
        assert_eq!(request.ena_support, Some(true));
    }
}
