//! Which operation of which service in which Region a request asks for.
//!
//! Service and Region come from the credential scope of the signature, else from the host name
//! (`ec2.us-west-2.amazonaws.com`, `ebs.eu-west-1.localhost:4566`), else from what only one service
//! would be asked (a path, a target, an API version). So one port serves them all.

use crate::call::{Entry, Protocol, Service, labels};
use crate::fault::Fault;
use crate::query;
use crate::sigv4::Presented;
use bytes::Bytes;
use http::request::Parts;

pub use crate::r#gen::OPERATIONS;

/// Where a request is meant to go, as far as it says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// The service; nothing if the request names none, or one that is not spoken here.
    pub service: Option<Service>,
    /// The Region, as the client wrote it.
    pub region: Option<String>,
}

/// Where a request is meant to go: by its signature, else its host, else its path and parameters.
pub fn target(parts: &Parts, body: &Bytes, presented: Option<&Presented>) -> Target {
    if let Some(presented) = presented {
        return Target {
            service: by_name(&presented.service),
            region: Some(presented.region.clone()),
        };
    }
    let (service, region) = of_host(host(parts));
    Target {
        service: service.or_else(|| of_request(parts, body)),
        region,
    }
}

fn by_name(name: &str) -> Option<Service> {
    Service::ALL
        .into_iter()
        .find(|service| service.name() == name)
}

/// The host that a request names; HTTP/2 has it in the URI.
fn host(parts: &Parts) -> &str {
    let header = parts
        .headers
        .get("host")
        .and_then(|host| host.to_str().ok());
    header
        .or_else(|| parts.uri.authority().map(|host| host.as_str()))
        .unwrap_or_default()
}

/// The service and Region that a host name stands for, such as `ec2.us-west-2.amazonaws.com`.
pub fn of_host(host: &str) -> (Option<Service>, Option<String>) {
    let mut parts = host.split([':', '/']).next().unwrap_or_default().split('.');
    let service = parts.next().and_then(by_name);
    let region = parts
        .next()
        .filter(|part| part.contains('-'))
        .map(str::to_owned);
    (service, region.filter(|_| service.is_some()))
}

/// The service that a request is for, before its body is read: by the name in a credential scope
/// if there is one.
pub fn service(parts: &Parts, scope: Option<&str>) -> Option<Service> {
    match scope {
        Some(name) => by_name(name),
        None => target(parts, &Bytes::new(), None).service,
    }
}

/// The only service that would be asked such a thing.
fn of_request(parts: &Parts, body: &Bytes) -> Option<Service> {
    let of_path = |entry: &&&Entry| {
        entry.service.protocol() == Protocol::RestJson
            && labels(entry.path, parts.uri.path()).is_some()
    };
    if let Some(entry) = OPERATIONS.iter().find(of_path) {
        return Some(entry.service);
    }
    let target = parts
        .headers
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok());
    if let Some((prefix, _)) = target.and_then(|target| target.rsplit_once('.')) {
        return Service::ALL
            .into_iter()
            .find(|service| service.model().target == prefix);
    }
    let version = parameter(parts, body, "Version")?;
    Service::ALL
        .into_iter()
        .find(|service| service.version() == version)
}

/// The operation that a request of a service asks for.
pub fn operation(service: Service, parts: &Parts, body: &Bytes) -> Result<&'static Entry, Fault> {
    match service.protocol() {
        Protocol::Ec2Query | Protocol::Query => by_action(service, parts, body),
        Protocol::Json => by_target(service, parts).ok_or_else(|| {
            let message = "There is no operation of this target.";
            Fault::new("UnknownOperationException", 400, message)
        }),
        Protocol::RestJson => by_path(service, parts).ok_or_else(|| {
            let message = "There is no operation of this method and path.";
            Fault::new("UnknownOperationException", 404, message)
        }),
    }
}

fn entries(service: Service) -> impl Iterator<Item = &'static Entry> {
    OPERATIONS
        .iter()
        .copied()
        .filter(move |entry| entry.service == service)
}

fn by_action(service: Service, parts: &Parts, body: &Bytes) -> Result<&'static Entry, Fault> {
    let action = parameter(parts, body, "Action").filter(|action| !action.is_empty());
    let action = action.ok_or_else(|| {
        Fault::new(
            "MissingAction",
            400,
            "The request must contain the parameter Action",
        )
    })?;
    entries(service)
        .find(|entry| entry.name == action)
        .ok_or_else(|| {
            let shown = query::shown(&action);
            let message = format!("The action {shown} is not valid for this web service.");
            Fault::new("InvalidAction", 400, message)
        })
}

/// One parameter of a query request, without reading the others. The last one counts, as it does
/// when all are read.
fn parameter(parts: &Parts, body: &Bytes, name: &str) -> Option<String> {
    let find = |text: &str| {
        let mut pairs = text
            .split('&')
            .rev()
            .filter_map(|pair| pair.split_once('='));
        let value = pairs.find(|(key, _)| *key == name)?.1;
        query::decode(value, query::Plus::Space).ok()
    };
    std::str::from_utf8(body)
        .ok()
        .and_then(find)
        .or_else(|| find(parts.uri.query()?))
}

fn by_target(service: Service, parts: &Parts) -> Option<&'static Entry> {
    let target = parts.headers.get("x-amz-target")?.to_str().ok()?;
    let (prefix, name) = target.rsplit_once('.')?;
    entries(service).find(|entry| entry.name == name && service.model().target == prefix)
}

fn by_path(service: Service, parts: &Parts) -> Option<&'static Entry> {
    let path = parts.uri.path();
    let fits = |entry: &&Entry| {
        entry.method == parts.method.as_str() && labels(entry.path, path).is_some()
    };
    // A path without labels is more exact than one with them.
    entries(service)
        .filter(fits)
        .min_by_key(|entry| entry.path.matches('{').count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn parts(method: &str, uri: &str, headers: &[(&str, &str)]) -> Parts {
        let mut builder = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        builder.body(()).unwrap().into_parts().0
    }

    fn scope(service: &str, region: &str) -> String {
        format!(
            "AWS4-HMAC-SHA256 Credential=A/20260101/{region}/{service}/aws4_request, \
             SignedHeaders=host;x-amz-date, Signature=00"
        )
    }

    #[test]
    fn the_scope_counts_before_the_host_and_the_host_before_the_path() {
        let scope = scope("ebs", "eu-west-1");
        let host = ("host", "ec2.us-west-2.localhost:4566");
        let date = ("x-amz-date", "20260101T000000Z");
        let signed = parts(
            "GET",
            "/snapshots",
            &[host, date, ("authorization", &scope)],
        );
        let presented = crate::sigv4::read(&signed).unwrap();
        let of = |parts: &Parts, presented| {
            let target = target(parts, &Bytes::new(), presented);
            (target.service, target.region)
        };
        let eu = Some("eu-west-1".to_owned());
        assert_eq!(of(&signed, Some(&presented)), (Some(Service::Ebs), eu));
        let us = Some("us-west-2".to_owned());
        assert_eq!(of(&signed, None), (Some(Service::Ec2), us.clone()));
        let plain = parts("POST", "/snapshots", &[("host", "127.0.0.1:4566")]);
        assert_eq!(of(&plain, None), (Some(Service::Ebs), None));
        let two = parts("GET", "http://ec2.us-west-2.localhost/", &[]);
        assert_eq!(of(&two, None), (Some(Service::Ec2), us));
        let sts = parts("GET", "/?Action=GetCallerIdentity&Version=2011-06-15", &[]);
        assert_eq!(of(&sts, None), (Some(Service::Sts), None));
        assert_eq!(of(&parts("GET", "/", &[]), None), (None, None));
        assert_eq!(of_host("ec2-1-2.example"), (None, None));
    }

    #[test]
    fn an_action_is_found_in_the_body_or_the_query_string() {
        let form = |text: &'static str| Bytes::from_static(text.as_bytes());
        let find = |uri: &str, body: Bytes| {
            let found = operation(Service::Ec2, &parts("POST", uri, &[]), &body);
            found.map(|entry| entry.name).map_err(|fault| fault.code)
        };
        assert_eq!(
            find("/", form("Version=1&Action=CopyImage")),
            Ok("CopyImage")
        );
        assert_eq!(
            find("/?Action=Describe%49mages", Bytes::new()),
            Ok("DescribeImages")
        );
        assert_eq!(find("/", Bytes::new()), Err("MissingAction".to_owned()));
        assert_eq!(find("/", form("Action=")), Err("MissingAction".to_owned()));
        assert_eq!(
            find("/", form("Action=GetCallerIdentity")),
            Err("InvalidAction".to_owned())
        );
        assert_eq!(
            find("/", Bytes::from_static(b"\xff")),
            Err("MissingAction".to_owned())
        );
    }

    #[test]
    fn a_path_is_matched_whole_and_with_its_method() {
        let find = |method: &str, path: &str| {
            let found = operation(Service::Ebs, &parts(method, path, &[]), &Bytes::new());
            found.map(|entry| entry.name).map_err(|fault| fault.status)
        };
        assert_eq!(find("POST", "/snapshots"), Ok("StartSnapshot"));
        assert_eq!(
            find("GET", "/snapshots/snap-1/blocks"),
            Ok("ListSnapshotBlocks")
        );
        assert_eq!(
            find("PUT", "/snapshots/snap-1/blocks/0"),
            Ok("PutSnapshotBlock")
        );
        assert_eq!(
            find("POST", "/snapshots/completion/snap-1"),
            Ok("CompleteSnapshot")
        );
        assert_eq!(find("GET", "/snapshots//blocks"), Err(404));
        assert_eq!(find("DELETE", "/snapshots/snap-1"), Err(404));
    }
}
