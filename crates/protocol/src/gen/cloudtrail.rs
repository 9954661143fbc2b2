//! Written by `cargo xtask gen` from botocore 1.43.11's service models: do not edit.

#![allow(unused_imports, reason = "not every service has every kind")]

use crate::call::{Model, Protocol, Service, Unit};
use crate::shape::{Kind, List, Map, Structure, Timestamp};
use bytes::Bytes;
use std::collections::BTreeMap;

/// What the model says of the whole service.
pub static MODEL: Model = Model {
    name: "cloudtrail",
    protocol: Protocol::Json,
    version: "2013-11-01",
    namespace: "",
    target: "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101",
    content_type: "application/x-amz-json-1.1",
};

crate::operation!(LookupEvents: LookupEventsRequest => LookupEventsResponse, Service::CloudTrail, "POST" "/" 200, ["LookupAttributes", "StartTime", "EndTime", "MaxResults", "NextToken"]);

crate::structure!(Event {
    access_key_id: Option<String> = ("AccessKeyId", "AccessKeyId", "AccessKeyId", Body, false, false, Kind::String);
    cloud_trail_event: Option<String> = ("CloudTrailEvent", "CloudTrailEvent", "CloudTrailEvent", Body, false, false, Kind::String);
    event_id: Option<String> = ("EventId", "EventId", "EventId", Body, false, false, Kind::String);
    event_name: Option<String> = ("EventName", "EventName", "EventName", Body, false, false, Kind::String);
    event_source: Option<String> = ("EventSource", "EventSource", "EventSource", Body, false, false, Kind::String);
    event_time: Option<Timestamp> = ("EventTime", "EventTime", "EventTime", Body, false, false, Kind::Timestamp);
    read_only: Option<String> = ("ReadOnly", "ReadOnly", "ReadOnly", Body, false, false, Kind::String);
    resources: Vec<Resource> = ("Resources", "Resources", "Resources", Body, false, false, Kind::List(&List { item: Kind::Structure(Resource::shape), name: "member", flat: false, quiet: false }));
    username: Option<String> = ("Username", "Username", "Username", Body, false, false, Kind::String);
});

crate::structure!(LookupAttribute {
    attribute_key: Option<String> = ("AttributeKey", "AttributeKey", "AttributeKey", Body, true, false, Kind::String);
    attribute_value: Option<String> = ("AttributeValue", "AttributeValue", "AttributeValue", Body, true, false, Kind::String);
});

crate::structure!(LookupEventsRequest {
    end_time: Option<Timestamp> = ("EndTime", "EndTime", "EndTime", Body, false, false, Kind::Timestamp);
    event_category: Option<String> = ("EventCategory", "EventCategory", "EventCategory", Body, false, false, Kind::String);
    lookup_attributes: Vec<LookupAttribute> = ("LookupAttributes", "LookupAttributes", "LookupAttributes", Body, false, false, Kind::List(&List { item: Kind::Structure(LookupAttribute::shape), name: "member", flat: false, quiet: false }));
    max_results: Option<i32> = ("MaxResults", "MaxResults", "MaxResults", Body, false, false, Kind::Integer);
    next_token: Option<String> = ("NextToken", "NextToken", "NextToken", Body, false, false, Kind::String);
    start_time: Option<Timestamp> = ("StartTime", "StartTime", "StartTime", Body, false, false, Kind::Timestamp);
});

crate::structure!(LookupEventsResponse {
    events: Vec<Event> = ("Events", "Events", "Events", Body, false, false, Kind::List(&List { item: Kind::Structure(Event::shape), name: "member", flat: false, quiet: false }));
    next_token: Option<String> = ("NextToken", "NextToken", "NextToken", Body, false, false, Kind::String);
});

crate::structure!(Resource {
    resource_name: Option<String> = ("ResourceName", "ResourceName", "ResourceName", Body, false, false, Kind::String);
    resource_type: Option<String> = ("ResourceType", "ResourceType", "ResourceType", Body, false, false, Kind::String);
});
