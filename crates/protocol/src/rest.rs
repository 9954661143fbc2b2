//! REST-JSON: a request's members lie in path, query string, headers and body, an answer's in
//! status, headers and body.

use crate::call::{Entry, document, header};
use crate::fault::Unreadable;
use crate::json::{self, Side};
use crate::query::{self, Plus, scalar_from, scalar_text};
use crate::shape::{Kind, Location, Member, Shape, Value};
use crate::time;
use bytes::Bytes;
use http::request::{Builder, Parts};
use http::{HeaderMap, Request, Response};

/// The labels of a path, if it has the form of the template.
pub fn labels(template: &str, path: &str) -> Option<Vec<(String, String)>> {
    let (template, path) = (template.trim_matches('/'), path.trim_matches('/'));
    let (names, parts): (Vec<&str>, Vec<&str>) =
        (template.split('/').collect(), path.split('/').collect());
    if names.len() != parts.len() {
        return None;
    }
    let mut found = Vec::new();
    for (name, part) in names.into_iter().zip(parts) {
        match name
            .strip_prefix('{')
            .and_then(|name| name.strip_suffix('}'))
        {
            Some(_) if part.is_empty() => return None,
            Some(label) => {
                found.push((label.to_owned(), query::decode(part, Plus::Itself).ok()?));
            }
            None if name == part => {}
            None => return None,
        }
    }
    Some(found)
}

fn payload(shape: &Shape) -> Option<&Member> {
    shape
        .members
        .iter()
        .find(|member| member.location == Location::Payload)
}

fn has_document(shape: &Shape) -> bool {
    shape
        .members
        .iter()
        .any(|member| member.location == Location::Body)
}

/// Reads a request's input.
pub(crate) fn read_input(entry: &Entry, parts: &Parts, body: &Bytes) -> Result<Value, Unreadable> {
    let shape = (entry.input)();
    let mut values = read_body(shape, body, Side::Server)?;
    let beside = Beside {
        labels: labels(entry.path, parts.uri.path())
            .ok_or_else(|| Unreadable::Malformed("the path is another operation's".into()))?,
        pairs: query::pairs(parts.uri.query().unwrap_or_default())?,
        headers: &parts.headers,
    };
    for (member, value) in shape.members.iter().zip(&mut values) {
        match member.location {
            Location::Body | Location::Payload | Location::Status => {}
            Location::Uri => *value = of_pairs(&beside.labels, member)?,
            Location::Query => *value = of_pairs(&beside.pairs, member)?,
            Location::Header => *value = of_header(beside.headers, member)?,
        }
        if member.required && *value == Value::Absent {
            return Err(Unreadable::Missing(member.name.to_owned()));
        }
    }
    Ok(Value::Structure(values))
}

struct Beside<'a> {
    labels: Vec<(String, String)>,
    pairs: Vec<(String, String)>,
    headers: &'a HeaderMap,
}

fn of_pairs(pairs: &[(String, String)], member: &Member) -> Result<Value, Unreadable> {
    let mut texts = pairs
        .iter()
        .filter(|(name, _)| name == member.wire)
        .map(|(_, text)| text.as_str());
    match &member.kind {
        Kind::List(list) => {
            let items = texts.map(|text| scalar_from(text, &list.item, member.name));
            let items: Vec<Value> = items.collect::<Result<_, _>>()?;
            Ok(if items.is_empty() {
                Value::Absent
            } else {
                Value::List(items)
            })
        }
        kind => match texts.next() {
            Some(text) => scalar_from(text, kind, member.name),
            None => Ok(Value::Absent),
        },
    }
}

fn of_header(headers: &HeaderMap, member: &Member) -> Result<Value, Unreadable> {
    let Some(value) = headers.get(member.wire) else {
        return Ok(Value::Absent);
    };
    match value.to_str() {
        Ok(text) => scalar_from(text, &member.kind, member.name),
        Err(_) => Err(Unreadable::IllTyped(member.name.to_owned(), String::new())),
    }
}

/// What a body holds: a document with the members that lie nowhere else, or one member as a whole.
fn read_body(shape: &Shape, body: &Bytes, side: Side) -> Result<Vec<Value>, Unreadable> {
    let none = || vec![Value::Absent; shape.members.len()];
    let Some(whole) = payload(shape) else {
        if !has_document(shape) {
            return Ok(none());
        }
        return match json::read(&document(body)?, shape, side)? {
            Value::Structure(values) => Ok(values),
            _ => Ok(none()),
        };
    };
    let value = match &whole.kind {
        _ if body.is_empty() => Value::Absent,
        Kind::Blob => Value::Blob(body.clone()),
        Kind::String => {
            let bad = |_| Unreadable::IllTyped(whole.name.to_owned(), String::new());
            Value::String(std::str::from_utf8(body).map_err(bad)?.to_owned())
        }
        kind => json::read_value(&document(body)?, kind, side)?,
    };
    let is_whole = |member: &Member| std::ptr::eq(member, whole);
    let pick = |member| {
        if is_whole(member) {
            value.clone()
        } else {
            Value::Absent
        }
    };
    Ok(shape.members.iter().map(pick).collect())
}

/// A value as a header has it.
fn header_text(value: &Value) -> String {
    match value {
        Value::Timestamp(moment) => time::http(*moment),
        other => scalar_text(other),
    }
}

fn write_body(value: &Value, shape: &Shape, side: Side) -> (Bytes, &'static str) {
    let Value::Structure(values) = value else {
        return (Bytes::new(), "application/json");
    };
    let mut both = shape.members.iter().zip(values);
    match both.find(|(member, _)| member.location == Location::Payload) {
        Some((_, Value::Blob(bytes))) => (bytes.clone(), "application/octet-stream"),
        Some((_, Value::String(text))) => (text.clone().into(), "text/plain"),
        Some((member, Value::Absent)) if matches!(member.kind, Kind::Structure(_)) => {
            (Bytes::new(), "application/json")
        }
        Some((_, Value::Absent)) => (Bytes::new(), "application/octet-stream"),
        Some((member, whole)) => (
            json::write_value(whole, &member.kind).to_string().into(),
            "application/json",
        ),
        None => (
            json::write(value, shape, side).to_string().into(),
            "application/json",
        ),
    }
}

/// Writes an answer.
pub(crate) fn write_output(value: &Value, shape: &Shape, answer: &mut Response<Bytes>) {
    let (body, content_type) = write_body(value, shape, Side::Server);
    *answer.body_mut() = body;
    header(answer.headers_mut(), "content-type", content_type);
    let Value::Structure(values) = value else {
        return;
    };
    for (member, value) in shape.members.iter().zip(values) {
        match (member.location, value) {
            (_, Value::Absent) => {}
            (Location::Header, value) => {
                header(answer.headers_mut(), member.wire, &header_text(value));
            }
            (Location::Status, Value::Integer(number)) => {
                let status = u16::try_from(*number).unwrap_or_default();
                if let Ok(status) = http::StatusCode::from_u16(status) {
                    *answer.status_mut() = status;
                }
            }
            _ => {}
        }
    }
}

/// Writes a client's request.
pub(crate) fn write_input(
    entry: &Entry,
    endpoint: &str,
    value: &Value,
) -> Result<Request<Bytes>, http::Error> {
    let shape = (entry.input)();
    let (mut path, mut pairs) = (entry.path.to_owned(), Vec::new());
    let mut builder = Request::builder().method(entry.method);
    if let Value::Structure(values) = value {
        for (member, value) in shape.members.iter().zip(values) {
            match member.location {
                Location::Uri => {
                    let text = query::encode(&scalar_text(value));
                    path = path.replace(&format!("{{{}}}", member.wire), &text);
                }
                Location::Query => pairs.extend(of_query(member, value)),
                Location::Header => builder = with_header(builder, member, value),
                Location::Body | Location::Payload | Location::Status => {}
            }
        }
    }
    let query = if pairs.is_empty() {
        String::new()
    } else {
        format!("?{}", query::form(&pairs))
    };
    let builder = builder.uri(format!("{endpoint}{path}{query}"));
    if !has_document(shape) && payload(shape).is_none() {
        return builder.body(Bytes::new());
    }
    let (body, content_type) = write_body(value, shape, Side::Client);
    builder.header("content-type", content_type).body(body)
}

fn of_query(member: &Member, value: &Value) -> Vec<(String, String)> {
    let pair = |value: &Value| (member.wire.to_owned(), scalar_text(value));
    match value {
        Value::Absent => Vec::new(),
        Value::List(items) => items.iter().map(pair).collect(),
        value => vec![pair(value)],
    }
}

fn with_header(builder: Builder, member: &Member, value: &Value) -> Builder {
    match value {
        Value::Absent => builder,
        value => builder.header(member.wire, header_text(value)),
    }
}

/// Reads an answer on the client.
pub(crate) fn read_output(answer: &Response<Bytes>, shape: &Shape) -> Result<Value, Unreadable> {
    let mut values = read_body(shape, answer.body(), Side::Client)?;
    for (member, value) in shape.members.iter().zip(&mut values) {
        match member.location {
            Location::Header => *value = of_header(answer.headers(), member)?,
            Location::Status => *value = Value::Integer(answer.status().as_u16().into()),
            Location::Body | Location::Payload | Location::Query | Location::Uri => {}
        }
    }
    Ok(Value::Structure(values))
}
