//! One operation on the wire: requests and answers, for servers and for clients.
//!
//! A server reads with [`decode`] and answers with [`encode`] or [`fault_answer`]; a client writes
//! with [`request`] and reads with [`response`]. Both sides use the operation's generated tables.

pub use crate::fault::{fault_answer, unreadable};
pub use crate::rest::labels;

use crate::fault::{Fault, Unreadable, read_fault};
use crate::json::Side;
use crate::query::{self, Dialect, Node};
use crate::shape::{Shape, Structure, Value};
use crate::{honour, json, rest, xml};
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
    /// Identity and Access Management.
    Iam,
    /// Organizations.
    Organizations,
    /// Elastic Block Store's direct API.
    Ebs,
    /// CloudTrail: the audit trail.
    CloudTrail,
    /// Key Management Service.
    Kms,
    /// A service of the generator's test set: protocols that no service above speaks.
    #[cfg(any(test, feature = "fixture"))]
    Fixture(&'static Model),
}

/// What a service's model says of the whole service.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Model {
    /// Its name in credential scopes.
    pub name: &'static str,
    /// How it is spoken to.
    pub protocol: Protocol,
    /// The version of its API.
    pub version: &'static str,
    /// The namespace of its XML answers.
    pub namespace: &'static str,
    /// What stands before the operation's name in the header `X-Amz-Target`.
    pub target: &'static str,
    /// The content type of its requests and answers.
    pub content_type: &'static str,
}

/// How a service is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
    pub const ALL: [Service; 7] = [
        Service::Iam,
        Service::Organizations,
        Service::Ec2,
        Service::Sts,
        Service::Ebs,
        Service::CloudTrail,
        Service::Kms,
    ];

    /// What its model says of it.
    pub fn model(self) -> &'static Model {
        match self {
            Service::Ec2 => &crate::r#gen::ec2::MODEL,
            Service::Sts => &crate::r#gen::sts::MODEL,
            Service::Iam => &crate::r#gen::iam::MODEL,
            Service::Organizations => &crate::r#gen::organizations::MODEL,
            Service::Ebs => &crate::r#gen::ebs::MODEL,
            Service::CloudTrail => &crate::r#gen::cloudtrail::MODEL,
            Service::Kms => &crate::r#gen::kms::MODEL,
            #[cfg(any(test, feature = "fixture"))]
            Service::Fixture(model) => model,
        }
    }

    /// Its name in credential scopes and host names.
    pub fn name(self) -> &'static str {
        self.model().name
    }

    /// How it is spoken to.
    pub fn protocol(self) -> Protocol {
        self.model().protocol
    }

    /// The version of its API.
    pub fn version(self) -> &'static str {
        self.model().version
    }

    pub(crate) fn content_type(self) -> &'static str {
        self.model().content_type
    }
}

/// An operation of a service's model.
pub trait Operation: Send + Sync + 'static {
    /// What is asked for.
    type Input: Structure;
    /// What is answered.
    type Output: Structure;
    /// AWS's name.
    const NAME: &'static str = Self::ENTRY.name;
    /// The service.
    const SERVICE: Service = Self::ENTRY.service;
    /// Everything else that the model says.
    const ENTRY: &'static Entry;
}

/// What a model says of an operation, and what we honour of it.
#[derive(Debug)]
pub struct Entry {
    /// The service.
    pub service: Service,
    /// AWS's name.
    pub name: &'static str,
    /// The HTTP method.
    pub method: &'static str,
    /// The path, with labels in braces.
    pub path: &'static str,
    /// The HTTP status of success.
    pub status: u16,
    /// What is asked for.
    pub input: fn() -> &'static Shape,
    /// What is answered.
    pub output: fn() -> &'static Shape,
    /// The parameters that are honoured (see [`honour`]).
    pub honoured: &'static [&'static str],
}

crate::structure!(Unit {});

/// Reads a request's input on the server, and refuses what the operation does not honour.
pub fn decode<O: Operation>(parts: &Parts, body: &Bytes) -> Result<O::Input, Unreadable> {
    let value = read_input(O::ENTRY, parts, body)?;
    match honour::refused(&value, O::Input::shape(), O::ENTRY.honoured) {
        Some(name) => Err(Unreadable::Unsupported(name)),
        None => Ok(O::Input::from_value(value)),
    }
}

/// Reads everything that the model knows, honoured or not.
pub fn read_input(entry: &Entry, parts: &Parts, body: &Bytes) -> Result<Value, Unreadable> {
    let shape = (entry.input)();
    match entry.service.protocol() {
        Protocol::Ec2Query => query::read(&tree(parts, body)?, shape, Dialect::Ec2),
        Protocol::Query => query::read(&tree(parts, body)?, shape, Dialect::Query),
        Protocol::Json => json::read(&document(body)?, shape, Side::Server),
        Protocol::RestJson => rest::read_input(entry, parts, body),
    }
}

/// A query request's parameters: those of the query string and those of the body.
pub fn tree(parts: &Parts, body: &Bytes) -> Result<Node, Unreadable> {
    let not_text = |_| Unreadable::Malformed("the body is not text".into());
    let mut pairs = query::pairs(parts.uri.query().unwrap_or_default())?;
    pairs.extend(query::pairs(std::str::from_utf8(body).map_err(not_text)?)?);
    Node::from_pairs(&pairs)
}

/// A JSON body; none at all is an empty object.
pub(crate) fn document(body: &Bytes) -> Result<serde_json::Value, Unreadable> {
    if body.is_empty() {
        return Ok(serde_json::Value::Object(serde_json::Map::new()));
    }
    serde_json::from_slice(body).map_err(|_| Unreadable::Malformed("the body is not JSON".into()))
}

pub(crate) fn header(headers: &mut HeaderMap, name: &str, value: &str) {
    let name = HeaderName::from_bytes(name.as_bytes());
    if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
        headers.insert(name, value);
    }
}

pub(crate) fn common(headers: &mut HeaderMap, request_id: &str) {
    header(headers, "x-amzn-requestid", request_id);
    header(headers, "cache-control", "no-cache, no-store");
}

/// Writes an operation's answer on the server.
pub fn encode<O: Operation>(output: O::Output, request_id: &str) -> Response<Bytes> {
    write_output(O::ENTRY, &output.into_value(), request_id)
}

/// Writes an answer by the tables.
pub fn write_output(entry: &Entry, value: &Value, request_id: &str) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = StatusCode::from_u16(entry.status).unwrap_or(StatusCode::OK);
    header(
        answer.headers_mut(),
        "content-type",
        entry.service.content_type(),
    );
    common(answer.headers_mut(), request_id);
    match entry.service.protocol() {
        Protocol::Ec2Query => *answer.body_mut() = ec2_answer(entry, value, request_id).into(),
        Protocol::Query => *answer.body_mut() = query_answer(entry, value, request_id).into(),
        Protocol::Json => {
            let json = json::write(value, (entry.output)(), Side::Server);
            *answer.body_mut() = json.to_string().into();
        }
        Protocol::RestJson => rest::write_output(value, (entry.output)(), &mut answer),
    }
    answer
}

fn ec2_answer(entry: &Entry, value: &Value, request_id: &str) -> String {
    let shape = (entry.output)();
    let mut out = response_start(entry);
    xml::element(&mut out, "requestId", |out| xml::escape(out, request_id));
    if shape.members.is_empty() {
        out.push_str("<return>true</return>");
    }
    xml::write(&mut out, value, shape);
    out + "</" + entry.name + "Response>"
}

fn query_answer(entry: &Entry, value: &Value, request_id: &str) -> String {
    let mut out = response_start(entry);
    xml::element(&mut out, &format!("{}Result", entry.name), |out| {
        xml::write(out, value, (entry.output)());
    });
    xml::element(&mut out, "ResponseMetadata", |out| {
        xml::element(out, "RequestId", |out| xml::escape(out, request_id));
    });
    out + "</" + entry.name + "Response>"
}

fn response_start(entry: &Entry) -> String {
    let namespace = entry.service.model().namespace;
    format!(
        "{}<{}Response xmlns=\"{namespace}\">",
        xml::DECLARATION,
        entry.name
    )
}

/// A client's request, unsigned.
pub fn request<O: Operation>(
    endpoint: &str,
    input: O::Input,
) -> Result<Request<Bytes>, http::Error> {
    write_input(O::ENTRY, endpoint, &input.into_value())
}

/// Writes a client's request by the tables.
pub fn write_input(
    entry: &Entry,
    endpoint: &str,
    value: &Value,
) -> Result<Request<Bytes>, http::Error> {
    let endpoint = endpoint.trim_end_matches('/');
    let post = || Request::post(format!("{endpoint}/"));
    match entry.service.protocol() {
        Protocol::Ec2Query => post_form(post(), &parameters(entry, value, Dialect::Ec2)),
        Protocol::Query => post_form(post(), &parameters(entry, value, Dialect::Query)),
        Protocol::Json => post()
            .header("content-type", entry.service.content_type())
            .header(
                "x-amz-target",
                format!("{}.{}", entry.service.model().target, entry.name),
            )
            .body(
                json::write(value, (entry.input)(), Side::Client)
                    .to_string()
                    .into(),
            ),
        Protocol::RestJson => rest::write_input(entry, endpoint, value),
    }
}

fn parameters(entry: &Entry, value: &Value, dialect: Dialect) -> Vec<(String, String)> {
    let mut pairs = vec![
        ("Action".to_owned(), entry.name.to_owned()),
        ("Version".to_owned(), entry.service.version().to_owned()),
    ];
    pairs.extend(query::write(value, (entry.input)(), dialect));
    pairs
}

fn post_form(
    post: http::request::Builder,
    pairs: &[(String, String)],
) -> Result<Request<Bytes>, http::Error> {
    post.header(
        "content-type",
        "application/x-www-form-urlencoded; charset=utf-8",
    )
    .body(Bytes::from(query::form(pairs)))
}

/// Reads an answer on the client.
pub fn response<O: Operation>(answer: &Response<Bytes>) -> Result<O::Output, Fault> {
    read_output(O::ENTRY, answer).map(O::Output::from_value)
}

/// Reads an answer by the tables.
pub fn read_output(entry: &Entry, answer: &Response<Bytes>) -> Result<Value, Fault> {
    if !answer.status().is_success() {
        return Err(read_fault(entry.service, answer));
    }
    let shape = (entry.output)();
    let value = match entry.service.protocol() {
        Protocol::Ec2Query | Protocol::Query => xml_output(entry, answer.body()),
        Protocol::Json => {
            document(answer.body()).and_then(|json| json::read(&json, shape, Side::Client))
        }
        Protocol::RestJson => rest::read_output(answer, shape),
    };
    value.map_err(|why| {
        let message = format!("The service's answer cannot be read: {why:?}");
        Fault::new("InvalidAnswer", answer.status().as_u16(), message)
    })
}

fn xml_output(entry: &Entry, body: &Bytes) -> Result<Value, Unreadable> {
    let not_text = |_| Unreadable::Malformed("the answer is not text".into());
    let root = xml::Element::parse(std::str::from_utf8(body).map_err(not_text)?)?;
    let wrapper = format!("{}Result", entry.name);
    xml::read(root.child(&wrapper).unwrap_or(&root), (entry.output)())
}
