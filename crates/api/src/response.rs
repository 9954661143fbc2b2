//! What the audit trail keeps of an answer (CloudTrail's `responseElements`): what a change made,
//! without secrets.

use bytes::Bytes;
use http::Response;
use protocol::xml::Element;
use protocol::{Protocol, Service};
use serde_json::{Map, Value};

/// The answer's elements, with names that begin small, as CloudTrail writes them. Null for an
/// answer that says no, or says nothing.
pub(crate) fn elements(service: Service, answer: &Response<Bytes>) -> Value {
    let text = std::str::from_utf8(answer.body()).unwrap_or_default();
    if !answer.status().is_success() || text.is_empty() {
        return Value::Null;
    }
    let found = match service.protocol() {
        Protocol::Json | Protocol::RestJson => {
            small(serde_json::from_str(text).unwrap_or_default())
        }
        Protocol::Ec2Query => Element::parse(text).map_or(Value::Null, |root| value(&root)),
        Protocol::Query => Element::parse(text).map_or(Value::Null, |root| {
            let result = root
                .children
                .iter()
                .find(|one| one.name.ends_with("Result"));
            result.map_or(Value::Null, value)
        }),
    };
    match found.as_object().is_none_or(Map::is_empty) {
        true => Value::Null,
        false => audit::cleaned(found),
    }
}

fn value(element: &Element) -> Value {
    let children = &element.children;
    if children.is_empty() {
        let text = element.text.trim();
        return match text.is_empty() {
            true => Value::Null,
            false => Value::String(text.to_owned()),
        };
    }
    let is_list = |one: &Element| matches!(one.name.as_str(), "item" | "member");
    if children.iter().all(is_list) {
        return children.iter().map(value).collect();
    }
    let members = children
        .iter()
        .map(|one| (begun_small(&one.name), value(one)));
    let members = members.filter(|(name, value)| name != "requestId" && !value.is_null());
    Value::Object(members.collect())
}

fn small(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter();
            let members = members.map(|(name, value)| (begun_small(&name), small(value)));
            Value::Object(members.collect())
        }
        Value::Array(list) => list.into_iter().map(small).collect(),
        other => other,
    }
}

fn begun_small(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(service: Service, text: &str) -> Value {
        elements(
            service,
            &Response::new(Bytes::copy_from_slice(text.as_bytes())),
        )
    }

    #[test]
    fn answers_of_each_protocol_are_read_and_secrets_left_out() {
        let hidden = "HIDDEN_DUE_TO_SECURITY_REASONS";
        let ec2 = "<?xml version=\"1.0\"?><CreateKeyPairResponse xmlns=\"x\"><requestId>r</requestId>\
            <keyPairId>key-1</keyPairId><keyMaterial>-----BEGIN</keyMaterial>\
            <tagSet><item><key>a</key><value>b</value></item></tagSet><empty/></CreateKeyPairResponse>";
        assert_eq!(
            of(Service::Ec2, ec2),
            json!({"keyPairId": "key-1", "keyMaterial": hidden, "tagSet": [{"key": "a", "value": "b"}]})
        );
        let iam = "<CreateAccessKeyResponse><CreateAccessKeyResult><AccessKey><AccessKeyId>AKIA</AccessKeyId>\
            <SecretAccessKey>s3cret</SecretAccessKey></AccessKey></CreateAccessKeyResult>\
            <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></CreateAccessKeyResponse>";
        assert_eq!(
            of(Service::Iam, iam),
            json!({"accessKey": {"accessKeyId": "AKIA", "secretAccessKey": hidden}})
        );
        let kms = "{\"GrantToken\":\"t\",\"GrantId\":\"g\"}";
        assert_eq!(
            of(Service::Kms, kms),
            json!({"grantToken": hidden, "grantId": "g"})
        );
        let nothing = "<DeleteUserResponse><ResponseMetadata/></DeleteUserResponse>";
        assert_eq!(of(Service::Iam, nothing), Value::Null);
        assert_eq!(of(Service::Kms, "{}"), Value::Null);
    }
}
