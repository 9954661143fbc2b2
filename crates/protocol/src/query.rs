//! The query protocols (ec2Query and awsQuery): flat `Name.1.Part=value` pairs, read into a tree
//! and then by the tables.

use crate::fault::Unreadable;
use crate::shape::{Kind, Location, Member, Shape, Value};
use crate::time;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use std::collections::BTreeMap;

/// Which of the two query protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Lists are `Name.N`.
    Ec2,
    /// Lists are `Name.member.N` unless flat.
    Query,
}

/// Pairs, parts of one name, and items of one list: more than any real request has.
const PAIRS: usize = 20_000;
const DEPTH: usize = 16;

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
            return Err(Unreadable::Malformed("the request has too many parameters".into()));
        }
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        pairs.push((decode(name)?, decode(value)?));
    }
    Ok(pairs)
}

/// Undoes percent encoding and `+`.
fn decode(text: &str) -> Result<String, Unreadable> {
    let bad = || Unreadable::Malformed("a parameter is not well encoded".into());
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => {
                let (digits, tail) = rest.split_at_checked(2).ok_or_else(bad)?;
                let digits = std::str::from_utf8(digits).map_err(|_| bad())?;
                bytes.push(u8::from_str_radix(digits, 16).map_err(|_| bad())?);
                rest = tail;
            }
            other => bytes.push(*other),
        }
    }
    String::from_utf8(bytes).map_err(|_| bad())
}

impl Node {
    /// The tree of a request's pairs.
    pub fn from_pairs(pairs: &[(String, String)]) -> Result<Node, Unreadable> {
        let mut root = Node::default();
        for (name, value) in pairs {
            if name.split('.').count() > DEPTH {
                return Err(Unreadable::Malformed("a parameter's name has too many parts".into()));
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

    /// Items in the order of their numbers; numbers are labels, not sizes.
    fn items(&self) -> Result<Vec<&Node>, String> {
        let mut items: Vec<(u64, &Node)> = Vec::with_capacity(self.children.len());
        for (label, node) in &self.children {
            let number = label.parse::<u64>().map_err(|_| label.clone())?;
            items.push((number, node));
        }
        items.sort_by_key(|(number, _)| *number);
        Ok(items.into_iter().map(|(_, node)| node).collect())
    }
}

/// Parameters that belong to the protocol, not to an operation.
const OWN: &[&str] = &["Action", "Version", "AWSAccessKeyId", "SignatureMethod", "SignatureVersion", "Timestamp", "Signature", "SecurityToken"];

/// Reads a structure out of a request's tree.
pub fn read(node: &Node, shape: &Shape, dialect: Dialect) -> Result<Value, Unreadable> {
    let reader = Reader { dialect };
    let unknown = |label: &&String| {
        !OWN.contains(&label.as_str())
            && !label.starts_with("X-Amz-")
            && !shape.members.iter().any(|m| name_of(m, dialect) == label.as_str())
    };
    if let Some(label) = node.children.keys().find(unknown) {
        return Err(Unreadable::Unknown(label.clone()));
    }
    reader.structure(node, shape, "")
}

fn name_of(member: &Member, dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Ec2 => member.query,
        Dialect::Query => member.wire,
    }
}

struct Reader {
    dialect: Dialect,
}

impl Reader {
    fn structure(&self, node: &Node, shape: &Shape, path: &str) -> Result<Value, Unreadable> {
        let mut values = Vec::with_capacity(shape.members.len());
        for member in shape.members {
            let name = name_of(member, self.dialect);
            let at = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            let value = match node.children.get(name) {
                Some(child) => self.value(child, &member.kind, &at)?,
                None => Value::Absent,
            };
            if member.required && value == Value::Absent {
                return Err(Unreadable::Missing(at));
            }
            values.push(value);
        }
        let unknown = node.children.keys().find(|label| {
            !shape.members.iter().any(|m| name_of(m, self.dialect) == label.as_str())
        });
        match unknown {
            Some(label) if !path.is_empty() => Err(Unreadable::Unknown(format!("{path}.{label}"))),
            _ => Ok(Value::Structure(values)),
        }
    }

    fn value(&self, node: &Node, kind: &Kind, at: &str) -> Result<Value, Unreadable> {
        match kind {
            Kind::Structure(shape) => {
                // `NoDevice=` is a text; an empty text where a structure stands is its absence.
                if node.is_empty_text() {
                    return Ok(Value::Absent);
                }
                self.structure(node, shape(), at)
            }
            Kind::List(list) => self.list(node, list, at),
            Kind::Map(_) => Err(Unreadable::Unsupported(at.to_owned())),
            scalar => {
                if let Some(label) = node.children.keys().next() {
                    return Err(Unreadable::Unknown(format!("{at}.{label}")));
                }
                let text = node.value.as_deref().unwrap_or_default();
                scalar_from(text, scalar, at)
            }
        }
    }

    fn list(&self, node: &Node, list: &crate::shape::List, at: &str) -> Result<Value, Unreadable> {
        if node.is_empty_text() {
            return Ok(Value::Absent);
        }
        let holder = if self.dialect == Dialect::Query && !list.flat {
            match node.children.get(list.name) {
                Some(holder) => holder,
                None => return Err(Unreadable::Unknown(at.to_owned())),
            }
        } else {
            node
        };
        let items = holder.items().map_err(|label| Unreadable::Unknown(format!("{at}.{label}")))?;
        let mut values = Vec::with_capacity(items.len());
        for (position, item) in items.into_iter().enumerate() {
            // Packer and Terraform send empty items for lists that they mean to leave out.
            if item.is_empty_text() && !matches!(list.item, Kind::String) {
                continue;
            }
            values.push(self.value(item, &list.item, &format!("{at}.{}", position + 1))?);
        }
        Ok(if values.is_empty() { Value::Absent } else { Value::List(values) })
    }
}

/// Reads a scalar from text.
pub fn scalar_from(text: &str, kind: &Kind, at: &str) -> Result<Value, Unreadable> {
    let bad = || {
        let shown: String = text.chars().take(64).collect();
        Unreadable::IllTyped(at.to_owned(), shown)
    };
    let number = |low: i64, high: i64| {
        text.parse::<i64>().ok().filter(|n| (low..=high).contains(n)).map(Value::Integer)
    };
    // An empty text is no number, moment or answer: clients send it for what they leave out.
    if text.is_empty() && !matches!(kind, Kind::String | Kind::Blob) {
        return Ok(Value::Absent);
    }
    let value = match kind {
        Kind::String => Some(Value::String(text.to_owned())),
        Kind::Integer => number(i64::from(i32::MIN), i64::from(i32::MAX)),
        Kind::Long => number(i64::MIN, i64::MAX),
        Kind::Double => text.parse().ok().map(Value::Double),
        Kind::Boolean => match text {
            "true" | "True" | "1" => Some(Value::Boolean(true)),
            "false" | "False" | "0" => Some(Value::Boolean(false)),
            _ => None,
        },
        Kind::Timestamp => time::parse(text).map(Value::Timestamp),
        Kind::Blob => {
            let clean: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
            STANDARD.decode(clean).ok().map(|bytes| Value::Blob(Bytes::from(bytes)))
        }
        Kind::Structure(_) | Kind::List(_) | Kind::Map(_) => None,
    };
    value.ok_or_else(bad)
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
    let mut pairs = Vec::new();
    write_structure(value, shape, dialect, "", &mut pairs);
    pairs
}

fn write_structure(
    value: &Value,
    shape: &Shape,
    dialect: Dialect,
    path: &str,
    out: &mut Vec<(String, String)>,
) {
    let Value::Structure(values) = value else { return };
    for (member, value) in shape.members.iter().zip(values) {
        let name = name_of(member, dialect);
        let at = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        write_value(value, &member.kind, dialect, at, out);
    }
}

fn write_value(value: &Value, kind: &Kind, dialect: Dialect, at: String, out: &mut Vec<(String, String)>) {
    match (value, kind) {
        (Value::Absent, _) => {}
        (Value::Structure(_), Kind::Structure(shape)) => {
            write_structure(value, shape(), dialect, &at, out);
        }
        (Value::List(items), Kind::List(list)) => {
            let middle = if dialect == Dialect::Query && !list.flat {
                format!(".{}", list.name)
            } else {
                String::new()
            };
            for (position, item) in items.iter().enumerate() {
                let at = format!("{at}{middle}.{}", position + 1);
                write_value(item, &list.item, dialect, at, out);
            }
        }
        (scalar, _) => out.push((at, scalar_text(scalar))),
    }
}

/// Percent-encodes everything but unreserved characters.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Joins pairs into a form body.
pub fn form(pairs: &[(String, String)]) -> String {
    let parts: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    parts.join("&")
}

/// The members that a request has, and that are not honoured: the first one's path.
pub fn refused(value: &Value, shape: &Shape, honoured: &[&str]) -> Option<String> {
    refused_in(value, shape, honoured, "")
}

fn refused_in(value: &Value, shape: &Shape, honoured: &[&str], path: &str) -> Option<String> {
    let Value::Structure(values) = value else { return None };
    for (member, value) in shape.members.iter().zip(values) {
        if *value == Value::Absent || member.location == Location::Payload {
            continue;
        }
        let at = if path.is_empty() { member.name.to_owned() } else { format!("{path}.{}", member.name) };
        if honoured.contains(&at.as_str()) {
            continue;
        }
        let beneath = format!("{at}.");
        if !honoured.iter().any(|name| name.starts_with(&beneath)) {
            return Some(at);
        }
        let found = match (value, &member.kind) {
            (Value::Structure(_), Kind::Structure(inner)) => refused_in(value, inner(), honoured, &at),
            (Value::List(items), Kind::List(list)) => match list.item {
                Kind::Structure(inner) => {
                    items.iter().find_map(|item| refused_in(item, inner(), honoured, &at))
                }
                _ => None,
            },
            _ => Some(at),
        };
        if found.is_some() {
            return found;
        }
    }
    None
}
