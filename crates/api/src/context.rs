//! What policies may ask about a request beside its action and its resource: where it came from,
//! when, for which Region, which tags it sets.

use base::{Region, Timestamp};
use bytes::Bytes;
use http::request::Parts;
use identity::Context;
use protocol::{Protocol, Service, query};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

/// The address that a request came from. The listener puts it into the request's extensions.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// The conditions of a request, without those of its caller.
pub(crate) fn of_request(
    (service, region): (Service, &Region),
    (parts, body): (&Parts, &Bytes),
    now: Timestamp,
) -> Context {
    let mut context = Context::new();
    if let Some(Peer(address)) = parts.extensions.get() {
        context.set("aws:SourceIp", address.ip().to_canonical().to_string());
    }
    for (name, key) in [("user-agent", "aws:UserAgent"), ("referer", "aws:referer")] {
        let value = parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok());
        if let Some(value) = value {
            context.set(key, value);
        }
    }
    // The listener speaks plain HTTP. What stands before it and speaks TLS is not believed.
    context.set("aws:SecureTransport", "false");
    context.set("aws:CurrentTime", now.to_string());
    context.set("aws:EpochTime", now.millis().div_euclid(1000).to_string());
    context.set("aws:RequestedRegion", region.as_str());
    context.set("aws:ViaAWSService", "false");
    if matches!(service, Service::Ec2 | Service::Ebs) {
        context.set("ec2:Region", region.as_str());
    }
    let tags = match service.protocol() {
        Protocol::Ec2Query | Protocol::Query => of_pairs(parts, body),
        Protocol::Json | Protocol::RestJson => of_json(body),
    };
    tags.write(&mut context);
    context
}

/// The tags that a request sets (or the keys that it removes).
#[derive(Default)]
struct Tagging {
    tags: BTreeMap<String, Option<String>>,
    kinds: BTreeSet<String>,
}

impl Tagging {
    fn write(self, context: &mut Context) {
        for (key, value) in &self.tags {
            if let Some(value) = value {
                context.set(format!("aws:RequestTag/{key}"), value.clone());
            }
        }
        context.set_many("aws:TagKeys", self.tags.into_keys());
        context.set_many(identity::TAGGED, self.kinds);
    }
}

/// `TagSpecification.1.Tag.2.Key`, `Tag.1.Key`, `Tags.member.1.Key`, `TagKeys.member.1`.
fn of_pairs(parts: &Parts, body: &Bytes) -> Tagging {
    let mut found = Tagging::default();
    let body = std::str::from_utf8(body).unwrap_or_default();
    let texts = [parts.uri.query().unwrap_or_default(), body];
    let pairs: BTreeMap<String, String> = texts
        .into_iter()
        .flat_map(|text| query::pairs(text).unwrap_or_default())
        .collect();
    for (name, value) in &pairs {
        if let Some(tag) = name.strip_suffix(".Key").filter(|tag| is_tag(tag)) {
            let value_of = pairs.get(&format!("{tag}.Value"));
            found.tags.insert(value.clone(), value_of.cloned());
        } else if name.starts_with("TagKeys.") {
            found.tags.insert(value.clone(), None);
        } else if name.starts_with("TagSpecification.") && name.ends_with(".ResourceType") {
            found.kinds.insert(value.clone());
        }
    }
    found
}

fn is_tag(name: &str) -> bool {
    let mut parts = name.split('.');
    match parts.next() {
        Some("Tag" | "Tags") => true,
        Some("TagSpecification") => parts.nth(1) == Some("Tag"),
        _ => false,
    }
}

/// `Tags: [{Key, Value}]`, or `TagKey` and `TagValue` in KMS's manner; `TagKeys: [key]`.
fn of_json(body: &Bytes) -> Tagging {
    let mut found = Tagging::default();
    // Blocks of disks are not JSON: do not look at more than their first byte.
    if body.first() != Some(&b'{') {
        return found;
    }
    let Ok(document) = serde_json::from_slice::<Value>(body) else {
        return found;
    };
    let list = |name: &str| document[name].as_array().into_iter().flatten();
    for tag in list("Tags") {
        let part = |names: [&str; 2]| names.into_iter().find_map(|name| tag[name].as_str());
        if let Some(key) = part(["Key", "TagKey"]) {
            let value = part(["Value", "TagValue"]).unwrap_or_default();
            found.tags.insert(key.to_owned(), Some(value.to_owned()));
        }
    }
    for key in list("TagKeys").filter_map(Value::as_str) {
        found.tags.insert(key.to_owned(), None);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(service: Service, body: &'static str) -> Context {
        let request = http::Request::post("/").body(()).unwrap();
        let region = Region::parse("us-west-2").unwrap();
        let (parts, ()) = request.into_parts();
        let body = Bytes::from_static(body.as_bytes());
        let now = Timestamp::from_millis(1_700_000_000_007);
        of_request((service, &region), (&parts, &body), now)
    }

    fn one(context: &Context, key: &str) -> Option<String> {
        context.get(key).map(|values| values.join(","))
    }

    #[test]
    fn tags_of_every_protocol_are_known_to_policies() {
        let ec2 = context(
            Service::Ec2,
            "Action=CreateVolume&TagSpecification.1.ResourceType=volume&\
             TagSpecification.1.Tag.1.Key=team&TagSpecification.1.Tag.1.Value=a%20b&\
             TagSpecification.1.Tag.2.Key=empty&Filter.1.Key=no",
        );
        assert_eq!(one(&ec2, "aws:RequestTag/team"), Some("a b".into()));
        assert_eq!(one(&ec2, "aws:TagKeys"), Some("empty,team".into()));
        assert_eq!(one(&ec2, identity::TAGGED), Some("volume".into()));
        let query = context(Service::Sts, "Tags.member.1.Key=k&Tags.member.1.Value=v");
        assert_eq!(one(&query, "aws:RequestTag/k"), Some("v".into()));
        let json = context(Service::Ebs, r#"{"Tags":[{"TagKey":"k","TagValue":"w"}]}"#);
        assert_eq!(one(&json, "aws:RequestTag/k"), Some("w".into()));
        assert_eq!(one(&json, "aws:EpochTime"), Some("1700000000".into()));
        assert_eq!(one(&json, "ec2:Region"), Some("us-west-2".into()));
        for body in ["", "{", "[]", "\u{1}", "{\"Tags\":3}"] {
            assert_eq!(one(&context(Service::Ebs, body), "aws:TagKeys"), None);
        }
    }
}
