//! Written by `cargo xtask gen` from botocore 1.43.11's service models: do not edit.

#![allow(missing_docs, reason = "the names are AWS's")]
#![allow(unused_imports, reason = "not every service has every kind")]

use crate::call::{Operation, Service, Unit};
use crate::shape::{Kind, List, Map, Structure, Timestamp};
use bytes::Bytes;
use std::collections::BTreeMap;

#[derive(Debug)]
pub struct GetCallerIdentity;

impl Operation for GetCallerIdentity {
    type Input = GetCallerIdentityRequest;
    type Output = GetCallerIdentityResponse;
    const NAME: &'static str = "GetCallerIdentity";
    const SERVICE: Service = Service::Sts;
    const METHOD: &'static str = "POST";
    const PATH: &'static str = "/";
    const STATUS: u16 = 200;
    #[rustfmt::skip]
    const HONOURED: &'static [&'static str] = &[];
}

#[rustfmt::skip]
crate::structure!(GetCallerIdentityRequest {
});

#[rustfmt::skip]
crate::structure!(GetCallerIdentityResponse {
    account: Option<String> = ("Account", "Account", "Account", Body, false, false, Kind::String);
    arn: Option<String> = ("Arn", "Arn", "Arn", Body, false, false, Kind::String);
    user_id: Option<String> = ("UserId", "UserId", "UserId", Body, false, false, Kind::String);
});
