//! Reads requests and answers through the codecs, for comparison with other implementations.
//!
//! Each line of the input is a JSON object, each line of the output its answer. Bodies are base64,
//! values go by the models' member names, blobs are base64, moments milliseconds.
//!
//! - `{"service", "operation", "method", "url", "headers", "body"}` is a request. The answer is
//!   `{"input", "again", "routed"}`: what was read, the same after a client of ours has written it
//!   and it was read once more, and the operation that the request was routed to; or `{"error"}`.
//!   With `"secret"` and `"now"` it holds `"verified"` too: whether the signature is accepted.
//! - `{"service", "operation", "output"}` is what an operation answers. The answer is
//!   `{"status", "headers", "body", "back"}`: as a server sends it, and what a client of ours reads.
//! - `{"service", "operation", "fault": {"code", "status", "message"}}` is an error answer, likewise.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Request, Response};
use protocol::call::{self, Entry, read_input, read_output, unreadable, write_input, write_output};
use protocol::route::{self, OPERATIONS};
use protocol::shape::{Kind, Shape, Timestamp, Value};
use protocol::{Fault, fixture, sigv4};
use serde_json::{Value as Json, json};
use std::io::{BufRead, Write};

fn main() {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("the input is text");
        let asked: Json = serde_json::from_str(&line).expect("each line is JSON");
        let mut entries = OPERATIONS.iter().chain(fixture::OPERATIONS);
        let entry = entries.find(|entry| {
            asked["operation"] == entry.name && asked["service"] == entry.service.name()
        });
        let entry = entry.expect("the operation is listed");
        let answer = if asked["output"].is_object() {
            answer(entry, &asked["output"])
        } else if asked["fault"].is_object() {
            fault(entry, &asked["fault"])
        } else {
            request(entry, &asked)
        };
        writeln!(out, "{answer}").expect("somebody reads the output");
    }
}

fn request(entry: &Entry, asked: &Json) -> Json {
    let text = |name: &str| asked[name].as_str().unwrap_or_default();
    let mut builder = Request::builder().method(text("method")).uri(text("url"));
    for (name, value) in asked["headers"].as_object().into_iter().flatten() {
        builder = builder.header(name, value.as_str().unwrap_or_default());
    }
    let parts = builder.body(()).expect("the request is one").into_parts().0;
    let body = Bytes::from(STANDARD.decode(text("body")).expect("the body is base64"));
    let mut answer = match read_input(entry, &parts, &body) {
        Err(why) => json!({ "error": unreadable(entry.service, &why).to_string() }),
        Ok(value) => {
            let kind = Kind::Structure(entry.input);
            let again = write_input(entry, "http://localhost", &value).expect("it can be written");
            let (parts, body) = again.into_parts();
            let again = read_input(entry, &parts, &body).expect("what we write can be read");
            json!({ "input": show(&value, &kind), "again": show(&again, &kind) })
        }
    };
    if let Ok(routed) = route::operation(entry.service, &parts, &body) {
        answer["routed"] = routed.name.into();
    }
    if let (Some(secret), Some(now)) = (asked["secret"].as_str(), asked["now"].as_i64()) {
        let verified = sigv4::read(&parts).and_then(|presented| {
            presented
                .verify(secret, &parts, &body, Timestamp(now))
                .map(|()| presented)
        });
        answer["verified"] = match verified {
            Ok(presented) => format!("{} {}", presented.service, presented.region).into(),
            Err(refusal) => format!("{refusal:?}").into(),
        };
    }
    answer
}

fn answer(entry: &Entry, output: &Json) -> Json {
    let kind = Kind::Structure(entry.output);
    let answer = write_output(entry, &read(output, &kind), "request-1");
    let back = read_output(entry, &answer).expect("what we answer can be read");
    let mut wire = wire(&answer);
    wire["back"] = show(&back, &kind);
    wire
}

fn fault(entry: &Entry, asked: &Json) -> Json {
    let text = |name: &str| asked[name].as_str().unwrap_or_default();
    let status = asked["status"]
        .as_u64()
        .and_then(|status| u16::try_from(status).ok());
    let fault = Fault::new(text("code"), status.expect("a status"), text("message"));
    let answer = call::fault_answer(entry.service, &fault, "request-1");
    let back = read_output(entry, &answer).expect_err("an error reads as one");
    let mut wire = wire(&answer);
    wire["back"] = json!({ "code": back.code, "status": back.status, "message": back.message });
    wire
}

fn wire(answer: &Response<Bytes>) -> Json {
    let headers = answer.headers().iter();
    let text = |value: &http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
    let headers = headers.map(|(name, value)| (name.to_string(), Json::from(text(value))));
    json!({
        "status": answer.status().as_u16(),
        "headers": headers.collect::<serde_json::Map<_, _>>(),
        "body": STANDARD.encode(answer.body()),
    })
}

fn show(value: &Value, kind: &Kind) -> Json {
    match (value, kind) {
        (Value::Structure(values), Kind::Structure(shape)) => {
            let members = shape().members.iter().zip(values);
            let there = members.filter(|(_, value)| **value != Value::Absent);
            Json::Object(
                there
                    .map(|(m, v)| (m.name.to_owned(), show(v, &m.kind)))
                    .collect(),
            )
        }
        (Value::List(items), Kind::List(list)) => {
            items.iter().map(|item| show(item, &list.item)).collect()
        }
        (Value::Map(items), Kind::Map(map)) => Json::Object(
            items
                .iter()
                .map(|(k, v)| (k.clone(), show(v, &map.value)))
                .collect(),
        ),
        (Value::String(text), _) => json!(text),
        (Value::Integer(number), _) => json!(number),
        (Value::Double(number), _) => json!(number),
        (Value::Boolean(yes), _) => json!(yes),
        (Value::Timestamp(time), _) => json!(time.0),
        (Value::Blob(bytes), _) => json!(STANDARD.encode(bytes)),
        _ => Json::Null,
    }
}

fn read(json: &Json, kind: &Kind) -> Value {
    match (json, kind) {
        (Json::Null, _) => Value::Absent,
        (Json::Object(_), Kind::Structure(shape)) => structure(json, shape()),
        (Json::Array(items), Kind::List(list)) => {
            Value::List(items.iter().map(|item| read(item, &list.item)).collect())
        }
        (Json::Object(items), Kind::Map(map)) => Value::Map(
            items
                .iter()
                .map(|(k, v)| (k.clone(), read(v, &map.value)))
                .collect(),
        ),
        (Json::Number(number), Kind::Timestamp) => {
            Value::Timestamp(Timestamp(number.as_i64().unwrap_or_default()))
        }
        (Json::String(text), Kind::Blob) => {
            Value::Blob(STANDARD.decode(text).expect("blobs are base64").into())
        }
        (Json::String(text), _) => Value::String(text.clone()),
        (Json::Number(number), Kind::Double) => Value::Double(number.as_f64().unwrap_or_default()),
        (Json::Number(number), _) => Value::Integer(number.as_i64().unwrap_or_default()),
        (Json::Bool(yes), _) => Value::Boolean(*yes),
        (json, kind) => unreachable!("{json} is no {kind:?}"),
    }
}

fn structure(json: &Json, shape: &Shape) -> Value {
    Value::Structure(
        shape
            .members
            .iter()
            .map(|m| read(&json[m.name], &m.kind))
            .collect(),
    )
}
