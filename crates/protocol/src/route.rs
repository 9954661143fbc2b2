//! Which operation of which service in which Region a request asks for.
//!
//! The service and Region come from the credential scope of the signature, else from the host
//! name, else from the path. So one port serves them all.

use crate::call::{Entry, Protocol, Service, labels};
use crate::fault::Fault;
use crate::query;
use bytes::Bytes;
use http::request::Parts;

pub use crate::r#gen::OPERATIONS;

/// The service and Region that a host name stands for, such as `ec2.us-west-2.amazonaws.com`.
pub fn of_host(host: &str) -> (Option<Service>, Option<String>) {
    let mut parts = host.split([':', '/']).next().unwrap_or_default().split('.');
    let first = parts.next().unwrap_or_default();
    let service = Service::ALL
        .into_iter()
        .find(|service| service.name() == first);
    let region = parts
        .next()
        .filter(|part| part.contains('-'))
        .map(str::to_owned);
    match service {
        Some(_) => (service, region),
        None => (None, None),
    }
}

/// The service that a request is for.
pub fn service(parts: &Parts, scope: Option<&str>) -> Option<Service> {
    if let Some(name) = scope {
        return Service::ALL
            .into_iter()
            .find(|service| service.name() == name);
    }
    let host = parts
        .headers
        .get("host")
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    of_host(host).0.or_else(|| {
        let of_path = |entry: &&&Entry| {
            entry.service.protocol() == Protocol::RestJson
                && labels(entry.path, parts.uri.path()).is_some()
        };
        crate::r#gen::OPERATIONS
            .iter()
            .find(of_path)
            .map(|entry| entry.service)
    })
}

/// The operation that a request of a service asks for.
pub fn operation(service: Service, parts: &Parts, body: &Bytes) -> Result<&'static Entry, Fault> {
    let found = match service.protocol() {
        Protocol::Ec2Query | Protocol::Query => by_action(service, parts, body)?,
        Protocol::Json => by_target(service, parts),
        Protocol::RestJson => by_path(service, parts),
    };
    found.ok_or_else(|| match service.protocol() {
        Protocol::RestJson => Fault::new(
            "UnknownOperationException",
            404,
            "There is no operation of this method and path.",
        ),
        _ => Fault::new(
            "InvalidAction",
            400,
            "The action is not valid for this web service.",
        ),
    })
}

fn entries(service: Service) -> impl Iterator<Item = &'static Entry> {
    crate::r#gen::OPERATIONS
        .iter()
        .copied()
        .filter(move |entry| entry.service == service)
}

fn by_action(
    service: Service,
    parts: &Parts,
    body: &Bytes,
) -> Result<Option<&'static Entry>, Fault> {
    let action = action(parts, body).ok_or_else(|| {
        Fault::new(
            "MissingAction",
            400,
            "The request must contain the parameter Action",
        )
    })?;
    let found = entries(service).find(|entry| entry.name == action);
    if found.is_none() {
        let shown: String = action.chars().take(64).collect();
        let message = format!("The action {shown} is not valid for this web service.");
        return Err(Fault::new("InvalidAction", 400, message));
    }
    Ok(found)
}

fn action(parts: &Parts, body: &Bytes) -> Option<String> {
    let in_text = |text: &str| {
        let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
        let value = pairs
            .filter(|(name, _)| *name == "Action")
            .map(|(_, value)| value)
            .last()?;
        let pair = query::pairs(&format!("x={value}"))
            .ok()?
            .into_iter()
            .next()?;
        Some(pair.1)
    };
    std::str::from_utf8(body)
        .ok()
        .and_then(in_text)
        .or_else(|| in_text(parts.uri.query()?))
}

fn by_target(service: Service, parts: &Parts) -> Option<&'static Entry> {
    let target = parts.headers.get("x-amz-target")?.to_str().ok()?;
    let name = target.rsplit('.').next()?;
    entries(service).find(|entry| entry.name == name)
}

fn by_path(service: Service, parts: &Parts) -> Option<&'static Entry> {
    let path = parts.uri.path();
    // A path without labels is more exact than one with them.
    let mut found: Vec<&Entry> = entries(service)
        .filter(|entry| entry.method == parts.method.as_str() && labels(entry.path, path).is_some())
        .collect();
    found.sort_by_key(|entry| entry.path.matches('{').count());
    found.first().copied()
}
