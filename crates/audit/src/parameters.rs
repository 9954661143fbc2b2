//! What of a request's parameters goes into the trail: no secrets, nothing endless; and which
//! resources texts name.

use crate::record::Touched;
use serde_json::{Map, Value};

/// Members whose values are secrets, or disk content, under any of the wire's spellings.
const SECRETS: &[&str] = &[
    "userdata",
    "secretaccesskey",
    "sessiontoken",
    "password",
    "newpassword",
    "oldpassword",
    "tokencode",
    "privatekey",
    "plaintext",
    "plaintextkey",
    "keymaterial",
    "encryptedkeymaterial",
    "importtoken",
    "blockdata",
    "blocktoken",
    "granttoken",
    "token",
    "presignedurl",
    "externalid",
    "encodedmessage",
    "signature",
    "xamzsignature",
    "xamzsecuritytoken",
    "xamzcredential",
];

const REMOVED: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";
/// Longer texts are cut.
const LONGEST_TEXT: usize = 1024;
/// Longer lists and wider objects are cut.
const MOST_MEMBERS: usize = 256;
/// Deeper values are left out.
const DEEPEST: usize = 12;
/// The parameters of one call take no more than this.
const MOST_BYTES: usize = 65_536;

/// Parameters without secrets and of bounded size.
pub fn cleaned(parameters: Value) -> Value {
    let cleaned = clean(parameters, 0);
    if cleaned.to_string().len() > MOST_BYTES {
        return Value::String(format!("omitted: longer than {MOST_BYTES} bytes"));
    }
    cleaned
}

fn clean(value: Value, depth: usize) -> Value {
    if depth > DEEPEST {
        return Value::String("omitted: too deep".to_owned());
    }
    match value {
        Value::String(text) => Value::String(shortened(text)),
        Value::Array(list) => list
            .into_iter()
            .take(MOST_MEMBERS)
            .map(|value| clean(value, depth + 1))
            .collect(),
        Value::Object(members) => Value::Object(clean_members(members, depth)),
        other => other,
    }
}

fn clean_members(members: Map<String, Value>, depth: usize) -> Map<String, Value> {
    let clean_one = |(name, value): (String, Value)| {
        let value = if is_secret(&name) {
            Value::String(REMOVED.to_owned())
        } else {
            clean(value, depth + 1)
        };
        (shortened(name), value)
    };
    members
        .into_iter()
        .take(MOST_MEMBERS)
        .map(clean_one)
        .collect()
}

/// `UserData`, `userData`, and what a query spells `UserData.Value` or `Tag.1.Value`.
fn is_secret(name: &str) -> bool {
    name.split('.').any(|part| {
        let plain: String = part
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|one| one.to_ascii_lowercase())
            .collect();
        SECRETS.contains(&plain.as_str())
    })
}

fn shortened(mut text: String) -> String {
    if text.len() > LONGEST_TEXT {
        let mut end = LONGEST_TEXT;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push('…');
    }
    text
}

/// Prefixes of ids, and what has them.
const IDS: &[(&str, &str)] = &[
    ("ami-", "AWS::EC2::Ami"),
    ("snap-", "AWS::EC2::Snapshot"),
    ("vol-", "AWS::EC2::Volume"),
    ("i-", "AWS::EC2::Instance"),
    ("key-", "AWS::EC2::KeyPair"),
    ("sg-", "AWS::EC2::SecurityGroup"),
    ("subnet-", "AWS::EC2::Subnet"),
    ("vpc-", "AWS::EC2::VPC"),
    ("eni-", "AWS::EC2::NetworkInterface"),
];

/// Resources of one call that are kept at most.
const MOST_TOUCHED: usize = 64;
/// Of a text no more is looked at.
const LOOKED_AT: usize = 262_144;

/// The resources whose ids or ARNs a text has in it, such as the parameters of a call or its
/// answer.
pub fn touched_in(text: &str) -> Vec<Touched> {
    let mut end = text.len().min(LOOKED_AT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let is_word = |one: char| one.is_ascii_alphanumeric() || "-:/_.@+=".contains(one);
    let mut found: Vec<Touched> = Vec::new();
    for word in text[..end].split(|one| !is_word(one)) {
        let Some(touched) = touched(word) else {
            continue;
        };
        if !found.contains(&touched) {
            found.push(touched);
        }
        if found.len() == MOST_TOUCHED {
            break;
        }
    }
    found
}

fn touched(word: &str) -> Option<Touched> {
    if word.starts_with("arn:aws") && word.len() <= 512 {
        return named(of_arn(word)?, word);
    }
    // Parameters of a query stand as `ImageId=ami-…`, paths as `/snapshots/snap-…/blocks`.
    word.split(['=', '/']).find_map(|part| {
        let (prefix, kind) = IDS.iter().find(|(prefix, _)| part.starts_with(prefix))?;
        let digits = &part[prefix.len()..];
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        (is_hex && matches!(digits.len(), 8 | 17)).then(|| named(kind, part))?
    })
}

fn named(kind: &str, name: &str) -> Option<Touched> {
    Some(Touched {
        kind: kind.to_owned(),
        name: name.to_owned(),
    })
}

/// What an ARN is of; nothing for those that are no resources of ours.
fn of_arn(arn: &str) -> Option<&'static str> {
    let mut parts = arn.splitn(6, ':').skip(2);
    let service = parts.next()?;
    let resource = parts.nth(2)?;
    Some(match (service, resource.split(['/', ':']).next()?) {
        ("iam", "user") => "AWS::IAM::User",
        ("iam", "role") => "AWS::IAM::Role",
        ("iam", "group") => "AWS::IAM::Group",
        ("iam", "policy") => "AWS::IAM::Policy",
        ("iam", "instance-profile") => "AWS::IAM::InstanceProfile",
        ("kms", "key") => "AWS::KMS::Key",
        ("kms", "alias") => "AWS::KMS::Alias",
        ("organizations", "organization") => "AWS::Organizations::Organization",
        ("organizations", "ou") => "AWS::Organizations::OrganizationalUnit",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn secrets_and_endless_texts_stay_out() {
        let long = "x".repeat(5000);
        let cleaned = cleaned(json!({
            "UserData": "c2VjcmV0", "ImageId": "ami-0123456789abcdef0", "Text": long,
            "Nested": [{ "plaintext": "cGxhaW4=", "KeyId": "k" }], "LaunchTemplateData.UserData.Value": "s3cret"
        }));
        let text = cleaned.to_string();
        assert!(
            !text.contains("c2VjcmV0") && !text.contains("cGxhaW4=") && !text.contains("s3cret")
        );
        assert!(text.contains("ami-0123456789abcdef0") && text.len() < 2000);
        let mut deep = json!(1);
        for _ in 0..100 {
            deep = json!([deep]);
        }
        assert!(super::cleaned(deep).to_string().contains("too deep"));
    }

    #[test]
    fn resources_are_found_in_parameters_and_answers() {
        let names = |text: &str| {
            touched_in(text)
                .into_iter()
                .map(|one| one.name)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            names("<imageId>ami-0123456789abcdef0</imageId>"),
            ["ami-0123456789abcdef0"]
        );
        assert_eq!(
            names("Action=X&InstanceId.1=i-12345678&x=my-ami-12345678"),
            ["i-12345678"]
        );
        assert_eq!(
            names("{\"KeyId\":\"arn:aws:kms:eu-west-1:1:key/a\"}"),
            ["arn:aws:kms:eu-west-1:1:key/a"]
        );
        assert_eq!(
            names("/snapshots/snap-0123456789abcdef0/blocks"),
            ["snap-0123456789abcdef0"]
        );
        assert!(names("ami-xyz sg- vol-123 arn:aws:sts::1:assumed-role/r/s").is_empty());
    }
}
