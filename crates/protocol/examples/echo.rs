//! Reads requests and answers through the codecs, for comparison with other implementations.
//!
//! Each line of the input is a JSON object. `{"operation", "service", "method", "path", "headers",
//! "body"}` (body in base64) is a request: the answer is its input by the model's member names.
//! `{"operation", "service", "output"}` is an answer's content by member names: the answer is
//! `{"status", "headers", "body"}` as a server sends it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use protocol::call::{Entry, read_input, unreadable, write_output};
use protocol::route::OPERATIONS;
use protocol::shape::{Kind, Shape, Timestamp, Value};
use serde_json::{Value as Json, json};
use std::io::{BufRead, Write};

fn main() {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("the input is text");
        let asked: Json = serde_json::from_str(&line).expect("each line is JSON");
        let entry = OPERATIONS
            .iter()
            .find(|entry| {
                asked["operation"] == entry.name && asked["service"] == entry.service.name()
            })
            .expect("the operation is listed");
        let answer = if asked["output"].is_object() {
            answer(entry, &asked)
        } else {
            request(entry, &asked)
        };
        writeln!(out, "{answer}").expect("somebody reads the output");
    }
}

fn request(entry: &Entry, asked: &Json) -> Json {
    let text = |name: &str| asked[name].as_str().unwrap_or_default();
    let mut builder = http::Request::builder()
        .method(text("method"))
        .uri(text("path"));
    for (name, value) in asked["headers"].as_object().into_iter().flatten() {
        builder = builder.header(name, value.as_str().unwrap_or_default());
    }
    let parts = builder.body(()).expect("the request is one").into_parts().0;
    let body = Bytes::from(STANDARD.decode(text("body")).expect("the body is base64"));
    match read_input(entry, &parts, &body) {
        Ok(value) => json!({ "input": show(&value, &Kind::Structure(entry.input)) }),
        Err(why) => json!({ "error": unreadable(entry.service, &why).to_string() }),
    }
}

fn answer(entry: &Entry, asked: &Json) -> Json {
    let value = read(&asked["output"], &Kind::Structure(entry.output));
    let answer = write_output(entry, &value, "request-1");
    let headers: serde_json::Map<String, Json> = answer
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().into()))
        .collect();
    json!({
        "status": answer.status().as_u16(),
        "headers": headers,
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
