//! One operation on the wire: requests and answers, for servers and for clients.

use crate::fault::{Fault, Unreadable};
use crate::query::{self, Dialect, Node};
use crate::shape::{Kind, Location, Member, Structure, Value};
use crate::{json, time, xml};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};

/// A service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// Elastic Compute Cloud.
    Ec2,
    /// Security Token Service.
    Sts,
    /// Elastic Block Store's direct API.
    Ebs,
}

/// How a service is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// EC2's form of the query protocol.
    Ec2Query,
    /// The query protocol.
    Query,
    /// JSON documents, the operation in a header.
    Json,
    /// JSON documents, the operation in method and path.
    RestJson,
}

impl Service {
    /// Every service.
    pub const ALL: [Service; 3] = [Service::Ec2, Service::Sts, Service::Ebs];

    /// Its name in credential scopes and host names.
    pub fn name(self) -> &'static str {
        match self {
            Service::Ec2 => "ec2",
            Service::Sts => "sts",
            Service::Ebs => "ebs",
        }
    }

    /// How it is spoken to.
    pub fn protocol(self) -> Protocol {
        match self {
            Service::Ec2 => Protocol::Ec2Query,
            Service::Sts => Protocol::Query,
            Service::Ebs => Protocol::RestJson,
        }
    }

    /// The version of its API.
    pub fn version(self) -> &'static str {
        match self {
            Service::Ec2 => "2016-11-15",
            Service::Sts => "2011-06-15",
            Service::Ebs => "2019-11-02",
        }
    }

    fn namespace(self) -> &'static str {
        match self {
            Service::Ec2 => "http://ec2.amazonaws.com/doc/2016-11-15/",
            Service::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
            Service::Ebs => "",
        }
    }
}

/// An operation of a service's model.
pub trait Operation: Send + Sync + 'static {
    /// What is asked for.
    type Input: Structure;
    /// What is answered.
    type Output: Structure;
    /// AWS's name.
    const NAME: &'static str;
    /// The service.
    const SERVICE: Service;
    /// The HTTP method.
    const METHOD: &'static str;
    /// The path, with labels in braces.
    const PATH: &'static str;
    /// The HTTP status of success.
    const STATUS: u16;
    /// The parameters that are honoured, by the model's member names joined by dots. A name
    /// honours everything beneath it.
    const HONOURED: &'static [&'static str];
}

crate::structure!(Unit {});

/// Reads a request's input on the server.
pub fn decode<O: Operation>(parts: &Parts, body: &Bytes) -> Result<O::Input, Unreadable> {
    let shape = O::Input::shape();
    let value = match O::SERVICE.protocol() {
        Protocol::Ec2Query => query::read(&tree(parts, body)?, shape, Dialect::Ec2)?,
        Protocol::Query => query::read(&tree(parts, body)?, shape, Dialect::Query)?,
        Protocol::Json => json::read(&document(body)?, shape, "")?,
        Protocol::RestJson => rest_input::<O>(parts, body)?,
    };
    match query::refused(&value, shape, O::HONOURED) {
        Some(name) if name != "DryRun" => Err(Unreadable::Unsupported(name)),
        _ => Ok(O::Input::from_value(value)),
    }
}

/// A query request's parameters: those of the query string and those of the body.
pub fn tree(parts: &Parts, body: &Bytes) -> Result<Node, Unreadable> {
    let not_text = |_| Unreadable::Malformed("the body is not text".into());
    let mut pairs = query::pairs(parts.uri.query().unwrap_or_default())?;
    pairs.extend(query::pairs(std::str::from_utf8(body).map_err(not_text)?)?);
    Node::from_pairs(&pairs)
}

fn document(body: &Bytes) -> Result<serde_json::Value, Unreadable> {
    if body.is_empty() {
        return Ok(serde_json::Value::Object(serde_json::Map::new()));
    }
    serde_json::from_slice(body).map_err(|_| Unreadable::Malformed("the body is not JSON".into()))
}

fn rest_input<O: Operation>(parts: &Parts, body: &Bytes) -> Result<Value, Unreadable> {
    let shape = O::Input::shape();
    let has_payload = shape.members.iter().any(|m| m.location == Location::Payload);
    let has_body = shape.members.iter().any(|m| m.location == Location::Body);
    let document = if has_body && !has_payload { document(body)? } else { document(&Bytes::new())? };
    // A document's own members first; then what travels beside it.
    let Value::Structure(mut values) = json::read(&document, shape, "")? else {
        return Err(Unreadable::Malformed("a structure is expected".into()));
    };
    let labels = labels(O::PATH, parts.uri.path())
        .ok_or_else(|| Unreadable::Malformed("the path is another operation's".into()))?;
    let pairs = query::pairs(parts.uri.query().unwrap_or_default())?;
    for (member, value) in shape.members.iter().zip(&mut values) {
        if member.location == Location::Payload {
            *value = Value::Blob(body.clone());
        } else if let Some(text) = beside(member, &labels, &pairs, &parts.headers)? {
            *value = query::scalar_from(&text, &member.kind, member.name)?;
        }
        if member.required && *value == Value::Absent {
            return Err(Unreadable::Missing(member.name.to_owned()));
        }
    }
    Ok(Value::Structure(values))
}

fn beside(
    member: &Member,
    labels: &[(String, String)],
    pairs: &[(String, String)],
    headers: &HeaderMap,
) -> Result<Option<String>, Unreadable> {
    let find = |list: &[(String, String)]| {
        list.iter().find(|(name, _)| name == member.wire).map(|(_, value)| value.clone())
    };
    match member.location {
        Location::Uri => Ok(find(labels)),
        Location::Query => Ok(find(pairs)),
        Location::Header => match headers.get(member.wire) {
            None => Ok(None),
            Some(value) => {
                let bad = |_| Unreadable::IllTyped(member.name.to_owned(), String::new());
                value.to_str().map(|text| Some(text.to_owned())).map_err(bad)
            }
        },
        Location::Body | Location::Payload => Ok(None),
    }
}

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
        match name.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(label) => {
                let pairs = query::pairs(&format!("x={}", part.replace('+', "%2B"))).ok()?;
                let value = pairs.into_iter().next()?.1;
                if value.is_empty() {
                    return None;
                }
                found.push((label.to_owned(), value));
            }
            None if name == part => {}
            None => return None,
        }
    }
    Some(found)
}

fn header(headers: &mut HeaderMap, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) =
        (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value))
    {
        headers.insert(name, value);
    }
}

/// Writes an operation's answer on the server.
pub fn encode<O: Operation>(output: O::Output, request_id: &str) -> Response<Bytes> {
    let value = output.into_value();
    let shape = O::Output::shape();
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = StatusCode::from_u16(O::STATUS).unwrap_or(StatusCode::OK);
    let kind = match O::SERVICE.protocol() {
        Protocol::Ec2Query | Protocol::Query => {
            *answer.body_mut() = xml_answer::<O>(&value, request_id).into();
            "text/xml;charset=UTF-8"
        }
        Protocol::Json => {
            *answer.body_mut() = json::write(&value, shape).to_string().into();
            "application/x-amz-json-1.1"
        }
        Protocol::RestJson => rest_answer(&value, shape, &mut answer),
    };
    header(answer.headers_mut(), "content-type", kind);
    common(answer.headers_mut(), request_id);
    answer
}

fn common(headers: &mut HeaderMap, request_id: &str) {
    header(headers, "x-amzn-requestid", request_id);
    header(headers, "cache-control", "no-cache, no-store");
}

fn xml_answer<O: Operation>(value: &Value, request_id: &str) -> String {
    let name = O::NAME;
    let namespace = O::SERVICE.namespace();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.push_str(&format!("<{name}Response xmlns=\"{namespace}\">"));
    if O::SERVICE.protocol() == Protocol::Ec2Query {
        xml::element(&mut out, "requestId", |out| xml::escape(out, request_id));
        let before = out.len();
        xml::write(&mut out, value, O::Output::shape());
        if out.len() == before && O::Output::shape().members.is_empty() {
            out.push_str("<return>true</return>");
        }
    } else {
        xml::element(&mut out, &format!("{name}Result"), |out| {
            xml::write(out, value, O::Output::shape());
        });
        xml::element(&mut out, "ResponseMetadata", |out| {
            xml::element(out, "RequestId", |out| xml::escape(out, request_id));
        });
    }
    out.push_str(&format!("</{name}Response>"));
    out
}

fn rest_answer(
    value: &Value,
    shape: &crate::shape::Shape,
    answer: &mut Response<Bytes>,
) -> &'static str {
    let Value::Structure(values) = value else { return "application/json" };
    for (member, value) in shape.members.iter().zip(values) {
        if member.location == Location::Header && *value != Value::Absent {
            let text = match value {
                Value::Timestamp(moment) => time::http(*moment),
                other => query::scalar_text(other),
            };
            header(answer.headers_mut(), member.wire, &text);
        }
    }
    let payload = shape.members.iter().zip(values).find(|(m, _)| m.location == Location::Payload);
    match payload {
        Some((_, Value::Blob(bytes))) => {
            *answer.body_mut() = bytes.clone();
            "application/octet-stream"
        }
        Some(_) => "application/octet-stream",
        None => {
            *answer.body_mut() = json::write(value, shape).to_string().into();
            "application/json"
        }
    }
}

/// Writes an error answer as the service's protocol has it.
pub fn fault_answer(service: Service, fault: &Fault, request_id: &str) -> Response<Bytes> {
    let (kind, body) = match service.protocol() {
        Protocol::Ec2Query => ("text/xml;charset=UTF-8", ec2_fault(fault, request_id)),
        Protocol::Query => ("text/xml;charset=UTF-8", query_fault(service, fault, request_id)),
        Protocol::Json | Protocol::RestJson => ("application/json", json_fault(service, fault)),
    };
    let mut answer = Response::new(Bytes::from(body));
    *answer.status_mut() = StatusCode::from_u16(fault.status).unwrap_or(StatusCode::BAD_REQUEST);
    header(answer.headers_mut(), "content-type", kind);
    if matches!(service.protocol(), Protocol::Json | Protocol::RestJson) {
        header(answer.headers_mut(), "x-amzn-errortype", &fault.code);
    }
    common(answer.headers_mut(), request_id);
    answer
}

fn ec2_fault(fault: &Fault, request_id: &str) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    xml::element(&mut out, "Response", |out| {
        xml::element(out, "Errors", |out| {
            xml::element(out, "Error", |out| {
                xml::element(out, "Code", |out| xml::escape(out, &fault.code));
                xml::element(out, "Message", |out| xml::escape(out, &fault.message));
            });
        });
        xml::element(out, "RequestID", |out| xml::escape(out, request_id));
    });
    out
}

fn query_fault(service: Service, fault: &Fault, request_id: &str) -> String {
    let kind = if fault.status < 500 { "Sender" } else { "Receiver" };
    let mut out = format!("<ErrorResponse xmlns=\"{}\">", service.namespace());
    xml::element(&mut out, "Error", |out| {
        xml::element(out, "Type", |out| out.push_str(kind));
        xml::element(out, "Code", |out| xml::escape(out, &fault.code));
        xml::element(out, "Message", |out| xml::escape(out, &fault.message));
    });
    xml::element(&mut out, "RequestId", |out| xml::escape(out, request_id));
    out.push_str("</ErrorResponse>");
    out
}

fn json_fault(service: Service, fault: &Fault) -> String {
    let mut object = serde_json::Map::new();
    // REST-JSON models of EBS name the member `Message`; the JSON protocols `message`.
    let message = if service == Service::Ebs { "Message" } else { "message" };
    object.insert("__type".into(), fault.code.clone().into());
    object.insert(message.into(), fault.message.clone().into());
    for (name, value) in &fault.details {
        object.insert((*name).to_owned(), value.clone().into());
    }
    serde_json::Value::Object(object).to_string()
}

/// Words a request that cannot be read as the service does.
pub fn unreadable(service: Service, why: &Unreadable) -> Fault {
    let json = matches!(service.protocol(), Protocol::Json | Protocol::RestJson);
    let (code, message) = match why {
        Unreadable::Missing(name) => {
            ("MissingParameter", format!("The request must contain the parameter {name}"))
        }
        Unreadable::IllTyped(name, value) => (
            "InvalidParameterValue",
            format!("Value ({value}) for parameter {name} is invalid. It is not of the parameter's type."),
        ),
        Unreadable::Unknown(name) => {
            ("UnknownParameter", format!("The parameter {name} is not recognized"))
        }
        Unreadable::Unsupported(name) => (
            "UnsupportedOperation",
            format!("The parameter {name} is known to AWS and not supported here (yet)."),
        ),
        Unreadable::Malformed(what) => ("MalformedQueryString", format!("The request cannot be read: {what}.")),
    };
    if !json {
        return Fault::new(code, 400, message);
    }
    let reason = if matches!(why, Unreadable::Unsupported(_)) { "INVALID_PARAMETER_VALUE" } else { "INVALID_PARAMETER_VALUE" };
    Fault::new("ValidationException", 400, message).with("Reason", reason)
}

/// A client's request, unsigned.
pub fn request<O: Operation>(endpoint: &str, input: O::Input) -> Result<Request<Bytes>, http::Error> {
    let value = input.into_value();
    let shape = O::Input::shape();
    let endpoint = endpoint.trim_end_matches('/');
    match O::SERVICE.protocol() {
        Protocol::Ec2Query | Protocol::Query => {
            let dialect =
                if O::SERVICE == Service::Ec2 { Dialect::Ec2 } else { Dialect::Query };
            let mut pairs = vec![
                ("Action".to_owned(), O::NAME.to_owned()),
                ("Version".to_owned(), O::SERVICE.version().to_owned()),
            ];
            pairs.extend(query::write(&value, shape, dialect));
            Request::post(format!("{endpoint}/"))
                .header("content-type", "application/x-www-form-urlencoded; charset=utf-8")
                .body(Bytes::from(query::form(&pairs)))
        }
        Protocol::Json => Request::post(format!("{endpoint}/"))
            .header("content-type", "application/x-amz-json-1.1")
            .body(Bytes::from(json::write(&value, shape).to_string())),
        Protocol::RestJson => rest_request::<O>(endpoint, &value),
    }
}

fn rest_request<O: Operation>(endpoint: &str, value: &Value) -> Result<Request<Bytes>, http::Error> {
    let Value::Structure(values) = value else { return Request::builder().body(Bytes::new()) };
    let (mut path, mut pairs) = (O::PATH.to_owned(), Vec::new());
    let mut builder = Request::builder().method(O::METHOD);
    let mut payload = None;
    let shape = O::Input::shape();
    for (member, value) in shape.members.iter().zip(values) {
        match (member.location, value) {
            (_, Value::Absent) | (Location::Body, _) => {}
            (Location::Uri, value) => {
                let text = query::encode(&query::scalar_text(value));
                path = path.replace(&format!("{{{}}}", member.wire), &text);
            }
            (Location::Query, value) => {
                pairs.push((member.wire.to_owned(), query::scalar_text(value)));
            }
            (Location::Header, value) => {
                builder = builder.header(member.wire, query::scalar_text(value));
            }
            (Location::Payload, Value::Blob(bytes)) => payload = Some(bytes.clone()),
            (Location::Payload, _) => {}
        }
    }
    let has_body = shape.members.iter().any(|m| m.location == Location::Body);
    let body = match payload {
        Some(bytes) => bytes,
        None if has_body => {
            builder = builder.header("content-type", "application/json");
            Bytes::from(json::write(value, shape).to_string())
        }
        None => Bytes::new(),
    };
    let query = if pairs.is_empty() { String::new() } else { format!("?{}", query::form(&pairs)) };
    builder.uri(format!("{endpoint}{path}{query}")).body(body)
}

/// Reads an answer on the client.
pub fn response<O: Operation>(answer: &Response<Bytes>) -> Result<O::Output, Fault> {
    if !answer.status().is_success() {
        return Err(read_fault(O::SERVICE, answer));
    }
    let shape = O::Output::shape();
    let value = match O::SERVICE.protocol() {
        Protocol::Ec2Query | Protocol::Query => {
            let text = std::str::from_utf8(answer.body()).map_err(|_| strange("it is not text"))?;
            let root = xml::Element::parse(text).map_err(|why| strange(&format!("{why:?}")))?;
            let wrapper = format!("{}Result", O::NAME);
            xml::read(root.child(&wrapper).unwrap_or(&root), shape)
        }
        Protocol::Json => document(answer.body()).and_then(|json| json::read(&json, shape, "")),
        Protocol::RestJson => rest_output(answer, shape),
    };
    value.map(O::Output::from_value).map_err(|why| strange(&format!("{why:?}")))
}

fn rest_output(
    answer: &Response<Bytes>,
    shape: &crate::shape::Shape,
) -> Result<Value, Unreadable> {
    let payload = shape.members.iter().any(|m| m.location == Location::Payload);
    let json = document(if payload { &EMPTY } else { answer.body() })?;
    let Value::Structure(mut values) = json::read(&json, shape, "")? else {
        return Ok(Value::Absent);
    };
    for (member, value) in shape.members.iter().zip(&mut values) {
        match member.location {
            Location::Payload => *value = Value::Blob(answer.body().clone()),
            Location::Header => {
                if let Some(text) = answer.headers().get(member.wire).and_then(|v| v.to_str().ok()) {
                    *value = query::scalar_from(text, &member.kind, member.name)?;
                }
            }
            Location::Body | Location::Query | Location::Uri => {}
        }
    }
    Ok(Value::Structure(values))
}

static EMPTY: Bytes = Bytes::new();

fn strange(what: &str) -> Fault {
    Fault::new("InvalidAnswer", 500, format!("The service's answer cannot be read: {what}"))
}

fn read_fault(service: Service, answer: &Response<Bytes>) -> Fault {
    let status = answer.status().as_u16();
    let text = String::from_utf8_lossy(answer.body());
    let plain = || Fault::new("InvalidAnswer", status, text.chars().take(200).collect::<String>());
    match service.protocol() {
        Protocol::Ec2Query | Protocol::Query => {
            let Ok(root) = xml::Element::parse(&text) else { return plain() };
            let error = root.child("Errors").and_then(|e| e.child("Error")).or(root.child("Error"));
            let Some(error) = error else { return plain() };
            let part = |name| error.child(name).map_or(String::new(), |e| e.text.clone());
            Fault::new(part("Code"), status, part("Message"))
        }
        Protocol::Json | Protocol::RestJson => {
            let Ok(json) = serde_json::from_slice::<serde_json::Value>(answer.body()) else {
                return plain();
            };
            let part = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
            let header = answer.headers().get("x-amzn-errortype").and_then(|v| v.to_str().ok());
            let code = header.map_or_else(|| part("__type"), str::to_owned);
            let message = if json["Message"].is_string() { part("Message") } else { part("message") };
            Fault::new(code, status, message)
        }
    }
}

/// Whether a kind is one that text carries alone: for generated tests.
pub fn is_scalar(kind: &Kind) -> bool {
    !matches!(kind, Kind::Structure(_) | Kind::List(_) | Kind::Map(_))
}
