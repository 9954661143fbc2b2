//! What the metadata service shows of an instance, as a tree. Pure.
//!
//! What an instance does not have is neither listed nor answered: cloud-init drops the whole tree
//! if one listed name answers an error. (EC2 User Guide, "Instance metadata categories".)

use crate::Instance;
use base::Tags;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use identity::InstanceSession;
use serde_json::json;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

/// Everything that the tree is made from.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The instance.
    pub instance: Instance,
    /// Its subnet's addresses.
    pub subnet_cidr: String,
    /// Its VPC's addresses.
    pub vpc_cidr: String,
    /// The names of its security groups.
    pub group_names: Vec<String>,
    /// The devices of its volumes.
    pub devices: Vec<String>,
    /// The products that are on its volumes.
    pub product_codes: BTreeSet<String>,
    /// Its tags.
    pub tags: Tags,
    /// The role that its instance profile hands it, and credentials of it.
    pub session: Option<InstanceSession>,
}

/// What stands at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A value or a listing.
    Text(String),
    /// User data, byte for byte.
    Bytes(Vec<u8>),
    /// Nothing.
    Nothing,
}

enum Node {
    Leaf(String),
    Folder(Vec<Entry>),
}

struct Entry {
    name: String,
    /// How a listing shows it, if not by its name.
    shown: Option<String>,
    node: Node,
}

const VERSIONS: [&str; 29] = [
    "1.0",
    "2007-01-19",
    "2007-03-01",
    "2007-08-29",
    "2007-10-10",
    "2007-12-15",
    "2008-02-01",
    "2008-09-01",
    "2009-04-04",
    "2011-01-01",
    "2011-05-01",
    "2012-01-12",
    "2014-02-25",
    "2014-11-05",
    "2015-10-20",
    "2016-04-19",
    "2016-06-30",
    "2016-09-02",
    "2018-03-28",
    "2018-08-17",
    "2018-09-24",
    "2019-10-01",
    "2020-10-27",
    "2021-01-03",
    "2021-03-23",
    "2021-07-15",
    "2022-09-24",
    "2024-04-11",
    "latest",
];

/// What stands at a path. A folder answers its listing, with and without the final slash.
pub fn find(facts: &Facts, path: &str) -> Found {
    let path = path.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [] => Found::Text(VERSIONS.join("\n")),
        [version, ..] if !VERSIONS.contains(version) => Found::Nothing,
        [_] => {
            let mut names = vec!["dynamic", "meta-data"];
            names.extend(facts.instance.user_data.as_ref().map(|_| "user-data"));
            Found::Text(names.join("\n"))
        }
        [_, "user-data"] => user_data(facts),
        [_, "meta-data", rest @ ..] => walk(&meta_data(facts), rest),
        [_, "dynamic", rest @ ..] => walk(&dynamic(facts), rest),
        _ => Found::Nothing,
    }
}

fn user_data(facts: &Facts) -> Found {
    let decoded = facts
        .instance
        .user_data
        .as_ref()
        .and_then(|text| STANDARD.decode(text).ok());
    decoded.map_or(Found::Nothing, Found::Bytes)
}

fn walk(node: &Node, path: &[&str]) -> Found {
    match (node, path) {
        (Node::Leaf(text), []) => Found::Text(text.clone()),
        (Node::Folder(entries), []) => Found::Text(listing(entries)),
        (Node::Leaf(_), _) => Found::Nothing,
        (Node::Folder(entries), [name, rest @ ..]) => entries
            .iter()
            .find(|entry| entry.name == *name)
            .map_or(Found::Nothing, |entry| walk(&entry.node, rest)),
    }
}

fn listing(entries: &[Entry]) -> String {
    let shown = |entry: &Entry| match (&entry.shown, &entry.node) {
        (Some(text), _) => text.clone(),
        (None, Node::Leaf(_)) => entry.name.clone(),
        (None, Node::Folder(_)) => format!("{}/", entry.name),
    };
    entries.iter().map(shown).collect::<Vec<_>>().join("\n")
}

fn leaf(name: &str, text: impl Into<String>) -> Entry {
    Entry {
        name: name.to_owned(),
        shown: None,
        node: Node::Leaf(text.into()),
    }
}

fn folder(name: &str, entries: Vec<Entry>) -> Entry {
    Entry {
        name: name.to_owned(),
        shown: None,
        node: Node::Folder(entries),
    }
}

fn meta_data(facts: &Facts) -> Node {
    let instance = &facts.instance;
    let mut entries = vec![
        leaf("ami-id", instance.image.to_string()),
        leaf("ami-launch-index", instance.launch_index.to_string()),
        leaf("ami-manifest-path", "(unknown)"),
        folder("block-device-mapping", devices(facts)),
        folder(
            "events",
            vec![folder(
                "maintenance",
                vec![leaf("history", "[]"), leaf("scheduled", "[]")],
            )],
        ),
        leaf("hostname", instance.private_name()),
        leaf("instance-action", "none"),
        leaf("instance-id", instance.id.to_string()),
        leaf("instance-life-cycle", "on-demand"),
        leaf("instance-type", &*instance.kind),
        leaf("local-hostname", instance.private_name()),
        leaf("local-ipv4", instance.interface.address.to_string()),
        leaf("mac", &*instance.interface.mac),
        folder(
            "network",
            vec![folder(
                "interfaces",
                vec![folder(
                    "macs",
                    vec![folder(&instance.interface.mac, card(facts))],
                )],
            )],
        ),
        folder(
            "placement",
            vec![
                leaf("availability-zone", instance.zone.to_string()),
                leaf("availability-zone-id", instance.zone.id()),
                leaf("region", instance.region.to_string()),
            ],
        ),
        leaf("profile", "default-hvm"),
        leaf("reservation-id", instance.reservation.to_string()),
        leaf("security-groups", facts.group_names.join("\n")),
        folder(
            "services",
            vec![leaf("domain", "amazonaws.com"), leaf("partition", "aws")],
        ),
        leaf("system", "nitro"),
    ];
    entries.extend(
        instance
            .public_ip
            .map(|ip| leaf("public-ipv4", ip.to_string())),
    );
    entries.extend(
        instance
            .key
            .as_ref()
            .map(|key| folder("public-keys", vec![key_entry(key)])),
    );
    let codes: Vec<&str> = facts.product_codes.iter().map(String::as_str).collect();
    entries.extend((!codes.is_empty()).then(|| leaf("product-codes", codes.join("\n"))));
    entries.extend(tags(facts));
    entries.extend(iam(facts));
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Node::Folder(entries)
}

fn key_entry(key: &crate::KeyPair) -> Entry {
    Entry {
        name: "0".into(),
        shown: Some(format!("0={}", key.name)),
        node: Node::Folder(vec![leaf("openssh-key", &*key.public_key)]),
    }
}

/// What SDKs in the guest read to sign with the instance's role.
fn iam(facts: &Facts) -> Option<Entry> {
    let (profile, session) = (facts.instance.profile.as_ref()?, facts.session.as_ref()?);
    let info = json!({
        "Code": "Success",
        "LastUpdated": second(session.issued),
        "InstanceProfileArn": profile.arn,
        "InstanceProfileId": profile.id,
    });
    let made = &session.credentials;
    let credentials = json!({
        "Code": "Success",
        "LastUpdated": second(session.issued),
        "Type": "AWS-HMAC",
        "AccessKeyId": made.key_id,
        "SecretAccessKey": made.secret.expose(),
        "Token": made.token.expose(),
        "Expiration": second(made.expires),
    });
    let shown = |value: &serde_json::Value| format!("{value:#}");
    Some(folder(
        "iam",
        vec![
            leaf("info", shown(&info)),
            folder(
                "security-credentials",
                vec![leaf(&session.role, shown(&credentials))],
            ),
        ],
    ))
}

/// A moment without its milliseconds, which not every SDK reads.
fn second(time: base::Timestamp) -> String {
    let text = time.to_string();
    text.split_once('.')
        .map_or(text.clone(), |(whole, _)| format!("{whole}Z"))
}

/// Tags whose keys could not be paths are left out, like everything that cannot be answered.
fn tags(facts: &Facts) -> Option<Entry> {
    if !facts.instance.metadata.tags || facts.tags.is_empty() {
        return None;
    }
    let entries = facts.tags.iter().filter(|(key, _)| is_servable(key));
    let entries: Vec<Entry> = entries.map(|(key, value)| leaf(key, &**value)).collect();
    Some(folder("tags", vec![folder("instance", entries)]))
}

/// Whether a tag's key can be a path of the metadata service.
pub(crate) fn is_servable(key: &str) -> bool {
    !matches!(key, "." | ".." | "_index" | "")
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-=.,_:@".contains(c))
}

fn devices(facts: &Facts) -> Vec<Entry> {
    let root = &facts.instance.from_image.root_device;
    let mut entries = vec![leaf("ami", &**root)];
    let others = facts.devices.iter().filter(|device| *device != root);
    entries.extend(
        others
            .zip(1..)
            .map(|(device, n): (&String, u32)| leaf(&format!("ebs{n}"), &**device)),
    );
    entries.push(leaf("root", &**root));
    entries
}

fn card(facts: &Facts) -> Vec<Entry> {
    let instance = &facts.instance;
    let card = &instance.interface;
    let groups: Vec<&str> = card.groups.iter().map(AsRef::as_ref).collect();
    let mut entries = vec![
        leaf("device-number", "0"),
        leaf("interface-id", card.id.to_string()),
        leaf("local-hostname", instance.private_name()),
        leaf("local-ipv4s", card.address.to_string()),
        leaf("mac", &*card.mac),
        leaf("network-card", "0"),
        leaf("owner-id", instance.owner.to_string()),
        leaf("security-group-ids", groups.join("\n")),
        leaf("security-groups", facts.group_names.join("\n")),
        leaf("subnet-id", card.subnet.to_string()),
        leaf("subnet-ipv4-cidr-block", &*facts.subnet_cidr),
        leaf("vpc-id", card.vpc.to_string()),
        leaf("vpc-ipv4-cidr-block", &*facts.vpc_cidr),
        leaf("vpc-ipv4-cidr-blocks", &*facts.vpc_cidr),
    ];
    if let Some(ip) = instance.public_ip {
        entries.push(leaf("public-ipv4s", ip.to_string()));
        entries.push(folder(
            "ipv4-associations",
            vec![association(ip, card.address)],
        ));
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    entries
}

fn association(public: Ipv4Addr, private: Ipv4Addr) -> Entry {
    leaf(&public.to_string(), private.to_string())
}

fn dynamic(facts: &Facts) -> Node {
    Node::Folder(vec![folder(
        "instance-identity",
        vec![leaf("document", document(facts))],
    )])
}

/// A list, or null instead of an empty one.
fn listed<'a>(codes: impl Iterator<Item = &'a String>) -> serde_json::Value {
    let codes: Vec<_> = codes.collect();
    if codes.is_empty() {
        serde_json::Value::Null
    } else {
        json!(codes)
    }
}

/// The identity document. It is not signed (yet), so no signature is listed.
fn document(facts: &Facts) -> String {
    let instance = &facts.instance;
    let pending = instance.launched.to_string();
    let products = &instance.from_image.billing.products;
    let document = json!({
        "accountId": instance.owner,
        "architecture": instance.from_image.architecture,
        "availabilityZone": instance.zone.to_string(),
        "billingProducts": listed(products.iter()),
        "devpayProductCodes": null,
        "marketplaceProductCodes": listed(facts.product_codes.iter()),
        "imageId": instance.image,
        "instanceId": instance.id,
        "instanceType": instance.kind,
        "kernelId": null,
        "pendingTime": format!("{}Z", pending.get(..19).unwrap_or_default()),
        "privateIp": instance.interface.address.to_string(),
        "ramdiskId": null,
        "region": instance.region,
        "version": "2017-09-30",
    });
    format!("{document:#}")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::testing::instance;

    pub(crate) fn facts() -> Facts {
        Facts {
            instance: instance(),
            subnet_cidr: "172.31.0.0/20".into(),
            vpc_cidr: "172.31.0.0/16".into(),
            group_names: vec!["default".into()],
            devices: vec!["/dev/sdf".into(), "/dev/xvda".into()],
            product_codes: BTreeSet::new(),
            session: None,
            tags: Tags::from([("Name".into(), "web".into()), ("a/b".into(), "no".into())]),
        }
    }

    fn text(facts: &Facts, path: &str) -> String {
        match find(facts, path) {
            Found::Text(text) => text,
            other => panic!("{path}: {other:?}"),
        }
    }

    /// What cloud-init does: a list, then everything that it names, folders by their slash and keys
    /// by their `=`.
    fn crawl(facts: &Facts, path: &str, leaves: &mut Vec<(String, String)>) {
        for name in text(facts, path).lines() {
            if name.ends_with('/') {
                crawl(facts, &format!("{path}{name}"), leaves);
            } else if let Some((number, _)) = name.split_once('=') {
                let leaf = format!("{path}{number}/openssh-key");
                leaves.push((leaf.clone(), text(facts, &leaf)));
            } else {
                let leaf = format!("{path}{name}");
                leaves.push((leaf.clone(), text(facts, &leaf)));
            }
        }
    }

    #[test]
    fn whatever_is_listed_is_answered() {
        let mut with_everything = facts();
        with_everything.instance.metadata.tags = true;
        let mut with_little = facts();
        with_little.instance.public_ip = None;
        with_little.instance.key = None;
        with_little.instance.user_data = None;
        for (facts, least) in [(with_everything, 40), (with_little, 30)] {
            let mut leaves = Vec::new();
            crawl(&facts, "/2021-03-23/meta-data/", &mut leaves);
            assert!(leaves.len() >= least, "{}", leaves.len());
            for name in text(&facts, "/latest/dynamic/instance-identity").lines() {
                text(&facts, &format!("/latest/dynamic/instance-identity/{name}"));
            }
            for version in text(&facts, "/").lines() {
                text(&facts, &format!("/{version}/meta-data/instance-id"));
            }
        }
    }

    #[test]
    fn the_values_that_cloud_init_uses_are_there() {
        let facts = facts();
        let mac = &facts.instance.interface.mac;
        let card = format!("/latest/meta-data/network/interfaces/macs/{mac}/");
        for (path, expected) in [
            ("/2021-03-23/meta-data/instance-id", "i-0123456789abcdef0"),
            (
                "/latest/meta-data/placement/availability-zone",
                "us-east-1b",
            ),
            (
                "/latest/meta-data/local-hostname",
                "ip-172-31-16-5.ec2.internal",
            ),
            ("/latest/meta-data/public-keys/", "0=mine"),
            ("/latest/meta-data/public-keys/0", "openssh-key"),
            (
                "/latest/meta-data/public-keys/0/openssh-key",
                "ssh-ed25519 AAAA mine",
            ),
            ("/latest/meta-data/block-device-mapping/", "ami\nebs1\nroot"),
            ("/latest/meta-data/block-device-mapping/ebs1", "/dev/sdf"),
            ("/latest", "dynamic\nmeta-data\nuser-data"),
            (&format!("{card}vpc-id"), "vpc-00000001"),
            (&format!("{card}local-ipv4s"), "172.31.16.5"),
            (&format!("{card}subnet-ipv4-cidr-block"), "172.31.0.0/20"),
        ] {
            assert_eq!(text(&facts, path), expected, "{path}");
        }
        let document: serde_json::Value =
            serde_json::from_str(&text(&facts, "/latest/dynamic/instance-identity/document"))
                .unwrap();
        assert_eq!(document["instanceId"], "i-0123456789abcdef0");
        assert_eq!(
            (&document["region"], &document["availabilityZone"]),
            (&json!("us-east-1"), &json!("us-east-1b"))
        );
        assert_eq!(
            find(&facts, "/latest/user-data"),
            Found::Bytes(b"#!/bin/sh\n".to_vec())
        );
    }

    #[test]
    fn what_an_instance_does_not_have_is_not_found_and_not_listed() {
        let mut facts = facts();
        facts.instance.public_ip = None;
        facts.instance.key = None;
        facts.instance.user_data = None;
        let listed = text(&facts, "/latest/meta-data/");
        for absent in [
            "public-ipv4",
            "public-keys",
            "public-hostname",
            "iam",
            "tags",
            "kernel-id",
            "product-codes",
        ] {
            assert!(!listed.contains(absent), "{absent}");
            assert_eq!(
                find(&facts, &format!("/latest/meta-data/{absent}")),
                Found::Nothing
            );
        }
        for absent in [
            "/latest/user-data",
            "/1999-01-01/meta-data/",
            "/latest/meta-data/instance-id/x",
            "/x",
            "/latest/../x",
        ] {
            assert_eq!(find(&facts, absent), Found::Nothing, "{absent}");
        }
        assert_eq!(text(&facts, "/latest/"), "dynamic\nmeta-data");
        assert!(!text(&facts, "/latest/meta-data/").ends_with('\n'));
    }

    #[test]
    fn only_tags_that_can_be_paths_are_shown() {
        let mut facts = facts();
        facts.instance.metadata.tags = true;
        assert_eq!(text(&facts, "/latest/meta-data/tags/instance/"), "Name");
        assert_eq!(text(&facts, "/latest/meta-data/tags/instance/Name"), "web");
    }

    #[test]
    fn what_is_sold_with_the_volumes_is_shown() {
        let mut facts = facts();
        let document = |facts: &Facts| -> serde_json::Value {
            let path = "/latest/dynamic/instance-identity/document";
            serde_json::from_str(&text(facts, path)).unwrap()
        };
        let before = document(&facts);
        assert!(before["marketplaceProductCodes"].is_null() && before["billingProducts"].is_null());
        facts.product_codes = ["abc", "def"].map(String::from).into();
        facts.instance.from_image.billing.products = vec!["bp-6fa54006".into()];
        let path = "/latest/meta-data/product-codes";
        assert_eq!(text(&facts, path), "abc\ndef");
        let after = document(&facts);
        assert_eq!(after["marketplaceProductCodes"], json!(["abc", "def"]));
        assert_eq!(after["billingProducts"], json!(["bp-6fa54006"]));
    }

    #[test]
    fn a_role_of_the_profile_is_shown_as_sdks_read_it() {
        let mut facts = facts();
        assert_eq!(find(&facts, "/latest/meta-data/iam/"), Found::Nothing);
        facts.instance.profile = Some(crate::instance::Profile {
            id: "AIPAEXAMPLE".into(),
            arn: "arn:aws:iam::111122223333:instance-profile/web".into(),
            association: None,
            since: None,
        });
        let issued = base::Timestamp::from_millis(1_700_000_000_007);
        facts.session = Some(InstanceSession {
            role: "web".into(),
            credentials: identity::Credentials {
                key_id: "ASIAEXAMPLE".into(),
                secret: base::Secret::new("hidden"),
                token: base::Secret::new("sealed"),
                expires: issued.plus(std::time::Duration::from_secs(3600)),
            },
            issued,
        });
        let folder = "/latest/meta-data/iam/security-credentials/";
        assert_eq!(text(&facts, folder), "web");
        let json = |path: &str| -> serde_json::Value {
            serde_json::from_str(&text(&facts, path)).unwrap()
        };
        let shown = json(&format!("{folder}web"));
        assert_eq!(shown["Code"], "Success");
        assert_eq!(shown["SecretAccessKey"], "hidden");
        assert_eq!(shown["Token"], "sealed");
        assert_eq!(shown["Expiration"], "2023-11-14T23:13:20Z");
        let info = json("/latest/meta-data/iam/info");
        assert_eq!(info["InstanceProfileId"], "AIPAEXAMPLE");
        assert!(!format!("{facts:?}").contains("hidden"));
    }
}
