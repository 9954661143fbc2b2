//! What the audit trail is told of a call: made from the request, the caller and the answer.
//!
//! Parameters stand in it under their names on the wire, without secrets.

use crate::App;
use crate::context::Peer;
use audit::{Kind, Record, Touched};
use bytes::Bytes;
use http::Response;
use http::request::Parts;
use identity::{Call, Principal, Verdict};
use protocol::call::fault_answer;
use protocol::{Fault, Protocol, Service, query};
use serde_json::{Map, Value, json};

/// How a call ended, if not well. It travels in the answer's extensions.
#[derive(Clone)]
struct Ended {
    code: String,
    message: String,
}

/// An answer that says no, and remembers why.
pub(crate) fn refused(service: Service, fault: &Fault, request_id: &str) -> Response<Bytes> {
    let mut answer = fault_answer(service, fault, request_id);
    let (code, message) = (fault.code.clone(), fault.message.clone());
    answer.extensions_mut().insert(Ended { code, message });
    answer
}

/// A call that was run: who called what.
pub(crate) struct Asked<'a> {
    pub(crate) call: &'a Call,
    pub(crate) access_key: &'a str,
    pub(crate) operation: (Service, &'static str),
    pub(crate) request: (&'a Parts, &'a Bytes),
}

/// Records a call, and answers it. Where a change could not be recorded, the answer is an error.
pub(crate) async fn answered(
    app: &App,
    asked: Asked<'_>,
    (answer, verdicts): (Response<Bytes>, Vec<Verdict>),
) -> Response<Bytes> {
    let record = record(app, &asked, &answer, &verdicts);
    match app.audit.record(record).await {
        Ok(()) => answer,
        Err(error) => {
            let (service, name) = asked.operation;
            let request_id = &asked.call.request_id;
            fault_answer(
                service,
                &crate::errors::fault(service, name, &error, request_id),
                request_id,
            )
        }
    }
}

fn record(app: &App, asked: &Asked<'_>, answer: &Response<Bytes>, verdicts: &[Verdict]) -> Record {
    let (service, name) = asked.operation;
    let (parts, body) = asked.request;
    let call = asked.call;
    let header = parts
        .headers
        .get("user-agent")
        .and_then(|value| value.to_str().ok());
    let peer = parts
        .extensions
        .get()
        .map(|Peer(peer)| peer.ip().to_canonical().to_string());
    let kind = kind(service, name);
    let parameters = audit::cleaned(parameters(service, (parts, body), kind));
    let ended = answer.extensions().get::<Ended>();
    let (identity, user_name) = identity(call, asked.access_key);
    Record {
        id: crate::handle::request_id(app),
        at: call.now,
        account: Some(call.account().clone()),
        region: call.region.clone(),
        source: format!("{}.amazonaws.com", service.name()),
        name: name.to_owned(),
        kind,
        identity,
        access_key: asked.access_key.to_owned(),
        user_name,
        peer: peer.unwrap_or_default(),
        agent: header.unwrap_or_default().chars().take(256).collect(),
        request_id: call.request_id.clone(),
        error: ended.map(|ended| (ended.code.clone(), ended.message.clone())),
        decisions: decisions(verdicts),
        touched: touched(&parameters, answer, kind),
        response: match kind == Kind::Write || gives_credentials(service, name) {
            true => crate::response::elements(service, answer),
            false => Value::Null,
        },
        parameters,
    }
}

/// What a call does. Names say it, but for some of KMS and STS that change nothing either; CloudTrail
/// calls them read-only, too.
pub(crate) fn kind(service: Service, name: &str) -> Kind {
    const READS: &[&str] = &[
        "Describe",
        "Get",
        "List",
        "Lookup",
        "Simulate",
        "DecodeAuthorization",
        "Encrypt",
        "Decrypt",
        "ReEncrypt",
        "GenerateDataKey",
        "GenerateRandom",
        "AssumeRole",
    ];
    let is_data = name.ends_with("SnapshotBlock") || name.ends_with("Blocks");
    if service == Service::Ebs && is_data {
        Kind::Data
    } else if READS.iter().any(|prefix| name.starts_with(prefix)) {
        Kind::Read
    } else {
        Kind::Write
    }
}

/// These only read, and which credentials they gave out is worth knowing.
fn gives_credentials(service: Service, name: &str) -> bool {
    service == Service::Sts && matches!(name, "AssumeRole" | "GetSessionToken")
}

/// CloudTrail's `userIdentity`, and the name that the caller is looked up by.
fn identity(call: &Call, access_key: &str) -> (Value, String) {
    let caller = &call.caller;
    let last = |arn: &str| arn.rsplit('/').next().unwrap_or_default().to_owned();
    let mut identity = json!({
        "principalId": caller.user_id,
        "arn": caller.arn,
        "accountId": caller.account.as_str(),
        "accessKeyId": access_key,
    });
    let name = match &caller.principal {
        Principal::User { arn, .. } => {
            identity["type"] = json!("IAMUser");
            identity["userName"] = json!(last(arn));
            last(arn)
        }
        Principal::Session {
            arn,
            role_arn,
            role_id,
            account,
        } => {
            identity["type"] = json!("AssumedRole");
            identity["sessionContext"] = json!({ "sessionIssuer": {
                "type": "Role", "principalId": role_id, "arn": role_arn, "accountId": account,
                "userName": last(role_arn),
            } });
            last(arn)
        }
        Principal::Service { name } => {
            identity["type"] = json!("AWSService");
            name.clone()
        }
        Principal::Root { .. } | Principal::Federated { .. } | Principal::Anonymous => {
            identity["type"] = json!("Root");
            "root".to_owned()
        }
    };
    if let Some(session) = &caller.session {
        identity["sessionContext"]["attributes"] =
            json!({ "creationDate": session.issued.to_string() });
        if let Some(source) = &session.source_identity {
            identity["sessionContext"]["sourceIdentity"] = json!(source);
        }
    }
    (identity, name)
}

/// Which statements allowed or denied. Root users need none.
fn decisions(verdicts: &[Verdict]) -> Value {
    let statement = |matched: &policy::Matched| {
        json!({
            "policy": matched.policy, "layer": format!("{:?}", matched.layer), "sid": matched.sid,
            "index": matched.index, "effect": format!("{:?}", matched.effect),
        })
    };
    let shown = |verdict: &Verdict| {
        json!({
            "action": verdict.action,
            "resource": verdict.resource,
            "outcome": format!("{:?}", verdict.decision.outcome),
            "deniedBy": verdict.decision.by.map(|layer| format!("{layer:?}")),
            "statements": verdict.decision.statements.iter().take(16).map(statement).collect::<Vec<_>>(),
        })
    };
    verdicts.iter().map(shown).collect()
}

fn parameters(service: Service, (parts, body): (&Parts, &Bytes), kind: Kind) -> Value {
    let pairs = |text: &str| -> Map<String, Value> {
        let pairs = query::pairs(text).unwrap_or_default().into_iter();
        pairs
            .map(|(name, value)| (name, Value::String(value)))
            .collect()
    };
    let mut found = pairs(parts.uri.query().unwrap_or_default());
    // What is sent for a disk is its content, and none of the trail's business.
    if kind != Kind::Data {
        match service.protocol() {
            Protocol::Ec2Query | Protocol::Query => {
                found.extend(pairs(std::str::from_utf8(body).unwrap_or_default()));
            }
            Protocol::Json | Protocol::RestJson => {
                found
                    .extend(serde_json::from_slice::<Map<String, Value>>(body).unwrap_or_default());
            }
        }
    }
    found.retain(|name, _| {
        name != "Action" && name != "Version" && !name.to_ascii_lowercase().starts_with("x-amz-")
    });
    if service.protocol() == Protocol::RestJson {
        found.insert("path".to_owned(), json!(parts.uri.path()));
    }
    Value::Object(found)
}

/// What the call was about: what its parameters name, and what it made.
fn touched(parameters: &Value, answer: &Response<Bytes>, kind: Kind) -> Vec<Touched> {
    let mut touched = audit::touched_in(&parameters.to_string());
    if kind == Kind::Write && answer.status().is_success() {
        let made = audit::touched_in(std::str::from_utf8(answer.body()).unwrap_or_default());
        touched.extend(made);
    }
    touched.sort();
    touched.dedup();
    touched
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_known_to_change_something_or_not() {
        for entry in protocol::route::OPERATIONS {
            let name = entry.name;
            let reads =
                name.starts_with("Describe") || name.starts_with("Get") || name.starts_with("List");
            if reads {
                assert_ne!(kind(entry.service, name), Kind::Write, "{name}");
            }
        }
        for name in [
            "CreateImage",
            "RunInstances",
            "CreateUser",
            "ScheduleKeyDeletion",
            "ModifyImageAttribute",
        ] {
            assert_eq!(kind(Service::Ec2, name), Kind::Write, "{name}");
        }
        assert_eq!(kind(Service::Ebs, "PutSnapshotBlock"), Kind::Data);
        assert_eq!(kind(Service::Ebs, "CompleteSnapshot"), Kind::Write);
        assert_eq!(kind(Service::Sts, "AssumeRole"), Kind::Read);
    }
}
