//! The query protocols (ec2Query and awsQuery): flat `Name.1.Part=value` pairs, read into a tree
//! and then by the tables.
//!
//! **Empty strings.** Packer and Terraform send an empty string for what they mean to leave out
//! (`KmsKeyId=`, `IamInstanceProfile.Name=`). In ec2Query an empty string member therefore counts
//! as absent, and so does a structure with nothing else in it, except where emptiness says
//! something: members called `Value` (tags, attributes), `NoDevice` and `Description`, and the
//! items of lists. An item is never dropped: `Tag.1=` is an empty tag, not the lack of one.
//! Numbers, flags and moments that are empty are absent in both protocols.

use crate::fault::Unreadable;
use crate::shape::{Kind, List, Map, Member, Shape, Value};
use crate::time;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Which of the two query protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Lists are `Name.N`.
    Ec2,
    /// Lists are `Name.member.N` unless flat.
    Query,
}

/// More pairs in one request, and more parts in one name, than any real request has.
const PAIRS: usize = 20_000;
const DEPTH: usize = 16;

/// String members whose emptiness means something in ec2Query.
const MAY_BE_EMPTY: &[&str] = &["Value", "NoDevice", "Description"];

/// A request's parameters as a tree.
#[derive(Debug, Default)]
pub struct Node {
    value: Option<String>,
    children: BTreeMap<String, Node>,
}

/// Splits a form body (or query string) into decoded pairs.
pub fn pairs(text: &str) -> Result<Vec<(String, String)>, Unreadable> {
    let mut pairs = Vec::new();
    for part in text.split('&').filter(|part| !part.is_empty()) {
        if pairs.len() == PAIRS {
            return Err(Unreadable::Malformed("it has too many parameters".into()));
        }
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        pairs.push((decode(name, Plus::Space)?, decode(value, Plus::Space)?));
    }
    Ok(pairs)
}

/// What `+` stands for: a blank in forms, itself in paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plus {
    Space,
    Itself,
}

/// Undoes percent encoding.
pub(crate) fn decode(text: &str, plus: Plus) -> Result<String, Unreadable> {
    let bad = || Unreadable::Malformed("a parameter is not well encoded".into());
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        match (first, tail) {
            (b'+', _) if plus == Plus::Space => bytes.push(b' '),
            (b'%', [high, low, tail @ ..]) => {
                let (high, low) = (digit(*high).ok_or_else(bad)?, digit(*low).ok_or_else(bad)?);
                bytes.push(high * 16 + low);
                rest = tail;
            }
            (b'%', _) => return Err(bad()),
            (other, _) => bytes.push(*other),
        }
    }
    String::from_utf8(bytes).map_err(|_| bad())
}

impl Node {
    /// The tree of a request's pairs.
    pub fn from_pairs(pairs: &[(String, String)]) -> Result<Node, Unreadable> {
        if pairs.len() > PAIRS {
            return Err(Unreadable::Malformed("it has too many parameters".into()));
        }
        let mut root = Node::default();
        for (name, value) in pairs {
            if name.split('.').count() > DEPTH {
                return Err(Unreadable::Malformed(
                    "a parameter's name has too many parts".into(),
                ));
            }
            let leaf = name.split('.').fold(&mut root, |node, part| {
                node.children.entry(part.to_owned()).or_default()
            });
            leaf.value = Some(value.clone());
        }
        Ok(root)
    }

    /// The value of a parameter of one part.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.children.get(name)?.value.as_deref()
    }

    fn is_empty_text(&self) -> bool {
        self.children.is_empty() && self.value.as_deref() == Some("")
    }

    /// Items with their numbers, in their order. Numbers are labels, not sizes.
    fn items(&self, at: &str) -> Result<Vec<(u64, &Node)>, Unreadable> {
        let mut items: Vec<(u64, &Node)> = Vec::with_capacity(self.children.len());
        for (label, node) in &self.children {
            let number = label
                .parse()
                .map_err(|_| Unreadable::Unknown(join(at, label)))?;
            items.push((number, node));
        }
        items.sort_by_key(|(number, _)| *number);
        Ok(items)
    }

    /// A structure or list has parts, not a text of its own.
    fn no_text(&self, at: &str) -> Result<(), Unreadable> {
        match self.value.as_deref() {
            None | Some("") => Ok(()),
            Some(text) => Err(Unreadable::IllTyped(at.to_owned(), shown(text))),
        }
    }
}

/// As much of a client's value as an error repeats.
pub(crate) fn shown(text: &str) -> String {
    text.chars().take(64).collect()
}

pub(crate) fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// Parameters that belong to the protocol, not to an operation.
#[rustfmt::skip]
const OWN: &[&str] = &[
    "Action", "Version", "AWSAccessKeyId", "SignatureMethod", "SignatureVersion", "Timestamp",
    "Signature", "SecurityToken",
];

/// Reads a structure out of a request's tree.
pub fn read(node: &Node, shape: &Shape, dialect: Dialect) -> Result<Value, Unreadable> {
    let own = |label: &str| OWN.contains(&label) || label.starts_with("X-Amz-");
    let reader = Reader { dialect };
    reader.no_unknown(node, shape, "", own)?;
    let values = reader.members(node, shape, "")?;
    required(shape, &values, "", dialect)?;
    Ok(Value::Structure(values))
}

fn name_of(member: &Member, dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Ec2 => member.query,
        Dialect::Query => member.wire,
    }
}

fn required(shape: &Shape, values: &[Value], at: &str, dialect: Dialect) -> Result<(), Unreadable> {
    let mut both = shape.members.iter().zip(values);
    match both.find(|(member, value)| member.required && **value == Value::Absent) {
        Some((member, _)) => Err(Unreadable::Missing(join(at, name_of(member, dialect)))),
        None => Ok(()),
    }
}

struct Reader {
    dialect: Dialect,
}

impl Reader {
    fn no_unknown(
        &self,
        node: &Node,
        shape: &Shape,
        at: &str,
        own: impl Fn(&str) -> bool,
    ) -> Result<(), Unreadable> {
        let known = |label: &str| {
            own(label)
                || shape
                    .members
                    .iter()
                    .any(|m| name_of(m, self.dialect) == label)
        };
        match node.children.keys().find(|label| !known(label)) {
            Some(label) => Err(Unreadable::Unknown(join(at, label))),
            None => Ok(()),
        }
    }

    fn members(&self, node: &Node, shape: &Shape, at: &str) -> Result<Vec<Value>, Unreadable> {
        let mut values = Vec::with_capacity(shape.members.len());
        for member in shape.members {
            let name = name_of(member, self.dialect);
            values.push(match node.children.get(name) {
                Some(child) => self.member(child, member, &join(at, name))?,
                None => Value::Absent,
            });
        }
        Ok(values)
    }

    fn member(&self, node: &Node, member: &Member, at: &str) -> Result<Value, Unreadable> {
        let value = self.value(node, &member.kind, at)?;
        let is_empty = matches!(&value, Value::String(text) if text.is_empty());
        if is_empty && self.dialect == Dialect::Ec2 && !MAY_BE_EMPTY.contains(&member.name) {
            return Ok(Value::Absent);
        }
        Ok(value)
    }

    fn value(&self, node: &Node, kind: &Kind, at: &str) -> Result<Value, Unreadable> {
        match kind {
            Kind::Structure(shape) => self.structure(node, shape(), at),
            Kind::List(list) => self.list(node, list, at),
            Kind::Map(map) => self.map(node, map, at),
            scalar => match node.children.keys().next() {
                Some(label) => Err(Unreadable::Unknown(join(at, label))),
                None => scalar_from(node.value.as_deref().unwrap_or_default(), scalar, at),
            },
        }
    }

    /// A structure as a member; one in which everything is absent is absent itself.
    fn structure(&self, node: &Node, shape: &Shape, at: &str) -> Result<Value, Unreadable> {
        node.no_text(at)?;
        self.no_unknown(node, shape, at, |_| false)?;
        let values = self.members(node, shape, at)?;
        if values.iter().all(|value| *value == Value::Absent) {
            return Ok(Value::Absent);
        }
        required(shape, &values, at, self.dialect)?;
        Ok(Value::Structure(values))
    }

    fn item(&self, node: &Node, kind: &Kind, at: &str) -> Result<Value, Unreadable> {
        match (self.value(node, kind, at)?, kind) {
            (Value::Absent, Kind::Structure(shape)) => {
                let values = vec![Value::Absent; shape().members.len()];
                required(shape(), &values, at, self.dialect)?;
                Ok(Value::Structure(values))
            }
            (Value::Absent, Kind::List(_)) => Ok(Value::List(Vec::new())),
            (Value::Absent, Kind::Map(_)) => Ok(Value::Map(Vec::new())),
            (Value::Absent, _) => Err(Unreadable::IllTyped(at.to_owned(), String::new())),
            (value, _) => Ok(value),
        }
    }

    /// The node that holds the items: the one of the list's item name, unless the list is flat.
    fn holder<'a>(
        &self,
        node: &'a Node,
        (name, flat): (&str, bool),
        at: &str,
    ) -> Result<&'a Node, Unreadable> {
        node.no_text(at)?;
        if self.dialect == Dialect::Ec2 || flat {
            return Ok(node);
        }
        match node.children.keys().find(|label| *label != name) {
            Some(label) => Err(Unreadable::Unknown(join(at, label))),
            None => Ok(node.children.get(name).unwrap_or(node)),
        }
    }

    fn list(&self, node: &Node, list: &List, at: &str) -> Result<Value, Unreadable> {
        if node.is_empty_text() {
            return Ok(Value::Absent);
        }
        let mut values = Vec::new();
        for (number, item) in self.holder(node, (list.name, list.flat), at)?.items(at)? {
            values.push(self.item(item, &list.item, &format!("{at}.{number}"))?);
        }
        Ok(if values.is_empty() {
            Value::Absent
        } else {
            Value::List(values)
        })
    }

    fn map(&self, node: &Node, map: &Map, at: &str) -> Result<Value, Unreadable> {
        let mut entries = Vec::new();
        for (number, entry) in self.holder(node, ("entry", map.flat), at)?.items(at)? {
            let at = format!("{at}.{number}");
            let other = |label: &&String| *label != map.key_name && *label != map.value_name;
            if let Some(label) = entry.children.keys().find(other) {
                return Err(Unreadable::Unknown(join(&at, label)));
            }
            let key = entry.text(map.key_name);
            let key = key.ok_or_else(|| Unreadable::Missing(join(&at, map.key_name)))?;
            let value = entry.children.get(map.value_name);
            let value = value.ok_or_else(|| Unreadable::Missing(join(&at, map.value_name)))?;
            entries.push((key.to_owned(), self.item(value, &map.value, &at)?));
        }
        Ok(if entries.is_empty() {
            Value::Absent
        } else {
            Value::Map(entries)
        })
    }
}

/// Reads a scalar from text.
pub fn scalar_from(text: &str, kind: &Kind, at: &str) -> Result<Value, Unreadable> {
    // An empty text is no number, moment or flag: clients send it for what they leave out.
    if text.is_empty() && !matches!(kind, Kind::String | Kind::Blob) {
        return Ok(Value::Absent);
    }
    let value = match kind {
        Kind::String => Some(Value::String(text.to_owned())),
        Kind::Integer => text
            .parse::<i32>()
            .ok()
            .map(|number| Value::Integer(number.into())),
        Kind::Long => text.parse().ok().map(Value::Integer),
        Kind::Double => double(text).map(Value::Double),
        Kind::Boolean => match text {
            "true" | "True" | "1" => Some(Value::Boolean(true)),
            "false" | "False" | "0" => Some(Value::Boolean(false)),
            _ => None,
        },
        Kind::Timestamp => time::parse(text).map(Value::Timestamp),
        Kind::Blob => {
            let clean: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
            STANDARD
                .decode(clean)
                .ok()
                .map(|bytes| Value::Blob(Bytes::from(bytes)))
        }
        Kind::Structure(_) | Kind::List(_) | Kind::Map(_) => None,
    };
    value.ok_or_else(|| Unreadable::IllTyped(at.to_owned(), shown(text)))
}

fn double(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}

/// A scalar as text.
pub fn scalar_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Double(number) => number.to_string(),
        Value::Boolean(yes) => yes.to_string(),
        Value::Timestamp(moment) => time::iso(*moment),
        Value::Blob(bytes) => STANDARD.encode(bytes),
        Value::Absent | Value::List(_) | Value::Map(_) | Value::Structure(_) => String::new(),
    }
}

/// Writes a structure as pairs.
pub fn write(value: &Value, shape: &Shape, dialect: Dialect) -> Vec<(String, String)> {
    let mut writer = Writer {
        dialect,
        pairs: Vec::new(),
    };
    writer.structure(value, shape, "");
    writer.pairs
}

struct Writer {
    dialect: Dialect,
    pairs: Vec<(String, String)>,
}

impl Writer {
    fn structure(&mut self, value: &Value, shape: &Shape, at: &str) {
        let Value::Structure(values) = value else {
            return;
        };
        for (member, value) in shape.members.iter().zip(values) {
            self.value(value, &member.kind, join(at, name_of(member, self.dialect)));
        }
    }

    fn value(&mut self, value: &Value, kind: &Kind, at: String) {
        match (value, kind) {
            (Value::Absent, _) => {}
            (Value::Structure(_), Kind::Structure(shape)) => self.structure(value, shape(), &at),
            (Value::List(items), Kind::List(list)) => {
                let at = self.within(at, list.name, list.flat);
                for (position, item) in items.iter().enumerate() {
                    self.item(item, &list.item, format!("{at}.{}", position + 1));
                }
            }
            (Value::Map(entries), Kind::Map(map)) => {
                let at = self.within(at, "entry", map.flat);
                for (position, (key, item)) in entries.iter().enumerate() {
                    let at = format!("{at}.{}", position + 1);
                    self.pairs.push((join(&at, map.key_name), key.clone()));
                    self.item(item, &map.value, join(&at, map.value_name));
                }
            }
            (scalar, _) => self.pairs.push((at, scalar_text(scalar))),
        }
    }

    /// An item in which there is nothing is still an item.
    fn item(&mut self, value: &Value, kind: &Kind, at: String) {
        let before = self.pairs.len();
        self.value(value, kind, at.clone());
        if self.pairs.len() == before {
            self.pairs.push((at, String::new()));
        }
    }

    fn within(&self, at: String, name: &str, flat: bool) -> String {
        if self.dialect == Dialect::Query && !flat {
            join(&at, name)
        } else {
            at
        }
    }
}

/// Percent-encodes everything but unreserved characters.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("a string takes everything");
        }
    }
    out
}

/// Joins pairs into a form body.
pub fn form(pairs: &[(String, String)]) -> String {
    let parts: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    parts.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ec2;
    use crate::fixture::iam;
    use crate::shape::Structure;

    fn tree(text: &str) -> Result<Node, Unreadable> {
        Node::from_pairs(&pairs(text)?)
    }

    fn ec2<S: Structure>(text: &str) -> Result<S, Unreadable> {
        read(&tree(text)?, S::shape(), Dialect::Ec2).map(S::from_value)
    }

    #[test]
    fn a_number_of_a_list_is_a_label_and_not_a_size() {
        let input: ec2::DescribeImagesRequest =
            ec2("Filter.4294967295.Name=b&Filter.7.Name=a&Filter.7.Value.18446744073709551615=x")
                .unwrap();
        assert_eq!(input.filters.len(), 2);
        assert_eq!(input.filters[0].name.as_deref(), Some("a"));
        assert_eq!(input.filters[0].values, ["x"]);
        for bad in [
            "Filter.-1.Name=a",
            "Filter.x.Name=a",
            "Filter.18446744073709551616.Name=a",
        ] {
            let read = ec2::<ec2::DescribeImagesRequest>(bad);
            assert!(
                matches!(read, Err(Unreadable::Unknown(_))),
                "{bad}: {read:?}"
            );
        }
    }

    #[test]
    fn empty_strings_are_absent_but_where_they_mean_something() {
        let run: ec2::RunInstancesRequest = ec2(
            "MinCount=1&MaxCount=1&UserData=&IamInstanceProfile.Name=&Placement.AvailabilityZone=\
             &SubnetId=&KeyName=k&SecurityGroup.1=",
        )
        .unwrap();
        assert_eq!((run.user_data, run.iam_instance_profile), (None, None));
        assert_eq!((run.placement, run.subnet_id), (None, None));
        assert_eq!(run.key_name.as_deref(), Some("k"));
        assert_eq!(
            run.security_groups,
            [""],
            "items stay: nothing was left out"
        );
        let tags: ec2::CreateTagsRequest =
            ec2("ResourceId.1=i-1&Tag.1.Key=a&Tag.1.Value=").unwrap();
        assert_eq!(tags.tags[0].value.as_deref(), Some(""));
        let image: ec2::ModifyImageAttributeRequest =
            ec2("ImageId=ami-1&Description.Value=").unwrap();
        assert_eq!(image.description.unwrap().value.as_deref(), Some(""));
        let mapping: ec2::RegisterImageRequest =
            ec2("Name=x&BlockDeviceMapping.1.NoDevice=&BlockDeviceMapping.1.Ebs=").unwrap();
        assert_eq!(
            mapping.block_device_mappings[0].no_device.as_deref(),
            Some("")
        );
        assert_eq!(mapping.block_device_mappings[0].ebs, None);
        let numbers: ec2::DescribeImagesRequest =
            ec2("MaxResults=&IncludeDeprecated=&Owner=").unwrap();
        assert_eq!(numbers, ec2::DescribeImagesRequest::default());
    }

    #[test]
    fn an_empty_item_is_not_dropped_because_no_tags_means_all_tags() {
        let input: ec2::DeleteTagsRequest = ec2("ResourceId.1=i-1&Tag.1=").unwrap();
        assert_eq!(input.tags, [ec2::Tag::default()]);
        let input: ec2::DeleteTagsRequest = ec2("ResourceId.1=i-1&Tag.1.Key=").unwrap();
        assert_eq!(input.tags, [ec2::Tag::default()]);
        let shape = ec2::DeleteTagsRequest::shape();
        let again = form(&write(&input.clone().into_value(), shape, Dialect::Ec2));
        assert_eq!(
            ec2::<ec2::DeleteTagsRequest>(&again).unwrap(),
            input,
            "{again}"
        );
    }

    #[test]
    fn what_is_wrong_is_named_as_the_client_wrote_it() {
        let wrong = |text: &str| ec2::<ec2::RegisterImageRequest>(text).unwrap_err();
        assert_eq!(wrong(""), Unreadable::Missing("Name".into()));
        assert_eq!(wrong("Name="), Unreadable::Missing("Name".into()));
        assert_eq!(wrong("Name=x&Nmae=y"), Unreadable::Unknown("Nmae".into()));
        let at = "BlockDeviceMapping.3.Ebs";
        let ill = |name: &str, value: &str| Unreadable::IllTyped(name.into(), value.into());
        assert_eq!(
            wrong("Name=x&BlockDeviceMapping.3.Ebs.VolumeSize=big"),
            ill(&format!("{at}.VolumeSize"), "big")
        );
        assert_eq!(
            wrong("Name=x&BlockDeviceMapping.3.Ebs.VolumeSize=2147483648"),
            ill(&format!("{at}.VolumeSize"), "2147483648")
        );
        assert_eq!(
            wrong("Name=x&BlockDeviceMapping.3.Ebs.Color=red"),
            Unreadable::Unknown(format!("{at}.Color"))
        );
        assert_eq!(wrong("Name=x&BlockDeviceMapping.3.Ebs=yes"), ill(at, "yes"));
        assert_eq!(
            wrong("Name.First=x"),
            Unreadable::Unknown("Name.First".into())
        );
        assert_eq!(wrong("Name=x&EnaSupport=maybe"), ill("EnaSupport", "maybe"));
    }

    #[test]
    fn too_much_and_too_deep_is_refused() {
        let many = "a=1&".repeat(PAIRS + 1);
        assert!(matches!(pairs(&many), Err(Unreadable::Malformed(_))));
        let deep = "a.".repeat(DEPTH) + "a=1";
        assert!(matches!(tree(&deep), Err(Unreadable::Malformed(_))));
        for bad in ["a=%", "a=%4", "a=%zz", "a=%ff", "%c3=1"] {
            assert!(matches!(pairs(bad), Err(Unreadable::Malformed(_))), "{bad}");
        }
    }

    #[test]
    fn both_dialects_write_what_they_read() {
        let input = iam::SimulateCustomPolicyRequest {
            policy_input_list: vec!["{}".into(), "".into()],
            action_names: vec!["ec2:RunInstances".into()],
            context_entries: vec![iam::ContextEntry {
                context_key_name: Some("aws:é".into()),
                context_key_values: vec!["&=+ %".into()],
                ..Default::default()
            }],
            max_items: Some(-7),
            ..Default::default()
        };
        let shape = iam::SimulateCustomPolicyRequest::shape();
        let text = form(&write(&input.clone().into_value(), shape, Dialect::Query));
        assert!(text.contains("ContextEntries.member.1.ContextKeyValues.member.1=%26%3D%2B%20%25"));
        let back = read(&tree(&text).unwrap(), shape, Dialect::Query).unwrap();
        assert_eq!(iam::SimulateCustomPolicyRequest::from_value(back), input);
    }
}
