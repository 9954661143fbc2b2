//! What goes wrong on the wire, and the error answers of every protocol.

use crate::call::{Protocol, Service, common, header};
use crate::xml;
use bytes::Bytes;
use http::{Response, StatusCode};

/// An error answer: AWS's code, the HTTP status and a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// AWS's code.
    pub code: String,
    /// The HTTP status.
    pub status: u16,
    /// A sentence.
    pub message: String,
    /// More members of the error, such as `Reason`; only the JSON protocols carry them.
    pub details: Vec<(&'static str, String)>,
}

impl Fault {
    /// A fault with its code, status and sentence.
    pub fn new(code: impl Into<String>, status: u16, message: impl Into<String>) -> Fault {
        Fault {
            code: code.into(),
            status,
            message: message.into(),
            details: Vec::new(),
        }
    }

    /// The same with another member.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Fault {
        self.details.push((name, value.into()));
        self
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

impl std::error::Error for Fault {}

/// A request that cannot be read, before a service words it. Paths are as the client wrote them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// A required parameter is absent.
    Missing(String),
    /// A parameter's value is not of its type.
    IllTyped(String, String),
    /// A parameter that the model does not know.
    Unknown(String),
    /// A parameter that the model knows, and that is not honoured.
    Unsupported(String),
    /// Not a request of this protocol at all.
    Malformed(String),
}

/// Words a request that cannot be read as the service does.
pub fn unreadable(service: Service, why: &Unreadable) -> Fault {
    match service.protocol() {
        Protocol::Ec2Query | Protocol::Query => of_query(why),
        Protocol::Json | Protocol::RestJson => of_json(why, service.protocol()),
    }
}

fn not_supported(name: &str) -> String {
    format!("The parameter {name} is known to AWS, but is not supported here.")
}

fn of_query(why: &Unreadable) -> Fault {
    let (code, message) = match why {
        Unreadable::Missing(name) => (
            "MissingParameter",
            format!("The request must contain the parameter {name}"),
        ),
        Unreadable::IllTyped(name, value) => (
            "InvalidParameterValue",
            format!("Value ({value}) for parameter {name} is invalid. It is not of its type."),
        ),
        Unreadable::Unknown(name) => (
            "UnknownParameter",
            format!("The parameter {name} is not recognized"),
        ),
        Unreadable::Unsupported(name) => ("UnsupportedOperation", not_supported(name)),
        Unreadable::Malformed(what) => (
            "MalformedQueryString",
            format!("The request cannot be read: {what}."),
        ),
    };
    Fault::new(code, 400, message)
}

fn of_json(why: &Unreadable, protocol: Protocol) -> Fault {
    let message = match why {
        Unreadable::Missing(name) => format!(
            "1 validation error detected: Value null at '{name}' failed to satisfy constraint: \
             Member must not be null"
        ),
        Unreadable::IllTyped(name, value) => {
            format!("Value ({value}) for parameter {name} is invalid. It is not of its type.")
        }
        Unreadable::Unknown(name) => format!("The parameter {name} is not recognized."),
        Unreadable::Unsupported(name) => not_supported(name),
        Unreadable::Malformed(what) => {
            return Fault::new(
                "SerializationException",
                400,
                format!("The request cannot be read: {what}."),
            );
        }
    };
    let fault = Fault::new("ValidationException", 400, message);
    match protocol {
        Protocol::RestJson => fault.with("Reason", "INVALID_PARAMETER_VALUE"),
        Protocol::Ec2Query | Protocol::Query | Protocol::Json => fault,
    }
}

/// Writes an error answer as the service's protocol has it.
pub fn fault_answer(service: Service, fault: &Fault, request_id: &str) -> Response<Bytes> {
    let body = match service.protocol() {
        Protocol::Ec2Query => ec2_fault(fault, request_id),
        Protocol::Query => query_fault(service, fault, request_id),
        Protocol::Json | Protocol::RestJson => json_fault(service, fault),
    };
    let mut answer = Response::new(Bytes::from(body));
    *answer.status_mut() = StatusCode::from_u16(fault.status).unwrap_or(StatusCode::BAD_REQUEST);
    header(answer.headers_mut(), "content-type", service.content_type());
    if matches!(service.protocol(), Protocol::Json | Protocol::RestJson) {
        header(answer.headers_mut(), "x-amzn-errortype", &fault.code);
    }
    common(answer.headers_mut(), request_id);
    answer
}

fn ec2_fault(fault: &Fault, request_id: &str) -> String {
    let mut out = String::from(xml::DECLARATION);
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
    let kind = if fault.status < 500 {
        "Sender"
    } else {
        "Receiver"
    };
    let mut out = format!("<ErrorResponse xmlns=\"{}\">", service.model().namespace);
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
    // The model of EBS names the member `Message`; the JSON protocols have `message`.
    let message = if service == Service::Ebs {
        "Message"
    } else {
        "message"
    };
    object.insert("__type".into(), fault.code.clone().into());
    object.insert(message.into(), fault.message.clone().into());
    for (name, value) in &fault.details {
        object.insert((*name).to_owned(), value.clone().into());
    }
    serde_json::Value::Object(object).to_string()
}

/// Reads an error answer on the client.
pub fn read_fault(service: Service, answer: &Response<Bytes>) -> Fault {
    let status = answer.status().as_u16();
    let read = match service.protocol() {
        Protocol::Ec2Query | Protocol::Query => read_xml(answer, status),
        Protocol::Json | Protocol::RestJson => read_json(answer, status),
    };
    read.unwrap_or_else(|| {
        let text = String::from_utf8_lossy(answer.body());
        let shown: String = text.chars().take(200).collect();
        Fault::new("InvalidAnswer", status, shown)
    })
}

fn read_xml(answer: &Response<Bytes>, status: u16) -> Option<Fault> {
    let root = xml::Element::parse(std::str::from_utf8(answer.body()).ok()?).ok()?;
    let errors = root.child("Errors").unwrap_or(&root);
    let error = errors.child("Error")?;
    let part = |name: &str| {
        error
            .child(name)
            .map_or("", |element| element.text.as_str())
    };
    Some(Fault::new(part("Code"), status, part("Message")))
}

fn read_json(answer: &Response<Bytes>, status: u16) -> Option<Fault> {
    let json: serde_json::Value = serde_json::from_slice(answer.body()).ok()?;
    let object = json.as_object()?;
    let part = |name: &str| object.get(name).and_then(|value| value.as_str());
    let header = answer
        .headers()
        .get("x-amzn-errortype")
        .and_then(|value| value.to_str().ok());
    let code = header.or(part("__type")).or(part("code"))?;
    // `aws.protocols#Name:http://…` is `Name`.
    let code = code
        .rsplit('#')
        .next()
        .and_then(|code| code.split(':').next())?;
    let message = part("Message").or(part("message")).unwrap_or_default();
    let mut fault = Fault::new(code, status, message);
    if let Some(reason) = part("Reason") {
        fault = fault.with("Reason", reason);
    }
    Some(fault)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::kms;

    fn text(answer: &Response<Bytes>) -> &str {
        std::str::from_utf8(answer.body()).unwrap()
    }

    #[test]
    fn each_protocol_has_its_envelope_and_reads_it_back() {
        let fault = Fault::new(
            "InvalidAMIID.NotFound",
            400,
            "The image id '<x>' does not exist",
        );
        let ec2 = fault_answer(Service::Ec2, &fault, "r-1");
        assert_eq!(
            text(&ec2),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error>\
             <Code>InvalidAMIID.NotFound</Code><Message>The image id '&lt;x&gt;' does not \
             exist</Message></Error></Errors><RequestID>r-1</RequestID></Response>"
        );
        let sts = fault_answer(Service::Sts, &fault, "r-1");
        assert!(text(&sts).starts_with(
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
             <Error><Type>Sender</Type><Code>"
        ));
        for service in [
            Service::Ec2,
            Service::Sts,
            Service::Ebs,
            Service::Fixture(&kms::MODEL),
        ] {
            let answer = fault_answer(service, &fault, "r-1");
            assert_eq!(answer.status(), 400);
            assert_eq!(answer.headers()["x-amzn-requestid"], "r-1");
            assert_eq!(read_fault(service, &answer), fault, "{service:?}");
        }
    }

    #[test]
    fn a_reason_travels_where_the_model_has_one() {
        let fault = unreadable(Service::Ebs, &Unreadable::Missing("volumeSize".into()));
        assert_eq!(fault.code, "ValidationException");
        let answer = fault_answer(Service::Ebs, &fault, "r-1");
        assert_eq!(answer.headers()["x-amzn-errortype"], "ValidationException");
        let json: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
        assert_eq!(json["Reason"], "INVALID_PARAMETER_VALUE");
        assert_eq!(json["Message"], fault.message);
        assert_eq!(read_fault(Service::Ebs, &answer), fault);
    }

    #[test]
    fn what_cannot_be_read_is_worded_as_ec2_words_it() {
        let why = |why: &Unreadable| {
            let fault = unreadable(Service::Ec2, why);
            (fault.code, fault.message)
        };
        let missing = why(&Unreadable::Missing("ImageId".into()));
        assert_eq!(missing.0, "MissingParameter");
        assert_eq!(missing.1, "The request must contain the parameter ImageId");
        let refused = why(&Unreadable::Unsupported("KmsKeyId".into()));
        assert_eq!(refused.0, "UnsupportedOperation");
        assert!(refused.1.contains("KmsKeyId"));
    }

    #[test]
    fn an_answer_that_is_none_becomes_a_fault() {
        for service in [Service::Ec2, Service::Ebs] {
            for body in [
                "",
                "<",
                "<html><p>no</p></html>",
                "{",
                "[]",
                "null",
                "{\"a\":1}",
                "\u{1}",
            ] {
                let mut answer = Response::new(Bytes::from(body));
                *answer.status_mut() = StatusCode::BAD_GATEWAY;
                let fault = read_fault(service, &answer);
                assert_eq!(
                    (fault.code.as_str(), fault.status),
                    ("InvalidAnswer", 502),
                    "{body}"
                );
            }
        }
    }
}
