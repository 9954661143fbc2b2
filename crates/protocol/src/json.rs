//! JSON documents by the tables: JSON 1.0, 1.1 and the documents of REST-JSON.

use crate::fault::Unreadable;
use crate::query::{join, shown};
use crate::shape::{Kind, Location, Shape, Value};
use crate::time;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Map, Number, Value as Json};

/// Who reads a document. A server wants what is required and refuses what it does not know; a
/// client takes what it knows, so that a newer server may say more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Reads requests, writes answers.
    Server,
    /// Reads answers, writes requests.
    Client,
}

/// A structure's body members as a JSON object. An answer shows its own lists when they are empty.
pub fn write(value: &Value, shape: &Shape, side: Side) -> Json {
    let mut object = Map::new();
    if let Value::Structure(values) = value {
        for (member, value) in shape.members.iter().zip(values) {
            if member.location != Location::Body {
                continue;
            }
            let json = match (value, &member.kind) {
                (Value::Absent, Kind::List(list)) if side == Side::Server && !list.quiet => {
                    Json::Array(Vec::new())
                }
                (Value::Absent, _) => continue,
                (value, kind) => write_value(value, kind),
            };
            object.insert(member.wire.to_owned(), json);
        }
    }
    Json::Object(object)
}

/// A value as JSON.
pub(crate) fn write_value(value: &Value, kind: &Kind) -> Json {
    match (value, kind) {
        (Value::Structure(_), Kind::Structure(shape)) => write(value, shape(), Side::Client),
        (Value::List(items), Kind::List(list)) => Json::Array(
            items
                .iter()
                .map(|item| write_value(item, &list.item))
                .collect(),
        ),
        (Value::Map(items), Kind::Map(map)) => Json::Object(
            items
                .iter()
                .map(|(key, item)| (key.clone(), write_value(item, &map.value)))
                .collect(),
        ),
        (Value::String(text), _) => Json::String(text.clone()),
        (Value::Integer(number), _) => Json::Number((*number).into()),
        (Value::Double(number), _) => Number::from_f64(*number).map_or(Json::Null, Json::Number),
        (Value::Boolean(yes), _) => Json::Bool(*yes),
        (Value::Timestamp(moment), _) => seconds(moment.0),
        (Value::Blob(bytes), _) => Json::String(STANDARD.encode(bytes)),
        _ => Json::Null,
    }
}

/// Seconds since 1970 with milliseconds; whole seconds as an integer.
fn seconds(millis: i64) -> Json {
    if millis % 1000 == 0 {
        return Json::Number((millis / 1000).into());
    }
    let sign = if millis < 0 { "-" } else { "" };
    let millis = millis.unsigned_abs();
    let text = format!("{sign}{}.{:03}", millis / 1000, millis % 1000);
    serde_json::from_str(&text).unwrap_or(Json::Null)
}

/// Reads a structure's body members out of a JSON object.
pub fn read(json: &Json, shape: &Shape, side: Side) -> Result<Value, Unreadable> {
    Reader { side }.structure(json, shape, "")
}

/// Reads one value.
pub(crate) fn read_value(json: &Json, kind: &Kind, side: Side) -> Result<Value, Unreadable> {
    Reader { side }.value(json, kind, "")
}

struct Reader {
    side: Side,
}

impl Reader {
    fn structure(&self, json: &Json, shape: &Shape, at: &str) -> Result<Value, Unreadable> {
        let Json::Object(object) = json else {
            return Err(Unreadable::Malformed("a JSON object is expected".into()));
        };
        if self.side == Side::Server {
            no_unknown(object, shape, at)?;
        }
        let mut values = Vec::with_capacity(shape.members.len());
        for member in shape.members {
            let here = join(at, member.wire);
            let value = match object.get(member.wire) {
                Some(json) if member.location == Location::Body => {
                    self.value(json, &member.kind, &here)?
                }
                _ => Value::Absent,
            };
            let wanted = member.required && member.location == Location::Body;
            if wanted && self.side == Side::Server && value == Value::Absent {
                return Err(Unreadable::Missing(here));
            }
            values.push(value);
        }
        Ok(Value::Structure(values))
    }

    fn value(&self, json: &Json, kind: &Kind, at: &str) -> Result<Value, Unreadable> {
        match (json, kind) {
            (Json::Object(_), Kind::Structure(shape)) => self.structure(json, shape(), at),
            (Json::Array(items), Kind::List(list)) => {
                let items = items.iter().map(|item| self.value(item, &list.item, at));
                Ok(Value::List(
                    items.filter(is_there).collect::<Result<_, _>>()?,
                ))
            }
            (Json::Object(entries), Kind::Map(map)) => {
                let mut values = Vec::with_capacity(entries.len());
                for (key, json) in entries {
                    match self.value(json, &map.value, &join(at, key))? {
                        Value::Absent => {}
                        value => values.push((key.clone(), value)),
                    }
                }
                Ok(Value::Map(values))
            }
            (json, kind) => {
                let bad = || Unreadable::IllTyped(at.to_owned(), shown(&json.to_string()));
                scalar(json, kind).ok_or_else(bad)
            }
        }
    }
}

fn no_unknown(object: &Map<String, Json>, shape: &Shape, at: &str) -> Result<(), Unreadable> {
    let known = |key: &str| {
        shape
            .members
            .iter()
            .any(|m| m.location == Location::Body && m.wire == key)
    };
    match object.keys().find(|key| !known(key)) {
        Some(key) => Err(Unreadable::Unknown(join(at, key))),
        None => Ok(()),
    }
}

/// Nulls in lists are no items.
fn is_there(value: &Result<Value, Unreadable>) -> bool {
    !matches!(value, Ok(Value::Absent))
}

fn scalar(json: &Json, kind: &Kind) -> Option<Value> {
    match (json, kind) {
        (Json::Null, _) => Some(Value::Absent),
        (Json::String(text), Kind::String) => Some(Value::String(text.clone())),
        (Json::String(text), Kind::Blob) => STANDARD
            .decode(text)
            .ok()
            .map(|bytes| Value::Blob(Bytes::from(bytes))),
        (Json::String(text), Kind::Timestamp) => time::parse(text).map(Value::Timestamp),
        (Json::Number(number), Kind::Timestamp) => number
            .as_f64()
            .and_then(time::from_seconds)
            .map(Value::Timestamp),
        (Json::Number(number), Kind::Integer) => {
            let number = number
                .as_i64()
                .and_then(|number| i32::try_from(number).ok());
            number.map(|number| Value::Integer(number.into()))
        }
        (Json::Number(number), Kind::Long) => number.as_i64().map(Value::Integer),
        (Json::Number(number), Kind::Double) => number.as_f64().map(Value::Double),
        (Json::Bool(yes), Kind::Boolean) => Some(Value::Boolean(*yes)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{ce, kms};
    use crate::shape::{Structure, Timestamp};
    use serde_json::json;

    fn of<S: Structure>(json: &Json, side: Side) -> Result<S, Unreadable> {
        read(json, S::shape(), side).map(S::from_value)
    }

    #[test]
    fn a_server_refuses_what_a_client_passes_over() {
        let json = json!({ "KeyId": "k", "Novelty": 1, "GrantTokens": null });
        let strict = of::<kms::DescribeKeyRequest>(&json, Side::Server);
        assert_eq!(strict, Err(Unreadable::Unknown("Novelty".into())));
        let lenient = of::<kms::DescribeKeyRequest>(&json, Side::Client).unwrap();
        assert_eq!(lenient.key_id.as_deref(), Some("k"));
        let absent = of::<kms::DescribeKeyRequest>(&json!({}), Side::Server);
        assert_eq!(absent, Err(Unreadable::Missing("KeyId".into())));
        assert!(of::<kms::DescribeKeyRequest>(&json!({}), Side::Client).is_ok());
        let ill = of::<kms::DescribeKeyRequest>(&json!({ "KeyId": 7 }), Side::Server);
        assert_eq!(ill, Err(Unreadable::IllTyped("KeyId".into(), "7".into())));
        let list = of::<kms::DescribeKeyRequest>(&json!([]), Side::Server);
        assert!(matches!(list, Err(Unreadable::Malformed(_))));
    }

    #[test]
    fn moments_keep_their_milliseconds_on_both_sides_of_1970() {
        for millis in [
            0,
            1,
            -1,
            -1000,
            -1001,
            1_700_000_000_007,
            253_402_300_799_999,
        ] {
            let json = seconds(millis);
            let read = scalar(&json, &Kind::Timestamp);
            assert_eq!(read, Some(Value::Timestamp(Timestamp(millis))), "{json}");
        }
        assert_eq!(seconds(-1).to_string(), "-0.001");
    }

    #[test]
    fn a_structure_within_itself_reads_and_writes_and_depth_has_an_end() {
        let leaf = json!({ "Tags": { "Key": "a", "Values": ["b"] } });
        let whole = json!({ "Not": { "And": [leaf.clone(), { "Not": leaf }] } });
        let read = of::<ce::Expression>(&whole, Side::Server).unwrap();
        let shape = ce::Expression::shape();
        assert_eq!(write(&read.into_value(), shape, Side::Client), whole);
        let deep = "{\"Not\":".repeat(10_000) + &"}".repeat(10_000);
        assert!(crate::call::document(&deep.into()).is_err());
    }

    #[test]
    fn what_is_sensitive_is_not_shown() {
        let answer = kms::GenerateDataKeyResponse {
            key_id: Some("k".into()),
            plaintext: Some(Bytes::from_static(b"secret")),
            ..Default::default()
        };
        let shown = format!("{answer:?}");
        assert!(
            shown.contains("KeyId: \"k\"") && shown.contains("(sensitive)"),
            "{shown}"
        );
        assert!(!shown.contains("secret"), "{shown}");
    }
}
