//! JSON documents by the tables: JSON 1.0, 1.1 and the documents of REST-JSON.

use crate::fault::Unreadable;
use crate::shape::{Kind, Location, Shape, Value};
use crate::time;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Map, Number, Value as Json};

/// A structure's body members as a JSON object.
pub fn write(value: &Value, shape: &Shape) -> Json {
    let mut object = Map::new();
    if let Value::Structure(values) = value {
        for (member, value) in shape.members.iter().zip(values) {
            if member.location == Location::Body && *value != Value::Absent {
                object.insert(member.wire.to_owned(), write_value(value, &member.kind));
            }
        }
    }
    Json::Object(object)
}

fn write_value(value: &Value, kind: &Kind) -> Json {
    match (value, kind) {
        (Value::Structure(_), Kind::Structure(shape)) => write(value, shape()),
        (Value::List(items), Kind::List(list)) => {
            Json::Array(items.iter().map(|item| write_value(item, &list.item)).collect())
        }
        (Value::Map(items), Kind::Map(map)) => Json::Object(
            items.iter().map(|(key, item)| (key.clone(), write_value(item, &map.value))).collect(),
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

/// Seconds since 1970 with milliseconds, without going through a float.
fn seconds(millis: i64) -> Json {
    let text = format!("{}.{:03}", millis.div_euclid(1000), millis.rem_euclid(1000));
    serde_json::from_str(&text).unwrap_or(Json::Null)
}

/// Reads a structure's body members out of a JSON object.
pub fn read(json: &Json, shape: &Shape, path: &str) -> Result<Value, Unreadable> {
    let Json::Object(object) = json else {
        return Err(Unreadable::Malformed("a JSON object is expected".into()));
    };
    let known = |key: &&String| {
        shape.members.iter().any(|m| m.location == Location::Body && m.wire == key.as_str())
    };
    if let Some(key) = object.keys().find(|key| !known(key)) {
        return Err(Unreadable::Unknown(join(path, key)));
    }
    let mut values = Vec::with_capacity(shape.members.len());
    for member in shape.members {
        let at = join(path, member.wire);
        let value = match object.get(member.wire) {
            Some(json) if member.location == Location::Body => read_value(json, &member.kind, &at)?,
            _ => Value::Absent,
        };
        if member.required && member.location == Location::Body && value == Value::Absent {
            return Err(Unreadable::Missing(at));
        }
        values.push(value);
    }
    Ok(Value::Structure(values))
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn read_value(json: &Json, kind: &Kind, at: &str) -> Result<Value, Unreadable> {
    let bad = || Unreadable::IllTyped(at.to_owned(), json.to_string().chars().take(64).collect());
    let value = match (json, kind) {
        (Json::Null, _) => Some(Value::Absent),
        (Json::Object(_), Kind::Structure(shape)) => Some(read(json, shape(), at)?),
        (Json::Array(items), Kind::List(list)) => {
            let items = items.iter().map(|item| read_value(item, &list.item, at));
            Some(Value::List(items.collect::<Result<_, _>>()?))
        }
        (Json::Object(items), Kind::Map(map)) => {
            let read = |(k, v): (&String, &Json)| Ok((k.clone(), read_value(v, &map.value, at)?));
            Some(Value::Map(items.iter().map(read).collect::<Result<_, Unreadable>>()?))
        }
        (Json::String(text), Kind::String) => Some(Value::String(text.clone())),
        (Json::String(text), Kind::Blob) => {
            STANDARD.decode(text).ok().map(|bytes| Value::Blob(Bytes::from(bytes)))
        }
        (Json::String(text), Kind::Timestamp) => time::parse(text).map(Value::Timestamp),
        (Json::Number(number), Kind::Timestamp) => {
            number.as_f64().and_then(time::from_seconds).map(Value::Timestamp)
        }
        (Json::Number(number), Kind::Integer) => {
            number.as_i64().filter(|n| i32::try_from(*n).is_ok()).map(Value::Integer)
        }
        (Json::Number(number), Kind::Long) => number.as_i64().map(Value::Integer),
        (Json::Number(number), Kind::Double) => number.as_f64().map(Value::Double),
        (Json::Bool(yes), Kind::Boolean) => Some(Value::Boolean(*yes)),
        _ => None,
    };
    value.ok_or_else(bad)
}
