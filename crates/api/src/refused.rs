//! What the audit trail is told of requests whose signature was not good or not there: the access
//! key that they claimed, and where they came from. Of what they ask for only the operation: whoever
//! sent them may have made up the rest.

use crate::App;
use crate::context::Peer;
use crate::recorded::kind;
use audit::{Record, Room};
use base::{AccountId, Timestamp};
use bytes::Bytes;
use http::request::Parts;
use protocol::sigv4::Presented;
use protocol::{Fault, Service, route};
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr};

/// A request that was refused, and why.
pub(crate) struct Refused<'a> {
    /// Its signature, if it has one that can be read.
    pub(crate) presented: Option<&'a Presented>,
    /// Whose key it is that was claimed, if it is anybody's.
    pub(crate) account: Option<AccountId>,
    pub(crate) service: Service,
    /// The operation, if the request names one.
    pub(crate) operation: Option<&'static str>,
    pub(crate) parts: &'a Parts,
    pub(crate) request_id: &'a str,
    pub(crate) fault: &'a Fault,
    pub(crate) now: Timestamp,
}

/// Tells the trail, unless there were too many lately; then they are counted.
pub(crate) fn record(app: &App, refused: &Refused<'_>) {
    let peer = refused.parts.extensions.get();
    let peer = peer.map_or(Ipv4Addr::UNSPECIFIED.into(), |Peer(peer)| {
        peer.ip().to_canonical()
    });
    match app.audit.refusals().take(peer, refused.now) {
        Room::Recorded => app.audit.note(one(app, refused, peer)),
        Room::LeftOut => {}
        Room::FirstLeftOut => {
            let app = app.clone();
            tokio::spawn(async move {
                tokio::time::sleep(audit::MINUTE).await;
                app.audit.note(left_out(&app));
            });
        }
    }
}

/// The same of a request without a signature that can be read. One that names no operation either is
/// no call: somebody looked whether there is a server.
pub(crate) fn record_unsigned(
    app: &App,
    (parts, body): (&Parts, &Bytes),
    request_id: &str,
    fault: &Fault,
) {
    let meant = route::target(parts, body, None).service;
    let service = meant.unwrap_or(Service::Ec2);
    let Ok(operation) = route::operation(service, parts, body) else {
        return;
    };
    let refused = Refused {
        presented: None,
        account: None,
        service,
        operation: Some(operation.name),
        parts,
        request_id,
        fault,
        now: app.clock.now(),
    };
    record(app, &refused);
}

fn one(app: &App, refused: &Refused<'_>, peer: IpAddr) -> Record {
    let text = |text: &str, most| text.chars().take(most).collect::<String>();
    let presented = refused.presented;
    let access_key = presented.map(|presented| claimed(&presented.access_key));
    let name = refused.operation.unwrap_or("Unknown");
    let agent = refused.parts.headers.get("user-agent");
    let agent = agent.and_then(|value| value.to_str().ok());
    let known = app
        .regions
        .iter()
        .find(|region| presented.is_some_and(|presented| region.as_str() == presented.region));
    let mut identity = json!({ "type": "Unknown" });
    if let Some(access_key) = &access_key {
        identity["accessKeyId"] = json!(access_key);
    }
    if let Some(account) = &refused.account {
        identity["accountId"] = json!(account.as_str());
    }
    let fault = refused.fault;
    Record {
        account: refused.account.clone(),
        region: known.unwrap_or(&app.regions[0]).clone(),
        source: format!("{}.amazonaws.com", refused.service.name()),
        name: name.to_owned(),
        kind: kind(refused.service, name),
        identity,
        access_key: access_key.unwrap_or_default(),
        peer: peer.to_string(),
        agent: text(agent.unwrap_or_default(), 256),
        request_id: refused.request_id.to_owned(),
        error: Some((fault.code.clone(), fault.message.clone())),
        ..installation(app, refused.now, Value::Null)
    }
}

/// The access key that was claimed. What cannot be one may be a secret in the wrong place.
fn claimed(text: &str) -> String {
    let is_letter = |one: u8| one.is_ascii_uppercase() || one.is_ascii_digit();
    match (16..=128).contains(&text.len()) && text.bytes().all(is_letter) {
        true => text.to_owned(),
        false => "HIDDEN_DUE_TO_SECURITY_REASONS".to_owned(),
    }
}

/// How many were left out. At most so many addresses are named.
fn left_out(app: &App) -> Record {
    const NAMED: usize = 32;
    let mut left_out = app.audit.refusals().left_out();
    left_out
        .by_peer
        .sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let named = left_out.by_peer.iter().take(NAMED);
    let named: Vec<Value> = named
        .map(|(peer, count)| json!({ "sourceIPAddress": peer.to_string(), "requests": count }))
        .collect();
    let parameters = json!({ "requests": left_out.total, "addresses": named });
    installation(app, app.clock.now(), parameters)
}

fn installation(app: &App, now: Timestamp, parameters: Value) -> Record {
    let what = (&*app.entropy, now);
    let region = app.regions[0].clone();
    Record::of_installation(what, region, "RefusedRequestsLeftOut", parameters)
}

#[cfg(test)]
mod tests {
    use super::claimed;

    #[test]
    fn a_secret_in_the_place_of_a_key_is_not_kept() {
        assert_eq!(claimed("AKIAABCDEFGHIJKLMNOP"), "AKIAABCDEFGHIJKLMNOP");
        for other in ["", "short", "wJalrXUtnFEMIexampleexampleexampleexample"] {
            assert_eq!(claimed(other), "HIDDEN_DUE_TO_SECURITY_REASONS");
        }
    }
}
