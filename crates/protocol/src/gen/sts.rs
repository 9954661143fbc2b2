//! Written by `cargo xtask gen` from botocore 1.43.11's service models: do not edit.

#![allow(unused_imports, reason = "not every service has every kind")]

use crate::call::{Model, Protocol, Service, Unit};
use crate::shape::{Kind, List, Map, Structure, Timestamp};
use bytes::Bytes;
use std::collections::BTreeMap;

/// What the model says of the whole service.
pub static MODEL: Model = Model {
    name: "sts",
    protocol: Protocol::Query,
    version: "2011-06-15",
    namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
    target: "",
    content_type: "text/xml;charset=UTF-8",
};

crate::operation!(GetCallerIdentity: GetCallerIdentityRequest => GetCallerIdentityResponse, Service::Sts, "POST" "/" 200, []);

crate::structure!(GetCallerIdentityRequest {
});

crate::structure!(GetCallerIdentityResponse {
    account: Option<String> = ("Account", "Account", "Account", Body, false, false, Kind::String);
    arn: Option<String> = ("Arn", "Arn", "Arn", Body, false, false, Kind::String);
    user_id: Option<String> = ("UserId", "UserId", "UserId", Body, false, false, Kind::String);
});
