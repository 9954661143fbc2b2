//! One record: what is known of a call, and the event that is made of it.

use base::{AccountId, Entropy, Region, Timestamp};
use serde_json::{Map, Value, json};

/// What a call does, as far as the trail minds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It changes something: its record is durable before it is answered.
    Write,
    /// It only looks.
    Read,
    /// It moves the content of disks: recorded like a read, and kept out of LookupEvents, as AWS
    /// keeps data events out of it.
    Data,
}

/// Something that a call was about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Touched {
    /// Such as `AWS::EC2::Ami`.
    pub kind: String,
    /// Its id, name or ARN.
    pub name: String,
}

/// A call, as it ended.
#[derive(Clone, Debug)]
pub struct Record {
    /// A random UUID.
    pub id: String,
    /// When the call came.
    pub at: Timestamp,
    /// The account that called; nothing if nobody's is known.
    pub account: Option<AccountId>,
    /// The Region that was called.
    pub region: Region,
    /// The service: `ec2.amazonaws.com`.
    pub source: String,
    /// The operation: `CopyImage`.
    pub name: String,
    /// What it does.
    pub kind: Kind,
    /// CloudTrail's `userIdentity`.
    pub identity: Value,
    /// The access key that signed.
    pub access_key: String,
    /// The name that the caller is looked up by: of the user, of the session, or `root`.
    pub user_name: String,
    /// The address that it came from.
    pub peer: String,
    /// What the client calls itself.
    pub agent: String,
    /// The id of the request.
    pub request_id: String,
    /// The code and sentence of the error that it ended with.
    pub error: Option<(String, String)>,
    /// What was decided about it: outcome, policies and statements.
    pub decisions: Value,
    /// Its parameters, without secrets.
    pub parameters: Value,
    /// What it answered, without secrets; null if it is not recorded.
    pub response: Value,
    /// What it was about.
    pub touched: Vec<Touched>,
}

impl Record {
    /// A record of the installation itself, which no account and no caller stands behind.
    pub fn of_installation(
        (entropy, at): (&dyn Entropy, Timestamp),
        region: Region,
        name: &str,
        parameters: Value,
    ) -> Record {
        let mut id = [0; 16];
        entropy.fill(&mut id);
        Record {
            id: hex::encode(id),
            at,
            account: None,
            region,
            source: "cloudtrail.amazonaws.com".to_owned(),
            name: name.to_owned(),
            kind: Kind::Write,
            identity: json!({ "type": "AWSService", "invokedBy": "cloudtrail.amazonaws.com" }),
            access_key: String::new(),
            user_name: String::new(),
            peer: String::new(),
            agent: String::new(),
            request_id: String::new(),
            error: None,
            decisions: json!([]),
            parameters,
            response: Value::Null,
            touched: Vec::new(),
        }
    }

    /// The event in CloudTrail's shape, as text. This text is what is chained and kept.
    pub(crate) fn event(&self) -> String {
        let account = self.account.as_ref().map_or("", AccountId::as_str);
        let mut event = json!({
            "eventVersion": "1.10",
            "userIdentity": self.identity,
            "eventTime": seconds(self.at),
            "eventSource": self.source,
            "eventName": self.name,
            "awsRegion": self.region.as_str(),
            "sourceIPAddress": self.peer,
            "userAgent": self.agent,
            "requestParameters": self.parameters,
            "responseElements": self.response,
            "requestID": self.request_id,
            "eventID": self.id,
            "readOnly": self.kind != Kind::Write,
            "resources": self.touched.iter().map(|touched| json!({
                "type": touched.kind, "ARN": touched.name, "accountId": account
            })).collect::<Vec<_>>(),
            "eventType": "AwsApiCall",
            "managementEvent": self.kind != Kind::Data,
            "recipientAccountId": account,
            "eventCategory": if self.kind == Kind::Data { "Data" } else { "Management" },
            "additionalEventData": {
                "decisions": self.decisions,
                "accessKeyId": self.access_key,
                "userName": self.user_name,
            },
        });
        if let (Some((code, message)), Some(members)) = (&self.error, event.as_object_mut()) {
            members.insert("errorCode".to_owned(), json!(code));
            members.insert("errorMessage".to_owned(), json!(message));
        }
        event.to_string()
    }
}

/// `2026-01-31T12:34:56Z`, as CloudTrail writes times.
fn seconds(at: Timestamp) -> String {
    let text = at.to_string();
    let whole = text.split('.').next().unwrap_or_default();
    format!("{whole}Z")
}

/// The columns that events are looked up by. They say nothing that the event does not, so that
/// whoever edits one is found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Columns {
    pub id: String,
    pub account: String,
    pub region: String,
    pub source: String,
    pub name: String,
    pub management: bool,
    pub read_only: bool,
    pub user_name: String,
    pub access_key: String,
    pub touched: Vec<Touched>,
}

impl Columns {
    /// The columns of an event; nothing if it is not one.
    pub fn of(event: &str) -> Option<Columns> {
        let event: Map<String, Value> = serde_json::from_str(event).ok()?;
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let more = event.get("additionalEventData")?;
        let mut touched = Vec::new();
        for one in event.get("resources")?.as_array()? {
            touched.push(Touched {
                kind: text(one.get("type"))?,
                name: text(one.get("ARN"))?,
            });
        }
        touched.sort();
        touched.dedup();
        Some(Columns {
            id: text(event.get("eventID"))?,
            account: text(event.get("recipientAccountId"))?,
            region: text(event.get("awsRegion"))?,
            source: text(event.get("eventSource"))?,
            name: text(event.get("eventName"))?,
            management: event.get("managementEvent")?.as_bool()?,
            read_only: event.get("readOnly")?.as_bool()?,
            user_name: text(more.get("userName"))?,
            access_key: text(more.get("accessKeyId"))?,
            touched,
        })
    }
}
